"""What an error of an API means for the one who waits: is it worth another try, and for how long?"""

from __future__ import annotations

import re
from enum import Enum

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    DataNotFoundError,
    NoRegionError,
    ParamValidationError,
    UnknownServiceError,
)


class Kind(Enum):
    #: Passes by itself: throttling, an error of the service, a broken connection.
    TRANSIENT = "transient"
    #: The account's quota is full until another job ends.
    QUOTA = "quota"
    #: Permissions that are missing, or not effective everywhere yet: a new role or policy takes up to
    #: minutes.
    PERMISSION = "permission"
    #: A job of this name exists, or one is just being deleted.
    NAME_TAKEN = "name taken"
    NOT_FOUND = "not found"
    #: The job is in no state for this; it may have changed since it was looked at.
    CONFLICT = "conflict"
    #: Another try would meet the same.
    PERMANENT = "permanent"


class TroubleError(Exception):
    """An API call that failed, in the API's own words."""

    def __init__(self, kind: Kind, operation: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.operation = operation

    @classmethod
    def of(cls, error: ClientError | BotoCoreError, operation: str) -> TroubleError:
        if isinstance(error, ClientError):
            return cls(_kind_of_client_error(error), operation, _message(error))
        kind = Kind.PERMANENT if isinstance(error, _PERMANENT) else Kind.TRANSIENT
        return cls(kind, operation, f"{operation}: {error}")


_PERMANENT = (ParamValidationError, NoRegionError, UnknownServiceError, DataNotFoundError)

_BY_CODE = {
    "ResourceLimitExceeded": Kind.QUOTA,
    "ResourceInUse": Kind.NAME_TAKEN,
    "ResourceNotFound": Kind.NOT_FOUND,
    "AccessDenied": Kind.PERMISSION,
    "AccessDeniedException": Kind.PERMISSION,
    "ExpiredTokenException": Kind.TRANSIENT,
    "RequestExpired": Kind.TRANSIENT,
    "UnrecognizedClientException": Kind.PERMISSION,
    "InvalidClientTokenId": Kind.PERMISSION,
}

_TRANSIENT_CODES = (
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "RequestTimeout",
    "RequestTimeoutException",
)

#: SageMaker says these as a ValidationException, in the first minutes of a role's life.
_PERMISSION_WORDS = (
    "could not assume role",
    "not authorized to perform",
    "unable to assume role",
    "cannot assume role",
)

#: A quota of nothing is never free, however long one waits.
_NO_QUOTA = re.compile(r"\bis 0 instances\b")

_NOT_FOUND_WORDS = ("could not find", "does not exist")


def _kind_of_client_error(error: ClientError) -> Kind:
    code = error.response.get("Error", {}).get("Code", "")
    text = error.response.get("Error", {}).get("Message", "").lower()
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "ResourceLimitExceeded" and _NO_QUOTA.search(text):
        return Kind.PERMANENT
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code in _TRANSIENT_CODES or status >= 500 or status == 429:
        return Kind.TRANSIENT
    if any(words in text for words in _PERMISSION_WORDS):
        return Kind.PERMISSION
    if code in ("ValidationException", "ValidationError") and not error.operation_name.startswith("Create"):
        if any(words in text for words in _NOT_FOUND_WORDS):
            return Kind.NOT_FOUND
        if error.operation_name.startswith(("Stop", "Delete")):
            return Kind.CONFLICT
    return Kind.PERMANENT


def _message(error: ClientError) -> str:
    details = error.response.get("Error", {})
    return f"{error.operation_name}: {details.get('Code', 'error')}: {details.get('Message', '')}".rstrip(
        ": "
    )
