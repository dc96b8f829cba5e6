from __future__ import annotations

import pytest

from tests.function.requests import create, delete, deployed, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws


def test_a_create_answers_in_seconds_with_the_job_under_its_real_name(aws: SimulatedAws) -> None:
    began = aws.time

    answer = aws.carry_out(create(aws))

    name = answer["PhysicalResourceId"]
    assert answer["Status"] == "SUCCESS"
    assert aws.time - began < 5
    assert aws.sagemaker.running() == [name]
    assert answer["Data"] == {
        "OptimizationJobName": name,
        "OptimizationJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:optimization-job/{name}",
        "OutputLocation": f"s3://models-111122223333/optimized/{name}/",
        "CreationTime": "2023-11-14T22:13:20+00:00",
    }


def test_the_request_that_arrives_has_its_types_back_and_a_folder_of_its_own(aws: SimulatedAws) -> None:
    name = aws.carry_out(create(aws, MaxInstanceCount=2))["PhysicalResourceId"]

    (request,) = aws.sagemaker.requests
    expected = properties(MaxInstanceCount=2)
    for ours in ("ServiceToken", "Version", "NamePrefix"):
        del expected[ours]
    expected["OutputConfig"]["S3OutputLocation"] += f"{name}/"
    assert request == {**expected, "OptimizationJobName": name}
    assert request["ModelSource"]["S3"]["ModelAccessConfig"]["AcceptEula"] is True


def test_an_exact_output_location_is_left_as_it_is(aws: SimulatedAws) -> None:
    aws.carry_out(create(aws, ExactOutputLocation=True))

    assert (
        aws.sagemaker.requests[0]["OutputConfig"]["S3OutputLocation"] == "s3://models-111122223333/optimized/"
    )


def test_the_name_has_the_stack_the_job_and_sixteen_digits(aws: SimulatedAws) -> None:
    prefix, digits = aws.carry_out(create(aws))["PhysicalResourceId"].rsplit("-", 1)

    assert prefix == "models--llama3"
    assert len(digits) == 16
    assert int(digits, 16) >= 0


def test_the_digits_are_those_of_the_place_and_then_those_of_the_definition(aws: SimulatedAws) -> None:
    elsewhere = create(aws)
    elsewhere["LogicalResourceId"] = "Other"
    requests = [create(aws), elsewhere, create(aws, DeploymentInstanceType="ml.g6.xlarge")]

    here, there, another = (aws.carry_out(each)["PhysicalResourceId"][-16:] for each in requests)

    assert (here[:8] == another[:8], here[:8] == there[:8]) == (True, False)
    assert (here[8:] == there[8:], here[8:] == another[8:]) == (True, False)


def test_the_name_of_a_definition_never_changes(aws: SimulatedAws) -> None:
    """Deployed jobs have their names from this: another one would run them all again."""
    assert aws.carry_out(create(aws))["PhysicalResourceId"] == "models--llama3-6f9e1f7af33d51dc"


