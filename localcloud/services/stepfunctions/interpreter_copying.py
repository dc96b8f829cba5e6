"""Seam into moto (5.2): its Step Functions interpreter copies JSON as JSON.

It copies an execution's data for each state, and twice for each path that a state reads. Python's `deepcopy`
provides for every kind of object, and took a fifth of the time of a deployment.
"""

from __future__ import annotations

import copy
from functools import cache
from types import SimpleNamespace
from typing import Any

from localcloud.services.stepfunctions.interpreter_time import interpreter_modules

_ATOMS = {str, int, float, bool, type(None)}


@cache
def copy_as_json() -> None:
    """Have the interpreter copy what is JSON without `deepcopy`, for all clouds of this process."""
    stand_in = SimpleNamespace(copy=copy.copy, deepcopy=_deepcopy)
    for module in interpreter_modules():
        if vars(module).get("copy") is copy:
            vars(module)["copy"] = stand_in


def _deepcopy(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """As `copy.deepcopy`."""
    return _copied(value) if memo is None else copy.deepcopy(value, memo)


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is dict:
        return {key: _copied(item) for key, item in value.items()}
    if kind is list:
        return [_copied(item) for item in value]
    return copy.deepcopy(value)
