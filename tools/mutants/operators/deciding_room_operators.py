"""The changes that cosmic-ray does not make by itself, and that what decides has to be tried with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import parso

#: A part of the code. Which attributes it has depends on its type, and parso says nothing of that to mypy.
Node = Any


class Operator:
    """What cosmic-ray asks of an operator, for one that puts other code in an expression's place."""

    def alternatives(self, node: Node) -> list[str]:
        """The code that may stand for a node."""
        raise NotImplementedError

    @classmethod
    def arguments(cls) -> tuple[()]:
        return ()

    def mutation_positions(self, node: Node) -> list[tuple[Any, Any]]:
        return [(node.start_pos, node.end_pos)] * len(self.alternatives(node))

    def mutate(self, node: Node, index: int) -> Node:
        text = node.get_first_leaf().prefix + self.alternatives(node)[index]
        return parso.parse(text)  # type: ignore[no-untyped-call]


class LeaveOneOut(Operator):
    """An operand of `and` and `or`, an element of a list or a tuple, or an argument that has a name."""

    def alternatives(self, node: Node) -> list[str]:
        if node.type not in ("and_test", "or_test", "testlist_comp", "arglist"):
            return []
        parts, between = node.children[::2], _code(node.children[1])
        if between not in ("and", "or", ","):
            return []
        left_out = [part for part in parts if node.type != "arglist" or _has_name(part)]
        joint, end = (", ", ",") if between == "," else (f" {between} ", "")
        return [joint.join(_code(part) for part in parts if part is not out) + end for out in left_out]


class DecideBefore(Operator):
    """A condition that is always or never met."""

    def alternatives(self, node: Node) -> list[str]:
        return ["True", "False"] if _is_after(node, "if", "elif", "while") else []


class ReturnNothing(Operator):
    """None, instead of a result."""

    def alternatives(self, node: Node) -> list[str]:
        return ["None"] if _is_after(node, "return") and node.type != "keyword" else []


class AnotherText(Operator):
    """No text, or one that nobody expects."""

    def alternatives(self, node: Node) -> list[str]:
        if node.type != "string" or node.parent.type == "simple_stmt":
            return []
        return ['"mutant"' if node.value in ('""', "''") else '""']


class SwapIn(Operator):
    """`not in` for `in`, and the other way round."""

    def alternatives(self, node: Node) -> list[str]:
        if node.parent is None or node.parent.type != "comparison":
            return []
        return {"in": ["not in"], "not in": ["in"]}.get(_code(node), [])


class Operators:
    """What cosmic-ray asks for operators by name."""

    def __iter__(self) -> Iterator[str]:
        return iter(_OPERATORS)

    def __getitem__(self, name: str) -> type[Operator]:
        return _OPERATORS[name]


_OPERATORS = {one.__name__: one for one in (LeaveOneOut, DecideBefore, ReturnNothing, AnotherText, SwapIn)}


def _code(node: Node) -> str:
    code: str = node.get_code(include_prefix=False)
    return code


def _is_after(node: Node, *keywords: str) -> bool:
    before = node.get_previous_sibling()
    return before is not None and _code(before) in keywords


def _has_name(argument: Node) -> bool:
    return argument.type == "argument" and _code(argument.children[1]) == "="
