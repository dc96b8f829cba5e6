"""The wildcards of IAM policies: `*` for any characters, `?` for any one."""

from __future__ import annotations

import functools
import re


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Return whether a value fits a pattern."""
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


@functools.lru_cache(maxsize=10_000)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    expression = "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
