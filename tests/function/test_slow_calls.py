"""A call may take a minute. Nothing has been seen during that minute."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from optimization_job import steps
from optimization_job.cloudformation.request import Request
from optimization_job.deciding import decide_left_over
from optimization_job.deciding.evidence import Evidence
from optimization_job.deciding.memory import Memory
from optimization_job.errors import CallError
from optimization_job.wiring import queries_of
from tests.function.broken_step import advance_with, crash
from tests.function.requests import JOB, create, delete, deployed, leg, properties, update, verification
from tests.function.stale import jobs_unseen_for, refuse_while, stack_seen_as
from tests.simulation import STACK_ID, Script, Shown, SimulatedAws

ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
NEVER_ENDS = Script(ends_after=None)


@pytest.fixture
def old(aws: SimulatedAws) -> str:
    """The job that is deployed, when its stack begins an update."""
    name = deployed(aws)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.sagemaker.script = NEVER_ENDS
    return name


def cancelled_for(aws: SimulatedAws, old: str, seconds: float) -> Callable[[], None]:
    """The update is cancelled, its stack goes back, and so many seconds pass."""

    def cancel() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        aws.send(update(aws, old, properties(**ANOTHER), properties()))
        aws.settle(seconds)

    return cancel


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
@pytest.mark.parametrize("lag", [0, 20, 45])
def test_an_update_that_is_cancelled_during_a_create_of_more_than_a_minute_leaves_no_record(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, old: str, lag: float
) -> None:
    jobs_unseen_for(monkeypatch, aws, lag)
    aws.faults.meanwhile("CreateOptimizationJob", cancelled_for(aws, old, 75))

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))
    aws.settle(600)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert len(aws.sagemaker.started) == 2
    assert list(aws.sagemaker.jobs) == [old]


@pytest.mark.promise("Nothing leaks: the function dies at any line")
@pytest.mark.parametrize("rest", [0, 30, 600])
def test_a_cancelled_update_whose_function_dies_after_it_stopped_the_job_leaves_no_record(
    aws: SimulatedAws, old: str, rest: float
) -> None:
    aws.faults.meanwhile("CreateOptimizationJob", cancelled_for(aws, old, 75))
    aws.faults.die_after("StopOptimizationJob")

    aws.send(update(aws, old, properties(), properties(**ANOTHER)))
    aws.settle(rest)
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE"
    aws.settle(1200)

    assert len(aws.sagemaker.started) == 2
    assert list(aws.sagemaker.jobs) == [old]


def test_no_job_is_created_on_what_was_seen_before_a_call_of_a_minute(aws: SimulatedAws, old: str) -> None:
    aws.faults.meanwhile_after("DescribeStacks", cancelled_for(aws, old, 60))

    aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert len(aws.sagemaker.started) == 1
    assert list(aws.sagemaker.jobs) == [old]


@pytest.mark.parametrize("seconds", [9, 12, 15])
def test_a_job_is_created_although_every_call_takes_a_while(
    aws: SimulatedAws, old: str, seconds: float
) -> None:
    every_call_takes(aws, seconds)

    answer = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert answer["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2


@pytest.mark.promise("What passes is waited out: calls take up to a minute")
@pytest.mark.parametrize("seconds", [30, 45, 60])
@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
def test_a_time_in_which_every_call_takes_long_fails_nothing(
    aws: SimulatedAws, old: str, request_type: str, seconds: float
) -> None:
    every_call_takes(aws, seconds, until=aws.time + 1200)

    if request_type == "Create":
        request = create(aws, **ANOTHER)
    elif request_type == "Update":
        request = update(aws, old, properties(), properties(**ANOTHER))
    else:
        aws.stack_status = "DELETE_IN_PROGRESS"
        request = delete(aws, old)
    answer = aws.carry_out(request, within=1500)

    assert answer["Status"] == "SUCCESS"
    assert len(aws.sagemaker.jobs) == {"Create": 2, "Update": 2, "Delete": 0}[request_type]


@pytest.mark.parametrize("limit", [3600, 1800])
@pytest.mark.parametrize("seconds", [21, 40, 48, 59])
@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete", "leg", "return"])
def test_calls_that_always_take_long_end_in_time_with_a_response(
    aws: SimulatedAws, old: str, request_type: str, seconds: float, limit: int
) -> None:
    """CloudFormation waits an hour, or as long as somebody has set."""
    wanted = properties(**ANOTHER, ServiceTimeout=limit)
    if request_type == "Create":
        request = aws.request("Create", JOB, wanted)
    elif request_type == "Update":
        request = update(aws, old, properties(), wanted)
    elif request_type == "return":
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        del aws.sagemaker.jobs[old]
        request = update(aws, old, wanted, properties(ServiceTimeout=limit))
    elif request_type == "leg":
        del aws.sagemaker.jobs[old]
        request = leg(aws, old, "Update", Timeout=limit, ServiceTimeout=limit)
    else:
        aws.stack_status = "DELETE_IN_PROGRESS"
        aws.sagemaker.jobs[old].script = Script(ends_after=None, stops_after=limit)
        request = delete(aws, old, ServiceTimeout=limit)
    every_call_takes(aws, seconds)

    aws.carry_out(request)
    aws.settle(3 * limit)

    assert aws.answered_at[request["RequestId"]] <= aws.sent_at[request["RequestId"]] + limit
    assert aws.failed_executions == []


@pytest.mark.promise("Every request gets one response: calls take up to a minute")
@pytest.mark.parametrize("seconds", [25, 31, 45, 60])
def test_a_request_that_has_failed_is_answered_although_the_end_of_its_jobs_takes_long(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, old: str, seconds: float
) -> None:
    """An update before was never answered, and its job runs beside that of the update whose steps crash."""
    unanswered = properties(DeploymentInstanceType="ml.g6.2xlarge")
    aws.stack_status = "CREATE_IN_PROGRESS"
    aws.carry_out(aws.request("Create", JOB, unanswered))
    aws.stack_status = "UPDATE_IN_PROGRESS"
    over = aws.time + 3600
    aws.faults.meanwhile_after("CreateOptimizationJob", lambda: every_call_takes(aws, seconds, until=over))
    aws.faults.meanwhile_after("CreateOptimizationJob", lambda: advance_with(monkeypatch, crash))
    aws.faults.die_after("CreateOptimizationJob")

    answer = aws.carry_out(update(aws, old, unanswered, properties(**ANOTHER)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert aws.failed_executions == []
    advance_with(monkeypatch, steps.advance)
    aws.settle(over - aws.time)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.carry_out(update(aws, old, properties(**ANOTHER), unanswered))
    aws.settle(600)
    assert aws.sagemaker.running() == [], "what the failed request had no time to stop"


@pytest.mark.promise("Every request gets one response: calls take up to a minute")
@pytest.mark.parametrize("seconds", [50, 60])
def test_a_verification_of_several_components_is_answered(aws: SimulatedAws, seconds: float) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.sagemaker.endpoints.show("llama", Shown("InService", "config-new"))
    names = [f"copies-{index}" for index in range(3)]
    for name in names:
        aws.sagemaker.endpoints.show(name, Shown("InService", "model"))
    components = [{"InferenceComponentName": name, "ModelName": "model"} for name in names]
    every_call_takes(aws, seconds, until=aws.time + 600)

    answer = aws.carry_out(verification(aws, InferenceComponents=components), within=900)

    assert answer["Status"] == "SUCCESS"


def takes(aws: SimulatedAws, operation: str, seconds: float) -> None:
    """Every call of an operation takes so many seconds."""
    aws.faults.before.append(lambda called: aws.settle(seconds) if called == operation else None)


def every_call_takes(aws: SimulatedAws, seconds: float, until: float = float("inf")) -> None:
    """Every call takes so many seconds, until a time; another execution's as well."""

    def wait(called: str) -> None:
        if called not in ("PUT", "StartExecution") and aws.time < until:
            aws.settle(seconds)

    aws.faults.before.append(wait)


