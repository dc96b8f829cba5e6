"""Checks a request against its shape in the service model, and words what is wrong as SageMaker does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import regex
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from localcloud.kernel.api import ApiError

SCALARS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "a String"),
    "integer": (int, "an Integer"),
    "long": (int, "a Long"),
    "float": ((int, float), "a Float"),
    "double": ((int, float), "a Double"),
    "boolean": (bool, "a Boolean"),
    "timestamp": ((int, float, datetime), "a Timestamp"),
}


def validate(operation: OperationModel, request: Mapping[str, Any]) -> None:
    """Raise the API's SerializationException or ValidationException if `request` does not fit `operation`."""
    shape = operation.input_shape
    if shape is None:
        return
    _check_types(shape, request)
    problems = list(_problems(shape, request, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise ApiError("ValidationException", f"{count}: {'; '.join(problems)}")


def _check_types(shape: Shape, value: Any) -> None:
    if value is None:
        return
    if isinstance(shape, StructureShape):
        _expect(isinstance(value, Mapping), value, "a Structure")
        for name, member in shape.members.items():
            _check_types(member, value.get(name))
    elif isinstance(shape, ListShape):
        _expect(isinstance(value, Sequence) and not isinstance(value, str), value, "a List")
        for item in value:
            _check_types(shape.member, item)
    elif isinstance(shape, MapShape):
        _expect(isinstance(value, Mapping), value, "a Map")
        for item in value.values():
            _check_types(shape.value, item)
    else:
        types, name = SCALARS[shape.type_name]
        # Python's True is an int, JSON's is not.
        _expect(isinstance(value, types) and (isinstance(value, bool) == (types is bool)), value, name)


def _expect(fits: bool, value: Any, wanted: str) -> None:
    if not fits:
        raise ApiError("SerializationException", f"{_json_kind(value)} can not be converted to {wanted}")


def _json_kind(value: Any) -> str:
    match value:
        case bool():
            return f"{str(value).upper()}_VALUE"
        case int() | float():
            return "NUMBER_VALUE"
        case str():
            return "STRING_VALUE"
        case Mapping():
            return "Start of structure or map found where not expected, it"
        case _:
            return "Start of list found where not expected, it"


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure_problems(shape, value, path)
        return
    for constraint in _broken(shape, value):
        yield _problem(value, path, constraint)
    if isinstance(shape, ListShape):
        yield from _list_problems(shape, value, path)
    elif isinstance(shape, MapShape):
        yield from _map_problems(shape, value, path)


def _structure_problems(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    given = {name: value[name] for name in shape.members if value.get(name) is not None}
    for name in shape.required_members:
        if name not in given:
            yield _problem(None, _join(path, name), "Member must not be null")
    if shape.is_tagged_union and len(given) != 1:
        kind = ", ".join(_camel(name) for name in shape.members)
        yield _problem(given, path, f"Member must have exactly one of [{kind}]")
    for name, member in given.items():
        yield from _problems(shape.members[name], member, _join(path, name))


def _list_problems(shape: ListShape, value: Sequence[Any], path: str) -> Iterator[str]:
    if isinstance(shape.member, StructureShape):
        for number, item in enumerate(value, start=1):
            yield from _problems(shape.member, item, f"{path}.{number}.member")
    elif any(True for item in value for _ in _broken(shape.member, item)):
        yield _problem(value, path, f"Member must satisfy constraint: {_all_constraints(shape.member)}")


def _map_problems(shape: MapShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    parts: tuple[tuple[str, Shape, Callable[[], Any]], ...] = (
        ("keys", shape.key, value.keys),
        ("value", shape.value, value.values),
    )
    for what, part, items in parts:
        if any(True for item in items() for _ in _broken(part, item)):
            yield _problem(value, path, f"Map {what} must satisfy constraint: {_all_constraints(part)}")


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """The shape's own constraints (not those of its parts) that `value` does not satisfy."""
    for constraint, holds in _constraints(shape):
        if not holds(value):
            yield constraint


def _all_constraints(shape: Shape) -> str:
    return f"[{', '.join(constraint for constraint, _ in _constraints(shape))}]"


def _constraints(shape: Shape) -> Iterator[tuple[str, Callable[[Any], bool]]]:
    meta = shape.metadata
    sized = shape.type_name in ("string", "list", "map")
    measure: Callable[[Any], Any] = len if sized else lambda number: number
    what = "length" if sized else "value"
    if (most := meta.get("max")) is not None:
        yield f"Member must have {what} less than or equal to {most}", lambda v: measure(v) <= most
    if (least := meta.get("min")) is not None:
        yield f"Member must have {what} greater than or equal to {least}", lambda v: measure(v) >= least
    if (pattern := meta.get("pattern")) is not None:
        text = f"Member must satisfy regular expression pattern: {pattern}"
        yield text, lambda v: regex.fullmatch(pattern, v) is not None
    if isinstance(shape, StringShape) and shape.enum:
        allowed = list(shape.enum)
        yield f"Member must satisfy enum value set: [{', '.join(allowed)}]", lambda v: v in allowed


def _problem(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{_java(value)}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _java(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_java(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_java(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _join(path: str, name: str) -> str:
    return f"{path}.{_camel(name)}" if path else _camel(name)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
