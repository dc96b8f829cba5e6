"""A version is registered, replaced and deleted with its resource, in a group that others use as well."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from optimization_job.contract import VERSION_TIME
from optimization_job.errors import CallError
from optimization_job.sagemaker.model_package import MODEL_PACKAGE
from optimization_job.sagemaker.versions import MOST_READ, MOST_SECONDS, Versions
from tests.function.requests import VERSION_PROPERTIES, version
from tests.function.stale import refuse_while, stack_seen_as
from tests.simulation import STACK_ID, SimulatedAws
from tests.simulation.faults import client_error
from tests.simulation.versions import SimulatedVersion

INVENTED = "models-Llama3-1ABCDEFGHIJK"
ANOTHER: dict[str, Any] = {"ModelPackageDescription": "AWQ, with 4 bits: ¾ of the size"}
APPROVED: dict[str, Any] = {"ModelApprovalStatus": "Approved"}
TAGGED: dict[str, Any] = {"Tags": [{"Key": "Team", "Value": "nlp"}]}
BACK = "UPDATE_ROLLBACK_IN_PROGRESS"
#: Every way in which CreateModelPackage may respond to a client token that it knows.
TOKENS = ("the same version", "another version", "refused")


def registered(aws: SimulatedAws, **changes: Any) -> str:
    """The name of a version that a stack has registered; the stack is about to be updated."""
    answer = aws.carry_out(version(aws, **changes))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    aws.settle(600)
    update_begins(aws)
    return str(answer["PhysicalResourceId"])


def update_begins(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def names(aws: SimulatedAws) -> list[str]:
    return [each.name for each in aws.sagemaker.versions.present]


def only(aws: SimulatedAws) -> SimulatedVersion:
    (present,) = aws.sagemaker.versions.present
    return present


class Reads:
    """The reads of the registry, which show what was the case so many seconds ago: at first none."""

    def __init__(self, aws: SimulatedAws) -> None:
        self._age = 0.0
        aws.sagemaker.versions.lag = lambda _: self._age

    def are(self, age: float) -> None:
        self._age = age


def spell_in_capitals(aws: SimulatedAws) -> None:
    """CreateModelPackage returns the group's name as it was given; a list shows it in lower case."""
    create = aws.sagemaker.create_model_package

    def create_model_package(**request: Any) -> dict[str, Any]:
        arn = create(**request)["ModelPackageArn"]
        return {"ModelPackageArn": arn.replace("/llama/", "/Llama/")}

    aws.sagemaker.create_model_package = create_model_package


def calls(aws: SimulatedAws, operation: str) -> int:
    return aws.sagemaker.calls.count(operation)


# Registered.


def test_a_version_is_registered_in_seconds_with_a_name_of_its_stack(aws: SimulatedAws) -> None:
    began = aws.time

    answer = aws.carry_out(version(aws))

    name = answer["PhysicalResourceId"]
    assert answer["Status"] == "SUCCESS"
    assert aws.time - began < 5
    assert names(aws) == [name]
    assert name.startswith("models--registered-")
    assert answer["Data"] == {
        "ModelPackageName": name,
        "ModelPackageArn": "arn:aws:sagemaker:us-east-1:111122223333:model-package/llama/1",
    }


def test_the_name_of_a_version_never_changes(aws: SimulatedAws) -> None:
    """Deployed versions have their names from this: another one would register them all again."""
    assert aws.carry_out(version(aws))["PhysicalResourceId"] == "models--registered-6f9e1f7aaeba4dd9"


def test_the_request_has_the_draft_s_channel_and_no_tags(aws: SimulatedAws) -> None:
    name = aws.carry_out(version(aws, **TAGGED))["PhysicalResourceId"]

    (request,) = aws.sagemaker.versions.requests
    (container,) = request["InferenceSpecification"]["Containers"]
    assert container["AdditionalModelDataSources"][0]["ChannelName"] == "eagle"
    assert container["ModelDataSource"]["S3DataSource"]["ModelAccessConfig"]["AcceptEula"] is True
    assert "Tags" not in request
    assert request["CustomerMetadataProperties"] == {
        "OptimizationJobName": "models--llama3-0123456789abcdef",
        "Team": "nlp",
        "cdk-sagemaker-optimization:name": name,
        "cdk-sagemaker-optimization:time": "2023-11-14T22:13:20+00:00",
    }


def test_a_member_that_the_api_does_not_have_fails_before_anything_is_registered(aws: SimulatedAws) -> None:
    answer = aws.carry_out(version(aws, InferenceSpecification={"Containerz": []}))

    assert answer["Status"] == "FAILED"
    assert "Containerz is not a member of InferenceSpecification" in answer["Reason"]
    assert names(aws) == []


