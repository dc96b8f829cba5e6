"""What is left over after the response is ended, whatever is in the way, and nothing else is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.function.requests import create, deployed, properties, update
from tests.function.stale import refuse_while
from tests.simulation import STACK_ID, Script, SimulatedAws
from tests.simulation.faults import client_error

SECOND: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
THIRD: dict[str, Any] = {"DeploymentInstanceType": "ml.p4d.24xlarge"}
CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}
NEVER_ENDS = Script(ends_after=None)

NOT_ALLOWED = "not authorized to perform it because no identity-based policy allows it"
EXPLICIT = "not authorized to perform it with an explicit deny in a service control policy"


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def has(aws: SimulatedAws, physical_id: str, status: str = "UPDATE_COMPLETE") -> None:
    """The stack has this job as its resource."""
    state = {
        "PhysicalResourceId": physical_id,
        "ResourceStatus": status,
        "LastUpdatedTimestamp": datetime.fromtimestamp(aws.time, UTC),
    }
    aws.stack_resources_at[STACK_ID] = lambda _: {"Llama3": state}


def cancelled_without_the_permission_to_stop(aws: SimulatedAws) -> tuple[str, dict[str, Any], list[float]]:
    """An update that is cancelled while it starts its job: the old name, the response, and a list that is
    empty until the permission to stop the job comes.
    """
    old = deployed(aws)
    has(aws, old)
    begin_update(aws)
    aws.sagemaker.script = NEVER_ENDS
    permitted: list[float] = []
    refuse_while(aws, "StopOptimizationJob", lambda: not permitted, "AccessDeniedException", NOT_ALLOWED)

    def cancelled() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    aws.faults.meanwhile_after("CreateOptimizationJob", cancelled)
    answer = aws.carry_out(update(aws, old, properties(), properties(**SECOND)))
    return old, answer, permitted


def test_the_response_says_that_a_job_may_still_run_and_why_it_could_not_be_stopped(
    aws: SimulatedAws,
) -> None:
    _, answer, _ = cancelled_without_the_permission_to_stop(aws)

    assert answer["Status"] == "FAILED"
    assert "The job may still run, and is stopped as soon as it can be" in answer["Reason"]
    assert "StopOptimizationJob" in answer["Reason"]
    assert NOT_ALLOWED in answer["Reason"]


def test_a_job_that_is_given_up_is_an_error_in_the_log(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    cancelled_without_the_permission_to_stop(aws)
    (name,) = aws.sagemaker.running()
    capsys.readouterr()

    aws.settle(7200)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (error,) = [line for line in lines if line["level"] == "ERROR"]
    assert (error["decision"], error["jobs"]) == ("left", [name])
    assert NOT_ALLOWED in error["why"]


def test_a_job_that_a_later_update_has_by_then_is_left(aws: SimulatedAws) -> None:
    """Whoever gives the permission deploys again."""
    old, _, permitted = cancelled_without_the_permission_to_stop(aws)
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE"
    aws.settle(120)
    begin_update(aws)
    has(aws, old, "UPDATE_IN_PROGRESS")
    new = aws.carry_out(update(aws, old, properties(), properties(**SECOND)))["PhysicalResourceId"]
    has(aws, new)
    aws.stack_status = "UPDATE_COMPLETE"
    permitted.append(aws.time)
    aws.settle(1200)

    assert aws.sagemaker.running() == [new]


def left_over(aws: SimulatedAws) -> str:
    """An update whose response CloudFormation never had, and whose job runs: the name of the job before."""
    old = deployed(aws)
    has(aws, old)
    aws.sagemaker.script = NEVER_ENDS
    begin_update(aws)
    aws.carry_out(update(aws, old, properties(), properties(**SECOND)))
    aws.settle(60)
    begin_update(aws)
    return old


def test_a_record_goes_although_cloudformation_never_takes_the_response(aws: SimulatedAws) -> None:
    old = left_over(aws)
    third = update(aws, old, properties(**SECOND), properties(**THIRD))
    aws.never_taken.add(third["RequestId"])

    aws.send(third)
    aws.settle(2 * 3600)

    assert third["RequestId"] not in aws.answers
    assert "STOPPED" not in [job.status(aws.time) for job in aws.sagemaker.jobs.values()]


def test_a_denial_that_never_passes_is_met_once_a_minute_and_given_up_in_the_end(aws: SimulatedAws) -> None:
    old = left_over(aws)
    # Only the next update is left to end its job.
    aws.executions.clear()
    refuse_while(aws, "DeleteOptimizationJob", lambda: True, "AccessDeniedException", EXPLICIT)
    answer = aws.carry_out(update(aws, old, properties(**SECOND), properties(**THIRD)))
    has(aws, answer["PhysicalResourceId"])
    aws.stack_status = "UPDATE_COMPLETE"
    answered = aws.time

    aws.settle(6 * 3600)

    times = [at for at, operation, *_ in aws.sagemaker.calls_at if operation == "DeleteOptimizationJob"]
    assert all(later - earlier >= 60 for earlier, later in pairwise(times))
    assert times[-1] - answered < 1200
    assert aws.executions == {}


@pytest.mark.parametrize("operation", ["DescribeOptimizationJob", "DeleteOptimizationJob"])
def test_an_outage_of_six_days_does_not_fill_the_history_of_the_execution(
    aws: SimulatedAws, operation: str
) -> None:
    """Step Functions keeps 25,000 events of an execution, and each step is about ten."""
    old = left_over(aws)
    third = update(aws, old, properties(**SECOND), properties(**THIRD))
    new = aws.carry_out(third)["PhysicalResourceId"]
    (name,) = [name for name in aws.executions if third["RequestId"] in name]
    aws.executions = {name: aws.executions[name]}
    began, over = aws.invocations, aws.time + 6 * 24 * 3600
    refuse_while(aws, operation, lambda: aws.time < over, "ServiceUnavailable")

    aws.settle(over - aws.time + 3600)

    assert aws.invocations - began < 2_400
    assert sorted(aws.sagemaker.jobs) == sorted([old, new])
    assert aws.failed_executions == []


def deny_tags(called: str) -> None:
    if called == "ListTags":
        raise client_error(called, "AccessDeniedException", EXPLICIT)


def somebody_else_starts_it(aws: SimulatedAws) -> None:
    theirs = {"OptimizationJobName": "my-job", "OutputConfig": {"S3OutputLocation": "s3://theirs/x"}}
    aws.sagemaker.create_optimization_job(**theirs, StoppingCondition={}, Tags=[])


def test_somebody_elses_job_runs_on_that_has_the_chosen_name_a_moment_before(aws: SimulatedAws) -> None:
    """Whose it is cannot be asked."""
    aws.sagemaker.script = NEVER_ENDS
    aws.faults.meanwhile("CreateOptimizationJob", lambda: somebody_else_starts_it(aws))
    aws.faults.before.append(deny_tags)

    assert aws.carry_out(create(aws, **CHOSEN))["Status"] == "FAILED"
    aws.settle(600)

    assert aws.sagemaker.running() == ["my-job"]


def test_somebody_elses_job_runs_on_that_has_the_chosen_name_after_an_outage(aws: SimulatedAws) -> None:
    """Whether the create started one before the outage is not known."""
    aws.sagemaker.script = NEVER_ENDS
    began, over = aws.time, aws.time + 3600

    def is_away() -> bool:
        return began + 1 < aws.time < over

    aws.faults.fail("CreateOptimizationJob", "InternalFailure", status=500)
    for operation in ("CreateOptimizationJob", "DescribeOptimizationJob"):
        refuse_while(aws, operation, is_away, "ServiceUnavailable")

    assert aws.carry_out(create(aws, **CHOSEN))["Status"] == "FAILED"
    aws.settle(over - aws.time)
    somebody_else_starts_it(aws)
    aws.settle(900)

    assert aws.sagemaker.running() == ["my-job"]
