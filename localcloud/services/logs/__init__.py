"""CloudWatch Logs: other services write to it, and it makes metrics of their lines."""

from localcloud.services.logs.logs import Logs

__all__ = ["Logs"]
