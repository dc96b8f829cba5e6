"""A function whose step does something else, as that of another release may."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from optimization_job import handler


def advance_with(patch: pytest.MonkeyPatch, step: Callable[..., object]) -> None:
    """From now on, this is what a request advances with."""
    patch.setitem(handler._STEPS, "advance", step)  # noqa: SLF001


def crash(event: object) -> None:
    raise RuntimeError("a bug")
