"""Sends a response to the address that CloudFormation named for it."""

from __future__ import annotations

import http.client
import os
import re
import urllib.error
import urllib.request
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 10
_ATTEMPTS = 3

_BUCKET = r"cloudformation-custom-resource-response-[a-z0-9]+"
_S3 = r"s3(\.dualstack)?([.-][a-z]+(-[a-z]+)+-[0-9]+)?"

#: The domains of S3 in every partition of AWS.
_DOMAINS = (
    r"(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk"
    r"|csp\.hci\.ic\.gov|api\.aws|api\.amazonwebservices\.com\.cn)"
)

#: CloudFormation's own buckets, in both of the forms in which S3 addresses a bucket,
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
_OWN = re.compile(rf"https://({_BUCKET}\.{_S3}\.{_DOMAINS}(:443)?/|{_S3}\.{_DOMAINS}(:443)?/{_BUCKET}/).*")

#: The variables that say where S3 is, if it is elsewhere,
#: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


class ResponseNotDeliveredError(Exception):
    """CloudFormation's bucket did not accept the response.

    The message names no address, because that is a credential.
    """


def put(url: str, body: bytes) -> None:
    """Puts the response, with three attempts.

    Raises:
        ResponseNotDeliveredError: with what the last attempt met.
    """
    if not _is_own(url):
        raise ResponseNotDeliveredError(
            "the ResponseURL must be an https address of CloudFormation's own bucket"
        )
    problem = ""
    for _ in range(_ATTEMPTS):
        try:
            # The signature of the address covers an empty content type; without the header urllib would send
            # one of its own.
            request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
                return
        except urllib.error.HTTPError as error:
            problem = f"HTTP status {error.code}"
            error.close()
        except (OSError, ValueError, http.client.HTTPException) as error:
            # Not the message: it may hold the address.
            problem = type(error).__name__
    raise ResponseNotDeliveredError(
        f"the response was not accepted in {_ATTEMPTS} attempts, the last met {problem}"
    ) from None


def _is_own(url: str) -> bool:
    if _OWN.fullmatch(url):
        return True
    try:
        return _origin(url) in {_origin(os.environ[name]) for name in _ENDPOINTS if os.environ.get(name)}
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
