"""What passes by itself is waited out; what does not fails at once, in the API's own words."""

from __future__ import annotations

import pytest

from tests.function.broken_step import advance_with, crash
from tests.function.requests import create, delete, deployed, properties, update
from tests.simulation import Script, SimulatedAws

ASSUME = (
    "Could not assume role arn:aws:iam::111122223333:role/SageMakerExecutionRole. Please ensure it exists"
)
PASS_ROLE = "User: x is not authorized to perform: iam:PassRole on resource: y"
ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}


@pytest.mark.promise("What passes is waited out: throttling, errors of the service, a new role")
@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("ThrottlingException", "Rate exceeded", 400),
        ("InternalFailure", "", 500),
        ("ServiceUnavailable", "", 503),
        ("ValidationException", ASSUME, 400),
        ("AccessDeniedException", PASS_ROLE, 400),
    ],
)
def test_what_passes_by_itself_does_not_fail_a_deploy(
    aws: SimulatedAws, code: str, message: str, status: int
) -> None:
    aws.faults.fail("CreateOptimizationJob", code, message, times=6, status=status)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("What passes is waited out: the input is wrong")
@pytest.mark.parametrize(
    ("code", "message"),
    [("ValidationException", "Could not find model data"), ("InvalidParameterValue", "no such image")],
)
def test_what_stays_wrong_fails_at_once_in_the_words_of_the_api(
    aws: SimulatedAws, code: str, message: str
) -> None:
    aws.faults.fail("CreateOptimizationJob", code, message)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"CreateOptimizationJob: {code}: {message}"
    assert aws.time - began < 5


def test_a_model_that_was_just_created_is_waited_for(aws: SimulatedAws) -> None:
    aws.faults.fail("CreateOptimizationJob", "ResourceNotFound", "no such model", times=3)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"


def test_a_model_that_is_not_there_fails_after_a_minute_in_the_words_of_the_api(aws: SimulatedAws) -> None:
    aws.faults.fail("CreateOptimizationJob", "ResourceNotFound", "no such model", times=1000)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "CreateOptimizationJob: ResourceNotFound: no such model"
    assert 60 <= aws.time - began <= 75


@pytest.mark.promise("What passes is waited out: a permission or a role is missing for good")
@pytest.mark.parametrize(
    ("code", "message"), [("AccessDeniedException", PASS_ROLE), ("ValidationException", ASSUME)]
)
def test_a_missing_permission_fails_after_the_two_minutes_that_a_new_one_may_take(
    aws: SimulatedAws, code: str, message: str
) -> None:
    aws.faults.fail("CreateOptimizationJob", code, message, times=1000)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert message in answer["Reason"]
    assert "the same error after 2 min" in answer["Reason"]
    assert 110 <= aws.time - began <= 130


@pytest.mark.promise("A full quota is a queue: a job waits its turn")
def test_a_full_quota_is_a_queue(aws: SimulatedAws) -> None:
    first = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.sagemaker.quota = 1
    second = create(aws)
    second["LogicalResourceId"] = "Second"

    answer = aws.carry_out(second)

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
    assert aws.sagemaker.jobs[first].status(aws.time) == "COMPLETED"


@pytest.mark.promise("A full quota is a queue: the quota stays full: the reason names it and the time waited")
def test_a_quota_that_stays_full_fails_with_the_quota_and_the_time_waited(aws: SimulatedAws) -> None:
    aws.sagemaker.quota = 1
    aws.sagemaker.create_optimization_job(OptimizationJobName="other", StoppingCondition={}, OutputConfig={})
    aws.sagemaker.jobs["other"].script = Script(ends_after=None)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "quota was full for 50 min" in answer["Reason"]
    assert "ml.g5.12xlarge for optimization job usage" in answer["Reason"]
    assert aws.time - began < 3600


@pytest.mark.promise("A full quota is a queue: the quota is zero")
def test_a_quota_of_nothing_is_not_waited_for(aws: SimulatedAws) -> None:
    aws.sagemaker.quota = 0
    began = aws.time

    assert aws.carry_out(create(aws))["Status"] == "FAILED"
    assert aws.time - began < 5


@pytest.mark.promise(
    "A full quota is a queue: the log says so, and many waiting jobs do not try at the same time"
)
def test_those_who_wait_for_a_quota_do_not_come_together(aws: SimulatedAws) -> None:
    aws.sagemaker.quota = 1
    aws.sagemaker.create_optimization_job(OptimizationJobName="other", StoppingCondition={}, OutputConfig={})
    for index in range(20):
        request = create(aws)
        request["LogicalResourceId"] = f"Job{index}"
        aws.send(request)
    aws.settle(1)

    assert len({int(execution.wakes_at) for execution in aws.executions.values()}) > 10


