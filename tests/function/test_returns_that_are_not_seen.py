"""A rollback that DescribeStacks does not show yet is told by what it would replace."""

from __future__ import annotations

import pytest

from tests.function.requests import create, properties, update
from tests.function.stale import stack_seen_as
from tests.simulation import STACK_ID, Script, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}


def test_a_rollback_that_is_not_seen_yet_starts_nothing_although_the_old_record_is_gone(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(3600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    del aws.sagemaker.jobs[old]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_IN_PROGRESS"}, reads=[1, 2])

    answer = aws.carry_out(update(aws, new, properties(**ANOTHER), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert len(aws.sagemaker.started) == 2


def test_the_next_update_replaces_such_a_job_and_waits_for_nothing(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    old = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(60)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = began = aws.time

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert answer["Status"] == "SUCCESS"
    assert aws.time == began
