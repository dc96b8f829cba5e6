"""What one service model knows that another, smaller one lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Model = dict[str, Any]

#: Keys of a shape that are not compared as they are: having more members or enum values is no loss.
_COMPARED_APART = {"documentation", "members", "enum", "member", "key", "value"}


def missing(newer: Model, carried: Model) -> list[str]:
    """What only `newer` says about the operations of `carried`, each as a path: `Operation.input.Member`."""
    return sorted(set(_missing(newer, carried)))


def _missing(newer: Model, carried: Model) -> Iterator[str]:
    for key, value in newer["metadata"].items():
        if carried["metadata"].get(key) != value:
            yield f"metadata.{key}: {value!r}"
    for name, operation in carried["operations"].items():
        if name not in newer["operations"]:
            yield f"{name}: gone"
            continue
        seen: set[str] = set()
        for part in ("input", "output"):
            if part not in newer["operations"][name]:
                continue
            if part not in operation:
                yield f"{name}.{part}"
                continue
            theirs, ours = newer["operations"][name][part]["shape"], operation[part]["shape"]
            yield from _shape(newer["shapes"], theirs, carried["shapes"], ours, f"{name}.{part}", seen)
        for error in newer["operations"][name].get("errors", []):
            if error not in operation.get("errors", []):
                yield f"{name}: error {error['shape']}"


def _shape(newer: Model, theirs: str, carried: Model, ours: str, path: str, seen: set[str]) -> Iterator[str]:
    if theirs in seen:
        return
    seen.add(theirs)
    if ours not in carried:
        yield f"{path}: shape {ours}"
        return
    there, here = newer[theirs], carried[ours]
    for key in sorted((there.keys() | here.keys()) - _COMPARED_APART):
        if there.get(key) != here.get(key):
            yield f"{path}: {key} is {there.get(key)!r}, not {here.get(key)!r}"
    for value in there.get("enum", []):
        if value not in here.get("enum", []):
            yield f"{path}: value {value}"
    for part, reference in _references(there).items():
        own = _references(here).get(part)
        inner = f"{path}{part}"
        if own is None:
            yield inner
        else:
            yield from _shape(newer, reference, carried, own, inner, seen)


def _references(shape: Model) -> dict[str, str]:
    references = {f".{name}": member["shape"] for name, member in shape.get("members", {}).items()}
    for part, mark in (("member", "[]"), ("key", "{key}"), ("value", "{}")):
        if part in shape:
            references[mark] = shape[part]["shape"]
    return references