@pytest.mark.promise(
    "A full quota is a queue: the log says so, and many waiting jobs do not try at the same time"
)
def test_how_long_and_how_spread_jobs_wait_for_a_quota_is_as_the_provider_is_configured(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTA_TIMEOUT", "1200")
    monkeypatch.setenv("QUOTA_JITTER", "0")
    aws.sagemaker.quota = 1
    aws.sagemaker.create_optimization_job(OptimizationJobName="other", StoppingCondition={}, OutputConfig={})
    aws.sagemaker.jobs["other"].script = Script(ends_after=None)

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "quota was full for 20 min" in answer["Reason"]
    assert aws.sagemaker.calls.count("CreateOptimizationJob") == 1 + 1200 // 60 + 1


def test_a_record_that_is_still_being_deleted_is_waited_for(aws: SimulatedAws) -> None:
    aws.faults.fail("CreateOptimizationJob", "ResourceInUse", "the name is in use", times=5)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"


@pytest.mark.promise("Nothing leaks: SageMaker creates the job, and its response is lost")
def test_an_update_that_gives_up_ends_the_job_that_it_may_have_started(aws: SimulatedAws) -> None:
    old_name = deployed(aws)
    aws.faults.meanwhile_after(
        "CreateOptimizationJob", lambda: aws.faults.fail("DescribeStacks", "AccessDenied", "no", times=1000)
    )
    aws.faults.lose_answer("CreateOptimizationJob")

    answer = aws.carry_out(update(aws, old_name, properties(), properties(**ANOTHER)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old_name)
    assert list(aws.sagemaker.jobs) == [old_name]
    assert len(aws.sagemaker.started) == 2


@pytest.mark.promise("What passes is waited out: throttling, errors of the service, a new role")
@pytest.mark.parametrize(("code", "status"), [("AccessDeniedException", 400), ("InternalFailure", 500)])
def test_a_new_role_that_may_not_start_an_execution_yet_is_waited_for(
    aws: SimulatedAws, code: str, status: int
) -> None:
    aws.faults.fail("StartExecution", code, "not now", times=5, status=status)
    began = aws.time

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert 50 <= aws.time - began < 60


@pytest.mark.promise("Every request gets one response: the execution cannot be started")
def test_an_execution_whose_start_was_not_confirmed_is_the_only_one(aws: SimulatedAws) -> None:
    aws.faults.lose_answer("StartExecution")

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("Every request gets one response: the execution cannot be started")
def test_an_execution_that_cannot_be_started_is_answered_all_the_same(aws: SimulatedAws) -> None:
    aws.faults.fail("StartExecution", "InternalFailure", "down", times=99, status=500)
    request = create(aws)
    aws.send(request)

    (answer,) = aws.answers[request["RequestId"]]
    assert answer["Status"] == "FAILED"
    assert "could not be started" in answer["Reason"]


@pytest.mark.promise("Every request gets one response: CloudFormation does not accept the response")
def test_an_answer_that_is_not_taken_is_sent_again(aws: SimulatedAws) -> None:
    aws.faults.fail("PUT", "503", times=4)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"


@pytest.mark.promise("Every request gets one response: CloudFormation does not accept the response")
def test_a_response_that_is_not_taken_for_half_an_hour_arrives_in_time(aws: SimulatedAws) -> None:
    request = create(aws)
    aws.never_taken.add(request["RequestId"])
    aws.send(request)
    aws.settle(1800)
    assert any(name.startswith("models--llama3") for name in aws.names_of_executions), (
        "the job is followed meanwhile"
    )
    aws.never_taken.clear()

    answer = aws.wait_for_answer(request)

    assert answer["Status"] == "SUCCESS"
    assert aws.answered_at[request["RequestId"]] - aws.sent_at[request["RequestId"]] < 1900


def test_a_response_that_is_never_taken_is_given_up_when_nobody_waits_for_it(aws: SimulatedAws) -> None:
    request = create(aws)
    aws.never_taken.add(request["RequestId"])
    aws.send(request)
    aws.settle(3700)

    assert request["RequestId"] not in aws.answers
    assert aws.failed_executions == []


@pytest.mark.promise("Every request gets one response: a step always crashes, hangs or returns nonsense")
@pytest.mark.parametrize(
    "rubbish",
    [None, "rubbish", 7, [], {}, {"Next": "advance"}, {"Next": "respond"}, {"Next": "X"}],
)
def test_a_step_that_crashes_or_answers_rubbish_is_answered_all_the_same(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, rubbish: object
) -> None:
    advance_with(monkeypatch, lambda event: rubbish)

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "unconfirmed/request-1", "a job may have been started"
    assert "neither a response nor a time to wait" in answer["Reason"]


@pytest.mark.promise("Nothing leaks: the function dies at any line")
def test_a_step_that_crashes_for_good_stops_what_a_failed_update_had_started(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_name = deployed(aws)
    aws.faults.meanwhile_after("CreateOptimizationJob", lambda: advance_with(monkeypatch, crash))
    aws.faults.die_after("CreateOptimizationJob")

    answer = aws.carry_out(update(aws, old_name, properties(), properties(**ANOTHER)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old_name)
    assert "a bug" in answer["Reason"]
    assert aws.sagemaker.running() == []


@pytest.mark.promise("Nothing leaks: the delete fails, and is tried again")
def test_a_delete_that_is_denied_fails_and_keeps_the_record(aws: SimulatedAws) -> None:
    name = deployed(aws)
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.faults.fail("DeleteOptimizationJob", "AccessDeniedException", "no", times=1000)

    answer = aws.carry_out(delete(aws, name))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", name)
    assert list(aws.sagemaker.jobs) == [name]


def test_a_step_that_nobody_knows_is_a_failed_request(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance_with(monkeypatch, lambda event: {"Next": "X", "State": {}})

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert "the request was not carried out: KeyError" in answer["Reason"]