def test_a_job_that_another_request_has_by_now_runs_on_although_calls_are_slow(aws: SimulatedAws) -> None:
    """A request is late, and so slow that there is no time to see that it is late."""
    aws.sagemaker.script = NEVER_ENDS
    aws.stack_status = "CREATE_IN_PROGRESS"
    late = create(aws)
    name = aws.carry_out(late)["PhysicalResourceId"]
    aws.settle(300)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": name}
    takes(aws, "DescribeOptimizationJob", 61)
    began, request = aws.time, Request.parse(late)
    memory = Memory(left_over={name: ""})
    evidence = Evidence(request, memory, queries_of(request), lambda: aws.time - began + 600)

    with pytest.raises(CallError, match="took more than a minute"):
        decide_left_over(request, evidence)

    assert aws.sagemaker.running() == [name]


@pytest.mark.promise("A rollback is a return: calls take up to a minute")
@pytest.mark.parametrize("seconds", [1, 20, 50])
def test_a_rollback_ends_although_nobody_can_look_at_what_serves(aws: SimulatedAws, seconds: float) -> None:
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.sagemaker.endpoints.show("llama", Shown("InService", "config-new"))
    components = [{"InferenceComponentName": "c0", "ModelName": "model"}]
    takes(aws, "DescribeEndpoint", seconds)
    takes(aws, "DescribeInferenceComponent", 47)
    aws.faults.fail("DescribeInferenceComponent", "InternalFailure", status=500, times=10_000)

    answer = aws.carry_out(verification(aws, "Update", InferenceComponents=components))

    assert answer["Status"] == "SUCCESS"


def test_no_job_is_created_on_what_was_seen_before_a_slow_look_at_the_resource(
    aws: SimulatedAws, old: str
) -> None:
    """The update is more than a minute old, so the resource is looked at, too."""
    began = aws.time
    refuse_while(aws, "DescribeOptimizationJob", lambda: aws.time < began + 70, "ThrottlingException")
    looks = iter([cancelled_for(aws, old, 40)])

    def look(called: str) -> None:
        if called == "DescribeStackResource" and aws.time >= began + 70:
            next(looks, lambda: None)()

    aws.faults.before.append(look)

    aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))

    assert list(aws.sagemaker.jobs) == [old]
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("A rollback is a return: a read is stale")
def test_a_return_to_a_lost_record_starts_nothing_although_neither_stack_nor_job_is_seen_as_it_is(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, old: str
) -> None:
    """The update was over in two seconds: its job is not found yet, and the stack seems to go forward."""
    del aws.sagemaker.jobs[old]
    aws.settle(5)
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    jobs_unseen_for(monkeypatch, aws, 30)
    forward = aws.describe_stacks(StackName=STACK_ID)["Stacks"][0]
    stack_seen_as(monkeypatch, aws, forward, seconds=2)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(update(aws, new, properties(**ANOTHER), properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert len(aws.sagemaker.started) == 2


@pytest.mark.promise("A rollback is a return: the record of the job that it returns to is being deleted")
def test_a_return_to_a_job_whose_record_is_being_deleted_succeeds_with_other_tags(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    """The update that goes back had begun to run a failed job again."""
    aws = in_dialect(shows_deleting=True, delete_lag=30)
    aws.sagemaker.script = Script(ends_after=300, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(900)
    aws.sagemaker.delete_optimization_job(OptimizationJobName=name)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    tagged = properties(Tags=[{"Key": "stage", "Value": "test"}])

    answer = aws.carry_out(update(aws, name, properties(), tagged))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
