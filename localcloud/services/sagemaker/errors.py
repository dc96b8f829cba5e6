"""Errors of the API, worded as SageMaker words them."""

from __future__ import annotations

from localcloud.kernel.api import ApiError
from localcloud.kernel.dialect import Dialect, Wording


def no_such_job(dialect: Dialect, name: str) -> ApiError:
    """Return the error of a call about a job that is not there."""
    return _worded(dialect.missing_job, name=name)


def out_of_turn(dialect: Dialect, name: str, status: str) -> ApiError:
    """Return the error of a call that the status of a job does not allow."""
    return _worded(dialect.out_of_turn, name=name, status=status)


def _worded(wording: Wording, *, name: str, status: str = "") -> ApiError:
    return ApiError(wording.code, wording.text(name=name, status=status))


def role_not_assumable(role_arn: str) -> ApiError:
    """Return the error for a role that SageMaker cannot assume, also one that is only too new."""
    return ApiError(
        "ValidationException",
        f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role.",
    )