@pytest.mark.promise("Nothing is paid for twice: the request arrives twice")
def test_a_create_that_comes_twice_starts_one_job(aws: SimulatedAws) -> None:
    request = create(aws)
    first = aws.carry_out(request)
    aws.send(request)
    aws.settle(3600)

    assert aws.answers[request["RequestId"]] == [first]
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("Nothing is paid for twice: the request arrives twice")
def test_another_create_of_the_same_definition_adopts_the_job_that_is_there(aws: SimulatedAws) -> None:
    first = aws.carry_out(create(aws))
    second = aws.carry_out(create(aws))

    assert second["PhysicalResourceId"] == first["PhysicalResourceId"]
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("Nothing leaks: SageMaker creates the job, and its response is lost")
@pytest.mark.promise("Nothing is paid for twice: the response of the API is lost")
def test_a_lost_answer_of_the_api_starts_no_second_job(aws: SimulatedAws) -> None:
    aws.faults.lose_answer("CreateOptimizationJob")

    answer = aws.carry_out(create(aws, Tags=[{"Key": "stage", "Value": "test"}]))

    assert answer["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1
    # It has its tags already, and AddTags may be denied.
    assert "AddTags" not in aws.sagemaker.calls


@pytest.mark.promise("Nothing leaks: the function dies at any line")
@pytest.mark.promise("Every request gets one response: a step crashes or hangs a few times")
@pytest.mark.parametrize(
    "operation", ["CreateOptimizationJob", "DescribeOptimizationJob", "DescribeStacks", "PUT"]
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_function_that_dies_at_any_call_leaves_one_job_and_one_answer(
    aws: SimulatedAws, operation: str, when: str
) -> None:
    (aws.faults.die_before if when == "before" else aws.faults.die_after)(operation)
    request = create(aws)
    aws.send(request)
    aws.settle(600)

    assert len(aws.sagemaker.started) == 1
    assert {answer["Status"] for answer in aws.answers[request["RequestId"]]} == {"SUCCESS"}


@pytest.mark.promise("Nothing is paid for twice: the function dies after it created a job that fails")
def test_a_job_that_failed_before_a_dead_step_is_repeated_runs_once(aws: SimulatedAws) -> None:
    """The repeated step does not remember it, and sees that it is younger than the request."""
    aws.sagemaker.script = Script(ends_after=0.5, outcome="FAILED", reason="out of memory")
    aws.faults.die_after("CreateOptimizationJob")

    answer = aws.carry_out(create(aws))
    aws.settle(600)

    assert len(aws.sagemaker.started) == 1
    assert answer["Status"] == "SUCCESS", "the waiting for the job says why it failed"


def left_failed(aws: SimulatedAws) -> str:
    """The name of a job that a create has left failed. The next run of it will complete."""
    aws.sagemaker.script = Script(ends_after=100, outcome="FAILED", reason="out of memory")
    name = str(aws.carry_out(create(aws))["PhysicalResourceId"])
    aws.settle(600)
    aws.sagemaker.script = Script()
    return name


@pytest.mark.promise("Nothing is paid for twice: a job failed, and is asked for again")
def test_a_job_that_was_left_failed_runs_again_although_a_step_dies(aws: SimulatedAws) -> None:
    name = left_failed(aws)
    aws.faults.die_before("DescribeStacks")

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2
    assert aws.sagemaker.running() == [name]


@pytest.mark.promise("Nothing is paid for twice: a job failed, and is asked for again")
def test_a_job_that_was_left_failed_by_an_earlier_deploy_runs_again_under_its_name(aws: SimulatedAws) -> None:
    name = left_failed(aws)

    answer = aws.carry_out(create(aws))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert len(aws.sagemaker.started) == 2
    assert aws.sagemaker.running() == [name]


@pytest.mark.promise("Nothing is paid for twice: a job failed, and is asked for again")
def test_a_changed_limit_runs_a_job_again_that_was_stopped_at_it(aws: SimulatedAws) -> None:
    old = properties(StoppingCondition={"MaxRuntimeInSeconds": 100})
    new = properties(StoppingCondition={"MaxRuntimeInSeconds": 9000})
    first = aws.carry_out(create(aws, StoppingCondition=old["StoppingCondition"]))
    aws.settle(600)
    aws.stack_status = "UPDATE_IN_PROGRESS"

    answer = aws.carry_out(update(aws, first["PhysicalResourceId"], old, new))

    assert answer["PhysicalResourceId"] == first["PhysicalResourceId"]
    assert answer["Data"]["CreationTime"] != first["Data"]["CreationTime"], "this makes every leg wait anew"
    assert aws.sagemaker.running() == [first["PhysicalResourceId"]]


@pytest.mark.promise("A rollback is a return: a failed job had run again")
def test_the_rollback_of_a_change_that_ran_a_failed_job_again_stops_it(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=100, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.sagemaker.script = Script()
    new = properties(MaxInstanceCount=2)
    aws.carry_out(update(aws, name, properties(), new))
    assert aws.sagemaker.running() == [name]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    assert aws.carry_out(update(aws, name, new, properties()))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == []


@pytest.mark.promise("Nothing is paid for twice: a change does not concern the artifact")
def test_changed_tags_do_not_run_a_failed_job_again(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=100, outcome="FAILED", reason="out of memory")
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    aws.stack_status = "UPDATE_IN_PROGRESS"

    aws.carry_out(update(aws, name, properties(), properties(Tags=[{"Key": "a", "Value": "b"}])))

    assert len(aws.sagemaker.started) == 1


def test_a_name_that_somebody_else_uses_is_refused_and_his_job_stays(aws: SimulatedAws) -> None:
    theirs = {"OptimizationJobName": "my-job", "OutputConfig": {"S3OutputLocation": "s3://theirs/x"}}
    aws.sagemaker.create_optimization_job(**theirs, StoppingCondition={})

    answer = aws.carry_out(create(aws, OptimizationJobName="my-job", NamePrefix=None))

    assert answer["Status"] == "FAILED"
    assert "my-job exists already and was not made by this resource" in answer["Reason"]
    aws.stack_status = "ROLLBACK_IN_PROGRESS"
    cleanup = delete(aws, answer["PhysicalResourceId"], OptimizationJobName="my-job", NamePrefix=None)
    assert aws.carry_out(cleanup)["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == ["my-job"]


def test_a_job_with_a_chosen_name_carries_the_proof_whose_it_is(aws: SimulatedAws) -> None:
    aws.carry_out(create(aws, OptimizationJobName="my-job", NamePrefix=None))

    assert list(aws.sagemaker.jobs["my-job"].tags) == ["cdk-sagemaker-optimization:fingerprint"]
    again = aws.carry_out(create(aws, OptimizationJobName="my-job", NamePrefix=None))
    assert again["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("What passes is waited out: the input is wrong")
@pytest.mark.parametrize(
    ("properties_", "message"),
    [
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": "soon"}},
            "MaxRuntimeInSeconds must be an integer, got 'soon'",
        ),
        (
            {"StoppingCondition": {"MaxPendingTimeInSeconds": 60}},
            "MaxPendingTimeInSeconds must be between 1800 and",
        ),
        ({"RoleArn": "me"}, "RoleArn must have between 20 and 2048 characters, got 2 characters: 'me'"),
        ({"OptimizationConfigs": [{}]}, "must have exactly one of ModelQuantizationConfig"),
        ({"ModelSource": {"S3": {"S3Uri": "models/"}}}, "ModelSource.S3.S3Uri must match"),
        ({"Version": "99"}, "version '99' and this function understands 1"),
        ({"Colour": "blue"}, "Colour is not a member of"),
        (
            {"OptimizationJobName": "my--job", "NamePrefix": None},
            "OptimizationJobName must not have two hyphens in a row, got 'my--job'",
        ),
    ],
)
def test_wrong_input_that_only_the_deployment_knows_fails_before_anything_is_created(
    aws: SimulatedAws, properties_: dict[str, object], message: str
) -> None:
    answer = aws.carry_out(create(aws, **properties_))

    assert answer["Status"] == "FAILED"
    assert message in answer["Reason"]
    assert aws.sagemaker.requests == []
    aws.stack_status = "ROLLBACK_IN_PROGRESS"
    assert aws.carry_out(delete(aws, answer["PhysicalResourceId"], **properties_))["Status"] == "SUCCESS"


@pytest.mark.promise("A rollback is a return: the new job fails")
def test_a_failed_update_answers_with_the_old_id(aws: SimulatedAws) -> None:
    name = deployed(aws)
    aws.faults.fail("CreateOptimizationJob", "ValidationException", "no such model")

    answer = aws.carry_out(
        update(aws, name, properties(), properties(DeploymentInstanceType="ml.g6.2xlarge"))
    )

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", name)
    assert "ValidationException: no such model" in answer["Reason"]


def test_a_record_that_was_deleted_by_hand_fails_an_update_and_says_what_to_do(aws: SimulatedAws) -> None:
    name = deployed(aws)
    del aws.sagemaker.jobs[name]

    answer = aws.carry_out(update(aws, name, properties(), properties(MaxInstanceCount=3)))

    assert answer["Status"] == "FAILED"
    assert "Change `triggers` to run it again" in answer["Reason"]
    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("A rollback is a return: the old record was deleted by hand, or its job had failed")
def test_a_rollback_to_a_record_that_was_deleted_by_hand_starts_nothing(aws: SimulatedAws) -> None:
    old_name = deployed(aws)
    new = properties(DeploymentInstanceType="ml.g6.2xlarge")
    new_name = aws.carry_out(update(aws, old_name, properties(), new))["PhysicalResourceId"]
    del aws.sagemaker.jobs[old_name]
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(update(aws, new_name, new, properties()))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old_name)
    assert answer["Data"]["OutputLocation"] == f"s3://models-111122223333/optimized/{old_name}/"
    assert len(aws.sagemaker.started) == 2
