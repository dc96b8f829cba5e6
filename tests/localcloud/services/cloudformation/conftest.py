from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localcloud.services.cloudformation.stand_in import StandInCloud


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[StandInCloud]:
    cloud = StandInCloud()
    yield cloud
    cloud.stop()


@pytest.fixture
def cloud(shared_cloud: StandInCloud) -> StandInCloud:
    """An empty account."""
    shared_cloud.reset()
    return shared_cloud
