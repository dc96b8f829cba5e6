"""A job that has completed was paid for: what happens to its record when its deployment fails elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, properties, update
from tests.function.stale import stack_seen_as
from tests.simulation import SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}


def cleaned_up_after_a_rollback(aws: SimulatedAws, name: str, **changes: Any) -> dict[str, Any]:
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    return aws.carry_out(delete(aws, name, **changes))


def replaced(aws: SimulatedAws, **changes: Any) -> tuple[str, str]:
    """An update whose new job has completed, and which is about to fail elsewhere: the names of both jobs."""
    old = deployed(aws)
    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER, **changes)))
    aws.settle(3600)
    return old, answer["PhysicalResourceId"]


@pytest.mark.promise(
    "Nothing is paid for twice: an update fails elsewhere after its job completed, and is tried again"
)
def test_an_update_that_failed_elsewhere_pays_for_its_job_once_however_often_it_is_tried(
    aws: SimulatedAws,
) -> None:
    old, new = replaced(aws)
    for _ in range(2):
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        back = aws.carry_out(update(aws, new, properties(**ANOTHER), properties()))
        assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", old)
        assert cleaned_up_after_a_rollback(aws, new, **ANOTHER)["Status"] == "SUCCESS"

        aws.stack_status = "UPDATE_IN_PROGRESS"
        again = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))
        assert (again["Status"], again["PhysicalResourceId"]) == ("SUCCESS", new)
        assert again["Data"]["OutputLocation"].endswith(f"/{new}/")

    assert [job.request["OptimizationJobName"] for job in aws.sagemaker.started] == [old, new]


@pytest.mark.promise(
    "Nothing is paid for twice: an update fails elsewhere after its job completed, and is tried again"
)
def test_a_job_that_an_update_added_before_it_failed_elsewhere_is_found_by_the_next(
    aws: SimulatedAws,
) -> None:
    added = deployed(aws)
    assert cleaned_up_after_a_rollback(aws, added)["Status"] == "SUCCESS"

    aws.stack_status = "UPDATE_IN_PROGRESS"
    assert aws.carry_out(create(aws))["PhysicalResourceId"] == added
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise(
    "Nothing is paid for twice: an update fails elsewhere after its job completed, and is tried again"
)
def test_a_create_that_was_cancelled_when_its_job_had_completed_leaves_the_artifact_to_the_next(
    aws: SimulatedAws,
) -> None:
    added = deployed(aws)

    answer = cleaned_up_after_a_rollback(aws, "models-Llama3-1ABCDEFGHIJK")

    assert answer["Status"] == "SUCCESS"
    assert list(aws.sagemaker.jobs) == [added]


@pytest.mark.promise(
    "Nothing is paid for twice: an update fails elsewhere after its job completed, and is tried again"
)
@pytest.mark.parametrize("name", ["models-Llama3-1ABCDEFGHIJK", None], ids=["never answered", "failed"])
def test_a_create_that_failed_when_its_job_had_completed_finds_it_when_it_is_made_anew(
    aws: SimulatedAws, name: str | None
) -> None:
    """Without a rollback, CloudFormation deletes what has failed in the next update and creates it again."""
    added = deployed(aws)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    assert aws.carry_out(delete(aws, name or added))["Status"] == "SUCCESS"

    assert aws.carry_out(create(aws))["PhysicalResourceId"] == added
    assert len(aws.sagemaker.started) == 1


def test_the_log_says_why_a_record_stays(aws: SimulatedAws, capsys: pytest.CaptureFixture[str]) -> None:
    added = deployed(aws)
    cleaned_up_after_a_rollback(aws, added)
    assert f"optimization job {added} has completed and may be needed again" in capsys.readouterr().out


@pytest.mark.parametrize(
    "status",
    ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None],
)
def test_the_record_goes_when_the_stack_can_never_ask_for_it_again_or_has_replaced_it(
    aws: SimulatedAws, status: str | None
) -> None:
    name = deployed(aws)
    aws.stack_status = status

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@pytest.mark.parametrize(
    "changes",
    [{"OptimizationJobName": "my-job", "NamePrefix": None}, {"ExactOutputLocation": True}],
    ids=["so that a chosen name is free again", "where another job may have overwritten the artifact"],
)
def test_the_record_goes_with_a_rollback(aws: SimulatedAws, changes: dict[str, Any]) -> None:
    name = deployed(aws, **changes)

    assert cleaned_up_after_a_rollback(aws, name, **changes)["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


def test_a_rollback_that_cannot_ask_which_way_the_stack_goes_deletes_nothing(aws: SimulatedAws) -> None:
    name = deployed(aws)
    aws.faults.fail("DescribeStacks", "AccessDenied", "not authorized to perform it", times=100)

    answer = cleaned_up_after_a_rollback(aws, name)

    assert answer["Status"] == "FAILED"
    assert "DescribeStacks" in answer["Reason"]
    assert list(aws.sagemaker.jobs) == [name]


def test_a_job_that_is_found_completed_is_not_told_of_again(aws: SimulatedAws) -> None:
    added = deployed(aws)
    assert aws.events.statuses(added)[-1] == "COMPLETED"
    told = len(aws.events.details)
    cleaned_up_after_a_rollback(aws, added)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.carry_out(create(aws))
    aws.settle(3600)
    assert len(aws.events.details) == told


def test_a_status_at_rest_that_is_read_too_late_throws_nothing_away(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deployment failed elsewhere some seconds after it had begun."""
    _, new = replaced(aws)
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_COMPLETE"}, seconds=30)

    assert aws.carry_out(delete(aws, new, **ANOTHER))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs[new].status(aws.time) == "COMPLETED"
