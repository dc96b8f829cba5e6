"""An update was cancelled just before CloudFormation had its response: what it made is ended, and nothing
that is a resource ever is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.function.requests import (
    create,
    delete,
    deployed,
    model,
    properties,
    update,
    version,
)
from tests.function.stale import stack_seen_as
from tests.simulation import STACK_ID, Script, SimulatedAws

SECOND: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
NEVER_ENDS = Script(ends_after=None)


class Shown:
    """The resource as CloudFormation shows it from a time on."""

    def __init__(self, aws: SimulatedAws, physical_id: str, lag: float = 0) -> None:
        self._aws = aws
        self._lag = lag
        self._states: list[tuple[float, dict[str, Any]]] = []
        self.now(physical_id, "CREATE_COMPLETE")
        aws.stack_resources_at[STACK_ID] = self._at

    def now(self, physical_id: str, status: str) -> None:
        state = {
            "PhysicalResourceId": physical_id,
            "ResourceStatus": status,
            "LastUpdatedTimestamp": datetime.fromtimestamp(self._aws.time, UTC),
        }
        self._states.append((self._aws.time, {"Llama3": state}))

    def gone(self) -> None:
        self._states.append((self._aws.time, {}))

    def _at(self, time: float) -> dict[str, dict[str, Any]]:
        return next(
            (state for since, state in reversed(self._states) if since <= time - self._lag),
            self._states[0][1],
        )


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def updating(aws: SimulatedAws) -> tuple[str, Shown]:
    """A stack whose job is about to be updated, to one without an end: the old name."""
    old = deployed(aws)
    shown = Shown(aws, old)
    aws.settle(120)
    begin_update(aws)
    shown.now(old, "UPDATE_IN_PROGRESS")
    aws.sagemaker.script = NEVER_ENDS
    return old, shown


def answered(aws: SimulatedAws, **naming: Any) -> tuple[str, str, Shown]:
    """An update whose job runs and that has just responded: the old name and the new one."""
    old, shown = updating(aws)
    aws.settle(5)
    request = update(aws, old, properties(), properties(**SECOND, **naming))
    new = aws.carry_out(request)["PhysicalResourceId"]
    aws.settle(5)
    return old, new, shown


def fails_elsewhere(aws: SimulatedAws, old: str, shown: Shown) -> None:
    """Another resource has failed, there is no rollback, and CloudFormation has ignored the response."""
    shown.now(old, "UPDATE_FAILED")
    aws.stack_status = "UPDATE_FAILED"


@pytest.mark.promise(
    "Nothing leaks: an update is cancelled when its response is on its way, without a rollback"
)
def test_a_job_of_an_update_whose_response_was_ignored_is_stopped(aws: SimulatedAws) -> None:
    old, _, shown = answered(aws)
    fails_elsewhere(aws, old, shown)

    aws.settle(120)

    assert list(aws.sagemaker.jobs) == [old]
    aws.settle(600)
    assert aws.executions == {}


def test_it_is_stopped_although_the_stack_is_deleted_at_once(aws: SimulatedAws) -> None:
    """A script does so. The deletion has the properties from before the update."""
    old, _, shown = answered(aws)
    fails_elsewhere(aws, old, shown)
    aws.settle(2)
    shown.now(old, "DELETE_IN_PROGRESS")
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, old))["Status"] == "SUCCESS"
    aws.settle(15)

    assert aws.sagemaker.running() == []
    aws.settle(120)
    assert aws.sagemaker.jobs == {}


@pytest.mark.parametrize("lag", [0, 20])
def test_it_is_stopped_when_its_stack_is_deleted_although_the_stack_is_not_seen_to_be(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, lag: float
) -> None:
    old, _, shown = answered(aws)
    shown.now(old, "DELETE_COMPLETE")
    aws.stack_status = "DELETE_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_FAILED"}, seconds=lag)

    aws.settle(120)

    assert list(aws.sagemaker.jobs) == [old]


@pytest.mark.parametrize("lag", [0, 20])
@pytest.mark.parametrize("status", ["DELETE_COMPLETE", None])
def test_it_is_stopped_although_neither_its_stack_nor_its_resource_is_there_any_more(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, status: str | None, lag: float
) -> None:
    old, _, shown = answered(aws)
    shown.gone()
    aws.stack_status = "UPDATE_FAILED"
    seen = aws.describe_stacks(StackName=STACK_ID)
    aws.stack_status = status
    began, describe = aws.time, aws.describe_stacks
    monkeypatch.setattr(
        aws, "describe_stacks", lambda **given: seen if aws.time - began < lag else describe(**given)
    )

    aws.settle(240)

    assert list(aws.sagemaker.jobs) == [old]


def test_a_job_is_left_alone_while_its_response_may_still_be_taken(aws: SimulatedAws) -> None:
    _, new, shown = answered(aws)

    aws.settle(1800)
    assert aws.sagemaker.running() == [new]
    shown.now(new, "UPDATE_COMPLETE")
    aws.settle(3600)

    assert aws.sagemaker.running() == [new]


def test_a_job_whose_response_never_arrives_is_stopped_when_cloudformation_has_given_up(
    aws: SimulatedAws,
) -> None:
    old, shown = updating(aws)
    request = update(aws, old, properties(), properties(**SECOND))
    aws.never_taken.add(request["RequestId"])
    aws.send(request)
    aws.settle(3600)
    assert len(aws.sagemaker.running()) == 1
    fails_elsewhere(aws, old, shown)

    aws.settle(600)

    assert list(aws.sagemaker.jobs) == [old]
    assert aws.executions == {}


def test_the_usual_update_is_over_at_the_first_look_that_sees_its_job(aws: SimulatedAws) -> None:
    old, shown = updating(aws)
    request = update(aws, old, properties(), properties(**SECOND))
    aws.carry_out(request)
    shown.now(aws.sagemaker.running()[0], "UPDATE_COMPLETE")
    began = len(aws.sagemaker.calls_at)

    aws.settle(15)

    assert [name for name in aws.executions if request["RequestId"] in name] == []
    assert [call for _, call, *_ in aws.sagemaker.calls_at[began:]].count("DescribeOptimizationJob") <= 2


def test_a_create_and_a_change_in_place_are_over_with_their_responses(aws: SimulatedAws) -> None:
    """A deletion has their properties, or their id."""
    aws.sagemaker.script = NEVER_ENDS
    asked: list[str] = []
    aws.faults.before.append(asked.append)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    begin_update(aws)
    tags = properties(Tags=[{"Key": "Team", "Value": "search"}])
    aws.carry_out(update(aws, name, properties(), tags))
    aws.settle(120)

    assert "DescribeStackResource" not in asked
    assert [each for each in aws.executions if each.startswith("request")] == []


@pytest.mark.parametrize(("lag", "resource_lag"), [(5, 0), (30, 0), (0, 5), (0, 30)])
def test_a_job_that_is_the_resource_by_now_runs_on_however_old_the_reads_are(
    in_dialect: Callable[..., SimulatedAws], lag: float, resource_lag: float
) -> None:
    """The first looks show the resource at rest, as it was before the update."""
    aws = in_dialect(stack_read_lag=lag)
    old = deployed(aws)
    shown = Shown(aws, old, resource_lag)
    aws.settle(120)
    begin_update(aws)
    aws.sagemaker.script = NEVER_ENDS
    aws.settle(lag)
    shown.now(old, "UPDATE_IN_PROGRESS")
    new = aws.carry_out(update(aws, old, properties(), properties(**SECOND)))["PhysicalResourceId"]
    shown.now(new, "UPDATE_COMPLETE")
    aws.stack_status = "UPDATE_COMPLETE"

    aws.settle(3600)

    assert aws.sagemaker.running() == [new]


def test_a_job_that_the_next_update_has_found_runs_on(aws: SimulatedAws) -> None:
    old, new, shown = answered(aws)
    fails_elsewhere(aws, old, shown)
    begin_update(aws)
    # CloudFormation updates other resources first.
    aws.settle(600)
    shown.now(old, "UPDATE_IN_PROGRESS")
    again = update(aws, old, properties(**SECOND), properties(**SECOND))

    assert aws.carry_out(again)["PhysicalResourceId"] == new
    shown.now(new, "UPDATE_COMPLETE")
    aws.stack_status = "UPDATE_COMPLETE"
    aws.settle(3600)

    assert aws.sagemaker.running() == [new]
    assert len(aws.sagemaker.started) == 2


def test_a_job_that_the_next_update_has_found_is_stopped_if_that_response_is_ignored_too(
    aws: SimulatedAws,
) -> None:
    old, _, shown = answered(aws)
    fails_elsewhere(aws, old, shown)
    begin_update(aws)
    shown.now(old, "UPDATE_IN_PROGRESS")
    aws.settle(5)
    aws.carry_out(update(aws, old, properties(**SECOND), properties(**SECOND)))
    aws.settle(5)
    fails_elsewhere(aws, old, shown)

    aws.settle(600)

    assert list(aws.sagemaker.jobs) == [old]


def test_it_is_stopped_when_the_next_update_has_removed_the_resource(aws: SimulatedAws) -> None:
    old, _, shown = answered(aws)
    fails_elsewhere(aws, old, shown)
    aws.settle(5)
    begin_update(aws)
    aws.settle(30)
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    shown.now(old, "DELETE_IN_PROGRESS")
    assert aws.carry_out(delete(aws, old))["Status"] == "SUCCESS"
    shown.now(old, "DELETE_COMPLETE")
    aws.stack_status = "UPDATE_COMPLETE"

    aws.settle(300)

    assert aws.sagemaker.running() == []


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
def test_a_job_runs_on_where_its_stack_shows_what_it_has_replaced(aws: SimulatedAws, status: str) -> None:
    old, new, shown = answered(aws)
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    shown.now(old, status)
    aws.settle(300)
    aws.stack_status = "UPDATE_COMPLETE"
    shown.now(old, "DELETE_COMPLETE")

    aws.settle(3600)

    assert aws.sagemaker.running() == [new]
    assert [name for name in aws.executions if name.startswith("request")] == []


def test_a_job_whose_resource_has_left_the_stack_runs_on(aws: SimulatedAws) -> None:
    """A stack refactoring has given it another logical id, or another stack."""
    _, new, shown = answered(aws)
    aws.stack_status = "UPDATE_COMPLETE"
    shown.gone()

    aws.settle(3600)

    assert aws.sagemaker.running() == [new]
    assert [name for name in aws.executions if name.startswith("request")] == []


@pytest.mark.parametrize("naming", [{}, {"OptimizationJobName": "mine", "NamePrefix": None}])
def test_what_a_job_made_is_kept_for_the_next_update(aws: SimulatedAws, naming: dict[str, Any]) -> None:
    old, new, shown = answered(aws, **naming)
    aws.sagemaker.jobs[new].script = Script(ends_after=10)
    aws.settle(10)
    fails_elsewhere(aws, old, shown)

    aws.settle(600)

    assert sorted(aws.sagemaker.jobs) == sorted([old, new])
    assert aws.sagemaker.jobs[new].status(aws.time) == "COMPLETED"


def test_a_model_of_an_update_whose_response_was_ignored_is_deleted(aws: SimulatedAws) -> None:
    old = aws.carry_out(model(aws))["PhysicalResourceId"]
    shown = Shown(aws, old)
    aws.settle(120)
    begin_update(aws)
    shown.now(old, "UPDATE_IN_PROGRESS")
    aws.settle(5)
    aws.carry_out(model(aws, "Update", physical_id=old, EnableNetworkIsolation=True))
    assert len(aws.sagemaker.models.present) == 2
    aws.settle(5)
    fails_elsewhere(aws, old, shown)

    aws.settle(120)

    assert list(aws.sagemaker.models.present) == [old]


def test_a_version_that_was_there_before_such_an_update_stays(aws: SimulatedAws) -> None:
    """The stack kept it when it registered another one, and may have it again."""
    first = aws.carry_out(version(aws))["PhysicalResourceId"]
    aws.settle(120)
    begin_update(aws)
    other = {"ModelPackageDescription": "another"}
    second = aws.carry_out(version(aws, "Update", physical_id=first, **other))["PhysicalResourceId"]
    shown = Shown(aws, second)
    aws.settle(120)
    begin_update(aws)
    shown.now(second, "UPDATE_IN_PROGRESS")
    aws.settle(5)
    back = aws.carry_out(version(aws, "Update", physical_id=second, old=other))
    assert back["PhysicalResourceId"] == first
    aws.settle(5)
    fails_elsewhere(aws, second, shown)

    aws.settle(600)

    assert {each.name for each in aws.sagemaker.versions.present} == {first, second}
