from __future__ import annotations

import pytest

from tests.function.requests import create, delete, deployed, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws
from tests.simulation.faults import Countdown, client_error

INVENTED = "models-Llama3-1ABCDEFGHIJK"


@pytest.mark.promise("Nothing leaks: the create is cancelled while the job runs")
def test_a_running_job_is_stopped_waited_for_and_deleted(aws: SimulatedAws) -> None:
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.sagemaker.calls.clear()
    aws.stack_status = "DELETE_IN_PROGRESS"

    answer = aws.carry_out(delete(aws, name))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.sagemaker.jobs == {}
    assert [c for c in aws.sagemaker.calls if c != "DescribeOptimizationJob"] == [
        "StopOptimizationJob",
        "DeleteOptimizationJob",
    ]


def test_a_completed_job_is_deleted_without_being_stopped(aws: SimulatedAws) -> None:
    name = deployed(aws)
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}
    assert "StopOptimizationJob" not in aws.sagemaker.calls


def test_a_job_that_is_gone_already_is_deleted(aws: SimulatedAws) -> None:
    aws.stack_status = "DELETE_IN_PROGRESS"

    answer = aws.carry_out(delete(aws, "models--llama3-0123456789abcdef"))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "models--llama3-0123456789abcdef")


@pytest.mark.promise("Nothing leaks: the create is cancelled before it has a response")
@pytest.mark.parametrize("age", [60, 24 * 3600], ids=["that still runs", "that has completed"])
@pytest.mark.parametrize("named", [{}, {"OptimizationJobName": "my-job", "NamePrefix": None}])
def test_a_cancelled_create_is_cleaned_up_although_cloudformation_does_not_know_its_name(
    aws: SimulatedAws, named: dict[str, str | None], age: int
) -> None:
    aws.carry_out(create(aws, **named))
    aws.settle(age)
    aws.stack_status = "DELETE_IN_PROGRESS"

    answer = aws.carry_out(delete(aws, INVENTED, **named))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", INVENTED)
    assert aws.sagemaker.jobs == {}


CHOSEN = {"OptimizationJobName": "my-job", "NamePrefix": None}


def test_a_chosen_job_is_ended_although_an_update_failed_and_was_not_rolled_back(aws: SimulatedAws) -> None:
    """CloudFormation then sends the properties of the update that failed."""
    aws.sagemaker.script = Script(ends_after=None)
    aws.carry_out(create(aws, **CHOSEN))
    aws.stack_status = "UPDATE_IN_PROGRESS"
    changed = properties(**CHOSEN, DeploymentInstanceType="ml.p4d.24xlarge")
    failed = aws.carry_out(update(aws, "my-job", properties(**CHOSEN), changed))
    assert failed["Status"] == "FAILED"
    aws.stack_status = "DELETE_IN_PROGRESS"

    deletion = delete(aws, "my-job", **CHOSEN, DeploymentInstanceType="ml.p4d.24xlarge")
    assert aws.carry_out(deletion)["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@pytest.mark.parametrize(
    "name", ["my-job", "LLAMA-AWQ", "Llama3-awq", "llama-202611271200", "llama-2026112712000"]
)
@pytest.mark.parametrize(
    "left", [{}, {"OptimizationJobName": "another", "NamePrefix": None}, {"Version": "x"}]
)
def test_a_chosen_job_is_ended_although_the_properties_name_another(
    aws: SimulatedAws, left: dict[str, str | None], name: str
) -> None:
    """Also one with a date at its end, or the logical id at its beginning, which is none of the ids that
    CloudFormation invents.
    """
    aws.sagemaker.script = Script(ends_after=None)
    aws.carry_out(create(aws, OptimizationJobName=name, NamePrefix=None))
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name, **left))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


def test_the_deletion_of_a_chosen_job_never_touches_the_one_that_replaced_it(aws: SimulatedAws) -> None:
    aws.carry_out(create(aws, **CHOSEN))
    new = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": new}

    assert aws.carry_out(delete(aws, "my-job"))["Status"] == "SUCCESS"
    assert list(aws.sagemaker.jobs) == [new]


