"""Custom resources: requests to functions, and their answers."""

from localcloud.services.cloudformation.custom_resources.answers import MAXIMUM_BYTES, Answer
from localcloud.services.cloudformation.custom_resources.mailbox import CustomResources

__all__ = ["MAXIMUM_BYTES", "Answer", "CustomResources"]
