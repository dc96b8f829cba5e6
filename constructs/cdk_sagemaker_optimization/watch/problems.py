"""Errors of AWS as one sentence that says what to do."""

from __future__ import annotations

import botocore.exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from cdk_sagemaker_optimization._lambda.optimization_job.errors import API_ERRORS, CallError, ErrorKind

#: Of `aws login`, which older releases of botocore do not know.
_LOGIN_ERROR: type[BotoCoreError] = getattr(botocore.exceptions, "LoginError", SSOError)

_GIVE_CREDENTIALS = "run aws configure or aws sso login, or give another --profile"

_BY_TYPE: tuple[tuple[tuple[type[BotoCoreError], ...], str], ...] = (
    ((NoCredentialsError,), f"there are no AWS credentials: {_GIVE_CREDENTIALS}"),
    (
        (PartialCredentialsError, CredentialRetrievalError, SSOError, TokenRetrievalError, _LOGIN_ERROR),
        f"the AWS credentials cannot be used, because {{error}}: {_GIVE_CREDENTIALS}",
    ),
    ((NoRegionError,), "there is no AWS Region: give --region, for example --region us-east-1"),
    ((InvalidRegionError,), "{error}: give a --region such as us-east-1"),
    (
        (ProfileNotFound,),
        "{error}: give a --profile of aws configure list-profiles, or change AWS_PROFILE",
    ),
)

_BAD_CREDENTIALS = {
    "ExpiredToken": "have expired",
    "ExpiredTokenException": "have expired",
    "RequestExpired": "have expired, or this machine's clock is wrong",
    "InvalidClientTokenId": "are not valid in this account and Region",
    "UnrecognizedClientException": "are not valid in this account and Region",
    "InvalidSignatureException": "are not valid, or this machine's clock is wrong",
    "SignatureDoesNotMatch": "are not valid, or this machine's clock is wrong",
    "AuthFailure": "are not valid in this account and Region",
}

#: Every error that a call can end in.
ERRORS = API_ERRORS

#: Those of botocore's own errors that have to do with the network, and not with this machine's configuration.
_OF_THE_NETWORK = (ConnectionError, HTTPClientError, IncompleteReadError)


class Problem(Exception):
    """A sentence about an error, which says what to do.

    Args:
        sentence: Lower-case and without a full stop.
        passes: Whether another try may succeed.
    """

    def __init__(self, sentence: str, *, passes: bool = False) -> None:
        super().__init__(sentence)
        self.passes = passes


class Missing(Problem):
    """A stack or a job that AWS does not know."""


def problem_of(error: Exception, operation: str = "") -> Problem:
    """Return the problem that an error of a call is.

    Args:
        error: One of `ERRORS`.
        operation: The operation as IAM names it, such as `sagemaker:StopOptimizationJob`.
    """
    for types, sentence in _BY_TYPE:
        if isinstance(error, types):
            return Problem(sentence.format(error=str(error).rstrip(".")))
    if isinstance(error, ClientError):
        bad = _BAD_CREDENTIALS.get(error.response.get("Error", {}).get("Code", ""))
        if bad:
            return Problem(f"the AWS credentials {bad}: {_GIVE_CREDENTIALS}")
    if isinstance(error, BotoCoreError) and not isinstance(error, _OF_THE_NETWORK):
        return Problem(str(error).rstrip("."))
    known = CallError.of(error, operation)
    text = str(known).rstrip(".")
    if known.kind is ErrorKind.NOT_FOUND:
        return Missing(text)
    if known.kind is ErrorKind.PERMISSION or "explicit deny" in text:
        return Problem(f"{text}: allow {operation}, see docs/watching.md")
    if known.kind is ErrorKind.TRANSIENT:
        return Problem(f"{text}: try again later, or with a longer --interval", passes=True)
    return Problem(text)
