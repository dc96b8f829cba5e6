"""A rollback that failed is continued without some resources: `cdk rollback --orphan`."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.kernel.api import ApiError
from localcloud.services.cloudformation import StackView
from localcloud.services.cloudformation.lifecycle.operation import Operation
from tests.localcloud.services.cloudformation.stand_in import Request, StandInCloud, answer
from tests.localcloud.services.cloudformation.templates import of, thing
from tests.localcloud.services.cloudformation.test_nested_stacks import nested

_MODEL = {"Fn::GetAtt": ["A", "Model"]}


def with_model(request: Request) -> object:
    """The id and the attribute follow the size. What is done beyond size 1 fails."""
    size = request["ResourceProperties"].get("Size", "1")
    changes: dict[str, Any] = {"PhysicalResourceId": f"{request['LogicalResourceId']}-{size}"}
    if request["RequestType"] == "Update":
        return answer(request, **changes, Status="FAILED", Reason="no way")
    return answer(request, **changes, Data={"Model": f"model-{size}"})


def stuck(cloud: StandInCloud, first: dict[str, Any], second: dict[str, Any]) -> StackView:
    """A stack whose update failed, and whose rollback failed as well."""
    cloud.functions.code = with_model
    cloud.cloudformation.deploy(first, "demo")
    stack = cloud.cloudformation.deploy(second, "demo")
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    return stack


def continued(cloud: StandInCloud, stack: StackView, *skip: str) -> StackView:
    cloud.cloudformation.call("ContinueUpdateRollback", {"StackName": "demo", "ResourcesToSkip": list(skip)})
    return stack.wait()


def test_an_output_may_read_an_attribute_of_a_skipped_resource(cloud: StandInCloud) -> None:
    outputs = {"Outputs": {"Model": {"Value": _MODEL}}}
    stack = stuck(cloud, of(A=thing(Size=1)) | outputs, of(A=thing(Size=2)) | outputs)

    continued(cloud, stack, "A")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.outputs == {"Model": "model-1"}


def test_who_refers_to_a_skipped_resource_has_to_be_skipped_as_well(cloud: StandInCloud) -> None:
    stack = stuck(
        cloud, of(A=thing(Size=1), B=thing(Of=_MODEL)), of(A=thing(Size=2), B=thing(Of=_MODEL, More="x"))
    )

    continued(cloud, stack, "A")
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    reason = next(event.reason for event in reversed(stack.events) if event.logical_id == "B")
    assert "CustomResource attribute error" in (reason or "")
    assert "Model" in (reason or "")

    assert continued(cloud, stack, "B").status == "UPDATE_ROLLBACK_COMPLETE"


def test_several_resources_can_be_skipped(cloud: StandInCloud) -> None:
    def failing(request: Request) -> object:
        failed = request["RequestType"] == "Update"
        return answer(request, **({"Status": "FAILED", "Reason": "no way"} if failed else {}))

    cloud.cloudformation.deploy(of(A=thing(Size=1), B=thing(Size=1)), "demo")
    cloud.functions.code = failing
    stack = cloud.cloudformation.deploy(of(A=thing(Size=2), B=thing(Size=2)), "demo", rollback=False)
    assert stack.status == "UPDATE_FAILED"
    cloud.cloudformation.call("RollbackStack", {"StackName": "demo"})
    assert stack.wait().status == "UPDATE_ROLLBACK_FAILED"

    assert continued(cloud, stack, "A", "B").status == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize("name", ["Other", "Other.Thing", "A.Thing"])
def test_a_resource_that_never_existed_cannot_be_skipped(cloud: StandInCloud, name: str) -> None:
    stuck(cloud, of(A=thing(Size=1)), of(A=thing(Size=2)))

    with pytest.raises(ApiError, match=r"must be in the UPDATE_FAILED state: \[" + name):
        cloud.cloudformation.call(
            "ContinueUpdateRollback", {"StackName": "demo", "ResourcesToSkip": ["A", name]}
        )


def test_a_stack_with_a_skipped_resource_can_be_updated_and_deleted(cloud: StandInCloud) -> None:
    outputs = {"Outputs": {"Model": {"Value": _MODEL}}}
    stack = stuck(cloud, of(A=thing(Size=1)) | outputs, of(A=thing(Size=2)) | outputs)
    continued(cloud, stack, "A")
    cloud.functions.code = lambda request: answer(request, Data={"Model": "model-3"})

    cloud.cloudformation.deploy(of(A=thing(Size=3)) | outputs, "demo")
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.outputs == {"Model": "model-3"}

    cloud.cloudformation.delete("demo")
    assert stack.status == "DELETE_COMPLETE"


def test_a_stack_with_a_skipped_resource_can_be_deleted_at_once(cloud: StandInCloud) -> None:
    outputs = {"Outputs": {"Model": {"Value": _MODEL}}}
    stack = stuck(cloud, of(A=thing(Size=1)) | outputs, of(A=thing(Size=2)) | outputs)
    continued(cloud, stack, "A")

    cloud.cloudformation.delete("demo")

    assert stack.status == "DELETE_COMPLETE"
    assert cloud.functions.kinds()[-1] == "Delete A"


# --- nested stacks ------------------------------------------------------------------------------------------


def with_a_nested_stack(cloud: StandInCloud, key: str, size: int) -> dict[str, Any]:
    return of(Inner=nested(cloud, key, of(A=thing(Size=size)) | {"Outputs": {"Model": {"Value": _MODEL}}}))


@pytest.mark.parametrize("by", ["name", "logical id"])
def test_a_resource_of_a_nested_stack_can_be_skipped(cloud: StandInCloud, by: str) -> None:
    stack = stuck(cloud, with_a_nested_stack(cloud, "a", 1), with_a_nested_stack(cloud, "b", 2))
    inner = cloud.cloudformation.stack(stack.physical_id("Inner"))
    assert inner.status == "UPDATE_ROLLBACK_FAILED"

    continued(cloud, stack, f"{inner.name if by == 'name' else 'Inner'}.A")

    assert (stack.status, inner.status) == ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    assert inner.outputs == {"Model": "model-1"}
    told = [(event.status, event.reason) for event in inner.events if event.logical_id == "A"]
    assert ("UPDATE_COMPLETE", "Resource skipped during UpdateRollback") in told


def test_a_resource_of_a_stack_nested_in_a_nested_stack_can_be_skipped(cloud: StandInCloud) -> None:
    def outer(key: str, size: int) -> dict[str, Any]:
        return of(Outer=nested(cloud, f"outer-{key}", with_a_nested_stack(cloud, key, size)))

    stack = stuck(cloud, outer("a", 1), outer("b", 2))
    (inner,) = [view for view in cloud.cloudformation.stacks if "-Inner-" in view.name]

    continued(cloud, stack, f"{inner.name}.A")

    assert {view.status for view in cloud.cloudformation.stacks} == {"UPDATE_ROLLBACK_COMPLETE"}


def test_a_nested_stack_itself_cannot_be_skipped_while_it_is_there(cloud: StandInCloud) -> None:
    stuck(cloud, with_a_nested_stack(cloud, "a", 1), with_a_nested_stack(cloud, "b", 2))

    with pytest.raises(ApiError, match=r"skip its resources as <nested stack's name>\.<logical id>"):
        cloud.cloudformation.call(
            "ContinueUpdateRollback", {"StackName": "demo", "ResourcesToSkip": ["Inner"]}
        )


# --- mistakes of the local cloud's own ----------------------------------------------------------------------


def crash(*_: object, **__: object) -> None:
    raise RuntimeError("a mistake")


def test_no_mistake_leaves_a_stack_in_progress_for_good(
    cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    monkeypatch.setattr(Operation, "_steps", crash)

    new = cloud.cloudformation.deploy(of(A=thing(Size=1)), "new")
    updated = cloud.cloudformation.deploy(of(A=thing(Size=2)), "demo")
    assert (new.status, updated.status) == ("CREATE_FAILED", "UPDATE_FAILED")
    cloud.cloudformation.call("RollbackStack", {"StackName": "new"})
    cloud.cloudformation.call("RollbackStack", {"StackName": "demo"})
    assert (new.wait().status, updated.wait().status) == ("ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED")
    cloud.cloudformation.delete("demo")
    assert updated.status == "DELETE_FAILED"
    for stack in (new, updated):
        assert stack.events[-1].reason == "Internal Failure in the local cloud: RuntimeError('a mistake')"

    monkeypatch.undo()
    cloud.cloudformation.delete("demo")
    assert updated.status == "DELETE_COMPLETE"


def test_a_mistake_in_the_clean_up_fails_the_operation(
    cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    monkeypatch.setattr("localcloud.services.cloudformation.lifecycle.operation.delete", crash)

    assert cloud.cloudformation.deploy(of(A=thing(Size=2)), "demo").status == "UPDATE_FAILED"
