"""Errors as CloudFormation's callers and its events see them."""

from __future__ import annotations

from localcloud.kernel.api import ApiError


def validation_error(message: str) -> ApiError:
    """Return the error of a request that CloudFormation does not accept."""
    return ApiError("ValidationError", message)


def stack_does_not_exist(name: str) -> ApiError:
    """Return the error of a call about a stack that is not there."""
    return validation_error(f"Stack with id {name} does not exist")


def change_set_does_not_exist(name: str) -> ApiError:
    """Return the error of a call about a change set that is not there."""
    return ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


class TemplateError(Exception):
    """A template, or a value of one, that does not make sense."""


class ResourceFailure(Exception):
    """A resource could not be made, changed or deleted.

    Args:
        reason: As it is shown in the stack's events.
        physical_id: What was made nevertheless, or may have been.
    """

    def __init__(self, reason: str, physical_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.physical_id = physical_id


class Cancelled(Exception):
    """The operation that a piece of work belongs to was given up meanwhile.

    Args:
        physical_id: What may have been made by then.
    """

    def __init__(self, physical_id: str | None = None) -> None:
        super().__init__(physical_id)
        self.physical_id = physical_id
