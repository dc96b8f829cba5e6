"""Errors of the API, worded as SageMaker words them."""

from __future__ import annotations

from localcloud.kernel.api import ApiError, ResponseLost
from localcloud.kernel.dialect import Dialect, Wording


def no_such_job(dialect: Dialect, name: str) -> ApiError:
    """Return the error of a call about a job that is not there."""
    return _worded(dialect.missing_job, name=name)


def out_of_turn(dialect: Dialect, name: str, status: str) -> ApiError:
    """Return the error of a call that the status of a job does not allow."""
    return _worded(dialect.out_of_turn, name=name, status=status)


def _worded(wording: Wording, *, name: str, status: str = "") -> ApiError:
    return ApiError(wording.code, wording.text(name=name, status=status))


def throttled() -> ApiError:
    """Return the error of a throttled call."""
    return ApiError("ThrottlingException", "Rate exceeded")


def internal_failure() -> ApiError:
    """Return an error that is not the caller's fault."""
    return ApiError(
        "InternalFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
        500,
    )


def role_not_assumable(role_arn: str) -> ApiError:
    """Return the error for a role that SageMaker cannot assume, also one that is only too new."""
    return ApiError(
        "ValidationException",
        f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role.",
    )


def failure(code: str, message: str | None = None, status: int | None = None) -> ApiError:
    """An error with any code. The status fits the code unless it is given."""
    known: dict[str, tuple[str, int]] = {
        "InternalFailure": (internal_failure().message, 500),
        "InternalServerError": ("An internal server error occurred. Try again later.", 500),
        "ServiceUnavailable": ("The request has failed due to a temporary failure of the server.", 503),
        "ThrottlingException": (throttled().message, 400),
        "AccessDeniedException": ("Access denied", 400),
    }
    default_message, default_status = known.get(code, (f"{code} was asked for", 400))
    return ApiError(code, message or default_message, status or default_status)


def response_lost() -> ResponseLost:
    """Return the loss of a response."""
    return ResponseLost("the response was lost on its way")
