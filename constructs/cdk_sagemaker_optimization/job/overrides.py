"""The overrides of a resource's properties."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any


def with_overrides(properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with their overrides, as the template has them.

    Args:
        properties: the resolved properties, which are changed in place.
        overrides: the resolved values by the paths that ``add_override`` takes. ``None`` removes a property.
    """
    resource: dict[str, Any] = {"Properties": properties}
    for path, value in overrides.items():
        _put(resource, _keys(path), value)
    return resource.get("Properties") or {}


def _keys(path: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", key) for key in re.split(r"(?<!\\)\.", path)]


def _put(target: Any, keys: Sequence[str], value: Any) -> None:
    key: Any = keys[0]
    if isinstance(target, list):
        if not key.isdigit() or int(key) > len(target):
            return
        key = int(key)
        if key == len(target):
            target.append(None)
    elif key not in target:
        target[key] = None
    if len(keys) == 1 and not isinstance(value, dict):
        target[key] = value
        if value is None and isinstance(target, dict):
            del target[key]
        return
    if not isinstance(target[key], (dict, list)):
        target[key] = {}
    if len(keys) > 1:
        _put(target[key], keys[1:], value)
        return
    for name, item in value.items():
        _put(target[key], [name], item)
