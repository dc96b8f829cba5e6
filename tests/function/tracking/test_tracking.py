"""Every change of a job's status becomes an event, whether a deployment waits for the job or not."""

from __future__ import annotations

import json

import pytest

from optimization_job.tracking import Tracker
from optimization_job.tracking.starting import execution_name
from tests.function.requests import create, delete, deployed, leg, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws

DAY = 86_400


def started(aws: SimulatedAws, script: Script | None = None) -> str:
    aws.sagemaker.script = script or Script()
    name: str = aws.carry_out(create(aws))["PhysicalResourceId"]
    return name


def test_the_whole_life_of_a_job_is_told_although_nobody_waits_for_it(aws: SimulatedAws) -> None:
    name = started(aws)
    aws.stack_status = "CREATE_COMPLETE"

    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert aws.executions == {}


def test_an_event_says_whose_job_it_is_what_happened_and_where_the_artifact_is(aws: SimulatedAws) -> None:
    name = started(aws)
    aws.settle(3600)

    entry, detail = aws.events.entries[-1], aws.events.details[-1]
    assert entry["Source"] == "cdk-sagemaker-optimization"
    assert entry["DetailType"] == "SageMaker Optimization Job Status Change"
    assert entry["Resources"] == [detail["OptimizationJobArn"]]
    assert detail == {
        "Version": "1",
        "SequenceNumber": 3,
        "OptimizationJobName": name,
        "OptimizationJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:optimization-job/{name}",
        "OptimizationJobStatus": "COMPLETED",
        "PreviousOptimizationJobStatus": "INPROGRESS",
        "StackId": STACK_ID,
        "StackName": "models",
        "LogicalResourceId": "Llama3",
        "CreationTime": "2023-11-14T22:13:20+00:00",
        "SeenTime": "2023-11-14T22:38:20+00:00",
        "LastModifiedTime": detail["LastModifiedTime"],
        "OptimizationStartTime": "2023-11-14T22:14:20+00:00",
        "OptimizationEndTime": "2023-11-14T22:38:20+00:00",
        "OutputLocation": f"s3://models-111122223333/optimized/{name}/",
        "RecommendedInferenceImage": detail["RecommendedInferenceImage"],
    }


def test_the_first_event_has_no_status_before_it(aws: SimulatedAws) -> None:
    started(aws)
    aws.settle(30)

    (detail,) = aws.events.details
    assert "PreviousOptimizationJobStatus" not in detail
    assert detail["OptimizationJobStatus"] == "STARTING"


def test_a_failure_is_told_with_its_reason(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=600, outcome="FAILED", reason="out of memory"))
    aws.settle(3600)

    assert aws.events.statuses(name)[-1] == "FAILED"
    assert aws.events.details[-1]["FailureReason"] == "out of memory"


def test_a_job_of_five_days_is_followed_to_its_end_in_several_executions(aws: SimulatedAws) -> None:
    request = create(aws, StoppingCondition={"MaxRuntimeInSeconds": 10 * DAY})
    aws.sagemaker.script = Script(ends_after=5 * DAY)
    name = aws.carry_out(request)["PhysicalResourceId"]

    aws.settle(6 * DAY)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert [detail["SequenceNumber"] for detail in aws.events.details] == [1, 2, 3]
    followers = [n for n in aws.names_of_executions if n.startswith(f"{name}-")]
    assert followers == [f"{name}-1700000000", f"{name}-1700000000-1"]
    assert aws.executions == {}


@pytest.mark.parametrize(("runs_for", "late"), [(1501, 60), (3601, 120), (2 * DAY + 1, 300)])
def test_the_end_of_a_job_is_told_within_a_thirtieth_of_its_age_and_five_minutes(
    aws: SimulatedAws, runs_for: int, late: int
) -> None:
    aws.sagemaker.script = Script(ends_after=runs_for)
    aws.carry_out(create(aws, StoppingCondition={"MaxRuntimeInSeconds": 10 * DAY}))
    began = aws.time
    aws.settle(runs_for + 600)

    told = aws.events.entries[-1]["Time"].timestamp()
    assert 0 <= told - began - runs_for <= late


