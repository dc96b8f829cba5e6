"""One app and one stack for each test; the process behind them is shared by all."""

from __future__ import annotations

import aws_cdk as cdk
import pytest


@pytest.fixture
def app() -> cdk.App:
    return cdk.App()


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Stack")
