"""What all tests have in common."""

from __future__ import annotations

import re


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a token of the CDK without its number, so that all processes of a run know a test by one name."""
    if isinstance(val, str) and "${Token[" in val:
        return re.sub(r"\$\{Token\[.*?\]\}", "<token>", val)
    return None
