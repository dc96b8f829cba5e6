"""A model is made, replaced and deleted with its resource, and none is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localcloud.kernel.dialect import MISSING_WORDINGS, Wording
from tests.function.requests import MODEL_PROPERTIES, model, model_properties
from tests.function.stale import stack_seen_as
from tests.simulation import STACK_ID, SimulatedAws
from tests.simulation.faults import client_error
from tests.simulation.models import TAKEN_WORDINGS

INVENTED = "models-Llama3-1ABCDEFGHIJK"
ANOTHER: dict[str, Any] = {"ExecutionRoleArn": "arn:aws:iam::111122223333:role/AnotherRole"}
TAGGED: dict[str, Any] = {"Tags": [{"Key": "Team", "Value": "nlp"}]}
BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


def made(aws: SimulatedAws, **changes: Any) -> str:
    """The name of a model that a stack has created; the stack is about to be updated."""
    name: str = aws.carry_out(model(aws, **changes))["PhysicalResourceId"]
    aws.settle(600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    return name


def names(aws: SimulatedAws) -> list[str]:
    return list(aws.sagemaker.models.present)


def calls(aws: SimulatedAws, operation: str) -> int:
    return aws.sagemaker.calls.count(operation)


# Created.


def test_a_model_is_made_in_seconds_under_a_name_of_its_stack(aws: SimulatedAws) -> None:
    began = aws.time

    answer = aws.carry_out(model(aws))

    name = answer["PhysicalResourceId"]
    assert answer["Status"] == "SUCCESS"
    assert aws.time - began < 5
    assert names(aws) == [name]
    assert name.startswith("models--served-")
    assert answer["Data"] == {
        "ModelName": name,
        "ModelArn": f"arn:aws:sagemaker:us-east-1:111122223333:model/{name}",
    }


def test_the_name_of_a_model_never_changes(aws: SimulatedAws) -> None:
    """Deployed models have their names from this: another one would replace them all."""
    assert aws.carry_out(model(aws))["PhysicalResourceId"] == "models--served-6f9e1f7ac9a4c0a5"


def test_what_cloudformation_makes_strings_of_arrives_with_its_type(aws: SimulatedAws) -> None:
    name = aws.carry_out(model(aws, EnableNetworkIsolation=True))["PhysicalResourceId"]

    (request,) = aws.sagemaker.models.requests
    expected = model_properties(EnableNetworkIsolation=True)
    for ours in ("ServiceToken", "Version", "NamePrefix"):
        del expected[ours]
    assert request == {**expected, "ModelName": name}
    source = request["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert source["ModelAccessConfig"]["AcceptEula"] is True
    assert request["PrimaryContainer"]["Environment"]["OPTION_ASYNC_MODE"] == "true"


def test_a_model_is_not_followed_and_no_event_tells_of_it(aws: SimulatedAws) -> None:
    request = model(aws)
    aws.carry_out(request)
    aws.settle(3600)

    assert aws.names_of_executions == [request["RequestId"]]
    assert aws.events.details == []


def test_a_member_that_the_api_does_not_have_fails_before_anything_is_made(aws: SimulatedAws) -> None:
    answer = aws.carry_out(model(aws, PrimaryContainer={"Imagge": "x"}))

    assert answer["Status"] == "FAILED"
    assert "Imagge is not a member of PrimaryContainer" in answer["Reason"]
    assert names(aws) == []


def test_a_request_without_a_name_to_make_one_from_says_what_is_missing(aws: SimulatedAws) -> None:
    answer = aws.carry_out(model(aws, NamePrefix=None))

    assert "the properties must have ModelName, or NamePrefix to make it from" in answer["Reason"]


def test_a_model_whose_request_comes_twice_is_made_once(aws: SimulatedAws) -> None:
    request = model(aws)
    aws.carry_out(request)
    aws.send(request)
    aws.settle(3600)

    assert len(aws.sagemaker.models.made) == 1
    assert len(aws.answers[request["RequestId"]]) == 1


@pytest.mark.promise("Nothing leaks: SageMaker creates the job, and its response is lost")
@pytest.mark.parametrize("taken", TAKEN_WORDINGS, ids=str)
@pytest.mark.parametrize("is_retried", [False, True], ids=["by the function", "by botocore"])
def test_a_lost_response_makes_no_second_model(aws: SimulatedAws, taken: Wording, is_retried: bool) -> None:
    aws.sagemaker.models.taken = taken
    aws.faults.lose_answer("CreateModel")
    if is_retried:
        # The second attempt of the same call finds what the first one made, and no read shows it yet.
        aws.faults.fail("DescribeModel", "ValidationException", "Could not find model", times=2)

    answer = aws.carry_out(model(aws))

    assert answer["Status"] == "SUCCESS"
    assert len(aws.sagemaker.models.made) == 1
    assert names(aws) == [answer["PhysicalResourceId"]]


@pytest.mark.promise("Nothing leaks: the function dies at any line")
@pytest.mark.parametrize("operation", ["CreateModel", "DescribeModel", "DescribeStacks", "PUT"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_function_that_dies_at_any_call_leaves_one_model_and_one_answer(
    aws: SimulatedAws, operation: str, when: str
) -> None:
    (aws.faults.die_before if when == "before" else aws.faults.die_after)(operation)
    request = model(aws)
    aws.send(request)
    aws.settle(600)

    assert len(aws.sagemaker.models.made) == 1
    assert {answer["Status"] for answer in aws.answers[request["RequestId"]]} == {"SUCCESS"}


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "ServiceUnavailable"])
def test_a_model_waits_out_throttling_and_errors_of_the_service(aws: SimulatedAws, code: str) -> None:
    for operation in ("CreateModel", "DescribeModel", "DescribeStacks"):
        aws.faults.fail(operation, code, "Rate exceeded", times=5, status=500)

    assert aws.carry_out(model(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.models.made) == 1


def test_a_model_waits_for_its_new_role(aws: SimulatedAws) -> None:
    message = "Could not assume role arn. Please ensure that the role exists"
    aws.faults.fail("CreateModel", "ValidationException", message, times=6)
    began = aws.time

    assert aws.carry_out(model(aws))["Status"] == "SUCCESS"
    assert 20 < aws.time - began < 120


def test_a_full_account_is_told_at_once_because_no_model_ends_by_itself(aws: SimulatedAws) -> None:
    made(aws)
    aws.sagemaker.models.limit = 1
    began = aws.time

    answer = aws.carry_out(model(aws, **ANOTHER))

    assert answer["Status"] == "FAILED"
    assert "The account-level service limit 'Total models' is 1 Models" in answer["Reason"]
    assert aws.time - began < 10


@pytest.mark.parametrize("seconds", [2, 30])
def test_a_model_that_is_not_seen_at_first_is_made_once(
    in_dialect: Callable[..., SimulatedAws], seconds: float
) -> None:
    aws = in_dialect(job_read_lag=seconds)
    answer = aws.carry_out(model(aws))

    assert answer["Status"] == "SUCCESS"
    assert len(aws.sagemaker.models.made) == 1


# Updated.


@pytest.mark.parametrize(
    "change",
    [
        ANOTHER,
        {"EnableNetworkIsolation": True},
        {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
        {"PrimaryContainer": {**MODEL_PROPERTIES["PrimaryContainer"], "Image": "another"}},
        {"PrimaryContainer": {**MODEL_PROPERTIES["PrimaryContainer"], "AdditionalModelDataSources": []}},
    ],
    ids=["role", "network isolation", "VPC", "image", "channel"],
)
def test_a_model_with_another_definition_replaces_the_one_before(
    aws: SimulatedAws, change: dict[str, Any]
) -> None:
    old = made(aws)

    answer = aws.carry_out(model(aws, "Update", physical_id=old, **change))
    new = answer["PhysicalResourceId"]
    assert answer["Status"] == "SUCCESS"
    assert names(aws) == [old, new]

    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    assert aws.carry_out(model(aws, "Delete", physical_id=old))["Status"] == "SUCCESS"
    assert names(aws) == [new]


def test_tags_change_in_place(aws: SimulatedAws) -> None:
    old = made(aws, **TAGGED)
    tags = {"Tags": [{"Key": "Owner", "Value": "me"}]}

    answer = aws.carry_out(model(aws, "Update", physical_id=old, old=TAGGED, **tags))

    assert answer["PhysicalResourceId"] == old
    assert aws.sagemaker.models.present[old].tags == {"Owner": "me"}
    assert len(aws.sagemaker.models.made) == 1


def test_a_model_that_somebody_deleted_is_made_again_with_the_next_update(aws: SimulatedAws) -> None:
    old = made(aws)
    del aws.sagemaker.models.present[old]
    aws.sagemaker.models.made[0].deleted = aws.time

    answer = aws.carry_out(model(aws, "Update", physical_id=old, **TAGGED))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert aws.sagemaker.models.present[old].tags == {"Team": "nlp"}
    assert calls(aws, "AddTags") == 0


@pytest.mark.promise("A rollback is a return: something else fails after the new job completed")
def test_a_rollback_finds_the_old_model_and_deletes_the_new(aws: SimulatedAws) -> None:
    old = made(aws)
    new = aws.carry_out(model(aws, "Update", physical_id=old, **ANOTHER))["PhysicalResourceId"]
    aws.stack_status = BACK

    answer = aws.carry_out(model(aws, "Update", physical_id=new, old=ANOTHER))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)

    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    assert aws.carry_out(model(aws, "Delete", physical_id=new, **ANOTHER))["Status"] == "SUCCESS"
    assert names(aws) == [old]
    assert len(aws.sagemaker.models.made) == 2


def test_a_rollback_comes_to_its_end_although_somebody_deleted_the_old_model(aws: SimulatedAws) -> None:
    old = made(aws)
    new = aws.carry_out(model(aws, "Update", physical_id=old, **ANOTHER))["PhysicalResourceId"]
    aws.sagemaker.models.present.pop(old).deleted = aws.time
    aws.stack_status = BACK

    answer = aws.carry_out(model(aws, "Update", physical_id=new, old=ANOTHER))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert names(aws) == [new]


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
@pytest.mark.parametrize("dies", [False, True], ids=["in a call", "and the function dies"])
def test_an_update_that_is_cancelled_while_it_makes_its_model_leaves_the_old_one(
    aws: SimulatedAws, dies: bool
) -> None:
    old = made(aws)

    def cancelled() -> None:
        aws.stack_status = BACK

    aws.faults.meanwhile_after("CreateModel", cancelled)
    if dies:
        aws.faults.die_after("CreateModel")
    began = aws.time
    answer = aws.carry_out(model(aws, "Update", physical_id=old, **ANOTHER))
    # A model is not stopped first, which would be a call that does not exist.
    assert dies or aws.time == began
    aws.settle(900)

    # The request itself deletes what it has made; nothing has to ask for that.
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert "was not created, or was deleted" in answer["Reason"]
    assert names(aws) == [old]
    assert aws.carry_out(model(aws, "Update", physical_id=old, old=ANOTHER))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.models.made) == 2


def test_a_model_that_cannot_be_looked_at_any_more_is_not_said_to_run(aws: SimulatedAws) -> None:
    old = made(aws)

    def cancelled() -> None:
        aws.stack_status = BACK
        message = "not authorized to perform it because no identity-based policy allows it"
        aws.faults.fail("DescribeModel", "AccessDeniedException", message, times=999)

    aws.faults.meanwhile_after("CreateModel", cancelled)
    answer = aws.carry_out(model(aws, "Update", physical_id=old, **ANOTHER))

    assert answer["Status"] == "FAILED"
    assert "may still run" not in answer["Reason"]


def test_a_return_that_is_not_seen_to_be_one_at_first_makes_no_model_again(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made(aws)
    aws.sagemaker.models.present.pop(old).deleted = aws.time
    aws.stack_status = BACK
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_IN_PROGRESS"}, reads={1})

    answer = aws.carry_out(model(aws, "Update", physical_id=old, old=TAGGED))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert names(aws) == []


def test_an_update_that_changes_tags_and_is_cancelled_leaves_its_model(aws: SimulatedAws) -> None:
    old = made(aws)
    aws.sagemaker.models.present.pop(old).deleted = aws.time

    def cancelled() -> None:
        aws.stack_status = BACK

    # The model is made again, for somebody has deleted it, and then the stack goes back to it.
    aws.faults.meanwhile_after("CreateModel", cancelled)
    aws.carry_out(model(aws, "Update", physical_id=old, **TAGGED))
    aws.settle(900)

    assert names(aws) == [old]


def test_the_model_of_an_update_that_never_had_a_response_is_deleted_by_the_next(aws: SimulatedAws) -> None:
    old = made(aws)
    unanswered = model(aws, "Update", physical_id=old, **ANOTHER)
    aws.never_taken.add(unanswered["RequestId"])
    aws.send(unanswered)
    aws.settle(3700)
    assert len(names(aws)) == 2
    third = {"EnableNetworkIsolation": True}
    aws.stack_updates[STACK_ID] = aws.time

    answer = aws.carry_out(model(aws, "Update", physical_id=old, old=ANOTHER, **third))
    aws.settle(900)

    assert names(aws) == [old, answer["PhysicalResourceId"]]


def test_a_deletion_that_is_not_seen_yet_does_not_pass_for_the_model(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    """The update before was taken back a moment ago, and is tried again."""
    aws = in_dialect(delete_lag=30)
    old = made(aws)
    new = aws.carry_out(model(aws, "Update", physical_id=old, **ANOTHER))["PhysicalResourceId"]
    aws.sagemaker.models.present.pop(new).deleted = aws.time

    answer = aws.carry_out(model(aws, "Update", physical_id=old, **ANOTHER))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", new)
    assert names(aws) == [old, new]


# Deleted.


@pytest.mark.promise("Nothing leaks: the job leaves the stack")
@pytest.mark.parametrize("missing", MISSING_WORDINGS, ids=str)
def test_a_deletion_deletes_the_model_and_needs_no_other_look(
    in_dialect: Callable[..., SimulatedAws], missing: Wording
) -> None:
    aws = in_dialect(missing_job=missing)
    name = made(aws)
    began = aws.time

    answer = aws.carry_out(model(aws, "Delete", physical_id=name))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert aws.time - began < 5
    assert (names(aws), calls(aws, "DeleteModel")) == ([], 1)


def test_a_model_that_is_gone_already_is_deleted_within_two_minutes(aws: SimulatedAws) -> None:
    name = made(aws)
    aws.sagemaker.models.present.pop(name).deleted = aws.time
    began = aws.time

    assert aws.carry_out(model(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert aws.time - began < 120


@pytest.mark.parametrize("lag", [0, 5, 30])
def test_a_model_whose_deletion_is_not_seen_yet_is_deleted_with_few_calls(
    in_dialect: Callable[..., SimulatedAws], lag: float
) -> None:
    aws = in_dialect(delete_lag=lag, job_read_lag=lag)
    name = made(aws)

    assert aws.carry_out(model(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert names(aws) == []
    assert calls(aws, "DeleteModel") <= 2


def test_the_model_of_another_resource_is_left_alone(aws: SimulatedAws) -> None:
    theirs = model(aws)
    theirs["LogicalResourceId"] = "Theirs"
    name = aws.carry_out(theirs)["PhysicalResourceId"]
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

    assert aws.carry_out(model(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert names(aws) == [name]


def test_two_resources_of_one_definition_have_a_model_each(aws: SimulatedAws) -> None:
    other = model(aws)
    other["LogicalResourceId"] = "Other"

    first, second = (aws.carry_out(each)["PhysicalResourceId"] for each in (model(aws), other))

    assert first != second
    assert names(aws) == [first, second]


@pytest.mark.promise("Nothing leaks: the delete overtakes the create")
@pytest.mark.parametrize("after_effect", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("seconds", [0, 20, 100], ids="in flight for {} s".format)
@pytest.mark.parametrize("permissions_go", [False, True], ids=["", "and takes the permissions"])
def test_a_delete_that_overtakes_the_create_leaves_no_model(
    aws: SimulatedAws, after_effect: bool, seconds: float, permissions_go: bool
) -> None:
    deletion = model(aws, "Delete", physical_id=INVENTED)

    def the_stack_is_deleted() -> None:
        aws.stack_status = "DELETE_IN_PROGRESS"
        aws.send(deletion)
        aws.settle(seconds)

    hook = aws.faults.meanwhile_after if after_effect else aws.faults.meanwhile
    hook("CreateModel", the_stack_is_deleted)
    if permissions_go:

        def deny(operation: str) -> None:
            is_gone = deletion["RequestId"] in aws.answers and operation != "PUT"
            if is_gone:
                raise client_error(operation, "AccessDeniedException", "not authorized to perform it")

        aws.faults.before.append(deny)

    aws.send(model(aws))
    assert aws.wait_for_answer(deletion)["Status"] == "SUCCESS"
    aws.settle(900)
    assert names(aws) == []


@pytest.mark.promise("Nothing leaks: the request arrives late")
@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "DELETE_COMPLETE", "ROLLBACK_IN_PROGRESS"])
def test_a_create_that_comes_when_its_stack_has_gone_back_makes_nothing(
    aws: SimulatedAws, status: str
) -> None:
    request = model(aws)
    aws.stack_status = status
    aws.settle(700)

    answer = aws.carry_out(request)

    assert answer["Status"] == "FAILED"
    assert "was not created, or was deleted" in answer["Reason"]
    assert aws.sagemaker.models.made == []


def test_a_create_that_failed_is_deleted_without_a_call(aws: SimulatedAws) -> None:
    failed = aws.carry_out(model(aws, PrimaryContainer={"Imagge": "x"}))
    deletion = model(aws, "Delete", physical_id=failed["PhysicalResourceId"])
    aws.send(deletion)

    assert aws.answers[deletion["RequestId"]][0]["Status"] == "SUCCESS"
    assert aws.sagemaker.calls == []


def test_a_model_whose_request_crashes_to_the_end_is_deleted_with_its_resource(aws: SimulatedAws) -> None:
    aws.faults.die_after("CreateModel")
    aws.faults.die_before("DescribeModel", times=50)
    request = model(aws)
    answer = aws.carry_out(request)
    aws.faults.before.clear()
    assert answer["Status"] == "FAILED"
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    aws.carry_out(model(aws, "Delete", physical_id=answer["PhysicalResourceId"]))

    assert names(aws) == []


def test_a_deletion_that_is_refused_for_now_is_tried_again(aws: SimulatedAws) -> None:
    name = made(aws)
    aws.faults.fail("DeleteModel", "ResourceInUse", "The model is in use", times=2)

    assert aws.carry_out(model(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert names(aws) == []
