"""Refusals in AWS's words, with the code that each service uses."""

from __future__ import annotations

from localcloud.kernel.api import ApiError

_CODES = {
    "cloudformation": ("AccessDenied", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "iam": ("AccessDenied", 403),
    "lambda": ("AccessDeniedException", 403),
    "s3": ("AccessDenied", 403),
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
}
"""The other services return AccessDeniedException with status 400."""


def refusal(service: str, message: str) -> ApiError:
    """The error with which a service refuses a call."""
    code, status = _CODES.get(service, ("AccessDeniedException", 400))
    return ApiError(code, message, status)


def sentence(principal: str, action: str, resource: str, because: str) -> str:
    """Return the sentence with which AWS refuses."""
    return f"User: {principal} is not authorized to perform: {action} on resource: {resource} {because}"
