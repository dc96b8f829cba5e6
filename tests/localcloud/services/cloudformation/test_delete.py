"""Deleting a stack."""

from __future__ import annotations

import pytest

from localcloud.kernel.api import ApiError
from localcloud.services.cloudformation import StackNotFound
from tests.localcloud.services.cloudformation.stand_in import Request, StandInCloud, answer
from tests.localcloud.services.cloudformation.templates import of, parameter, thing


def refusing(*logical_ids: str) -> object:
    """A function that does not delete these resources."""

    def code(request: Request) -> object:
        if request["RequestType"] == "Delete" and request["LogicalResourceId"] in logical_ids:
            return answer(request, Status="FAILED", Reason="busy")
        return answer(request)

    return code


def test_what_depends_on_others_goes_first(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(), B=thing(depends_on=["A"]), C=thing(Name={"Ref": "B"})), "demo")

    stack = cloud.cloudformation.delete("demo")

    assert stack.status == "DELETE_COMPLETE"
    assert cloud.functions.kinds()[3:] == ["Delete C", "Delete B", "Delete A"]


def test_a_deleted_stack_is_found_by_its_id_only(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")

    deleted = cloud.cloudformation.delete("demo")

    with pytest.raises(StackNotFound):
        cloud.cloudformation.stack("demo")
    assert cloud.cloudformation.stack(deleted.stack_id).status == "DELETE_COMPLETE"


def test_deleting_a_stack_that_does_not_exist_is_fine(cloud: StandInCloud) -> None:
    assert cloud.cloudformation.call("DeleteStack", {"StackName": "never"}) == {}


def test_a_retained_resource_is_left_alone(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(policy="Retain"), B=parameter("x")), "demo")

    stack = cloud.cloudformation.delete("demo")

    assert stack.history("A")[-1] == "DELETE_SKIPPED"
    assert cloud.functions.kinds() == ["Create A"]


def test_a_failed_deletion_can_be_tried_again_without_the_resource(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(), B=thing(depends_on=["A"]), Other=thing()), "demo")
    cloud.functions.code = refusing("B")  # type: ignore[assignment]

    stack = cloud.cloudformation.delete("demo")
    assert stack.status == "DELETE_FAILED"
    assert stack.reason == "The following resource(s) failed to delete: [B]. "
    assert stack.history("Other")[-1] == "DELETE_COMPLETE"
    assert stack.history("A")[-1] == "CREATE_COMPLETE"

    stack = cloud.cloudformation.delete("demo", retain=("B",))
    assert stack.status == "DELETE_COMPLETE"
    assert stack.history("B")[-1] == "DELETE_SKIPPED"
    assert cloud.functions.kinds().count("Delete Other") == 1


def test_a_failed_deletion_can_be_forced_and_leaves_what_cannot_be_deleted(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(), B=thing(depends_on=["A"])), "demo")
    cloud.functions.code = refusing("B")  # type: ignore[assignment]
    force = {"StackName": "demo", "DeletionMode": "FORCE_DELETE_STACK"}
    with pytest.raises(ApiError, match="only when a stack is in a DELETE_FAILED state"):
        cloud.cloudformation.call("DeleteStack", force)

    stack = cloud.cloudformation.delete("demo")
    assert stack.status == "DELETE_FAILED"
    cloud.cloudformation.call("DeleteStack", force)
    assert stack.wait().status == "DELETE_COMPLETE"
    assert (stack.history("A")[-1], stack.history("B")[-1]) == ("DELETE_COMPLETE", "DELETE_SKIPPED")


def test_resources_can_be_retained_only_after_a_failure(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")

    with pytest.raises(ApiError, match="only when a stack is in a DELETE_FAILED state"):
        cloud.cloudformation.delete("demo", retain=("A",))


def test_a_bucket_that_is_not_empty_stays(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(of(Bucket={"Type": "AWS::S3::Bucket"}), "demo")
    cloud.client("s3").put_object(Bucket=stack.physical_id("Bucket"), Key="model", Body=b"weights")

    stack = cloud.cloudformation.delete("demo")

    assert stack.status == "DELETE_FAILED"
    assert any(
        "The bucket you tried to delete is not empty" in (event.reason or "") for event in stack.events
    )


def test_a_stack_that_is_being_created_gives_way(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: answer(request) if request["RequestType"] == "Delete" else None
    cloud.clock.pause()
    stack = cloud.cloudformation.deploy(of(Job=thing(), Later=thing(depends_on=["Job"])), "demo", wait=False)
    cloud.functions.wait_for("Create Job")

    cloud.cloudformation.delete("demo", wait=False)
    cloud.clock.resume()
    stack.wait()

    assert stack.status == "DELETE_COMPLETE"
    assert cloud.functions.kinds() == ["Create Job", "Delete Job"]
    assert cloud.functions.requests[1]["PhysicalResourceId"].startswith("demo-Job-")
    assert stack.history("Job") == [
        "CREATE_IN_PROGRESS",
        "CREATE_FAILED",
        "DELETE_IN_PROGRESS",
        "DELETE_COMPLETE",
    ]


def test_an_answer_to_a_create_that_was_given_up_is_ignored(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: answer(request) if request["RequestType"] == "Delete" else None
    cloud.clock.pause()
    stack = cloud.cloudformation.deploy(of(Job=thing()), "demo", wait=False)
    cloud.functions.wait_for("Create Job")
    cloud.cloudformation.delete("demo", wait=False)
    cloud.clock.resume()
    stack.wait()

    status = answer(cloud.functions.requests[0], PhysicalResourceId="real")

    assert status == 200
    assert [(a.kind, a.late) for a in cloud.cloudformation.responses] == [("Delete", False), ("Create", True)]


def test_a_protected_stack_cannot_be_deleted(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")
    cloud.cloudformation.call(
        "UpdateTerminationProtection", {"StackName": "demo", "EnableTerminationProtection": True}
    )

    with pytest.raises(
        ApiError, match=r"Stack \[demo\] cannot be deleted while TerminationProtection is enabled"
    ):
        cloud.cloudformation.delete("demo")


def test_a_stack_whose_update_is_paused_takes_everything_with_it(cloud: StandInCloud) -> None:
    def code(request: Request) -> object:
        if request["LogicalResourceId"] == "Bad" and request["RequestType"] == "Update":
            return answer(request, Status="FAILED", Reason="no")
        if request["LogicalResourceId"] == "Job" and request["RequestType"] != "Delete":
            return answer(request, PhysicalResourceId=f"job-{request['ResourceProperties']['Size']}")
        return answer(request)

    cloud.functions.code = code
    cloud.cloudformation.deploy(of(Job=thing(Size=1), Bad=thing(Name={"Ref": "Job"})), "demo")
    stack = cloud.cloudformation.deploy(
        of(Job=thing(Size=2), Bad=thing(Name={"Ref": "Job"})), "demo", rollback=False
    )
    assert stack.status == "UPDATE_FAILED"

    cloud.cloudformation.delete("demo")

    deleted = {r["PhysicalResourceId"] for r in cloud.functions.requests if r["RequestType"] == "Delete"}
    assert deleted == {"job-1", "job-2", "Bad-1"}
