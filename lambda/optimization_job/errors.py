"""The kinds of errors of AWS, which say whether another try is worth it.

No list of SageMaker's errors is complete, and operations that are alike word the same thing differently. So
each kind is told by every code and wording that is known of it:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
"""

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
from botocore.parsers import ResponseParserError

#: What a call raises that came to no good end; a response that cannot be read is no BotoCoreError.
API_ERRORS = (ClientError, BotoCoreError, ResponseParserError)


class ErrorKind(Enum):
    """The kind of an error: it says if another try is worth it, and what for."""

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
    #: The job's status does not allow the call; it may have changed since it was looked at.
    CONFLICT = "conflict"
    #: Another try would meet the same.
    PERMANENT = "permanent"


class CallError(Exception):
    """An API call that failed, in the API's own words."""

    def __init__(self, kind: ErrorKind, operation: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.operation = operation

    @property
    def is_plain(self) -> bool:
        """True if the message of what was not found says so in words that are known."""
        return bool(_NOT_FOUND_WORDS.search(str(self).lower().replace("\u2019", "'")))

    @classmethod
    def of(cls, error: Exception, operation: str) -> CallError:
        """The error of an API call that raised one of :data:`API_ERRORS`."""
        if isinstance(error, ClientError):
            return cls(_kind_of_client_error(error), operation, _message(error))
        kind = ErrorKind.PERMANENT if isinstance(error, _PERMANENT) else ErrorKind.TRANSIENT
        return cls(kind, operation, f"{operation}: {error}")


_PERMANENT = (ParamValidationError, NoRegionError, UnknownServiceError, DataNotFoundError)

_BY_CODE = {
    "ResourceLimitExceeded": ErrorKind.QUOTA,
    "ResourceNotFound": ErrorKind.NOT_FOUND,
    "ResourceNotFoundException": ErrorKind.NOT_FOUND,
    "RecordNotFound": ErrorKind.NOT_FOUND,
    "NotFoundException": ErrorKind.NOT_FOUND,
    "AccessDenied": ErrorKind.PERMISSION,
    "AccessDeniedException": ErrorKind.PERMISSION,
    "KmsAccessDeniedException": ErrorKind.PERMISSION,
    "UnrecognizedClientException": ErrorKind.PERMISSION,
    "InvalidClientTokenId": ErrorKind.PERMISSION,
}

_IN_USE = ("ResourceInUse", "ResourceInUseException", "ConflictException")

#: Those that botocore itself tries again, and more of their kind.
#: https://docs.aws.amazon.com/boto3/latest/guide/retries.html
_TRANSIENT_CODES = (
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "ExecutionLimitExceeded",
    "ExpiredTokenException",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "KmsThrottlingException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestExpired",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
)

#: SageMaker says these as a ValidationException, in the first minutes of a role's life.
_PERMISSION_WORDS = re.compile(
    r"not authorized to|(could not|unable to|cannot|can't) (perform: sts:)?assume ?role"
    r"|(unable|not able|could not) to assume|unable to perform: sts:|trust relationship|access(?: is)? denied"
    r"|no identity-based policy allows|unauthorized to|does not grant|could not access model data"
    r"|no s3 objects found under|access key id you provided does not exist"
)

#: No other policy can allow what one denies explicitly.
_EXPLICIT_DENY = "explicit deny"

_LIMIT = re.compile(
    r"\bis (?P<limit>\d+) \w+(?:, with current utilization of \d+ \w+ and a request delta of (?P<asked>\d+))?"
)
_NOT_HERE = re.compile(r"\bnot (available|supported) in this region\b")

_NOT_FOUND_WORDS = re.compile(
    r"not ?found|(could not|can't|cannot|unable to) find|(does not|doesn't|no longer) exist"
)

#: A name that is taken, where the code does not say it: "Cannot create already existing model".
_NAME_TAKEN_WORDS = re.compile(r"already exist")

#: A request that is wrong in itself, whatever it asks for.
_MALFORMED_WORDS = re.compile(r"validation error[s]? detected|failed to satisfy constraint")

#: The operations that make something in a group that has to exist.
_IN_A_GROUP = ("CreateModelPackage",)

#: The beginnings of the operations that have no more than a name in their request, or that of a group.
_BY_NAME = ("Describe", "ListModelPackages")

_VALIDATION_CODES = ("ValidationException", "ValidationError")


def _kind_of_client_error(error: ClientError) -> ErrorKind:
    details = error.response.get("Error", {})
    code, text = details.get("Code", ""), details.get("Message", "").lower().replace("\u2019", "'")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if _EXPLICIT_DENY in text:
        return ErrorKind.PERMANENT
    if code == "ResourceLimitExceeded" and _never_fits(text):
        return ErrorKind.PERMANENT
    if code in _IN_USE:
        is_about_a_name = error.operation_name.startswith("Create")
        return ErrorKind.NAME_TAKEN if is_about_a_name else ErrorKind.CONFLICT
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code in _TRANSIENT_CODES or status >= 500 or status == 429:
        return ErrorKind.TRANSIENT
    if code in _VALIDATION_CODES and _MALFORMED_WORDS.search(text):
        return ErrorKind.PERMANENT
    return _kind_by_words(error.operation_name, code, text)


def _kind_by_words(operation: str, code: str, text: str) -> ErrorKind:
    # A group that the same stack has just created may not be found everywhere yet.
    is_of_a_thing = not operation.startswith("Create") or operation in _IN_A_GROUP
    may_be_missing = code in _VALIDATION_CODES and is_of_a_thing
    if _PERMISSION_WORDS.search(text):
        return ErrorKind.PERMISSION
    if code in _VALIDATION_CODES and operation.startswith("Create") and _NAME_TAKEN_WORDS.search(text):
        return ErrorKind.NAME_TAKEN
    if may_be_missing and (_NOT_FOUND_WORDS.search(text) or operation.startswith(_BY_NAME)):
        # SageMaker's other operations have a dozen wordings of it. What else could be wrong with a request
        # that has a name only, the patterns of the service model have excluded.
        return ErrorKind.NOT_FOUND
    if may_be_missing and operation.startswith(("Stop", "Delete")):
        return ErrorKind.CONFLICT
    return ErrorKind.PERMANENT


def _never_fits(text: str) -> bool:
    """True if a limit refuses the same request forever: it is 0, or less than the request alone needs."""
    if _NOT_HERE.search(text):
        return True
    found = _LIMIT.search(text)
    if not found:
        return False
    limit, asked = int(found["limit"]), int(found["asked"] or 1)
    return limit < asked


def _message(error: ClientError) -> str:
    details = error.response.get("Error", {})
    return f"{error.operation_name}: {details.get('Code', 'error')}: {details.get('Message', '')}".rstrip(
        ": "
    )
