"""Sends an answer to the place that CloudFormation named for it."""

from __future__ import annotations

import urllib.error
import urllib.request
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 10
_ATTEMPTS = 3


class AnswerNotDeliveredError(Exception):
    """CloudFormation's bucket took the answer not. The message names no address: that is a credential."""


def put(url: str, body: bytes) -> None:
    """Puts the answer, with three attempts.

    Raises:
        AnswerNotDeliveredError: with what the last attempt met.
    """
    if urlsplit(url).scheme not in ("https", "http"):
        raise AnswerNotDeliveredError("the ResponseURL must be an https address")
    # The signature of the address covers an empty content type; without the header urllib would send one of
    # its own.
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    problem = ""
    for _ in range(_ATTEMPTS):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
                return
        except urllib.error.HTTPError as error:
            problem = f"HTTP status {error.code}"
            error.close()
        except OSError as error:
            problem = type(error).__name__
    raise AnswerNotDeliveredError(f"the answer was not taken in {_ATTEMPTS} attempts, the last met {problem}")