def test_a_version_whose_request_comes_twice_is_registered_once(aws: SimulatedAws) -> None:
    request = version(aws)
    aws.carry_out(request)
    aws.send(request)
    aws.settle(3600)

    assert len(aws.sagemaker.versions.made) == 1
    assert len(aws.answers[request["RequestId"]]) == 1


@pytest.mark.promise("Nothing leaks: SageMaker creates the job, and its response is lost")
@pytest.mark.parametrize("seconds", [0, 2, 30])
@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("fault", ["lose_answer", "die_after", "die_before"])
def test_a_lost_response_registers_no_second_version(
    in_dialect: Callable[..., SimulatedAws], fault: str, token: str, seconds: float
) -> None:
    aws = in_dialect(known_client_token=token, job_read_lag=seconds)
    getattr(aws.faults, fault)("CreateModelPackage")

    answer = aws.carry_out(version(aws))

    assert answer["Status"] == "SUCCESS"
    assert names(aws) == [answer["PhysicalResourceId"]]
    assert answer["Data"]["ModelPackageArn"] == only(aws).arn


@pytest.mark.promise("Nothing leaks: the function dies at any line")
@pytest.mark.parametrize("operation", ["ListModelPackages", "DescribeModelPackage", "DescribeStacks", "PUT"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_function_that_dies_at_any_call_leaves_one_version_and_one_answer(
    aws: SimulatedAws, operation: str, when: str
) -> None:
    (aws.faults.die_before if when == "before" else aws.faults.die_after)(operation)
    request = version(aws)
    aws.send(request)
    aws.settle(600)

    assert len(aws.sagemaker.versions.made) == 1
    assert {answer["Status"] for answer in aws.answers[request["RequestId"]]} == {"SUCCESS"}


@pytest.mark.parametrize("token", TOKENS)
def test_a_new_registration_after_a_deletion_has_a_token_of_its_own(
    in_dialect: Callable[..., SimulatedAws], token: str
) -> None:
    aws = in_dialect(known_client_token=token)
    aws.carry_out(version(aws, "Delete", physical_id=registered(aws)))
    aws.settle(60)

    answer = aws.carry_out(version(aws))

    assert names(aws) == [answer["PhysicalResourceId"]]
    assert only(aws).number == 2


@pytest.mark.parametrize("token", TOKENS)
def test_a_version_that_somebody_deletes_at_once_is_registered_again(
    in_dialect: Callable[..., SimulatedAws], token: str
) -> None:
    """Its client token may lead to the deleted one for ever."""
    aws = in_dialect(known_client_token=token)
    aws.faults.meanwhile_after("CreateModelPackage", lambda: aws.sagemaker.versions.remove(only(aws)))

    answer = aws.carry_out(version(aws))

    assert (answer["Status"], names(aws)) == ("SUCCESS", [answer["PhysicalResourceId"]])
    assert only(aws).number == 2


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
def test_a_version_waits_out_throttling_and_errors_of_the_service(aws: SimulatedAws, code: str) -> None:
    for operation in ("CreateModelPackage", "DescribeModelPackage", "ListModelPackages"):
        aws.faults.fail(operation, code, "Rate exceeded", times=5, status=500)

    assert aws.carry_out(version(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.versions.made) == 1


def test_a_version_waits_for_a_group_that_is_not_seen_everywhere_yet(aws: SimulatedAws) -> None:
    message = "Model Package Group Llama does not exist."
    aws.faults.fail("CreateModelPackage", "ValidationException", message, times=4)
    aws.faults.fail("ListModelPackages", "ValidationException", message, times=4)
    began = aws.time

    assert aws.carry_out(version(aws))["Status"] == "SUCCESS"
    assert aws.time - began < 60


@pytest.mark.parametrize("missing", ["Model Package Group {group} does not exist.", "No such group"])
def test_a_group_that_does_not_exist_fails_the_deployment_with_the_service_s_words(
    aws: SimulatedAws, missing: str
) -> None:
    aws.sagemaker.versions.missing_groups.add("Llama")
    aws.sagemaker.versions.missing = missing
    began = aws.time

    answer = aws.carry_out(version(aws))

    assert answer["Status"] == "FAILED"
    assert missing.replace("{group}", "Llama") in answer["Reason"]
    assert aws.time - began < 120


def test_a_version_is_waited_for_until_it_is_complete(in_dialect: Callable[..., SimulatedAws]) -> None:
    aws = in_dialect(version_pending=40)
    began = aws.time

    answer = aws.carry_out(version(aws))

    assert answer["Status"] == "SUCCESS"
    assert aws.time - began >= 40


@pytest.mark.parametrize("pending", [0, 40])
def test_a_version_that_fails_fails_the_deployment_and_is_deleted(
    in_dialect: Callable[..., SimulatedAws], pending: float
) -> None:
    aws = in_dialect(version_pending=pending)
    aws.sagemaker.versions.failure = "the image does not exist"

    answer = aws.carry_out(version(aws))
    aws.settle(900)

    assert answer["Status"] == "FAILED"
    assert "Failed: the image does not exist. Correct the cause" in answer["Reason"]
    assert names(aws) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lag", [0, 2, 30])
@pytest.mark.parametrize("token", TOKENS)
def test_a_version_that_had_failed_is_registered_again(
    in_dialect: Callable[..., SimulatedAws], token: str, lag: float, seed: int
) -> None:
    """It may be what a deletion without permission has left. Reads go on showing it, now and then."""
    aws = in_dialect(job_read_lag=lag, known_client_token=token)
    aws.chance = Random(seed)
    aws.sagemaker.versions.failure = "the image does not exist"
    aws.faults.fail("DeleteModelPackage", "AccessDeniedException", "with an explicit deny", times=999)
    aws.carry_out(version(aws))
    aws.settle(3600)
    aws.faults.before.clear()
    aws.sagemaker.versions.failure = ""
    assert len(names(aws)) == 1

    answer = aws.carry_out(version(aws))

    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert only(aws).number == 2


# In a shared group.


def test_versions_of_others_are_neither_adopted_nor_changed_nor_deleted(aws: SimulatedAws) -> None:
    other = version(aws)
    other["LogicalResourceId"] = "Other"
    theirs = [
        aws.sagemaker.versions.add("Llama"),
        aws.sagemaker.versions.add("Llama", OptimizationJobName="models--llama3-0123456789abcdef"),
    ]
    second = aws.carry_out(other)["PhysicalResourceId"]
    first = registered(aws, **TAGGED)
    assert first != second

    aws.carry_out(version(aws, "Update", physical_id=first, old=TAGGED, **APPROVED))
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    aws.carry_out(version(aws, "Delete", physical_id=first, **APPROVED))

    assert names(aws) == ["", "", second]
    assert [each.approval for each in aws.sagemaker.versions.present] == ["PendingManualApproval"] * 3
    assert len(theirs[0].states) == len(theirs[1].states) == 1


@pytest.mark.parametrize("hours", [2, 48])
def test_a_copy_of_a_version_is_neither_adopted_nor_changed_nor_deleted(
    aws: SimulatedAws, hours: int
) -> None:
    """Somebody registers the version once more, with all of its metadata."""
    name = registered(aws, **TAGGED)
    first = only(aws)
    aws.settle(hours * 3600)
    copy = aws.sagemaker.versions.add("Llama", **first.metadata)
    update_begins(aws)

    answer = aws.carry_out(version(aws, "Update", physical_id=name, old=TAGGED, **APPROVED))
    assert answer["Data"]["ModelPackageArn"] == first.arn
    assert (first.approval, copy.approval) == ("Approved", "PendingManualApproval")
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(version(aws, "Delete", physical_id=name, **APPROVED))["Status"] == "SUCCESS"
    assert aws.sagemaker.versions.present == [copy]
    assert len(copy.states) == 1


@pytest.mark.parametrize("days", [0, 2])
def test_a_forged_version_never_takes_the_place_of_the_registered_one(aws: SimulatedAws, days: int) -> None:
    """Who may only create versions would get one approved by the next deployment."""
    name = registered(aws)
    first = only(aws)
    aws.settle(days * 86_400)
    time = datetime.fromtimestamp(aws.time, UTC).isoformat()
    forged = aws.sagemaker.versions.add("Llama", **{**first.metadata, VERSION_TIME: time})
    update_begins(aws)

    answer = aws.carry_out(version(aws, "Update", physical_id=name, **APPROVED))

    assert answer["Data"]["ModelPackageArn"] == first.arn
    assert (first.approval, forged.approval) == ("Approved", "PendingManualApproval")


@pytest.mark.parametrize("time", ["", "yesterday", "2026-11-01T12:00:00"])
def test_a_version_with_a_time_that_cannot_be_read_is_none_of_the_stack(aws: SimulatedAws, time: str) -> None:
    name = aws.carry_out(version(aws))["PhysicalResourceId"]
    other = aws.sagemaker.versions.add("Llama", **{**only(aws).metadata, VERSION_TIME: time})
    aws.settle(600)
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(version(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert aws.sagemaker.versions.present == [other]


@pytest.mark.parametrize("others", [1, 250, 600])
def test_a_version_is_found_among_hundreds_of_others(aws: SimulatedAws, others: int) -> None:
    for _ in range(others):
        aws.sagemaker.versions.add("Llama")
    name = registered(aws)
    for _ in range(others):
        aws.sagemaker.versions.add("Llama")
    aws.settle(2 * 86_400)
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.sagemaker.calls.clear()

    assert aws.carry_out(version(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"

    assert name not in names(aws)
    assert len(names(aws)) == 2 * others
    # Each version is read once: its name is known from then on.
    assert calls(aws, "DescribeModelPackage") <= 2 * others + 10


def test_no_look_reads_more_versions_than_it_has_time_for(aws: SimulatedAws) -> None:
    for _ in range(400):
        aws.sagemaker.versions.add("Llama")

    request = version(aws)
    aws.send(request)
    aws.step(aws.time + 1)

    assert calls(aws, "DescribeModelPackage") == MOST_READ
    assert aws.wait_for_answer(request)["Status"] == "SUCCESS"


def test_a_look_at_slow_responses_ends_in_time_and_the_next_goes_on(aws: SimulatedAws) -> None:
    """A step has three minutes, and what a killed one has read is lost."""
    for _ in range(20):
        aws.sagemaker.versions.add("Llama")
    client, seconds = aws.sagemaker, iter(range(0, 10_000, MOST_SECONDS // 3))
    looks = 0
    while True:
        looks += 1
        versions = Versions(client, MODEL_PACKAGE, ["Llama"], "request", seconds=lambda: next(seconds))
        before = calls(aws, "DescribeModelPackage")
        with suppress(CallError):
            assert versions.job("models--llama-0123456789abcdef") is None
            break
        assert 1 <= calls(aws, "DescribeModelPackage") - before <= 4
    assert looks > 4
    assert calls(aws, "DescribeModelPackage") == 20


def test_every_version_of_a_name_is_deleted_if_a_lost_response_has_left_two(aws: SimulatedAws) -> None:
    name = registered(aws)
    first = only(aws)
    twin = aws.sagemaker.versions.add("Llama", **first.metadata)
    answer = aws.carry_out(version(aws, "Update", physical_id=name, **TAGGED))
    # The one that the stack has told of stays the resource.
    assert answer["Data"]["ModelPackageArn"] == first.arn
    assert "Team" not in twin.metadata
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(version(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert names(aws) == []


# Updated.


@pytest.mark.parametrize(
    "change",
    [
        ANOTHER,
        {"CustomerMetadataProperties": {"OptimizationJobName": "another"}},
        {"InferenceSpecification": {"Containers": [{"Image": "another"}]}},
        {"ModelPackageGroupName": "Another"},
    ],
    ids=["description", "job", "container", "group"],
)
def test_another_definition_is_another_version(aws: SimulatedAws, change: dict[str, Any]) -> None:
    old = registered(aws)

    answer = aws.carry_out(version(aws, "Update", physical_id=old, **change))
    new = answer["PhysicalResourceId"]
    assert answer["Status"] == "SUCCESS"
    assert names(aws) == [old, new]

    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    assert aws.carry_out(version(aws, "Delete", physical_id=old))["Status"] == "SUCCESS"
    assert names(aws) == [new]


@pytest.mark.parametrize("left_out", ["stays", "goes"])
def test_tags_are_metadata_and_change_in_place(
    in_dialect: Callable[..., SimulatedAws], left_out: str
) -> None:
    aws = in_dialect(metadata_left_out=left_out)
    old = registered(aws, **TAGGED)
    before = only(aws).metadata["cdk-sagemaker-optimization:time"]
    tags = {"Tags": [{"Key": "Owner", "Value": "me"}]}

    answer = aws.carry_out(version(aws, "Update", physical_id=old, old=TAGGED, **tags))

    assert answer["PhysicalResourceId"] == old
    assert only(aws).metadata == {
        "OptimizationJobName": "models--llama3-0123456789abcdef",
        "Owner": "me",
        "cdk-sagemaker-optimization:name": old,
        "cdk-sagemaker-optimization:time": before,
    }


@pytest.mark.parametrize("lag", [0, 30])
@pytest.mark.parametrize("left_out", ["stays", "goes"])
def test_a_version_with_the_most_tags_can_have_others_instead(
    in_dialect: Callable[..., SimulatedAws], left_out: str, lag: float
) -> None:
    aws = in_dialect(metadata_left_out=left_out, job_read_lag=lag)
    before = {"Tags": [{"Key": f"Key{number}", "Value": "old"} for number in range(47)]}
    after = {"Tags": [{"Key": f"Key{number}", "Value": "new"} for number in range(40, 87)]}
    old = registered(aws, **before)

    answer = aws.carry_out(version(aws, "Update", physical_id=old, old=before, **after))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert {key: value for key, value in only(aws).metadata.items() if key.startswith("Key")} == {
        tag["Key"]: tag["Value"] for tag in after["Tags"]
    }
    assert len(only(aws).metadata) == 50


def test_the_approval_changes_in_place_and_a_rollback_sets_it_back(aws: SimulatedAws) -> None:
    old = registered(aws)

    answer = aws.carry_out(version(aws, "Update", physical_id=old, **APPROVED))
    assert (answer["PhysicalResourceId"], only(aws).approval) == (old, "Approved")

    aws.stack_status = BACK
    answer = aws.carry_out(version(aws, "Update", physical_id=old, old=APPROVED))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert only(aws).approval == "PendingManualApproval"


def test_what_somebody_decided_stays_when_a_deployment_changes_something_else(aws: SimulatedAws) -> None:
    old = registered(aws)
    aws.sagemaker.update_model_package(ModelPackageArn=only(aws).arn, ModelApprovalStatus="Rejected")

    aws.carry_out(version(aws, "Update", physical_id=old, **TAGGED))
    assert only(aws).approval == "Rejected"

    # Another version, and back to the first one, in one deployment and in a rollback.
    update_begins(aws)
    new = aws.carry_out(version(aws, "Update", physical_id=old, old=TAGGED, **ANOTHER, **APPROVED))
    aws.stack_status = BACK
    more = {**ANOTHER, **APPROVED}
    physical_id = new["PhysicalResourceId"]
    answer = aws.carry_out(version(aws, "Update", physical_id=physical_id, old=more, **TAGGED))
    assert answer["PhysicalResourceId"] == old
    aws.settle(600)
    update_begins(aws)
    again = aws.carry_out(version(aws, "Update", physical_id=physical_id, old=ANOTHER, **TAGGED))
    assert again["PhysicalResourceId"] == old
    assert [each.approval for each in aws.sagemaker.versions.present] == ["Rejected", "Approved"]


def test_a_failed_update_of_another_definition_leaves_the_approval_alone(aws: SimulatedAws) -> None:
    old = registered(aws)
    aws.sagemaker.update_model_package(ModelPackageArn=only(aws).arn, ModelApprovalStatus="Rejected")
    message = "with an explicit deny in a service control policy"
    aws.faults.fail("CreateModelPackage", "AccessDeniedException", message)
    assert aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER, **APPROVED))["Status"] == "FAILED"
    aws.stack_status = BACK

    answer = aws.carry_out(version(aws, "Update", physical_id=old, old={**ANOTHER, **APPROVED}))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert only(aws).approval == "Rejected"


def test_a_version_that_is_found_again_is_approved_by_the_deployment_that_says_so(aws: SimulatedAws) -> None:
    old = registered(aws)
    new = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER))["PhysicalResourceId"]
    aws.settle(600)
    update_begins(aws)

    answer = aws.carry_out(version(aws, "Update", physical_id=new, old=ANOTHER, **APPROVED))

    assert answer["PhysicalResourceId"] == old
    assert [each.approval for each in aws.sagemaker.versions.present] == ["Approved", "PendingManualApproval"]


def test_a_version_that_somebody_deleted_is_registered_again_with_the_next_update(aws: SimulatedAws) -> None:
    old = registered(aws)
    aws.sagemaker.versions.remove(only(aws))

    answer = aws.carry_out(version(aws, "Update", physical_id=old, **TAGGED))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert (only(aws).number, only(aws).metadata["Team"]) == (2, "nlp")
    assert calls(aws, "UpdateModelPackage") == 0


def test_a_version_that_somebody_deletes_while_its_tags_change_is_registered_again(
    in_dialect: Callable[..., SimulatedAws],
) -> None:
    """The new one is not seen everywhere at once, and that has a minute of its own."""
    aws = in_dialect(job_read_lag=30)
    old = registered(aws)
    versions = aws.sagemaker.versions
    versions.remove(only(aws))
    message = "ModelPackage llama/2 does not exist."
    refuse_while(
        aws,
        "UpdateModelPackage",
        lambda: aws.time - versions.made[-1].created < 45,
        "ValidationException",
        message,
    )

    answer = aws.carry_out(version(aws, "Update", physical_id=old, **TAGGED))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old), answer["Reason"]
    assert (only(aws).number, only(aws).metadata["Team"]) == (2, "nlp")


@pytest.mark.parametrize("seed", [0, 22, 97, 117])
@pytest.mark.parametrize("lag", [0, 30])
@pytest.mark.parametrize("seconds", [0, 10, 20, 50])
def test_two_updates_that_miss_a_version_leave_one(
    in_dialect: Callable[..., SimulatedAws], seconds: float, lag: float, seed: int
) -> None:
    """Somebody deleted it, and the stack takes an update back while that is on its way."""
    aws = in_dialect(job_read_lag=lag, delete_lag=lag)
    aws.chance = Random(seed)
    spell_in_capitals(aws)
    old = registered(aws)
    aws.sagemaker.versions.remove(only(aws))
    aws.settle(60)
    update_begins(aws)
    aws.send(version(aws, "Update", physical_id=old, **APPROVED))
    aws.settle(seconds)

    answer = aws.carry_out(version(aws, "Update", physical_id=old, old=APPROVED))
    aws.settle(900)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert names(aws) == [old]
    assert answer["Data"]["ModelPackageArn"] == only(aws).arn
    assert calls(aws, "DeleteModelPackage") <= 1


def test_a_request_that_is_over_when_its_version_is_there_deletes_it(aws: SimulatedAws) -> None:
    """Its CreateModelPackage takes some time. Meanwhile the stack takes the update back, and is done."""
    old = registered(aws)
    aws.sagemaker.versions.remove(only(aws))
    aws.settle(60)
    update_begins(aws)
    aws.faults.meanwhile("CreateModelPackage", lambda: aws.settle(20))
    aws.send(version(aws, "Update", physical_id=old, **APPROVED))
    aws.settle(10)

    answer = aws.carry_out(version(aws, "Update", physical_id=old, old=APPROVED))
    aws.stack_status = "UPDATE_COMPLETE"
    assert len(names(aws)) == 2
    aws.settle(900)

    assert answer["Data"]["ModelPackageArn"] == only(aws).arn
    assert only(aws).approval == "PendingManualApproval"


def test_an_update_that_finds_the_version_of_another_request_gives_it_its_own_tags(aws: SimulatedAws) -> None:
    """The update before was cancelled, and both have registered the same definition."""
    reads = Reads(aws)
    old = registered(aws)
    first = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER, **APPROVED))
    update_begins(aws)
    # Nothing of the last minute is seen before the second one registers it, too.
    aws.settle(5)
    reads.are(30)
    aws.faults.meanwhile_after("CreateModelPackage", lambda: reads.are(0))
    answer = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER, **TAGGED))
    aws.settle(900)

    assert answer["Data"] == first["Data"]
    assert names(aws) == [old, answer["PhysicalResourceId"]]
    assert aws.sagemaker.versions.present[-1].metadata["Team"] == "nlp"


def test_another_spelling_of_the_arn_makes_no_registration_slower(aws: SimulatedAws) -> None:
    spell_in_capitals(aws)
    began = aws.time

    assert aws.carry_out(version(aws))["Status"] == "SUCCESS"
    assert aws.time - began < 5


def test_an_update_does_not_hand_out_the_version_of_another_request_that_is_deleted(
    aws: SimulatedAws,
) -> None:
    """The update before is on its way back. Its version is seen late, and for some time after its end."""
    versions, reads = aws.sagemaker.versions, Reads(aws)
    old = registered(aws)
    new = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER))["PhysicalResourceId"]
    metadata = versions.present[-1].metadata
    aws.carry_out(version(aws, "Delete", physical_id=new, **ANOTHER))
    aws.settle(600)
    update_begins(aws)
    now = datetime.fromtimestamp(aws.time, UTC).isoformat()
    other = versions.add(only(aws).group, **{**metadata, VERSION_TIME: now})
    aws.settle(10)
    reads.are(30)

    def ends() -> None:
        reads.are(5)
        versions.remove(other)

    aws.faults.meanwhile("CreateModelPackage", ends)
    answer = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER))
    aws.settle(900)

    assert names(aws) == [old, new]
    assert answer["Data"]["ModelPackageArn"] == versions.present[-1].arn


