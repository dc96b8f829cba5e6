"""The public names: what an editor shows of them, and how they are called."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from constructs import Construct

import cdk_sagemaker_optimization as optimization
from tests.project import checkout

PACKAGE = "cdk_sagemaker_optimization"
LIBRARY = checkout.ROOT / "constructs" / PACKAGE

PUBLIC_NAMES: list[str] = optimization.__all__

EXAMPLES = [checkout.ROOT / "app.py", *sorted((checkout.ROOT / "examples").glob("*.py"))]

#: What may be given by position, besides a construct's scope and id: one subject. Whatever else a call needs
#: is said by name, so that no call reads like a riddle and a new parameter never moves an old one.
#: A place in S3 is one subject of two parts; so are a principal and what it may do, and a step of an
#: an update, which is its size and its time.
SUBJECTS_OF_TWO_PARTS = [["bucket", "prefix"], ["grantee", "actions"], ["percent", "duration"]]


@dataclass(frozen=True)
class Public:
    """A function that users can call."""

    name: str
    function: Callable[..., Any]
    parameters: list[inspect.Parameter]

    def __str__(self) -> str:
        return self.name


def own_members(cls: type) -> dict[str, Any]:
    """What is public of a class and comes from this library, by names; the constructor of constructs, too.

    Everything else is made by its class's own functions, or by a construct.
    """
    members: dict[str, Any] = {}
    for each in reversed(cls.__mro__):
        if each.__module__.startswith(PACKAGE):
            members |= {name: member for name, member in vars(each).items() if not name.startswith("_")}
            if issubclass(cls, Construct) and "__init__" in vars(each):
                members["__init__"] = vars(each)["__init__"]
    return members


def functions() -> list[Public]:
    found = []
    for name in PUBLIC_NAMES:
        for member_name, member in own_members(getattr(optimization, name)).items():
            bound = isinstance(member, staticmethod)
            function = member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
            if inspect.isfunction(function):
                parameters = list(inspect.signature(function).parameters.values())
                found.append(Public(f"{name}.{member_name}", function, parameters[0 if bound else 1 :]))
    return found


FUNCTIONS = functions()


def fresh_python(code: str, *options: str) -> str:
    """What a program prints that another Python runs."""
    result = subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=LIBRARY.parent,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


def test_importing_every_name_gives_no_warning() -> None:
    assert fresh_python(f"from {PACKAGE} import *; print(OptimizationJob.__name__)", "-W", "error") == (
        "OptimizationJob\n"
    )


def test_every_name_is_listed() -> None:
    assert set(PUBLIC_NAMES) <= set(dir(optimization))
    assert all(isinstance(getattr(optimization, name), type) for name in PUBLIC_NAMES)


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_every_class_and_property_says_what_it_is(name: str) -> None:
    cls = getattr(optimization, name)
    properties = {each: member for each, member in own_members(cls).items() if isinstance(member, property)}
    assert vars(cls).get("__doc__"), name
    assert [each for each in properties if not described(cls, each)] == []


@pytest.mark.parametrize("public", FUNCTIONS, ids=str)
def test_every_function_says_what_it_does_and_what_each_parameter_is(public: Public) -> None:
    text = inspect.getdoc(public.function) or ""
    assert text, public.name
    missing = [
        each.name for each in public.parameters if not re.search(rf"^ +{each.name}: ", text, re.MULTILINE)
    ]
    assert missing == []


@pytest.mark.parametrize("public", FUNCTIONS, ids=str)
def test_all_but_the_scope_the_id_and_one_subject_are_given_by_name(public: Public) -> None:
    by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    by_position = [each.name for each in public.parameters if each.kind not in by_name]
    subject = [name for name in by_position if name not in ("scope", "id")]
    assert len(subject) <= 1 or subject in SUBJECTS_OF_TWO_PARTS


def described(cls: type, name: str) -> bool:
    """Whether a property has a description, be it of the class that it was declared in."""
    return any((vars(each)[name].__doc__ or "").strip() for each in cls.__mro__ if name in vars(each))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_imports_the_names_that_it_uses(path: Path) -> None:
    text = path.read_text()
    assert f"from {PACKAGE} import " in text
    assert f"import {PACKAGE}" not in text
