"""SageMaker's own description of its requests: what a value must be, and which type it has.

Only the standard library is needed, so that the constructs check at synthesis what the function checks at
deployment, by the same rules: those of the service model that botocore publishes, never a copy of them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, groupby
from pathlib import Path
from typing import Any

_MODELS = Path(__file__).parent / "models" / "sagemaker"


class InvalidValueError(ValueError):
    """A value that the service model does not allow. The message names it, and what is right."""


def _always_known(_: object) -> bool:
    return False


class ServiceModel:
    """The shapes of one service, by name."""

    def __init__(self, shapes: dict[str, Any], operations: dict[str, Any] | None = None) -> None:
        self._shapes = shapes
        self._operations = operations or {}

    @classmethod
    @cache
    def load(cls) -> ServiceModel:
        """The part of SageMaker's model that comes with the function."""
        (path,) = sorted(_MODELS.glob("*/service-2.json"))
        model = json.loads(path.read_text(encoding="utf-8"))
        return cls(model["shapes"], model["operations"])

    def request_shape(self, operation: str) -> str:
        """The name of the shape of an operation's request, as in ``CreateModelInput``."""
        return str(self._operations[operation]["input"]["shape"])

    def members(self, shape_name: str) -> dict[str, str]:
        """Each member of a structure, with the name of its shape."""
        return {name: member["shape"] for name, member in self._shapes[shape_name]["members"].items()}

    def enum(self, shape_name: str) -> list[str]:
        """The values that the model lists for a string; empty where it lists none."""
        return list(self._shapes[shape_name].get("enum", []))

    def limits(self, shape_name: str) -> tuple[int | None, int | None]:
        """The least and the greatest value, length or count."""
        shape = self._shapes[shape_name]
        return shape.get("min"), shape.get("max")

    def check(
        self,
        shape_name: str,
        value: object,
        path: str = "",
        *,
        is_unresolved: Callable[[object], bool] = _always_known,
    ) -> list[str]:
        """The problems of a value, a sentence each; empty if there are none.

        Values of an enum are not compared: a Region may know newer ones than this model.

        Args:
            shape_name: the name of the value's shape, such as ``CreateOptimizationJobRequest``.
            value: structures and maps as dicts, lists as lists, everything else as Python's own types.
            path: where the value stands, for the messages.
            is_unresolved: tells which values are not known yet; they are passed over.
        """
        return list(self._problems(shape_name, value, path, is_unresolved))

    def restore(self, shape_name: str, value: object, path: str = "") -> Any:
        """The value with its types, from the strings that CloudFormation makes of numbers and booleans.

        Raises:
            InvalidValueError: a string that stands for no value of its type, or a member the model lacks.
        """
        shape = self._shapes[shape_name]
        kind = shape["type"]
        where = path or shape_name
        if kind == "structure":
            members = self.members(shape_name)
            items = _expect(dict, value, "a structure", where)
            return {
                name: self.restore(_member(members, name, where), item, _join(path, name))
                for name, item in items.items()
            }
        if kind == "list":
            member = shape["member"]["shape"]
            items = _expect(list, value, "a list", where)
            return [self.restore(member, item, f"{where}[{index}]") for index, item in enumerate(items)]
        if kind == "map":
            member = shape["value"]["shape"]
            items = _expect(dict, value, "a map", where)
            return {str(key): self.restore(member, item, f"{where}.{key}") for key, item in items.items()}
        if kind in ("integer", "long"):
            return _restore_integer(value, where)
        if kind == "boolean":
            return _restore_boolean(value, where)
        return _expect(str, value, "a string", where)

    def _problems(
        self, shape_name: str, given: object, path: str, is_unresolved: Callable[[object], bool]
    ) -> Iterator[str]:
        if is_unresolved(given):
            return
        value: Any = given
        shape = self._shapes[shape_name]
        kind = shape["type"]
        if not _is_of_kind(value, kind):
            yield f"{path or shape_name} must be {_KINDS[kind]}, got {_shortened(value)}"
            return
        if kind == "structure":
            yield from self._structure_problems(shape_name, value, path, is_unresolved)
            return
        yield from _limit_problems(shape, value, path)
        if kind == "list":
            for index, item in enumerate(value):
                yield from self._problems(shape["member"]["shape"], item, f"{path}[{index}]", is_unresolved)
        elif kind == "map":
            for key, item in value.items():
                yield from self._problems(
                    shape["key"]["shape"], key, f"the key {key!r} of {path}", is_unresolved
                )
                yield from self._problems(shape["value"]["shape"], item, f"{path}.{key}", is_unresolved)
        elif kind == "string" and "pattern" in shape and not _pattern(shape["pattern"]).fullmatch(value):
            yield f"{path} must match {shape['pattern']}, got {value!r}"

    def _structure_problems(
        self, shape_name: str, value: dict[str, Any], path: str, is_unresolved: Callable[[object], bool]
    ) -> Iterator[str]:
        shape = self._shapes[shape_name]
        where = path or shape_name
        members = self.members(shape_name)
        for name in shape.get("required", []):
            if name not in value:
                yield f"{_join(path, name)} is required"
        if shape.get("union") and len(value) != 1:
            yield f"{where} must have exactly one of {', '.join(members)}, got {', '.join(value) or 'none'}"
        for name, item in value.items():
            if name not in members:
                yield f"{_join(path, name)} is not a member of {where}: it has {', '.join(members)}"
            else:
                yield from self._problems(members[name], item, _join(path, name), is_unresolved)