def test_a_copy_of_a_version_that_was_registered_again_is_left_alone(aws: SimulatedAws) -> None:
    old = registered(aws)
    versions = aws.sagemaker.versions
    versions.remove(only(aws))

    def copy() -> None:
        versions.add(only(aws).group, **only(aws).metadata)

    aws.faults.meanwhile_after("CreateModelPackage", copy)
    answer = aws.carry_out(version(aws, "Update", physical_id=old, **TAGGED))
    aws.settle(900)

    assert answer["Data"]["ModelPackageArn"] == versions.present[0].arn
    assert len(versions.present) == 2


@pytest.mark.promise("A rollback is a return: something else fails after the new job completed")
def test_a_rollback_finds_the_old_version_and_deletes_the_new(aws: SimulatedAws) -> None:
    old = registered(aws)
    new = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER))["PhysicalResourceId"]
    aws.stack_status = BACK

    answer = aws.carry_out(version(aws, "Update", physical_id=new, old=ANOTHER))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert answer["Data"]["ModelPackageArn"].endswith("/llama/1")

    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    assert aws.carry_out(version(aws, "Delete", physical_id=new, **ANOTHER))["Status"] == "SUCCESS"
    assert names(aws) == [old]
    assert len(aws.sagemaker.versions.made) == 2


