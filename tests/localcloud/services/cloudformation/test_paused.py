"""Failures that are not rolled back at once: `--no-rollback`, and what comes after it."""

from __future__ import annotations

import pytest

from localcloud.kernel.api import ApiError
from tests.localcloud.services.cloudformation.stand_in import Request, StandInCloud, answer
from tests.localcloud.services.cloudformation.templates import of, thing


def unlucky(request: Request) -> object:
    """Size 13 fails."""
    size = request["ResourceProperties"].get("Size")
    if request["RequestType"] != "Delete" and size == "13":
        return answer(request, Status="FAILED", Reason="unlucky")
    return answer(request)


@pytest.fixture(autouse=True)
def unlucky_function(cloud: StandInCloud) -> None:
    cloud.functions.code = unlucky


def test_a_failed_create_keeps_what_succeeded_on_other_paths(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(
        of(
            Good=thing(), Next=thing(depends_on=["Good"]), Bad=thing(Size=13), After=thing(depends_on=["Bad"])
        ),
        "demo",
        rollback=False,
    )

    assert stack.status == "CREATE_FAILED"
    assert stack.reason == "The following resource(s) failed to create: [Bad]. "
    assert stack.history("Next")[-1] == "CREATE_COMPLETE"
    assert stack.history("After") == []


def test_the_next_deploy_tries_the_failed_resource_again(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(Good=thing(), Bad=thing(Size=13)), "demo", rollback=False)

    stack = cloud.cloudformation.deploy(of(Good=thing(), Bad=thing(Size=12)), "demo", rollback=False)

    assert stack.status == "UPDATE_COMPLETE"
    assert cloud.functions.kinds().count("Create Good") == 1
    assert cloud.functions.kinds()[-2:] == ["Delete Bad", "Create Bad"]


def test_going_on_with_rollback_is_refused(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(Bad=thing(Size=13)), "demo", rollback=False)

    with pytest.raises(ApiError, match=r"currently in a non-terminal \[CREATE_FAILED\] state"):
        cloud.cloudformation.deploy(of(Bad=thing(Size=12)), "demo")


def test_a_paused_create_can_be_rolled_back(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(Good=thing(), Bad=thing(Size=13)), "demo", rollback=False)

    cloud.cloudformation.call("RollbackStack", {"StackName": "demo"})
    stack = cloud.cloudformation.stack("demo").wait()

    assert stack.status == "ROLLBACK_COMPLETE"
    assert set(cloud.functions.kinds()[2:]) == {"Delete Good", "Delete Bad"}


def test_a_paused_update_can_be_rolled_back(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1), B=thing(Size=1)), "demo")
    stack = cloud.cloudformation.deploy(
        of(A=thing(Size=13), B=thing(Size=2), New=thing()), "demo", rollback=False
    )
    assert stack.status == "UPDATE_FAILED"
    before = len(cloud.functions.requests)

    cloud.cloudformation.call("RollbackStack", {"StackName": "demo"})
    stack.wait()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    back = cloud.functions.requests[before:]
    assert {(r["RequestType"], r["LogicalResourceId"]) for r in back} == {
        ("Update", "A"),
        ("Update", "B"),
        ("Delete", "New"),
    }
    assert {r["OldResourceProperties"]["Size"] for r in back if r["RequestType"] == "Update"} == {"13", "2"}
    assert set(stack.resources) == {"A", "B"}


def test_a_paused_update_can_be_finished(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    cloud.cloudformation.deploy(of(A=thing(Size=13)), "demo", rollback=False)

    stack = cloud.cloudformation.deploy(of(A=thing(Size=3)), "demo", rollback=False)

    assert stack.status == "UPDATE_COMPLETE"
    assert cloud.functions.requests[-1]["OldResourceProperties"]["Size"] == "1"


def test_a_paused_update_is_deleted_with_what_it_tried(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    cloud.cloudformation.deploy(of(A=thing(Size=13)), "demo", rollback=False)

    cloud.cloudformation.delete("demo")

    assert cloud.functions.kinds()[-1] == "Delete A"
    assert cloud.functions.requests[-1]["ResourceProperties"]["Size"] == "13"


def test_the_same_template_is_a_retry(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    cloud.cloudformation.deploy(of(A=thing(Size=13)), "demo", rollback=False)

    stack = cloud.cloudformation.deploy(of(A=thing(Size=13)), "demo", rollback=False)

    assert stack.status == "UPDATE_FAILED"
    assert cloud.functions.kinds() == ["Create A", "Update A", "Update A"]


def test_a_stack_in_order_cannot_be_rolled_back(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")

    with pytest.raises(ApiError, match="is in CREATE_COMPLETE state and can not be rolled back"):
        cloud.cloudformation.call("RollbackStack", {"StackName": "demo"})


def test_a_rollback_that_failed_can_be_continued(cloud: StandInCloud) -> None:
    def stubborn(request: Request) -> object:
        if request["RequestType"] == "Update":
            return answer(request, Status="FAILED", Reason="no way")
        return answer(request)

    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    cloud.functions.code = stubborn
    stack = cloud.cloudformation.deploy(of(A=thing(Size=2)), "demo")
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    assert stack.reason == "The following resource(s) failed to update: [A]. "

    cloud.functions.code = answer
    cloud.cloudformation.call("ContinueUpdateRollback", {"StackName": "demo"})

    assert stack.wait().status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_rollback_can_be_continued_without_a_resource(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    cloud.functions.code = lambda request: answer(request, Status="FAILED", Reason="no way")
    stack = cloud.cloudformation.deploy(of(A=thing(Size=2)), "demo")
    asked = len(cloud.functions.requests)

    cloud.cloudformation.call("ContinueUpdateRollback", {"StackName": "demo", "ResourcesToSkip": ["A"]})

    assert stack.wait().status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(cloud.functions.requests) == asked
    told = [(event.status, event.reason) for event in stack.events if event.logical_id == "A"]
    assert told[-1] == ("UPDATE_COMPLETE", "Resource skipped during UpdateRollback")
