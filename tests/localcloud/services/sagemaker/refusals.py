"""What a call of the API is refused with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Callable[..., Any], **parameters: Any) -> dict[str, str]:
    """The error of a call that must not succeed: its Code and its Message."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error: dict[str, str] = caught.value.response["Error"]  # type: ignore[assignment]
    return error
