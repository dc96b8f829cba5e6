"""The wheel that several files of tests look at."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from tests.project import builds, checkout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout, which is built once, however many processes run the tests."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "the_wheel"
    if not place.exists():
        built = tmp_path_factory.mktemp("built")
        builds.build(checkout.ROOT, "wheel", built)
        # Another process may have been first, with the same wheel.
        with contextlib.suppress(OSError):
            built.rename(place)
    (wheel,) = place.iterdir()
    return wheel
