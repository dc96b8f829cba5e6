"""Removes from a text what identifies an account, a person or a request, and every credential."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ACCOUNT = "111122223333"

_PATTERNS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # Credentials first, whole: the later patterns would leave parts of them.
        (
            r"(?i)\b(X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=[^&\s\"]+",
            r"\1=…",
        ),
        (r"(?i)(encoded authorization failure message: )\S+", r"\1<message>"),
        (r"\b[A-Z0-9]{4}(?<=AKIA|ASIA|AROA|AIDA)[A-Z0-9]{8,}(:[\w+=,.@-]+)?", "<id>"),
        (r"(:assumed-role/)[\w+=,.@/-]+", r"\1<role>/<session>"),
        (r"(:(?:role|user|policy|instance-profile)/)[\w+=,.@/-]+", r"\1<name>"),
        (r"(:stack/)[\w-]+/[\w-]+", r"\1<stack>/<id>"),
        (r"\bs3://(?!\.)[\w.-]+", "s3://<bucket>"),
        (r"(arn:[a-z-]+:s3:::)[\w.-]+", r"\1<bucket>"),
        (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
        (r"[\w.+-]+@[\w-]+\.[\w.-]+", "<address>"),
        (r"(?<![\d.])\d{12}(?![\d.])", ACCOUNT),
        (r"[A-Za-z0-9+/_-]{64,}={0,2}", "<token>"),
    )
)


class Masking:
    """Masks texts, and documents that contain texts.

    Args:
        names: The account's known names, with the replacement of each.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {name: names[name] for name in sorted(names, key=len, reverse=True) if name}

    def text(self, text: str) -> str:
        """Mask a text."""
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        for name, replacement in self._names.items():
            text = text.replace(name, replacement)
        return text

    def everything(self, value: Any) -> Any:
        """Mask every text in a JSON document."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.everything(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.everything(item) for item in value]
        return value
