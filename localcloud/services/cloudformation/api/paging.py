"""Long responses in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localcloud.services.cloudformation.errors import validation_error


def page(items: Sequence[Any], token: Any, size: int) -> tuple[list[Any], dict[str, str]]:
    """One page, and the NextToken if there are more."""
    start = page_end(token, 0)
    end = start + size
    return list(items[start:end]), {"NextToken": str(end)} if end < len(items) else {}


def page_end(token: Any, default: int) -> int:
    """The number in a token. Raises ApiError if it is none."""
    try:
        return int(token or default)
    except ValueError as error:
        raise validation_error(f"Invalid NextToken {token}") from error