def unrolled(aws: SimulatedAws) -> tuple[str, str]:
    """An update that was cancelled between its job and its answer, and not rolled back: the name of the job
    before, and that of its own job, which runs.
    """
    old = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(3600)
    aws.sagemaker.script = Script(ends_after=None)
    new = aws.carry_out(create(aws, **ANOTHER))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    return old, new


ANOTHER = {"DeploymentInstanceType": "ml.p4d.24xlarge"}


@pytest.mark.parametrize("present", ["old", None])
def test_the_job_of_an_update_that_was_not_rolled_back_ends_with_its_resource(
    aws: SimulatedAws, present: str | None
) -> None:
    old, _ = unrolled(aws)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": old} if present else {}

    assert aws.carry_out(delete(aws, old, **ANOTHER))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


def test_the_job_of_an_update_that_was_tried_again_is_the_resource_and_stays(aws: SimulatedAws) -> None:
    old, new = unrolled(aws)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": new}

    assert aws.carry_out(delete(aws, old, **ANOTHER))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [new]


def test_a_job_that_completed_for_nobody_stays_for_the_next_deploy(aws: SimulatedAws) -> None:
    old, new = unrolled(aws)
    aws.settle(10 * 3600)
    aws.sagemaker.jobs[new].script = Script()

    assert aws.carry_out(delete(aws, old, **ANOTHER))["Status"] == "SUCCESS"
    assert list(aws.sagemaker.jobs) == [new]


def test_a_job_of_the_same_name_that_another_resource_made_is_left_alone(aws: SimulatedAws) -> None:
    aws.carry_out(create(aws, **CHOSEN))
    other = delete(aws, "my-job", **CHOSEN)
    other["LogicalResourceId"] = "Other"

    assert aws.carry_out(other)["Status"] == "SUCCESS"
    assert list(aws.sagemaker.jobs) == ["my-job"]


def test_a_job_that_another_resource_made_is_left_alone_by_properties_of_a_newer_release(
    aws: SimulatedAws,
) -> None:
    aws.carry_out(create(aws, **CHOSEN))
    other = delete(aws, "my-job", **CHOSEN, Version="2")
    other["LogicalResourceId"] = "Other"

    assert aws.carry_out(other)["Status"] == "SUCCESS"
    assert list(aws.sagemaker.jobs) == ["my-job"]


def test_a_job_that_an_update_found_under_its_chosen_name_is_left_alone_when_the_resource_goes(
    aws: SimulatedAws,
) -> None:
    """The update failed and was not rolled back, so CloudFormation sends its properties with the old id."""
    theirs = create(aws, **CHOSEN)
    theirs["LogicalResourceId"] = "Other"
    aws.carry_out(theirs)
    old = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_IN_PROGRESS"
    assert aws.carry_out(update(aws, old, properties(), properties(**CHOSEN)))["Status"] == "FAILED"
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, old, **CHOSEN))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == ["my-job"]


def test_a_create_whose_properties_could_not_be_read_leaves_nothing_to_delete(aws: SimulatedAws) -> None:
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, INVENTED, Version="x"))["Status"] == "SUCCESS"
    assert aws.sagemaker.calls == []


@pytest.mark.promise("Nothing leaks: the create is cancelled before it has a response")
@pytest.mark.promise("A full quota is a queue: the stack is deleted meanwhile")
def test_a_create_that_waits_for_a_quota_gives_up_when_its_stack_is_deleted(aws: SimulatedAws) -> None:
    aws.sagemaker.quota = 1
    aws.sagemaker.create_optimization_job(OptimizationJobName="other", StoppingCondition={}, OutputConfig={})
    request = create(aws)
    aws.send(request)
    aws.settle(300)
    aws.stack_status = "DELETE_IN_PROGRESS"
    assert aws.carry_out(delete(aws, INVENTED))["Status"] == "SUCCESS"
    aws.sagemaker.quota = None

    aws.settle(4000)

    assert list(aws.sagemaker.jobs) == ["other"]
    (answer,) = aws.answers[request["RequestId"]]
    assert "the stack is rolling back or being deleted" in answer["Reason"]


