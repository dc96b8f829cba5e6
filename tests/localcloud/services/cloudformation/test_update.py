"""Updating a stack."""

from __future__ import annotations

import json

import pytest

from localcloud.kernel.api import ApiError
from tests.localcloud.services.cloudformation.stand_in import FUNCTION, Request, StandInCloud, answer
from tests.localcloud.services.cloudformation.templates import Definition, of, parameter, thing


def replacing(request: Request) -> object:
    """A function whose resources cannot be changed: each size is another one. Size 13 cannot be made."""
    size = request["ResourceProperties"].get("Size", "")
    if request["RequestType"] == "Delete":
        return answer(request)
    if size == "13":
        kept = request.get("PhysicalResourceId", "none")
        return answer(request, Status="FAILED", Reason="unlucky", PhysicalResourceId=kept)
    return answer(request, PhysicalResourceId=f"{request['LogicalResourceId']}-{size}")


def test_only_what_changed_is_asked_to_change(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1), B=thing(Size=1)), "demo")

    stack = cloud.cloudformation.deploy(of(A=thing(Size=1), B=thing(Size=2)), "demo")

    assert stack.status == "UPDATE_COMPLETE"
    assert cloud.functions.kinds()[2:] == ["Update B"]
    request = cloud.functions.requests[-1]
    assert request["ResourceProperties"] == {"ServiceToken": FUNCTION, "Size": "2"}
    assert request["OldResourceProperties"] == {"ServiceToken": FUNCTION, "Size": "1"}
    assert request["PhysicalResourceId"] == "B-1"


def test_a_change_of_nothing_is_refused_in_words_that_tools_know(cloud: StandInCloud) -> None:
    template = of(A=thing())
    cloud.cloudformation.deploy(template, "demo")

    with pytest.raises(ApiError, match="No updates are to be performed"):
        cloud.cloudformation.call("UpdateStack", {"StackName": "demo", "TemplateBody": json.dumps(template)})


def test_a_changed_reference_changes_whoever_refers(cloud: StandInCloud) -> None:
    cloud.functions.code = replacing
    template = of(A=thing(Size=1), B=thing(Name={"Ref": "A"}), C=thing(Other=1))
    cloud.cloudformation.deploy(template, "demo")

    cloud.cloudformation.deploy({"Resources": {**template["Resources"], "A": thing(Size=2)}}, "demo")

    assert cloud.functions.kinds()[3:] == ["Update A", "Update B", "Delete A"]


def test_a_changed_resource_whose_values_stay_changes_nobody_else(cloud: StandInCloud) -> None:
    template = of(A=thing(Size=1), B=thing(Name={"Ref": "A"}))
    cloud.cloudformation.deploy(template, "demo")

    cloud.cloudformation.deploy({"Resources": {**template["Resources"], "A": thing(Size=2)}}, "demo")

    assert cloud.functions.kinds()[2:] == ["Update A"]


def test_a_replaced_resource_goes_last_with_the_properties_it_had(cloud: StandInCloud) -> None:
    cloud.functions.code = replacing
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")

    stack = cloud.cloudformation.deploy(of(A=thing(Size=2), B=thing(depends_on=["A"], Size=1)), "demo")

    assert cloud.functions.kinds()[1:] == ["Update A", "Create B", "Delete A"]
    deletion = cloud.functions.requests[-1]
    assert deletion["PhysicalResourceId"] == "A-1"
    assert deletion["ResourceProperties"]["Size"] == "1"
    assert stack.physical_id("A") == "A-2"
    assert "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" in stack.history("demo")


def test_a_removed_resource_is_deleted_in_the_clean_up(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(), B=thing()), "demo")

    stack = cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")

    assert cloud.functions.kinds()[2:] == ["Update A", "Delete B"]
    assert set(stack.resources) == {"A"}


