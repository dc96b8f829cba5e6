"""One app and one stack for each test; the process behind them is shared by all."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from tests.constructs.support import new_app


@pytest.fixture
def app() -> cdk.App:
    return new_app()


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Stack")
