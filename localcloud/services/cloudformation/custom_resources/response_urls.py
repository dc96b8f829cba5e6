"""The URLs that responses are put to. Each gives the right to respond.

They have the form of today's presigned URLs of S3, the form until 2019 (`Expires`), or one without a time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Literal
from urllib.parse import parse_qs, quote, unquote

from localcloud.services.cloudformation.custom_resources.requests import CustomRequest

Form = Literal["X-Amz-Date", "Expires", "neither"]

PATH = "/cloudformation-custom-resource-response/"

VALID_SECONDS = 7200
"""The time for which a response is accepted, if only to be ignored."""


class ResponseUrls:
    """Makes and checks presigned URLs.

    The signature covers what the URL is for, and that the Content-Type is empty, as with the URLs of the
    real service.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def url(self, endpoint_url: str, request: CustomRequest, now: datetime, form: Form = "X-Amz-Date") -> str:
        """Return the URL for the response to a request."""
        name = f"{request.stack_id}|{request.logical_id}|{request.request_id}"
        date = now.strftime("%Y%m%dT%H%M%SZ")
        expires = str(int(now.timestamp()) + VALID_SECONDS)
        place = f"{date[:8]}/{request.stack_id.split(':')[3]}"
        query = {
            "X-Amz-Date": {
                "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                "X-Amz-Date": date,
                "X-Amz-SignedHeaders": "content-type;host",
                "X-Amz-Expires": str(VALID_SECONDS - 1),
                "X-Amz-Credential": f"AKIALOCALCLOUD/{place}/s3/aws4_request",
                "X-Amz-Signature": self._signature(name, date),
            },
            "Expires": {
                "AWSAccessKeyId": "AKIALOCALCLOUD",
                "Expires": expires,
                "Signature": self._signature(name, expires),
            },
            "neither": {"AWSAccessKeyId": "AKIALOCALCLOUD", "Signature": self._signature(name, "")},
        }[form]
        pairs = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        return f"{endpoint_url}{PATH}{quote(name, safe='/')}?{pairs}"

    def request_id(self, path: str, query: str) -> str | None:
        """Return the id of the request that a URL is for; None if we have not signed it."""
        name = unquote(path.removeprefix(PATH))
        values = {key: texts[0] for key, texts in parse_qs(query).items()}
        signature = values.get("X-Amz-Signature", values.get("Signature", ""))
        signed = self._signature(name, values.get("X-Amz-Date", values.get("Expires", "")))
        if not hmac.compare_digest(signature, signed):
            return None
        return name.rpartition("|")[2]

    def _signature(self, name: str, time: str) -> str:
        return hmac.new(self._key, f"{name}\n{time}".encode(), hashlib.sha256).hexdigest()
