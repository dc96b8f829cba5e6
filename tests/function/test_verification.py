"""A deployment fails if SageMaker has rolled its endpoint back, although the endpoint serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localcloud.kernel.dialect import MISSING_WORDINGS, Wording
from tests.function.requests import verification
from tests.function.stale import stack_seen_as
from tests.simulation import STACK_ID, Shown, SimulatedAws

IN_SERVICE = Shown("InService", "config-new")
ROLLED_BACK = Shown("InService", "config-old", reason="The endpoint did not pass its health check.")
ARN = "arn:aws:sagemaker:us-east-1:111122223333"
COMPONENTS = [{"InferenceComponentName": "Copies", "ModelName": "Model-New"}]
BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


@pytest.fixture(autouse=True)
def updating(aws: SimulatedAws) -> None:
    begin_update(aws)


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def show(aws: SimulatedAws, *states: Shown, name: str = "llama") -> None:
    aws.sagemaker.endpoints.show(name, *states)


def took(aws: SimulatedAws, request: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """The response to a request, and how many seconds it took."""
    began = aws.time
    answer = aws.carry_out(request)
    return answer, aws.time - began


def test_an_endpoint_that_runs_what_was_deployed_takes_one_look_and_no_execution(aws: SimulatedAws) -> None:
    show(aws, IN_SERVICE)
    requests = [verification(aws), verification(aws, "Update")]
    for request in requests:
        aws.send(request)

    (created,), (updated,) = (aws.answers[request["RequestId"]] for request in requests)
    assert (created["Status"], created["PhysicalResourceId"]) == ("SUCCESS", "models/Llama3")
    assert (updated["Status"], updated["PhysicalResourceId"]) == ("SUCCESS", "models/Verify")
    assert aws.names_of_executions == []


def test_a_deletion_asks_nobody_anything(aws: SimulatedAws) -> None:
    request = verification(aws, "Delete")
    aws.send(request)

    assert aws.answers[request["RequestId"]][0]["Status"] == "SUCCESS"
    assert aws.names_of_executions == []


@pytest.mark.parametrize("endpoint", ["Llama", f"{ARN}:endpoint/llama"])
@pytest.mark.parametrize("config", ["Config-New", f"{ARN}:endpoint-config/config-new"])
@pytest.mark.parametrize("component", ["Copies", f"{ARN}:inference-component/copies"])
@pytest.mark.parametrize("model", ["Model-New", f"{ARN}:model/model-new"])
def test_each_name_may_be_an_arn_which_has_it_in_lower_case(
    aws: SimulatedAws, endpoint: str, config: str, component: str, model: str
) -> None:
    show(aws, Shown("InService", "Config-New"), name="Llama")
    show(aws, Shown("InService", "Model-New"), name="Copies")
    components = [{"InferenceComponentName": component, "ModelName": model}]

    answer = aws.carry_out(
        verification(aws, EndpointName=endpoint, EndpointConfigName=config, InferenceComponents=components)
    )

    assert answer["Status"] == "SUCCESS"


@pytest.mark.promise("A rollback is a return: SageMaker rolls the endpoint back, and it serves")
@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_an_endpoint_that_was_rolled_back_silently_fails_the_deployment(
    aws: SimulatedAws, request_type: str
) -> None:
    show(aws, ROLLED_BACK)

    answer, seconds = took(aws, verification(aws, request_type))

    assert answer["Status"] == "FAILED"
    assert 60 <= seconds < 120
    assert answer["Reason"] == (
        "endpoint llama runs the config config-old, and config-new was deployed: SageMaker has rolled the "
        "update back: The endpoint did not pass its health check. See why the new containers did not pass "
        "their health checks in the CloudWatch log group /aws/sagemaker/Endpoints/llama, correct the model "
        "or its endpoint, and deploy again. With verify_update=False the deployment succeeds whatever runs"
    )


@pytest.mark.promise("A rollback is a return: SageMaker rolls the endpoint back, and it serves")
def test_a_component_that_was_rolled_back_silently_fails_the_deployment(aws: SimulatedAws) -> None:
    show(aws, IN_SERVICE)
    show(aws, Shown("Updating", "model-old"), Shown("InService", "model-old", after=900), name="Copies")

    answer, seconds = took(aws, verification(aws, "Update", InferenceComponents=COMPONENTS))

    assert answer["Status"] == "FAILED"
    assert (
        "inference component Copies runs the model model-old, and Model-New was deployed"
        in (answer["Reason"])
    )
    assert 960 <= seconds < 1020


@pytest.mark.promise("A rollback is a return: SageMaker rolls the settings of a component back")
@pytest.mark.parametrize(
    ("memory", "status"),
    [(24_576, "FAILED"), (8_192, "SUCCESS"), (8_193, "SUCCESS"), (None, "SUCCESS")],
    ids=["as before", "as deployed", "described in another way", "not described"],
)
def test_a_component_whose_settings_were_rolled_back_silently_fails_the_deployment(
    aws: SimulatedAws, memory: int | None, status: str
) -> None:
    needs = {} if memory is None else {"MinMemoryRequiredInMb": memory}
    specification = {"ComputeResourceRequirements": needs}
    show(aws, IN_SERVICE)
    show(aws, Shown("InService", "model-new", specification=specification), name="Copies")
    settings = {"MinMemoryRequiredInMb": 8_192, "ModelDataDownloadTimeoutInSeconds": 600}
    request = verification(aws, "Update", InferenceComponents=[{**COMPONENTS[0], "Settings": settings}])
    before = [{**COMPONENTS[0], "Settings": {**settings, "MinMemoryRequiredInMb": "24576"}}]
    request["OldResourceProperties"] = {**request["OldResourceProperties"], "InferenceComponents": before}

    answer = aws.carry_out(request)

    assert answer["Status"] == status
    if status == "FAILED":
        assert "Copies runs with MinMemoryRequiredInMb 24576, and" in answer["Reason"]
        assert "MinMemoryRequiredInMb 8192 was deployed: SageMaker has rolled" in answer["Reason"]


def test_a_component_with_a_specification_for_each_instance_type_is_compared_with_all_of_them(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(aws, IN_SERVICE)
    show(aws, Shown("InService", ""), name="Copies")
    describe = aws.sagemaker.describe_inference_component

    def several(*, InferenceComponentName: str) -> dict[str, Any]:  # noqa: N803 - as the API names it
        response = describe(InferenceComponentName=InferenceComponentName)
        del response["Specification"]
        return {**response, "Specifications": [{"ModelName": "other"}, {"ModelName": "model-new"}]}

    monkeypatch.setattr(aws.sagemaker, "describe_inference_component", several)

    assert aws.carry_out(verification(aws, InferenceComponents=COMPONENTS))["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Baking"])
def test_what_is_changing_is_waited_for_whatever_its_status_is_called(aws: SimulatedAws, status: str) -> None:
    show(aws, Shown(status, "config-old"), Shown("InService", "config-new", after=1200))

    answer, seconds = took(aws, verification(aws, "Update"))

    assert answer["Status"] == "SUCCESS"
    assert 1200 <= seconds < 1230


def test_an_update_that_is_rolled_back_under_its_eyes_fails(aws: SimulatedAws) -> None:
    show(
        aws,
        Shown("Updating", "config-old"),
        Shown("RollingBack", "config-old", after=600),
        Shown("InService", "config-old", after=1500),
    )

    answer, seconds = took(aws, verification(aws, "Update"))

    assert (answer["Status"], "runs the config config-old" in answer["Reason"]) == ("FAILED", True)
    assert 1560 <= seconds < 1620


def test_one_look_at_what_was_there_before_decides_nothing(aws: SimulatedAws) -> None:
    show(aws, ROLLED_BACK, Shown("InService", "config-new", after=10))

    answer, seconds = took(aws, verification(aws, "Update"))

    assert answer["Status"] == "SUCCESS"
    assert seconds < 40


def test_looks_that_are_apart_do_not_add_up_to_a_minute(aws: SimulatedAws) -> None:
    """A replica that is behind shows the old config before the update, and once more after it."""
    show(
        aws,
        Shown("InService", "config-old"),
        Shown("Updating", "config-old", after=20),
        Shown("InService", "config-old", after=500),
        Shown("InService", "config-new", after=530),
    )

    assert aws.carry_out(verification(aws, "Update"))["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", ["OutOfService", "Failed", "UpdateRollbackFailed"])
def test_an_endpoint_that_does_not_serve_fails_and_says_why(aws: SimulatedAws, status: str) -> None:
    show(aws, Shown(status, "config-new", reason="no capacity."))

    answer, seconds = took(aws, verification(aws))

    assert answer["Status"] == "FAILED"
    assert f"endpoint llama is {status}: no capacity, so it does not serve" in answer["Reason"]
    assert "aws sagemaker describe-endpoint --endpoint-name llama --region us-east-1" in answer["Reason"]
    assert 60 <= seconds < 120


@pytest.mark.parametrize("missing", MISSING_WORDINGS, ids=str)
def test_an_endpoint_that_does_not_exist_fails_after_a_minute(
    in_dialect: Callable[..., SimulatedAws], missing: Wording
) -> None:
    aws = in_dialect(missing_job=missing)
    begin_update(aws)

    answer, seconds = took(aws, verification(aws))

    assert answer["Status"] == "FAILED"
    assert "endpoint llama does not exist, so it does not serve what was deployed" in answer["Reason"]
    assert 60 <= seconds < 120


def test_an_endpoint_that_is_not_seen_at_first_is_verified(aws: SimulatedAws) -> None:
    show(aws, Shown("InService", "config-new", after=30))

    assert aws.carry_out(verification(aws))["Status"] == "SUCCESS"


def test_a_component_that_does_not_exist_fails(aws: SimulatedAws) -> None:
    show(aws, IN_SERVICE)

    answer = aws.carry_out(verification(aws, InferenceComponents=COMPONENTS))

    assert "inference component Copies does not exist" in answer["Reason"]
    assert "describe-inference-component --inference-component-name Copies" in answer["Reason"]


@pytest.mark.promise("A rollback is a return: the endpoint does not serve what it served")
@pytest.mark.parametrize(
    "state",
    [ROLLED_BACK, Shown("Updating", "config-old"), Shown("Failed", "config-old"), None],
    ids=["another config", "updating", "failed", "missing"],
)
def test_a_stack_that_goes_back_gets_a_success_whatever_runs(aws: SimulatedAws, state: Shown | None) -> None:
    if state is not None:
        show(aws, state)
    aws.stack_status = BACK

    answer, seconds = took(aws, verification(aws, "Update"))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "models/Verify")
    assert seconds < 90


@pytest.mark.promise("A rollback is a return: nobody may look at the endpoint")
@pytest.mark.parametrize("operation", ["DescribeEndpoint", "DescribeInferenceComponent"])
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDeniedException", "not authorized because no identity-based policy allows it"),
        ("AccessDeniedException", "not authorized with an explicit deny in a service control policy"),
        ("ThrottlingException", "Rate exceeded"),
        ("ValidationException", "1 validation error detected"),
    ],
)
def test_a_stack_that_goes_back_gets_a_success_although_nobody_may_look(
    aws: SimulatedAws, operation: str, code: str, message: str
) -> None:
    show(aws, IN_SERVICE)
    aws.faults.fail(operation, code, message, times=9_999)
    aws.stack_status = BACK

    answer, seconds = took(aws, verification(aws, "Update", InferenceComponents=COMPONENTS))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "models/Verify")
    assert seconds < 90


def test_a_stack_that_turns_back_meanwhile_does_not_wait_for_its_endpoint(aws: SimulatedAws) -> None:
    show(aws, Shown("Updating", "config-old"))
    request = verification(aws, "Update")
    aws.send(request)
    aws.settle(300)
    aws.stack_status = BACK

    assert aws.wait_for_answer(request, within=120)["Status"] == "SUCCESS"


def test_a_rollback_that_is_not_seen_at_first_does_not_fail(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(aws, ROLLED_BACK)
    aws.stack_status = BACK
    stack_seen_as(monkeypatch, aws, {"StackStatus": "UPDATE_IN_PROGRESS"}, seconds=30)

    assert aws.carry_out(verification(aws, "Update"))["Status"] == "SUCCESS"


def test_the_rollback_of_the_update_before_does_not_end_the_waiting(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(aws, Shown("Updating", "config-old"), Shown("InService", "config-old", after=300))
    stack_seen_as(
        monkeypatch, aws, {"StackStatus": "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"}, seconds=30
    )

    assert aws.carry_out(verification(aws, "Update"))["Status"] == "FAILED"


def test_the_rollback_of_the_update_before_does_not_hide_one_of_the_endpoint(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(aws, ROLLED_BACK)
    stack_seen_as(
        monkeypatch, aws, {"StackStatus": "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"}, seconds=30
    )

    assert aws.carry_out(verification(aws, "Update"))["Status"] == "FAILED"


def test_an_endpoint_that_never_settles_fails_before_cloudformation_gives_up(aws: SimulatedAws) -> None:
    show(aws, Shown("Updating", "config-old"))

    answer, seconds = took(aws, verification(aws, "Update"))

    assert answer["Status"] == "FAILED"
    assert "gave up after 55 min: endpoint llama is Updating" in answer["Reason"]
    assert seconds < 3480


def test_a_shorter_limit_of_the_resource_is_kept(aws: SimulatedAws) -> None:
    show(aws, Shown("Updating", "config-old"))

    answer, seconds = took(aws, verification(aws, "Update", ServiceTimeout=600))

    assert (answer["Status"], seconds <= 580) == ("FAILED", True)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_throttling_and_a_permission_that_is_new_are_waited_out(aws: SimulatedAws, code: str) -> None:
    show(aws, IN_SERVICE)
    message = "not authorized to perform it because no identity-based policy allows it"
    aws.faults.fail("DescribeEndpoint", code, message, times=4)

    assert aws.carry_out(verification(aws))["Status"] == "SUCCESS"


def test_a_permission_that_does_not_come_is_named(aws: SimulatedAws) -> None:
    show(aws, IN_SERVICE)
    message = "not authorized to perform it because no identity-based policy allows it"
    aws.faults.fail("DescribeEndpoint", "AccessDeniedException", message, times=99)

    answer = aws.carry_out(verification(aws))

    assert answer["Status"] == "FAILED"
    assert "DescribeEndpoint: AccessDeniedException: not authorized" in answer["Reason"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"EndpointName": ""}, "EndpointName must be a name or an ARN, got ''"),
        ({"EndpointConfigName": f"{ARN}:endpoint-config/"}, "EndpointConfigName must be a name or an ARN"),
        ({"InferenceComponents": "Copies"}, "InferenceComponents must be a list of structures"),
        (
            {"InferenceComponents": [{**COMPONENTS[0], "Settings": {"MinMemoryRequiredInMb": "much"}}]},
            "Settings must be a structure of numbers",
        ),
        ({"InferenceComponents": [{"ModelName": "m"}]}, "InferenceComponentName must be a name or an ARN"),
        ({"Version": "9"}, "these properties have version '9'"),
    ],
)
def test_properties_that_are_not_understood_fail_at_once(
    aws: SimulatedAws, changes: dict[str, Any], named: str
) -> None:
    request = verification(aws, **changes)
    aws.send(request)

    (answer,) = aws.answers[request["RequestId"]]
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "models/Llama3")
    assert named in answer["Reason"]


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_function_that_dies_looks_again(aws: SimulatedAws, dies: str) -> None:
    show(aws, Shown("Updating", "config-old"), Shown("InService", "config-new", after=100))
    (aws.faults.die_before if dies == "before" else aws.faults.die_after)("DescribeEndpoint", times=2)

    assert aws.carry_out(verification(aws))["Status"] == "SUCCESS"