def test_no_execution_comes_near_the_length_of_history_that_step_functions_keeps(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws, StoppingCondition={"MaxRuntimeInSeconds": 28 * DAY}))[
        "PhysicalResourceId"
    ]
    invocations = aws.invocations

    aws.settle(28 * DAY)

    executions = sum(n.startswith(f"{name}-17") for n in aws.names_of_executions)
    assert (aws.invocations - invocations) / executions * 9 < 25_000 / 2


def test_a_job_is_followed_once_however_often_its_request_comes(aws: SimulatedAws) -> None:
    request = create(aws)
    name = aws.carry_out(request)["PhysicalResourceId"]
    aws.send(request)
    aws.carry_out(create(aws))
    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_a_job_that_has_completed_is_not_followed_again(aws: SimulatedAws) -> None:
    name = deployed(aws)
    aws.settle(3600)
    told = len(aws.events.details)

    tagged = properties(Tags=[{"Key": "Team", "Value": "search"}])
    aws.carry_out(update(aws, name, properties(), tagged))
    aws.settle(3600)

    assert len(aws.events.details) == told


def test_a_failed_job_that_runs_again_under_its_name_is_followed_again(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=600, outcome="FAILED"))
    aws.settle(3600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.sagemaker.script = Script()

    changed = properties(StoppingCondition={"MaxRuntimeInSeconds": 9000})
    aws.carry_out(update(aws, name, properties(), changed))
    aws.settle(3600)

    assert aws.events.statuses(name) == [
        "STARTING",
        "INPROGRESS",
        "FAILED",
        "STARTING",
        "INPROGRESS",
        "COMPLETED",
    ]
    assert len({detail["CreationTime"] for detail in aws.events.details}) == 2


@pytest.mark.parametrize("outcome", ["COMPLETED", "FAILED"])
def test_a_job_that_ends_before_its_request_is_answered_is_told_all_the_same(
    aws: SimulatedAws, outcome: str
) -> None:
    name = started(aws, Script(starts_after=0, ends_after=0, outcome=outcome))
    aws.settle(60)

    assert aws.events.statuses(name) == [outcome]


def test_a_job_that_is_adopted_while_it_runs_is_followed(aws: SimulatedAws) -> None:
    name = started(aws)
    (tracker,) = aws.executions
    del aws.executions[tracker]
    aws.names_of_executions.remove(tracker)
    aws.carry_out(create(aws))
    aws.settle(3600)

    assert aws.events.statuses(name) == ["INPROGRESS", "COMPLETED"]


def test_a_job_that_is_adopted_when_it_has_completed_is_not_followed(aws: SimulatedAws) -> None:
    started(aws)
    aws.settle(3600)
    trackers, aws.names_of_executions = aws.names_of_executions, []
    aws.carry_out(create(aws))
    aws.settle(3600)

    assert [name for name in aws.names_of_executions if name in trackers] == []


def test_a_job_that_is_deleted_is_told_to_be_deleted_and_not_followed_any_more(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=None))
    aws.settle(600)
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.carry_out(delete(aws, name))
    aws.settle(600)

    assert aws.events.statuses(name)[-1] == "DELETED"
    assert aws.executions == {}