def test_a_rollback_comes_to_its_end_although_somebody_deleted_the_old_version(aws: SimulatedAws) -> None:
    old = registered(aws)
    new = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER))["PhysicalResourceId"]
    aws.sagemaker.versions.remove(aws.sagemaker.versions.present[0])
    aws.stack_status = BACK

    answer = aws.carry_out(version(aws, "Update", physical_id=new, old=ANOTHER))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert names(aws) == [new]


@pytest.mark.promise("Nothing leaks: the update is cancelled, at any point")
@pytest.mark.parametrize("lag", [0, 30])
@pytest.mark.parametrize("dies", [False, True], ids=["in a call", "and the function dies"])
def test_an_update_that_is_cancelled_while_it_registers_leaves_the_old_version(
    in_dialect: Callable[..., SimulatedAws], dies: bool, lag: float
) -> None:
    aws = in_dialect(job_read_lag=lag)
    old = registered(aws)

    def cancelled() -> None:
        aws.stack_status = BACK

    aws.faults.meanwhile_after("CreateModelPackage", cancelled)
    if dies:
        aws.faults.die_after("CreateModelPackage")
    answer = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER))
    aws.settle(900)

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", old)
    assert "was not created, or was deleted" in answer["Reason"]
    assert names(aws) == [old]
    assert aws.carry_out(version(aws, "Update", physical_id=old, old=ANOTHER))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.versions.made) == 2


