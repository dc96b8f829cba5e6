"""The operators that cosmic-ray lacks, and that code which decides needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import parso

#: A part of the code. Its attributes depend on its type, and parso does not declare them for mypy.
Node = Any


class Operator:
    """An operator that replaces an expression with other code, with cosmic-ray's interface."""

    def alternatives(self, node: Node) -> list[str]:
        """List the code that may replace a node."""
        raise NotImplementedError

    @classmethod
    def arguments(cls) -> tuple[()]:
        """Return the operator's arguments: none."""
        return ()

    def mutation_positions(self, node: Node) -> list[tuple[Any, Any]]:
        """Return where a node can be changed, once for each alternative."""
        return [(node.start_pos, node.end_pos)] * len(self.alternatives(node))

    def mutate(self, node: Node, index: int) -> Node:
        """Return the node with one of its alternatives."""
        text = node.get_first_leaf().prefix + self.alternatives(node)[index]
        return parso.parse(text)  # type: ignore[no-untyped-call]


class LeaveOneOut(Operator):
    """Removes an operand of `and` or `or`, an element of a list or a tuple, or an argument with a name."""

    def alternatives(self, node: Node) -> list[str]:
        """List the expression without each of its parts."""
        if node.type not in ("and_test", "or_test", "testlist_comp", "arglist"):
            return []
        parts, between = node.children[::2], _code(node.children[1])
        if between not in ("and", "or", ","):
            return []
        left_out = [part for part in parts if node.type != "arglist" or _has_name(part)]
        joint, end = (", ", ",") if between == "," else (f" {between} ", "")
        return [joint.join(_code(part) for part in parts if part is not out) + end for out in left_out]


class DecideBefore(Operator):
    """Replaces a condition with one that is always met, or never."""

    def alternatives(self, node: Node) -> list[str]:
        """List both values of a condition."""
        return ["True", "False"] if _is_after(node, "if", "elif", "while") else []


class ReturnNothing(Operator):
    """Returns None instead of a result."""

    def alternatives(self, node: Node) -> list[str]:
        """List None for a returned expression."""
        return ["None"] if _is_after(node, "return") and node.type != "keyword" else []


class AnotherText(Operator):
    """Replaces a text with an empty or an unexpected one."""

    def alternatives(self, node: Node) -> list[str]:
        """List one other text for a text that is no docstring."""
        if node.type != "string" or node.parent.type == "simple_stmt":
            return []
        return ['"mutant"' if node.value in ('""', "''") else '""']


class SwapIn(Operator):
    """Replaces `in` with `not in`, and `not in` with `in`."""

    def alternatives(self, node: Node) -> list[str]:
        """List the opposite comparison."""
        if node.parent is None or node.parent.type != "comparison":
            return []
        return {"in": ["not in"], "not in": ["in"]}.get(_code(node), [])


class Operators:
    """The operators by name, as cosmic-ray looks them up."""

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