def test_a_job_that_was_replaced_under_its_name_ends_its_own_tracker_only(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=None))
    aws.settle(600)
    del aws.sagemaker.jobs[name]
    aws.sagemaker.script = Script()
    aws.time += 1
    aws.carry_out(create(aws))
    aws.settle(3600)

    first, second = sorted({detail["CreationTime"] for detail in aws.events.details})
    told = [(d["CreationTime"], d["OptimizationJobStatus"]) for d in aws.events.details]
    assert [status for run, status in told if run == first] == ["STARTING", "INPROGRESS", "DELETED"]
    assert [status for run, status in told if run == second] == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_a_record_that_is_missing_for_one_look_is_not_taken_for_deleted(aws: SimulatedAws) -> None:
    name = started(aws)
    aws.settle(120)
    aws.faults.fail("DescribeOptimizationJob", "ResourceNotFound")
    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_a_bus_that_refuses_fails_no_deploy_and_loses_no_event(aws: SimulatedAws) -> None:
    aws.faults.fail("PutEvents", "InternalException", times=3, status=500)
    name = started(aws)
    assert aws.carry_out(leg(aws, name))["Status"] == "SUCCESS"
    aws.settle(600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_an_entry_that_is_refused_in_a_good_answer_is_put_again(aws: SimulatedAws) -> None:
    aws.events.refused = 2
    name = started(aws)
    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_changes_that_pile_up_while_the_bus_is_away_come_in_their_order(aws: SimulatedAws) -> None:
    aws.faults.fail("PutEvents", "InternalException", times=60, status=500)
    name = started(aws)
    aws.settle(3 * 3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert [detail["SequenceNumber"] for detail in aws.events.details] == [1, 2, 3]
    seen = [detail["SeenTime"] for detail in aws.events.details]
    assert seen == sorted(seen)
    assert seen[-1] < "2023-11-14T22:40"


def test_a_process_that_dies_after_it_told_tells_again(aws: SimulatedAws) -> None:
    name = started(aws)
    aws.faults.die_after("PutEvents")
    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "STARTING", "INPROGRESS", "COMPLETED"]
    assert [detail["SequenceNumber"] for detail in aws.events.details] == [1, 1, 2, 3]


def test_a_missing_permission_ends_the_tracker_and_not_the_deploy(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.faults.fail("PutEvents", "AccessDeniedException", "not authorized", times=10_000)
    name = started(aws, Script(ends_after=None))
    aws.settle(1800)

    assert aws.executions == {}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (last,) = [line for line in lines if line["decision"] == "tracked"]
    assert (last["level"], last["job"], last["stack"]) == ("ERROR", name, "models")
    assert "not authorized" in last["why"]


def test_a_throttled_look_is_made_again(aws: SimulatedAws) -> None:
    name = started(aws)
    aws.faults.fail("DescribeOptimizationJob", "ThrottlingException", times=5)
    aws.settle(3600)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_an_api_that_is_away_for_a_day_ends_the_tracker(aws: SimulatedAws) -> None:
    started(aws, Script(ends_after=None))
    aws.faults.fail("DescribeOptimizationJob", "InternalFailure", times=100_000, status=500)
    aws.settle(DAY - 3600)
    assert aws.executions
    aws.settle(2 * 3600)
    assert aws.executions == {}


@pytest.mark.parametrize("fault", ["fail", "lose_answer", "die_before", "die_after"])
def test_a_tracker_that_is_hard_to_start_delays_no_answer_and_starts_once(
    aws: SimulatedAws, fault: str
) -> None:
    request = create(aws)
    more = ("ThrottlingException",) if fault == "fail" else ()
    aws.send(request)
    getattr(aws.faults, fault)("StartExecution", *more)
    began = aws.time

    name = aws.wait_for_answer(request)["PhysicalResourceId"]

    assert aws.time - began < 5
    aws.settle(3600)
    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]


def test_a_handover_that_fails_is_made_later(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=5 * DAY)
    name = aws.carry_out(create(aws, StoppingCondition={"MaxRuntimeInSeconds": 10 * DAY}))[
        "PhysicalResourceId"
    ]
    aws.faults.fail("StartExecution", "ThrottlingException", times=3)
    aws.settle(6 * DAY)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert aws.failed_executions == []


def test_a_job_with_the_longest_name_can_be_followed() -> None:
    tracker = Tracker("n" * 63, "arn", "2026-11-22T10:00:00+00:00", STACK_ID, "Job", handovers=999)
    assert len(execution_name(tracker)) <= 80


def test_what_a_tracker_remembers_survives_a_newer_function() -> None:
    """A tracker may be on its way for weeks: what it holds today must be understood by then."""
    state = {
        "job_name": "models--llama3-856ae1083bfe5911",
        "job_arn": "arn:aws:sagemaker:us-east-1:111122223333:optimization-job/models--llama3",
        "run": "2023-11-14T22:13:20+00:00",
        "stack_id": STACK_ID,
        "logical_resource_id": "Llama3",
        "status": "INPROGRESS",
        "changes": 2,
        "unpublished": [{"OptimizationJobStatus": "INPROGRESS"}],
        "history": {"events": 77, "due": "2026-11-27T12:00:00+00:00"},
        "handovers": 1,
        "missing": True,
        "failing_since": "2023-11-14T23:13:20+00:00",
        "uncounted": {"job_name": "models--llama3-856ae1083bfe5911"},
        "resource_type": "Custom::SageMakerOptimizationJob",
    }
    tracker = Tracker.from_state({**state, "a_member_of_a_newer_one": 1})
    assert json.loads(json.dumps(tracker.as_state())) == state