@pytest.mark.promise("Nothing leaks: the delete overtakes the create")
@pytest.mark.parametrize("seconds", [0, 40, 100], ids="in flight for {} s".format)
def test_a_job_that_is_created_while_its_stack_is_deleted_is_stopped_by_who_created_it(
    aws: SimulatedAws, seconds: int
) -> None:
    """The Delete looks for the job for longer than a create can be in flight; see also
    test_overtaken_creates.py.
    """
    deletion = delete(aws, INVENTED)

    def the_stack_is_deleted() -> None:
        aws.stack_status = "DELETE_IN_PROGRESS"
        aws.send(deletion)
        aws.settle(seconds)

    aws.faults.meanwhile("CreateOptimizationJob", the_stack_is_deleted)
    aws.faults.meanwhile_after("CreateOptimizationJob", aws.sagemaker.calls.clear)
    aws.sagemaker.script = Script(ends_after=None)
    answer = aws.carry_out(create(aws))

    assert "the stack is rolling back or being deleted" in answer["Reason"]
    assert aws.wait_for_answer(deletion)["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1
    assert aws.sagemaker.jobs == {}
    assert aws.sagemaker.calls[0] == "StopOptimizationJob", "before anything else"


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
def test_an_update_that_is_cancelled_leaves_no_new_job(aws: SimulatedAws) -> None:
    old_name = deployed(aws)
    new = properties(DeploymentInstanceType="ml.g6.2xlarge")

    def the_update_is_cancelled() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        back = aws.carry_out(update(aws, old_name, new, properties()))
        assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", old_name)

    aws.faults.meanwhile("CreateOptimizationJob", the_update_is_cancelled)
    aws.send(update(aws, old_name, properties(), new))
    aws.settle(600)

    assert list(aws.sagemaker.jobs) == [old_name]


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
def test_an_update_that_is_cancelled_before_its_answer_arrives_leaves_no_new_job(aws: SimulatedAws) -> None:
    """The new job is started and seen to be wanted; then the user cancels, and CloudFormation ignores the
    answer.
    """
    old_name = deployed(aws)
    new = properties(DeploymentInstanceType="ml.g6.2xlarge")
    answer = aws.carry_out(update(aws, old_name, properties(), new))
    assert len(aws.sagemaker.running()) == 1
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    back = aws.carry_out(update(aws, old_name, new, properties()))

    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", old_name)
    assert aws.sagemaker.running() == []
    assert aws.sagemaker.jobs[old_name].status(aws.time) == "COMPLETED"
    assert answer["PhysicalResourceId"] != old_name


def test_an_update_whose_function_dies_with_its_new_job_when_it_is_cancelled_ends_the_job(
    aws: SimulatedAws,
) -> None:
    """The next step knows nothing of the job, but that it is there."""
    old_name = deployed(aws)
    aws.sagemaker.script = Script(ends_after=None)

    def cancelled() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    aws.faults.meanwhile_after("CreateOptimizationJob", cancelled)
    aws.faults.die_after("CreateOptimizationJob")
    answer = aws.carry_out(update(aws, old_name, properties(), properties(**ANOTHER)))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old_name)
    assert list(aws.sagemaker.jobs) == [old_name]
    assert len(aws.sagemaker.started) == 2


def test_a_job_of_a_cancelled_update_that_completes_before_it_is_stopped_stays_for_the_next_deploy(
    aws: SimulatedAws,
) -> None:
    """It has been paid for."""
    old_name = deployed(aws)
    aws.sagemaker.script = Script(ends_after=None)

    def cancelled() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    def completes() -> None:
        aws.sagemaker.started[-1].script = Script(ends_after=0)

    aws.faults.meanwhile_after("CreateOptimizationJob", cancelled)
    aws.faults.meanwhile("StopOptimizationJob", completes)
    new = properties(**ANOTHER)
    answer = aws.carry_out(update(aws, old_name, properties(), new))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old_name)
    assert "the stack is rolling back or being deleted" in answer["Reason"]
    assert len(aws.sagemaker.jobs) == 2
    aws.stack_status = "UPDATE_IN_PROGRESS"
    assert aws.carry_out(update(aws, old_name, properties(), new))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 2


