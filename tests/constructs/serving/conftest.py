"""One stack for the tests that look at a single endpoint each."""

from __future__ import annotations

import pytest

from tests.constructs.serving.endpoint_support import Endpoints


@pytest.fixture(scope="session")
def endpoints() -> Endpoints:
    return Endpoints()
