"""Runs tests with one change of the code after the other.

pytest is started and collects the tests once. Each change is then put into a copy of that process, which runs
the tests and ends: so a change costs no more than the test that notices it, and no file is ever changed.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from inspect import isclass
from types import FunctionType, ModuleType

import pytest

from tools.mutants.changes import Mutant

_MOST_SECONDS = 60
"""Seconds of the processor after which a run of the tests is taken for one that would never end."""

_NOTICED_WITHOUT_A_TEST = -1


class Trials:
    """A plugin for pytest: instead of running the tests once, it runs them for each change.

    Args:
        work: Called when the tests are collected, to try what it wants to try.
    """

    def __init__(self, work: Callable[[Trials], None]) -> None:
        self._work = work
        self._failed = False
        self._items: list[pytest.Item] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = list(session.items)
        self._work(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed

    def survives(self, mutant: Mutant | None, directory: str) -> bool:
        """Whether the tests below a directory pass with a change, or as everything is."""
        items = [item for item in self._items if item.nodeid.startswith(directory)]
        noticed_by = self._first_failure(mutant, items)
        if noticed_by is not None and noticed_by != _NOTICED_WITHOUT_A_TEST:
            # What noticed one change often notices the next.
            self._items.remove(items[noticed_by])
            self._items.insert(0, items[noticed_by])
        return noticed_by is None

    def _first_failure(self, mutant: Mutant | None, items: list[pytest.Item]) -> int | None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        process = os.fork()
        if process == 0:
            try:
                self._run(mutant, items, writing)
            finally:
                os._exit(1)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            told = pipe.read()
        _, status = os.waitpid(process, 0)
        return None if status == 0 else int(told or _NOTICED_WITHOUT_A_TEST)

    def _run(self, mutant: Mutant | None, items: list[pytest.Item], pipe: int) -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        if mutant is not None:
            put(mutant)
        for index, item in enumerate(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self._failed:
                os.write(pipe, str(index).encode())
                os._exit(1)
        os._exit(0)


def put(mutant: Mutant) -> None:
    """Put a change into the module that is imported already, wherever its parts are in use."""
    module = import_module(mutant.module)
    changed: dict[str, object] = {}
    exec(mutant.code, module.__dict__, changed)
    for name, new in changed.items():
        _put(module, name, new)


def _put(module: ModuleType, name: str, new: object) -> None:
    old = getattr(module, name)
    if isinstance(new, FunctionType):
        _make_like(old, new)
    elif isclass(new):
        for member, value in vars(new).items():
            function = _function(value)
            if function is not None:
                _make_like(_function(vars(old)[member]), function)
    else:
        setattr(module, name, new)


def _function(member: object) -> FunctionType | None:
    """The function behind a class's member, if there is one."""
    if isinstance(member, property):
        member = member.fget
    elif isinstance(member, cached_property):
        member = member.func
    elif isinstance(member, classmethod | staticmethod):
        member = member.__func__
    return member if isinstance(member, FunctionType) else None


def _make_like(old: object, new: FunctionType) -> None:
    assert isinstance(old, FunctionType)
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