_PYTHON_TYPES: dict[str, type] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
}

_KINDS = {
    "structure": "a structure",
    "map": "a map",
    "list": "a list",
    "string": "a string",
    "integer": "an integer",
    "long": "an integer",
    "boolean": "true or false",
}

_UNITS = {"string": " characters", "list": " items", "map": " entries"}


def _is_of_kind(value: object, kind: str) -> bool:
    return isinstance(value, _PYTHON_TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _limit_problems(shape: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    minimum, maximum = shape.get("min"), shape.get("max")
    kind = shape["type"]
    size = len(value) if kind in _UNITS else value
    if (minimum is None or size >= minimum) and (maximum is None or size <= maximum):
        return
    unit = _UNITS.get(kind, "")
    if maximum is None:
        allowed = f"at least {minimum}{unit}"
    elif not minimum:
        allowed = f"at most {maximum}{unit}"
    else:
        allowed = f"between {minimum} and {maximum}{unit}"
    got = f"{size}{unit}: {_shortened(value)}" if unit else repr(value)
    yield f"{path} must {'have' if unit else 'be'} {allowed}, got {got}"


def _shortened(value: object, limit: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _member(members: dict[str, str], name: str, where: str) -> str:
    if name not in members:
        raise InvalidValueError(f"{name} is not a member of {where}: it has {', '.join(members)}")
    return members[name]


def _expect(kind: type, value: object, expected: str, where: str) -> Any:
    if not isinstance(value, kind):
        raise InvalidValueError(f"{where} must be {expected}, got {_shortened(value)}")
    return value


def _restore_integer(value: object, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise InvalidValueError(f"{where} must be an integer, got {_shortened(value)}")


def _restore_boolean(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise InvalidValueError(f"{where} must be true or false, got {_shortened(value)}")


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    r"""The model's pattern for Python's ``re``, which knows no Unicode categories.

    The model writes ``\p{L}\p{Z}\p{N}`` within sets that also hold the underscore or marks, where letters and
    numbers are ``\\w``. Two patterns end in a count of the end, such as ``${1,128}``, which Python refuses.
    """
    text = _COUNTED_END.sub("", pattern).replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\d")
    return re.compile(_CATEGORY.sub(lambda match: _category(match[1]), text))


_COUNTED_END = re.compile(r"\$\{\d+,\d+\}$")
_CATEGORY = re.compile(r"\\p\{([A-Z])\}")


def _category(category: str) -> str:
    """The characters of a Unicode category, as a part of a set."""
    runs = _runs_of_categories()[category]
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in runs)


@cache
def _runs_of_categories() -> dict[str, list[tuple[int, int]]]:
    """The first and the last of the characters that follow each other in each category."""
    runs: dict[str, list[tuple[int, int]]] = {}
    for category, characters in groupby(chain(*_PLANES), lambda point: unicodedata.category(chr(point))[0]):
        points = list(characters)
        runs.setdefault(category, []).append((points[0], points[-1]))
    return runs


#: Where Unicode has assigned characters. All others are in category C, which no pattern names.
_PLANES = (range(0x40000), range(0xE0000, 0xE1000))