def test_a_create_that_gives_up_leaves_somebody_elses_job_of_its_name_alone(aws: SimulatedAws) -> None:
    def taken() -> None:
        theirs = {"OutputConfig": {"S3OutputLocation": "s3://theirs/x"}, "StoppingCondition": {}}
        aws.sagemaker.create_optimization_job(OptimizationJobName="my-job", **theirs)
        aws.faults.fail("CreateOptimizationJob", "ValidationException", "the model is missing")

    request = create(aws, **CHOSEN)
    aws.faults.fail("CreateOptimizationJob", "InternalFailure", status=500)
    aws.send(request)
    aws.settle(1)
    aws.faults.meanwhile("DescribeStacks", taken)
    answer = aws.wait_for_answer(request)

    assert answer["Status"] == "FAILED"
    assert "the model is missing" in answer["Reason"]
    assert aws.sagemaker.running() == ["my-job"]


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
@pytest.mark.parametrize("fault", ["lost answer", "name in use"])
def test_the_record_of_a_cancelled_updates_job_goes_whoever_stops_the_job(
    aws: SimulatedAws, fault: str
) -> None:
    """The rollback stops the job and does not wait for its end; whoever started it deletes the record."""
    old_name = deployed(aws)
    new = properties(DeploymentInstanceType="ml.g6.2xlarge")

    def the_update_is_cancelled() -> None:
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        aws.carry_out(update(aws, old_name, new, properties()))

    aws.send(update(aws, old_name, properties(), new))
    if fault == "lost answer":
        aws.faults.lose_answer("CreateOptimizationJob")
    else:
        in_use = client_error("CreateOptimizationJob", "ResourceInUse", "the name is in use")
        aws.faults.after.append(Countdown("CreateOptimizationJob", lambda: in_use, 1))
    aws.settle(1)
    the_update_is_cancelled()
    aws.settle(600)

    assert list(aws.sagemaker.jobs) == [old_name]


@pytest.mark.promise("Nothing leaks: the request arrives late")
def test_a_late_update_starts_nothing_although_the_stack_is_updated_again(aws: SimulatedAws) -> None:
    old_name = deployed(aws)
    late = update(aws, old_name, properties(), properties(DeploymentInstanceType="ml.g6.2xlarge"))
    aws.time += 600
    aws.stack_updates[late["StackId"]] = aws.time
    aws.send(late)
    aws.settle(60)

    assert len(aws.sagemaker.started) == 1


@pytest.mark.promise("Nothing leaks: the request arrives late")
def test_a_create_that_comes_after_its_stack_was_deleted_starts_nothing(aws: SimulatedAws) -> None:
    aws.stack_status = None

    aws.carry_out(create(aws))

    assert aws.sagemaker.started == []


def test_a_slow_stop_is_waited_for(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(stops_after=1800)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@pytest.mark.promise("Nothing leaks: the delete fails, and is tried again")
def test_a_stop_that_takes_more_than_the_hour_fails_in_time_and_can_be_tried_again(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(stops_after=5000)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "DELETE_IN_PROGRESS"

    answer = aws.carry_out(delete(aws, name))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", name)
    assert "the job is STOPPING. Try the same operation of the stack again" in answer["Reason"]
    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


def test_a_job_that_ends_while_it_is_being_stopped_is_deleted_all_the_same(aws: SimulatedAws) -> None:
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.faults.fail("StopOptimizationJob", "ValidationException", "The job has ended already")

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


def test_deleting_a_job_leaves_what_another_resource_made(aws: SimulatedAws) -> None:
    name = deployed(aws)
    other = create(aws)
    other["LogicalResourceId"] = "Other"
    other_name = aws.carry_out(other)["PhysicalResourceId"]
    aws.stack_status = "DELETE_IN_PROGRESS"

    aws.carry_out(delete(aws, name))

    assert list(aws.sagemaker.jobs) == [other_name]


def test_properties_of_a_newer_release_are_deleted_by_the_name_they_were_given(aws: SimulatedAws) -> None:
    """A rollback of an upgrade brings the older function back first, and then deletes what the newer one
    made.
    """
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name, Version="2", Novelty="x"))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}
