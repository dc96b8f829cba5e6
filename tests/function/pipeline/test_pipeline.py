"""A state of a pipeline runs a job, waits for it, and leaves none behind, whatever ends it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from optimization_job.pipeline import Run
from tests.function.requests import properties
from tests.function.stale import refuse_while
from tests.simulation import STACK_ID, Script, SimulatedAws

DAY = 86_400
OVER = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"]


def begin(aws: SimulatedAws, token: str = "token", script: Script | None = None, **more: Any) -> str:
    """A state begins; the name of its job."""
    aws.sagemaker.script = script or Script()
    wanted = more.pop("properties", None) or properties()
    aws.begin_state(token, wanted, **more)
    return Run.from_state(
        {"token": token, "properties": json.dumps(wanted), "stack_id": STACK_ID, "logical_resource_id": ""},
        began="",
    ).name


def test_the_state_gets_the_name_the_location_and_the_image_of_the_job(aws: SimulatedAws) -> None:
    name = begin(aws)
    aws.settle(3600)

    result = aws.results["token"]
    assert result.pop("RecommendedInferenceImage")
    assert result.pop("OptimizationStartTime") < result.pop("OptimizationEndTime")
    assert result == {
        "OptimizationJobName": name,
        "OptimizationJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:optimization-job/{name}",
        "OptimizationJobStatus": "COMPLETED",
        "OutputLocation": f"s3://models-111122223333/optimized/{name}/",
    }
    assert aws.executions == {}


def test_a_generated_name_has_the_prefix_of_its_stack(aws: SimulatedAws) -> None:
    name = begin(aws)
    assert name.startswith("models--llama3-")
    assert len(name.removeprefix("models--llama3-")) == 16


def test_a_job_has_the_tags_of_its_user_and_those_that_show_its_stack(aws: SimulatedAws) -> None:
    name = begin(aws, properties=properties(Tags=[{"Key": "team", "Value": "search"}]))
    aws.settle(60)

    assert aws.sagemaker.jobs[name].request["Tags"] == [
        {"Key": "team", "Value": "search"},
        {"Key": "cdk-sagemaker-optimization:stack", "Value": STACK_ID},
        {"Key": "cdk-sagemaker-optimization:resource", "Value": "Optimize"},
    ]


def test_each_attempt_of_a_state_runs_a_job_of_its_own(aws: SimulatedAws) -> None:
    assert begin(aws, "first") != begin(aws, "second")
    aws.settle(3600)

    assert len(aws.sagemaker.started) == 2
    assert set(aws.results) == {"first", "second"}


@pytest.mark.parametrize(
    ("outcome", "error"), [("FAILED", "OptimizationJobFailed"), ("STOPPED", "OptimizationJobStopped")]
)
def test_a_job_without_an_artifact_fails_the_state_with_its_reason(
    aws: SimulatedAws, outcome: str, error: str
) -> None:
    begin(aws, script=Script(ends_after=600, outcome=outcome, reason="CUDA out of memory"))
    aws.settle(3600)

    result = aws.results["token"]
    assert result["Error"] == error
    assert f"{outcome} after" in result["Cause"]
    assert "CUDA out of memory" in result["Cause"] or outcome == "STOPPED"
    assert "aws sagemaker describe-optimization-job" in result["Cause"]
    assert "rollback" not in result["Cause"]


@pytest.mark.promise("Nothing leaks: a pipeline is aborted while its job runs")
@pytest.mark.promise("Nothing leaks: a pipeline times out while its job runs")
@pytest.mark.promise("Nothing leaks: another branch of a pipeline fails while its job runs")
@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("after", [0, 1, 7, 30, 600])
def test_a_state_that_is_over_stops_its_job(aws: SimulatedAws, over: str, after: int) -> None:
    aws.over = over
    begin(aws, script=Script(ends_after=None))
    aws.settle(after)
    aws.abort_state("token")
    aws.settle(600)

    assert aws.sagemaker.running() == []
    assert aws.executions == {}
    assert aws.results == {}


def test_a_state_that_is_over_at_once_starts_nothing(aws: SimulatedAws) -> None:
    begin(aws)
    aws.abort_state("token")
    aws.settle(600)

    assert aws.sagemaker.started == []
    assert aws.executions == {}


def test_a_state_that_is_over_during_the_create_stops_what_that_creates(aws: SimulatedAws) -> None:
    aws.faults.meanwhile("CreateOptimizationJob", lambda: aws.abort_state("token"))
    begin(aws, script=Script(ends_after=None))
    aws.settle(600)

    assert len(aws.sagemaker.started) == 1
    assert aws.sagemaker.running() == []


@pytest.mark.parametrize("fault", ["lose_answer", "die_after"])
@pytest.mark.parametrize("lag", [0, 30])
def test_a_create_whose_answer_is_lost_is_found_and_stopped_when_the_state_is_over(
    in_dialect: Any, fault: str, lag: int
) -> None:
    aws: SimulatedAws = in_dialect(job_read_lag=lag)
    aws.faults.meanwhile_after("CreateOptimizationJob", lambda: aws.abort_state("token"))
    getattr(aws.faults, fault)("CreateOptimizationJob")
    begin(aws, script=Script(ends_after=None))
    aws.settle(900)

    assert aws.sagemaker.running() == []
    assert aws.executions == {}


@pytest.mark.parametrize("fault", ["lose_answer", "die_before", "die_after"])
@pytest.mark.parametrize(
    "operation",
    ["SendTaskHeartbeat", "DescribeOptimizationJob", "CreateOptimizationJob", "SendTaskSuccess"],
)
def test_a_call_that_comes_to_no_end_runs_no_second_job(
    aws: SimulatedAws, operation: str, fault: str
) -> None:
    getattr(aws.faults, fault)(operation)
    begin(aws)
    aws.settle(7200)

    assert len(aws.sagemaker.started) == 1
    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"
    assert aws.executions == {}
    assert aws.failed_executions == []


def test_a_read_that_is_behind_runs_no_second_job(in_dialect: Any) -> None:
    aws: SimulatedAws = in_dialect(job_read_lag=30)
    begin(aws)
    aws.settle(7200)

    assert len(aws.sagemaker.started) == 1
    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"


@pytest.mark.parametrize(
    "operation", ["CreateOptimizationJob", "DescribeOptimizationJob", "SendTaskHeartbeat", "SendTaskSuccess"]
)
def test_throttling_is_waited_out(aws: SimulatedAws, operation: str) -> None:
    aws.faults.fail(operation, "ThrottlingException", times=20)
    begin(aws)
    aws.settle(7200)

    assert len(aws.sagemaker.started) == 1
    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"


FULL = (
    "The account-level service limit 'ml.g5.12xlarge for optimization job usage' is 1 Instances, with "
    "current utilization of 1 Instances and a request delta of 1 Instances."
)


def test_a_full_quota_is_a_queue(aws: SimulatedAws) -> None:
    aws.faults.fail("CreateOptimizationJob", "ResourceLimitExceeded", FULL, times=100)
    begin(aws)
    aws.settle(5 * 3600)

    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"


def test_a_quota_that_stays_full_fails_the_state(aws: SimulatedAws) -> None:
    aws.faults.fail("CreateOptimizationJob", "ResourceLimitExceeded", FULL, times=10_000)
    begin(aws, quota_timeout=1800)
    aws.settle(3600)

    result = aws.results["token"]
    assert result["Error"] == "OptimizationJobNotStarted"
    assert "was not started: the account's quota was full for 30 min (" in result["Cause"]
    assert aws.executions == {}


@pytest.mark.parametrize("jitter", [300, 900])
def test_a_long_pause_in_the_queue_neither_silences_the_state_nor_stops_its_clock(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, jitter: int
) -> None:
    monkeypatch.setenv("QUOTA_JITTER", str(jitter))
    monkeypatch.setattr("optimization_job.steps.random", lambda: 0.99)
    calls: list[str] = []
    aws.faults.before.append(calls.append)
    aws.faults.fail("CreateOptimizationJob", "ResourceLimitExceeded", FULL, times=10_000)
    begin(aws, quota_timeout=3600)
    aws.settle(2 * 3600)

    assert aws.results["token"]["Error"] == "OptimizationJobNotStarted"
    times = [time for _, time in aws.heartbeats]
    assert max(b - a for a, b in itertools.pairwise(times)) <= 300
    assert calls.count("CreateOptimizationJob") <= 2 + 3600 / (60 + 0.9 * jitter)


def test_a_state_that_is_over_does_not_wait_for_the_end_of_a_long_pause(aws: SimulatedAws) -> None:
    begin(aws, script=Script(ends_after=None), poll_interval=900)
    aws.settle(100)
    aws.abort_state("token")
    aws.settle(400)

    assert aws.sagemaker.running() == []


def test_a_state_that_is_over_leaves_the_queue(aws: SimulatedAws) -> None:
    aws.faults.fail("CreateOptimizationJob", "ResourceLimitExceeded", FULL, times=30)
    begin(aws)
    aws.settle(600)
    aws.abort_state("token")
    aws.settle(DAY)

    assert aws.sagemaker.started == []
    assert aws.executions == {}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", "1 validation error detected: Value 'x' failed to satisfy constraint"),
        ("AccessDeniedException", "not authorized to perform: sagemaker:CreateOptimizationJob"),
        ("AccessDeniedException", "denied with an explicit deny in a service control policy"),
    ],
)
def test_a_job_that_cannot_be_created_fails_the_state(aws: SimulatedAws, code: str, message: str) -> None:
    aws.faults.fail("CreateOptimizationJob", code, message, times=10_000)
    begin(aws)
    aws.settle(1800)

    result = aws.results["token"]
    assert result["Error"] == "OptimizationJobNotStarted"
    assert message in result["Cause"]
    assert aws.sagemaker.started == []
    assert aws.executions == {}


def test_a_new_role_that_works_after_a_minute_fails_nothing(aws: SimulatedAws) -> None:
    denied = "not authorized to perform: states:SendTaskHeartbeat"
    aws.faults.fail("SendTaskHeartbeat", "AccessDeniedException", denied, times=5)
    aws.faults.fail("CreateOptimizationJob", "AccessDeniedException", "not authorized to", times=5)
    begin(aws)
    aws.settle(7200)

    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"


def test_a_state_that_can_never_be_told_starts_nothing(aws: SimulatedAws) -> None:
    aws.faults.fail("SendTaskHeartbeat", "AccessDeniedException", "not authorized to", times=10_000)
    begin(aws)
    aws.settle(7200)

    assert aws.sagemaker.started == []
    assert aws.executions == {}


def test_a_job_is_stopped_when_its_state_cannot_be_told_any_more(aws: SimulatedAws) -> None:
    begin(aws, script=Script(ends_after=None))
    aws.settle(600)
    aws.faults.fail("SendTaskHeartbeat", "AccessDeniedException", "not authorized to", times=10_000)
    aws.settle(3600)

    assert aws.sagemaker.running() == []
    assert aws.executions == {}


def test_a_record_that_somebody_deletes_fails_the_state(aws: SimulatedAws) -> None:
    name = begin(aws, script=Script(ends_after=None))
    aws.settle(600)
    del aws.sagemaker.jobs[name]
    aws.settle(3600)

    assert aws.results["token"]["Error"] == "OptimizationJobUnknown"
    assert "no longer exists" in aws.results["token"]["Cause"]
    assert aws.executions == {}


def test_a_record_that_is_missing_for_some_seconds_after_a_slow_call_fails_nothing(aws: SimulatedAws) -> None:
    begin(aws, script=Script(ends_after=1200))
    aws.settle(600)
    aws.faults.meanwhile("SendTaskHeartbeat", lambda: aws.settle(60))
    unseen = aws.time + 60
    refuse_while(
        aws, "DescribeOptimizationJob", lambda: unseen <= aws.time < unseen + 50, "ResourceNotFound", "no"
    )
    aws.settle(3600)

    assert aws.results["token"]["OptimizationJobName"]
    assert aws.sagemaker.running() == []


def test_a_state_hears_of_its_job_every_few_minutes(aws: SimulatedAws) -> None:
    begin(aws, script=Script(ends_after=4 * 3600), poll_interval=300)
    aws.settle(5 * 3600)

    times = [time for _, time in aws.heartbeats]
    assert max(b - a for a, b in itertools.pairwise(times)) <= 300


def test_a_job_of_weeks_fills_the_history_of_no_execution(aws: SimulatedAws) -> None:
    wanted = properties(StoppingCondition={"MaxRuntimeInSeconds": 28 * DAY})
    begin(aws, script=Script(ends_after=5 * DAY), properties=wanted)
    aws.settle(6 * DAY)

    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"
    executions = [name for name in aws.names_of_executions if "_" in name and not name.startswith("ended_")]
    assert 5 <= len(executions) <= 9
    assert aws.failed_executions == []


def test_the_job_of_a_pipeline_has_events_and_metrics_as_every_job(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    name = begin(aws)
    aws.settle(7200)

    assert aws.events.statuses(name) == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert {detail["LogicalResourceId"] for detail in aws.events.details} == {"Optimize"}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (measured,) = [line for line in lines if line["decision"] == "ended"]
    assert (measured["StackName"], measured["LogicalResourceId"]) == ("models", "Optimize")


def test_no_token_is_logged(aws: SimulatedAws, capsys: pytest.CaptureFixture[str]) -> None:
    begin(aws, "a-token-that-is-secret", script=Script(ends_after=None))
    aws.settle(600)
    aws.abort_state("a-token-that-is-secret")
    aws.settle(600)

    assert "a-token-that-is-secret" not in capsys.readouterr().out


@pytest.mark.parametrize("operation", ["SendTaskHeartbeat", "SendTaskSuccess", "SendTaskFailure"])
def test_no_token_that_an_error_quotes_is_logged(
    aws: SimulatedAws, operation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "a-token-that-is-secret"
    quoted = f"1 validation error detected: Value '{token}' at 'taskToken' failed to satisfy constraint"
    aws.faults.fail(operation, "ValidationException", quoted, times=10_000)
    outcome = "FAILED" if operation == "SendTaskFailure" else "COMPLETED"
    begin(aws, token, script=Script(outcome=outcome))
    aws.settle(7200)

    output = capsys.readouterr().out
    assert "at 'taskToken' failed to satisfy constraint" in output
    assert token not in output


@pytest.mark.parametrize("is_aborted", [False, True])
def test_a_handover_that_fails_is_made_later_without_the_token_in_the_log(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str], is_aborted: bool
) -> None:
    token = "a-token-that-is-secret"
    wanted = properties(StoppingCondition={"MaxRuntimeInSeconds": 4 * 3600})
    begin(aws, token, script=Script(ends_after=8_000), properties=wanted, poll_interval=5)
    aws.settle(3_000)
    quoted = f"1 validation error detected: Value '{token}' at 'input' failed to satisfy constraint"
    aws.faults.fail("StartExecution", "ValidationException", quoted, times=3)
    aws.settle(4_000)
    if is_aborted:
        aws.abort_state(token)
    aws.settle(3_600)

    assert is_aborted or aws.results[token]["OptimizationJobStatus"] == "COMPLETED"
    assert aws.sagemaker.running() == []
    assert len(aws.sagemaker.started) == 1
    assert aws.executions == {}
    output = capsys.readouterr().out
    assert output.count('"not handed over"') == 3
    assert token not in output


@pytest.mark.parametrize("is_aborted", [False, True])
def test_the_end_of_a_job_is_counted_although_its_tracker_could_not_start_before(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str], is_aborted: bool
) -> None:
    name = begin(aws, script=Script(ends_after=300))
    aws.faults.fail("StartExecution", "ThrottlingException", times=12)
    aws.settle(100)
    if is_aborted:
        aws.abort_state("token")
    aws.settle(3600)

    assert is_aborted or aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"
    assert aws.events.statuses(name)[-1] == ("STOPPED" if is_aborted else "COMPLETED")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len([line for line in lines if line["decision"] == "ended"]) == 1
    assert aws.executions == {}


def test_a_tracker_that_can_never_start_keeps_no_execution(aws: SimulatedAws) -> None:
    begin(aws)
    aws.faults.fail("StartExecution", "AccessDeniedException", "not authorized to", times=10_000)
    aws.settle(2 * 3600)

    assert aws.results["token"]["OptimizationJobStatus"] == "COMPLETED"
    assert aws.executions == {}


def test_what_a_run_remembers_survives_a_newer_function() -> None:
    state = {
        "token": "token",
        "properties": "{}",
        "stack_id": STACK_ID,
        "logical_resource_id": "Optimize",
        "poll_interval": 60,
        "quota_timeout": 3600,
        "resource_type": "Custom::SageMakerOptimizationJob",
        "began": "2023-11-14T22:13:20+00:00",
        "heard": True,
        "tracked": True,
        "history": {"events": 77, "due": "2026-11-27T12:00:00+00:00"},
        "handovers": 1,
        "memory": {"tried": True},
    }
    run = Run.from_state({**state, "a_member_of_a_newer_one": 1}, began="")
    assert json.loads(json.dumps(run.as_state())) == state
