"""The difference between two sets of properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def changed_properties(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    """The names of the top-level properties that differ."""
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
