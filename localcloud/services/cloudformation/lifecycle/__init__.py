"""The life of a stack: create, update, roll back, delete."""

from localcloud.services.cloudformation.lifecycle.operation import STABLE_STATUSES, Operation

__all__ = ["STABLE_STATUSES", "Operation"]
