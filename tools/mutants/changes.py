"""The small changes that a module is tried with."""

from __future__ import annotations
import __future__

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, TypeVar

T = TypeVar("T")

_SWAPPED: dict[type[ast.AST], Any] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
    ast.And: ast.Or(),
    ast.Or: ast.And(),
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Div(),
    ast.Div: ast.Mult(),
}

#: Methods of a string without which the string is still one.
_TRIMMING = ("lower", "upper", "strip", "lstrip", "rstrip")

#: Parts that do nothing when the module runs, or that only a reader sees.
_LEFT_ALONE = ("annotation", "returns", "decorator_list", "bases", "names")

#: A number above this is an amount, and is tried with half and twice of it; others with one more.
_AMOUNT = 10


@dataclass(frozen=True)
class Mutant:
    """A module with one change.

    Attributes:
        module: The module's name, for import.
        name: `<file>, <function>: <before> -> <after>`; it says nothing of lines, so it lasts.
        code: The statement of the module that has the change in it, compiled.
    """

    module: str
    name: str
    code: CodeType


@dataclass(frozen=True)
class _Spot:
    """A part of the module, and where it hangs."""

    node: ast.AST
    parent: ast.AST
    field: str
    #: In a field that is a list.
    index: int | None
    #: The function, class or constant that it is in.
    place: str

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants(source: str, file: str) -> Iterator[Mutant]:
    """Every change of a module of the function, one at a time.

    Args:
        file: Its path below `lambda/optimization_job`.
    """
    module = "optimization_job." + file.removesuffix(".py").replace("/", ".")
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for statement in tree.body:
        alone = ast.Module([statement], type_ignores=[])
        for spot in list(_spots(alone, "")):
            for other in _alternatives(spot):
                name = f"{file}, {spot.place}: {_shown(spot.node)} -> {_shown(other)}"
                seen[name] += 1
                if seen[name] > 1:
                    name = f"{name} ({seen[name]})"
                spot.put(ast.copy_location(other, spot.node))
                code = compile(
                    ast.fix_missing_locations(alone), file, "exec", __future__.annotations.compiler_flag
                )
                yield Mutant(module, name, code)
                spot.put(spot.node)


def _spots(parent: ast.AST, place: str) -> Iterator[_Spot]:
    for field, value in ast.iter_fields(parent):
        if field in _LEFT_ALONE:
            continue
        items = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, node in items:
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr) or _is_docstring(node):
                continue
            if isinstance(parent, ast.ClassDef) and not isinstance(node, ast.FunctionDef):
                # A member of an enumeration or a field: it cannot be changed in a class that is in use.
                continue
            inner = _place(node, place)
            yield _Spot(node, parent, field, index, inner)
            if inner != "__all__":
                yield from _spots(node, inner)


def _place(node: ast.AST, place: str) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return f"{place}.{name}".lstrip(".")
        case ast.Assign(targets=[ast.Name(id=name)]) if not place:
            return name
    return place


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _alternatives(spot: _Spot) -> Iterator[ast.AST]:
    node = spot.node
    if spot.field in ("test", "ifs"):
        yield ast.Constant(True)
        yield ast.Constant(False)
    if isinstance(spot.parent, ast.Return) and not isinstance(node, ast.Constant):
        yield ast.Constant(None)
    match node:
        case ast.Compare(left=left, ops=[op], comparators=comparators) if type(op) in _SWAPPED:
            yield ast.Compare(left, [_SWAPPED[type(op)]], comparators)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(_SWAPPED[type(op)], values)
            for kept in _each_dropped(values):
                yield kept[0] if len(kept) == 1 else ast.BoolOp(op, kept)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SWAPPED:
            yield ast.BinOp(left, _SWAPPED[type(op)], right)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Constant():
            yield from _other_constants(node)
        case ast.Tuple(elts=elts, ctx=ast.Load()):
            yield from (ast.Tuple(kept, ast.Load()) for kept in _each_dropped(elts))
        case ast.List(elts=elts, ctx=ast.Load()):
            yield from (ast.List(kept, ast.Load()) for kept in _each_dropped(elts))
        case ast.Dict(keys=keys, values=values):
            pairs = _each_dropped(list(zip(keys, values, strict=True)))
            yield from (ast.Dict([key for key, _ in kept], [value for _, value in kept]) for kept in pairs)
        case ast.Call():
            yield from _other_calls(node)
        case ast.Raise() | ast.Expr():
            yield ast.Pass()


def _other_constants(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        if value <= _AMOUNT:
            yield ast.Constant(value + 1)
        else:
            yield ast.Constant(value * 2)
            yield ast.Constant(value // 2)
    elif isinstance(value, str):
        yield ast.Constant("" if value else "mutant")


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    for kept in _each_dropped(node.keywords):
        if node.args or kept:
            yield ast.Call(node.func, node.args, kept)
    match node.func:
        case ast.Attribute(value=value, attr=name) if name in _TRIMMING:
            yield value
        case ast.Name(id="min"):
            yield ast.Call(ast.Name("max", ast.Load()), node.args, node.keywords)
        case ast.Name(id="max"):
            yield ast.Call(ast.Name("min", ast.Load()), node.args, node.keywords)


def _each_dropped(items: list[T]) -> Iterator[list[T]]:
    for index in range(len(items)):
        yield items[:index] + items[index + 1 :]


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 160 else f"{text[:110]} ... {text[-45:]}"