def test_a_clean_up_that_fails_three_times_does_not_fail_the_update(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: (
        answer(request, Status="FAILED", Reason="stuck")
        if request["RequestType"] == "Delete"
        else answer(request)
    )
    cloud.cloudformation.deploy(of(A=thing(), B=thing()), "demo")

    stack = cloud.cloudformation.deploy(of(A=thing()), "demo")

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.reason == "Update successful. One or more resources could not be deleted."
    assert cloud.functions.kinds().count("Delete B") == 3


def test_a_failed_update_is_undone_with_old_and_new_swapped(cloud: StandInCloud) -> None:
    cloud.functions.code = replacing
    cloud.cloudformation.deploy(of(A=thing(Size=1), Bystander=thing(Size=5)), "demo")

    stack = cloud.cloudformation.deploy(of(A=thing(Size=13), Bystander=thing(Size=5)), "demo")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.functions.kinds()[2:] == ["Update A", "Update A"]
    back = cloud.functions.requests[-1]
    assert (back["OldResourceProperties"]["Size"], back["ResourceProperties"]["Size"]) == ("13", "1")
    assert back["PhysicalResourceId"] == "A-1"
    assert stack.physical_id("A") == "A-1"


def test_undoing_a_replacement_deletes_the_new_one_and_keeps_the_old(cloud: StandInCloud) -> None:
    cloud.functions.code = replacing
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")

    stack = cloud.cloudformation.deploy(of(A=thing(Size=2), B=thing(depends_on=["A"], Size=13)), "demo")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    back = cloud.functions.requests[3]
    assert (back["RequestType"], back["PhysicalResourceId"]) == ("Update", "A-2")
    deletions = {
        r["PhysicalResourceId"]: r["ResourceProperties"]["Size"] for r in cloud.functions.requests[4:]
    }
    assert deletions == {"A-2": "2", "none": "13"}
    assert stack.physical_id("A") == "A-1"
    assert set(stack.resources) == {"A"}


def test_a_failed_update_that_answers_another_id_loses_the_good_resource(cloud: StandInCloud) -> None:
    def code(request: Request) -> object:
        if request["RequestType"] == "Update" and request["ResourceProperties"]["Size"] == "2":
            return answer(request, Status="FAILED", Reason="oops", PhysicalResourceId="log-stream")
        return answer(request, PhysicalResourceId=request.get("PhysicalResourceId", "good"))

    cloud.functions.code = code
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")

    cloud.cloudformation.deploy(of(A=thing(Size=2)), "demo")

    deleted = [r["PhysicalResourceId"] for r in cloud.functions.requests if r["RequestType"] == "Delete"]
    assert deleted == ["good"]


def test_a_failure_cancels_the_updates_under_way_and_undoes_them(cloud: StandInCloud) -> None:
    def code(request: Request) -> object:
        if request["RequestType"] != "Update" or request["ResourceProperties"]["Size"] == "1":
            return answer(request)
        if request["LogicalResourceId"] == "Bad":
            return answer(request, Status="FAILED", Reason="no")
        return None

    cloud.functions.code = code
    cloud.cloudformation.deploy(of(Bad=thing(Size=1), Slow=thing(Size=1)), "demo")

    stack = cloud.cloudformation.deploy(of(Bad=thing(Size=2), Slow=thing(Size=2)), "demo")

    cancelled = [event for event in stack.events if event.reason == "Resource update cancelled"]
    assert [event.logical_id for event in cancelled] == ["Slow"]
    back = [r for r in cloud.functions.requests if r["LogicalResourceId"] == "Slow"][-1]
    assert (back["OldResourceProperties"]["Size"], back["ResourceProperties"]["Size"]) == ("2", "1")
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_cancelled_update_goes_back_and_ignores_late_answers(cloud: StandInCloud) -> None:
    def code(request: Request) -> object:
        held = request["RequestType"] == "Update" and request["ResourceProperties"]["Size"] == "2"
        return None if held else answer(request)

    cloud.functions.code = code
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    cloud.clock.pause()
    stack = cloud.cloudformation.deploy(of(A=thing(Size=2)), "demo", wait=False)
    held = cloud.functions.wait_for("Update A")
    cloud.cloudformation.call("CancelUpdateStack", {"StackName": "demo"})
    cloud.clock.resume()
    stack.wait()

    answer(held, PhysicalResourceId="late")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.physical_id("A") == "A-1"
    assert cloud.cloudformation.responses[-1].late


def test_a_stack_that_is_not_updating_cannot_be_cancelled(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")

    with pytest.raises(
        ApiError, match="CancelUpdateStack cannot be called from current stack status CREATE_COMPLETE"
    ):
        cloud.cloudformation.call("CancelUpdateStack", {"StackName": "demo"})


def test_the_service_token_must_not_change(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    other: Definition = thing(Size=1)
    other["Properties"]["ServiceToken"] = FUNCTION.replace("handler", "other:function:handler")

    stack = cloud.cloudformation.deploy(of(A=other), "demo")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Modifying service token is not allowed." in [event.reason for event in stack.events]


def test_the_type_of_a_resource_must_not_change(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")

    with pytest.raises(ApiError, match="Update of resource type is not permitted"):
        cloud.cloudformation.deploy(of(A=parameter("x")), "demo")


def test_a_standard_resource_is_replaced_where_its_type_demands_it(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(P=parameter("x", Name="/first")), "demo")

    stack = cloud.cloudformation.deploy(of(P=parameter("x", Name="/second")), "demo")

    assert stack.physical_id("P") == "/second"
    found = cloud.client("ssm").describe_parameters()["Parameters"]
    assert [item["Name"] for item in found] == ["/second"]


def test_a_replaced_standard_resource_is_itself_again_after_a_rollback(cloud: StandInCloud) -> None:
    cloud.functions.code = replacing
    cloud.cloudformation.deploy(of(P=parameter("x", Name="/first")), "demo")

    stack = cloud.cloudformation.deploy(
        of(P=parameter("x", Name="/second"), B=thing(depends_on=["P"], Size=13)), "demo"
    )

    assert stack.physical_id("P") == "/first"
    found = cloud.client("ssm").describe_parameters()["Parameters"]
    assert [item["Name"] for item in found] == ["/first"]


def test_a_changed_standard_resource_has_its_old_value_after_a_rollback(cloud: StandInCloud) -> None:
    cloud.functions.code = replacing
    cloud.cloudformation.deploy(of(P=parameter("old", Name="/p")), "demo")

    stack = cloud.cloudformation.deploy(
        of(P=parameter("new", Name="/p"), B=thing(depends_on=["P"], Size=13)), "demo"
    )

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.client("ssm").get_parameter(Name="/p")["Parameter"]["Value"] == "old"


def test_a_named_resource_cannot_be_replaced_under_its_name(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(P=parameter("x", Name="/p")), "demo")
    listed = parameter("a,b", Name="/p")
    listed["Properties"]["Type"] = "StringList"

    stack = cloud.cloudformation.deploy(of(P=listed), "demo")

    reason = next(event.reason for event in stack.events if event.status == "UPDATE_FAILED")
    assert reason is not None
    assert reason.startswith(
        "CloudFormation cannot update a stack when a custom-named resource requires replacing."
    )


def test_outputs_follow_an_update_and_its_rollback(cloud: StandInCloud) -> None:
    cloud.functions.code = replacing
    outputs = {"Outputs": {"Id": {"Value": {"Ref": "A"}}}}
    cloud.cloudformation.deploy({**of(A=thing(Size=1)), **outputs}, "demo")

    stack = cloud.cloudformation.deploy({**of(A=thing(Size=2)), **outputs}, "demo")
    after_update = stack.outputs
    stack = cloud.cloudformation.deploy({**of(A=thing(Size=13)), **outputs}, "demo")

    assert after_update == {"Id": "A-2"}
    assert stack.outputs == {"Id": "A-2"}
