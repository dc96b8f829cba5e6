"""One local cloud for all tests, empty at the beginning of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import LocalCloud
from tests.end_to_end.support_account import log_lines, running_executions, wrong_answers
from tests.end_to_end.support_cli import CdkCli
from tests.end_to_end.support_project import Project
from tests.end_to_end.support_waiting import advance

_GRACE_SECONDS = 700
"""Clock seconds in which whoever waits for a job, or follows it, notices that it is gone."""


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        yield cloud
    assert cloud.functions.process_count == 0


@pytest.fixture
def cloud(shared_cloud: LocalCloud) -> Iterator[LocalCloud]:
    """An account that is ready for the CDK. However a test went, nothing goes on after it."""
    shared_cloud.reset()
    shared_cloud.bootstrap()
    yield shared_cloud
    advance(shared_cloud, _GRACE_SECONDS)
    still_running = [job.name for job in shared_cloud.optimization_jobs.running()]
    executions = running_executions(shared_cloud)
    wrong = wrong_answers(shared_cloud.cloudformation.responses)
    leaked = [line for line in log_lines(shared_cloud) if "Signature=" in line or "ResponseURL" in line]
    shared_cloud.reset()
    assert still_running == [], "jobs cost money after the test"
    assert executions == [], "executions go on after the test"
    assert wrong == []
    assert leaked == [], "the log holds what is a credential"


@pytest.fixture
def project(cloud: LocalCloud, tmp_path: Path) -> Iterator[Project]:
    cli = CdkCli(cloud, tmp_path)
    yield Project(cloud, cli, tmp_path)
    cli.stop()
