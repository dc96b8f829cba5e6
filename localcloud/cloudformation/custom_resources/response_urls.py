"""The URLs that answers are put to: whoever knows one can answer."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import parse_qs, quote, unquote

from localcloud.cloudformation.custom_resources.requests import CustomRequest

PATH = "/cloudformation-custom-resource-response/"

VALID_SECONDS = 7200
"""How long an answer is still taken in (if only to be ignored)."""


class ResponseUrls:
    """Makes and checks presigned URLs.

    The signature covers what the URL is for, and that the Content-Type is empty, as with the URLs of the
    real service.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def url(self, endpoint_url: str, request: CustomRequest, now: datetime) -> str:
        """The URL for the answer to a request."""
        name = f"{request.stack_id}|{request.logical_id}|{request.request_id}"
        date = now.strftime("%Y%m%dT%H%M%SZ")
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": date,
            "X-Amz-SignedHeaders": "content-type;host",
            "X-Amz-Expires": str(VALID_SECONDS - 1),
            "X-Amz-Credential": f"AKIALOCALCLOUD/{date[:8]}/{request.stack_id.split(':')[3]}/s3/aws4_request",
            "X-Amz-Signature": self._signature(name, date),
        }
        pairs = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        return f"{endpoint_url}{PATH}{quote(name, safe='/')}?{pairs}"

    def request_id(self, path: str, query: str) -> str | None:
        """Whose answer a URL is for; None if we have not signed it."""
        name = unquote(path.removeprefix(PATH))
        values = parse_qs(query)
        signature, date = values.get("X-Amz-Signature", [""])[0], values.get("X-Amz-Date", [""])[0]
        if not hmac.compare_digest(signature, self._signature(name, date)):
            return None
        return name.rpartition("|")[2]

    def _signature(self, name: str, date: str) -> str:
        return hmac.new(self._key, f"{name}\n{date}".encode(), hashlib.sha256).hexdigest()
