"""A local cloud with a role and a bucket for jobs, whose time passes only when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.account import make_account
from tests.localcloud.services.sagemaker.requests import creation


@pytest.fixture
def cloud(cloud: LocalCloud) -> LocalCloud:
    """An account with the role `execution`, which may do everything, and the bucket `models`."""
    cloud.clock.pause()
    make_account(cloud)
    return cloud


@pytest.fixture
def sagemaker(cloud: LocalCloud) -> Any:
    """A client that does not try again by itself, so that a test sees every answer."""
    return cloud.client("sagemaker")


@pytest.fixture
def create(sagemaker: Any) -> Callable[..., str]:
    """Creates a job, with other members than usual, and answers its ARN."""

    def call(**members: Any) -> str:
        return str(sagemaker.create_optimization_job(**creation(**members))["OptimizationJobArn"])

    return call