def test_a_return_that_is_not_seen_to_be_one_registers_nothing_new(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = registered(aws)
    new = aws.carry_out(version(aws, "Update", physical_id=old, **ANOTHER))["PhysicalResourceId"]
    aws.stack_status = BACK
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_IN_PROGRESS"}, reads={1})

    answer = aws.carry_out(version(aws, "Update", physical_id=new, old=ANOTHER))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert names(aws) == [old, new]


def test_a_return_to_a_version_that_somebody_deleted_does_not_try_to_register_it_again(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The update before was refused, and a return that is refused as well would leave the stack stuck."""
    old = registered(aws)
    aws.sagemaker.versions.remove(only(aws))
    message = "with an explicit deny in a service control policy"
    aws.faults.fail("CreateModelPackage", "AccessDeniedException", message, times=99)
    assert aws.carry_out(version(aws, "Update", physical_id=old, **APPROVED))["Status"] == "FAILED"
    aws.stack_status = BACK
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_IN_PROGRESS"}, reads={1})

    answer = aws.carry_out(version(aws, "Update", physical_id=old, old=APPROVED))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", old)
    assert names(aws) == []


def test_the_version_of_an_update_that_never_had_a_response_is_deleted_by_the_next(aws: SimulatedAws) -> None:
    old = registered(aws)
    unanswered = version(aws, "Update", physical_id=old, **ANOTHER)
    aws.never_taken.add(unanswered["RequestId"])
    aws.send(unanswered)
    aws.settle(3700)
    assert len(names(aws)) == 2
    update_begins(aws)

    third = {"ModelPackageDescription": "the third"}
    answer = aws.carry_out(version(aws, "Update", physical_id=old, old=ANOTHER, **third))
    aws.settle(900)

    assert names(aws) == [old, answer["PhysicalResourceId"]]


def test_an_update_to_another_group_finds_the_version_of_the_group_before(aws: SimulatedAws) -> None:
    old = registered(aws)
    group = {"ModelPackageGroupName": "Another"}
    new = aws.carry_out(version(aws, "Update", physical_id=old, **group))["PhysicalResourceId"]
    aws.stack_status = BACK

    answer = aws.carry_out(version(aws, "Update", physical_id=new, old=group))

    assert answer["PhysicalResourceId"] == old
    assert answer["Data"]["ModelPackageArn"].endswith("/llama/1")


def test_a_version_with_a_group_for_each_spelling_of_its_arn_is_found(aws: SimulatedAws) -> None:
    """SageMaker writes a group in small letters in the ARN of a version."""
    name = registered(aws)

    assert only(aws).arn.endswith("/llama/1")
    assert VERSION_PROPERTIES["ModelPackageGroupName"] == "Llama"
    assert aws.carry_out(version(aws, "Update", physical_id=name, **TAGGED))["Status"] == "SUCCESS"


# Deleted.


@pytest.mark.promise("Nothing leaks: the job leaves the stack")
@pytest.mark.parametrize("lag", [0, 5, 30])
def test_a_deletion_deletes_the_version_with_few_calls(
    in_dialect: Callable[..., SimulatedAws], lag: float
) -> None:
    aws = in_dialect(delete_lag=lag, job_read_lag=lag)
    name = registered(aws)

    assert aws.carry_out(version(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert names(aws) == []
    assert calls(aws, "DeleteModelPackage") <= 2


@pytest.mark.parametrize("is_group_gone", [False, True])
def test_a_version_that_is_gone_already_is_deleted_within_two_minutes(
    aws: SimulatedAws, is_group_gone: bool
) -> None:
    name = registered(aws)
    aws.sagemaker.versions.remove(only(aws))
    if is_group_gone:
        aws.sagemaker.versions.missing_groups.add("Llama")
        aws.sagemaker.versions.missing = "No such group"
    began = aws.time

    assert aws.carry_out(version(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert aws.time - began < 120


def test_the_version_of_another_resource_is_left_alone(aws: SimulatedAws) -> None:
    theirs = version(aws)
    theirs["LogicalResourceId"] = "Theirs"
    name = aws.carry_out(theirs)["PhysicalResourceId"]
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

    assert aws.carry_out(version(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert names(aws) == [name]


@pytest.mark.promise("Nothing leaks: the delete overtakes the create")
@pytest.mark.parametrize("after_effect", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("seconds", [0, 20, 100], ids="in flight for {} s".format)
@pytest.mark.parametrize("permissions_go", [False, True], ids=["", "and takes the permissions"])
def test_a_delete_that_overtakes_the_create_leaves_no_version(
    aws: SimulatedAws, after_effect: bool, seconds: float, permissions_go: bool
) -> None:
    deletion = version(aws, "Delete", physical_id=INVENTED)

    def the_stack_is_deleted() -> None:
        aws.stack_status = "DELETE_IN_PROGRESS"
        aws.send(deletion)
        aws.settle(seconds)

    hook = aws.faults.meanwhile_after if after_effect else aws.faults.meanwhile
    hook("CreateModelPackage", the_stack_is_deleted)
    if permissions_go:

        def deny(operation: str) -> None:
            is_gone = deletion["RequestId"] in aws.answers and operation != "PUT"
            if is_gone:
                raise client_error(operation, "AccessDeniedException", "not authorized to perform it")

        aws.faults.before.append(deny)

    aws.send(version(aws))
    assert aws.wait_for_answer(deletion)["Status"] == "SUCCESS"
    aws.settle(900)
    assert names(aws) == []


@pytest.mark.promise("Nothing leaks: the request arrives late")
@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "DELETE_COMPLETE", "ROLLBACK_IN_PROGRESS"])
def test_a_create_that_comes_when_its_stack_has_gone_back_registers_nothing(
    aws: SimulatedAws, status: str
) -> None:
    request = version(aws)
    aws.stack_status = status
    aws.settle(700)

    answer = aws.carry_out(request)

    assert answer["Status"] == "FAILED"
    assert aws.sagemaker.versions.made == []


def test_a_create_that_failed_is_deleted_without_a_call(aws: SimulatedAws) -> None:
    failed = aws.carry_out(version(aws, InferenceSpecification={"Containerz": []}))
    deletion = version(aws, "Delete", physical_id=failed["PhysicalResourceId"])
    aws.send(deletion)

    assert aws.answers[deletion["RequestId"]][0]["Status"] == "SUCCESS"
    assert aws.sagemaker.calls == []


def test_a_deletion_that_is_refused_for_now_is_tried_again(aws: SimulatedAws) -> None:
    name = registered(aws)
    aws.faults.fail("DeleteModelPackage", "ConflictException", "The model package is in use", times=2)

    assert aws.carry_out(version(aws, "Delete", physical_id=name))["Status"] == "SUCCESS"
    assert names(aws) == []
