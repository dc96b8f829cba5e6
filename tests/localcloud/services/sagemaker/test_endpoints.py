"""An endpoint serves a model, changes over without an interruption, and goes back if that fails."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.kernel.dialect import Dialect
from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.requests import ROLE_ARN
from tests.localcloud.services.sagemaker.served import Served, variant


@pytest.fixture
def served(cloud: LocalCloud) -> Served:
    return Served(cloud)


def canary(**members: Any) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                "WaitIntervalInSeconds": 600,
            },
            "TerminationWaitInSeconds": 120,
        },
        **members,
    }


def size(percent: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": percent}


def routing(kind: str, **members: Any) -> dict[str, Any]:
    return {"Type": kind, "WaitIntervalInSeconds": 60, **members}


def alarm(cloud: LocalCloud, name: str = "errors") -> dict[str, Any]:
    """An alarm, as the rollback configuration of a deployment."""
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Dimensions=[{"Name": "EndpointName", "Value": "chat"}],
    )
    return {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name}]}}


def goes_off(cloud: LocalCloud, name: str = "errors") -> None:
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")


def test_an_endpoint_is_in_service_as_soon_as_its_containers_have_started(served: Served) -> None:
    served.model()
    served.config()
    served.sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="first")
    assert served.status() == "Creating"
    assert "not found" in refusal(served.invoke)["Message"]

    served.cloud.clock.advance(600)

    assert served.status() == "InService"
    answer = served.invoke()
    assert answer["Artifact"] == "s3://models/first/"
    assert (answer["VariantName"], answer["ModelName"]) == ("optimized", "first")


def test_an_endpoint_needs_a_configuration_and_a_name_of_its_own(served: Served) -> None:
    served.endpoint("first")
    create = served.sagemaker.create_endpoint
    taken = refusal(create, EndpointName="chat", EndpointConfigName="first")
    missing = refusal(create, EndpointName="other", EndpointConfigName="nobody")

    arn = "arn:aws:sagemaker:us-east-1:123456789012"
    assert taken["Message"] == f'Cannot create already existing endpoint "{arn}:endpoint/chat".'
    assert missing["Message"] == f'Could not find endpoint configuration "{arn}:endpoint-config/nobody".'


def test_an_endpoint_whose_container_is_not_healthy_fails_and_can_only_be_deleted(served: Served) -> None:
    served.cloud.endpoints.fail_health_check(when="create")
    served.endpoint("first")

    assert served.status() == "Failed"
    assert "did not pass the ping health check" in served.described()["FailureReason"]
    assert "can only be deleted" in refusal(served.update, config="first")["Message"]
    served.sagemaker.delete_endpoint(EndpointName="chat")
    served.cloud.clock.advance(60)
    assert "Could not find endpoint" in refusal(served.described)["Message"]


def test_an_update_serves_without_an_interruption(served: Served) -> None:
    served.endpoint("first", "second")

    served.update("second")
    assert served.status() == "Updating"
    assert served.invoke()["ModelName"] == "first"
    pending = served.described()["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "second"
    served.cloud.clock.advance(600)

    assert served.status() == "InService"
    assert served.described()["EndpointConfigName"] == "second"
    assert served.invoke()["ModelName"] == "second"
    history = served.cloud.endpoints.endpoint("chat").history
    assert [(status, config) for _, status, config in history[1:]] == [
        ("InService", "first"),
        ("Updating", "first"),
        ("InService", "second"),
    ]


def test_no_change_begins_while_another_is_in_progress(served: Served) -> None:
    served.endpoint("first", "second")
    served.update("second")
    for call in (
        lambda: served.update("first"),
        lambda: served.sagemaker.delete_endpoint(EndpointName="chat"),
    ):
        assert "Cannot update in-progress endpoint" in refusal(call)["Message"]


def test_a_canary_gets_its_share_of_the_traffic_and_then_all(served: Served) -> None:
    served.endpoint("first", "second")
    served.update("second", DeploymentConfig=canary())
    served.cloud.clock.advance(300)
    models = [served.invoke()["ModelName"] for _ in range(8)]
    served.cloud.clock.advance(600)
    after = [served.invoke()["ModelName"] for _ in range(8)]

    assert (models.count("second"), after.count("second")) == (2, 8)
    assert served.status() == "Updating"
    served.cloud.clock.advance(720)
    assert served.status() == "InService"


@pytest.mark.parametrize(
    ("policy", "shares"),
    [
        (
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "LINEAR",
                        "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
                        "WaitIntervalInSeconds": 60,
                    }
                }
            },
            [(0, 0), (270, 4), (60, 8)],
        ),
        (
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
                    "WaitIntervalInSeconds": 60,
                }
            },
            [(0, 0), (270, 4), (60, 4), (240, 8)],
        ),
    ],
)
def test_an_update_in_steps_moves_the_traffic_step_by_step(
    served: Served, policy: dict[str, Any], shares: list[tuple[int, int]]
) -> None:
    served.endpoint("first", "second")
    served.update("second", DeploymentConfig=policy)
    for seconds, share in shares:
        served.cloud.clock.advance(seconds)
        assert [served.invoke()["ModelName"] for _ in range(8)].count("second") == share
    served.cloud.clock.advance(600)
    assert served.status() == "InService"


@pytest.mark.parametrize(
    "policy",
    [
        {"RollingUpdatePolicy": {"MaximumBatchSize": size(60), "WaitIntervalInSeconds": 60}},
        {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing("CANARY", CanarySize=size(51))}},
        {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing("LINEAR", LinearStepSize=size(9))}},
    ],
)
def test_a_step_of_a_size_that_sagemaker_does_not_know_is_refused(
    served: Served, policy: dict[str, Any]
) -> None:
    served.endpoint("first", "second")
    error = refusal(served.update, config="second", DeploymentConfig=policy)
    assert "percent, got" in error["Message"]


def test_several_variants_do_not_roll(served: Served) -> None:
    served.endpoint("first")
    served.config("both", variant("first", VariantName="optimized"), variant("first", VariantName="b"))
    policy = {"RollingUpdatePolicy": {"MaximumBatchSize": size(50), "WaitIntervalInSeconds": 60}}
    error = refusal(served.update, config="both", DeploymentConfig=policy)
    assert "one production variant, got 2" in error["Message"]


def test_an_alarm_while_the_canary_bakes_rolls_it_back(served: Served) -> None:
    served.endpoint("first", "second")
    served.update("second", DeploymentConfig=canary(**alarm(served.cloud)))
    served.cloud.clock.advance(300)

    goes_off(served.cloud)

    assert served.status() == "RollingBack"
    assert served.invoke()["ModelName"] == "first"
    served.cloud.clock.advance(60)
    assert served.status() == "InService"
    described = served.described()
    assert described["EndpointConfigName"] == "first"
    assert "alarm errors" in described["FailureReason"]


def test_an_alarm_that_metric_data_set_off_rolls_a_canary_back(served: Served) -> None:
    served.endpoint("first", "second")
    served.update("second", DeploymentConfig=canary(**alarm(served.cloud)))
    served.cloud.clock.advance(300)
    served.cloud.client("cloudwatch").put_metric_data(
        Namespace="AWS/SageMaker",
        MetricData=[
            {
                "MetricName": "Invocation5XXErrors",
                "Dimensions": [{"Name": "EndpointName", "Value": "chat"}],
                "Value": 5,
            }
        ],
    )
    served.cloud.clock.advance(200)
    assert served.described()["EndpointConfigName"] == "first"
    assert served.status() == "InService"


@pytest.mark.parametrize("bakes_in", ["WaitIntervalInSeconds", "TerminationWaitInSeconds"])
def test_an_update_all_at_once_bakes_in_one_of_two_waits(served: Served, bakes_in: Any) -> None:
    served.cloud.dialect = Dialect(all_at_once_bakes_in=bakes_in)
    served.endpoint("first", "second")
    routed = {"TrafficRoutingConfiguration": routing("ALL_AT_ONCE"), "TerminationWaitInSeconds": 600}
    served.update("second", DeploymentConfig={"BlueGreenUpdatePolicy": routed, **alarm(served.cloud)})
    # The new containers have started four minutes later. The interval of the routing is a minute.
    served.cloud.clock.advance(400)
    goes_off(served.cloud)
    served.cloud.clock.advance(900)
    rolled_back = bakes_in == "TerminationWaitInSeconds"
    assert served.described()["EndpointConfigName"] == ("first" if rolled_back else "second")


def test_an_alarm_before_or_after_the_baking_rolls_nothing_back(served: Served) -> None:
    served.endpoint("first", "second")
    served.update("second", DeploymentConfig=canary(**alarm(served.cloud)))
    served.cloud.clock.advance(240 + 600 + 600 + 10)
    goes_off(served.cloud)
    served.cloud.clock.advance(600)
    assert (served.status(), served.described()["EndpointConfigName"]) == ("InService", "second")


@pytest.mark.parametrize("silently", [False, True])
def test_an_update_whose_container_is_not_healthy_returns_to_the_old_model(
    served: Served, silently: bool
) -> None:
    served.endpoint("first", "second")
    served.cloud.endpoints.fail_health_check(when="update", silently=silently)
    served.update("second")
    served.cloud.clock.advance(300)
    assert served.status() == "RollingBack"
    served.cloud.clock.advance(60)

    described = served.described()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "first")
    assert ("FailureReason" in described) is not silently
    assert served.invoke()["ModelName"] == "first"


def test_a_lack_of_capacity_says_so(served: Served) -> None:
    served.cloud.endpoints.no_capacity()
    served.endpoint("first")
    assert "InsufficientInstanceCapacity" in served.described()["FailureReason"]


def test_an_update_that_takes_too_long_is_rolled_back(served: Served) -> None:
    served.endpoint("first", "second")
    served.cloud.endpoints.slow_start(3_000, when="update")
    config = canary()
    config["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 1_800
    served.update("second", DeploymentConfig=config)
    served.cloud.clock.advance(2_900)
    assert served.status() == "Updating"
    served.cloud.clock.advance(1_000)
    assert served.described()["EndpointConfigName"] == "first"
    assert "MaximumExecutionTimeoutInSeconds" in served.described()["FailureReason"]


def test_variants_are_chosen_by_their_weights(served: Served) -> None:
    for name in ("first", "second"):
        served.model(name)
    served.config(
        "both",
        variant("first", VariantName="a", InitialVariantWeight=3.0),
        variant("second", VariantName="b", InitialVariantWeight=1.0),
    )
    served.sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="both")
    served.cloud.clock.advance(600)

    assert [served.invoke()["VariantName"] for _ in range(8)].count("a") == 6
    assert served.invoke(TargetVariant="b")["ModelName"] == "second"
    assert "Variant c" in refusal(served.invoke, TargetVariant="c")["Message"]


@pytest.mark.parametrize(
    ("members", "count", "weight"),
    [
        ({}, 1, 1.0),
        ({"RetainAllVariantProperties": True}, 3, 0.5),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            },
            3,
            1.0,
        ),
    ],
)
def test_an_update_keeps_what_scaling_did_only_if_it_is_to_be_retained(
    served: Served, members: dict[str, Any], count: int, weight: float
) -> None:
    served.endpoint("first", "second")
    served.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="chat",
        DesiredWeightsAndCapacities=[
            {"VariantName": "optimized", "DesiredWeight": 0.5, "DesiredInstanceCount": 3}
        ],
    )
    served.cloud.clock.advance(600)
    served.update("second", **members)
    served.cloud.clock.advance(600)
    shown = served.described()["ProductionVariants"][0]
    assert (shown["CurrentInstanceCount"], shown["CurrentWeight"]) == (count, weight)


def test_an_endpoint_whose_configuration_was_deleted_serves_on_and_cannot_be_updated(served: Served) -> None:
    served.endpoint("first", "second")
    served.sagemaker.delete_endpoint_config(EndpointConfigName="first")
    served.sagemaker.delete_model(ModelName="first")
    served.cloud.clock.advance(600)

    assert served.invoke()["ModelName"] == "first"
    error = refusal(served.update, config="second")
    assert error["Message"].startswith("Could not find endpoint configuration")
    assert error["Message"].endswith('endpoint-config/first".')


def test_a_configuration_whose_model_was_deleted_starts_nothing(served: Served) -> None:
    served.endpoint("first", "second")
    served.sagemaker.delete_model(ModelName="second")
    served.update("second")
    served.cloud.clock.advance(600)
    assert served.described()["EndpointConfigName"] == "first"
    assert "Could not find model" in served.described()["FailureReason"]


def test_the_configuration_that_runs_may_be_refused_for_an_update(served: Served) -> None:
    served.endpoint("first")
    served.update("first")
    served.cloud.clock.advance(600)
    assert served.status() == "InService"

    served.cloud.dialect = Dialect(update_to_same_config="refused")
    assert "already uses" in refusal(served.update, config="first")["Message"]


@pytest.mark.parametrize("answer", ["accepted", "refused"])
def test_an_update_to_components_may_be_refused(served: Served, answer: Any) -> None:
    served.cloud.dialect = Dialect(update_to_other_hosting=answer)
    served.endpoint("first")
    served.config("host", variant(None), ExecutionRoleArn=ROLE_ARN)
    if answer == "refused":
        assert "run inference components" in refusal(served.update, config="host")["Message"]
        return
    served.update("host")
    served.cloud.clock.advance(600)
    assert served.described()["EndpointConfigName"] == "host"


@pytest.mark.parametrize("lists", ["list_models", "list_endpoints", "list_inference_components"])
def test_what_serves_is_not_listed(served: Served, lists: str) -> None:
    served.endpoint("first")
    assert refusal(getattr(served.sagemaker, lists))["Code"] == "NotImplemented"


def test_a_lost_response_and_throttling_strike_endpoints_too(served: Served) -> None:
    served.endpoint("first")
    served.cloud.optimization_jobs.throttle("DescribeEndpoint", times=1, name_prefix="chat")
    assert refusal(served.described)["Code"] == "ThrottlingException"
    assert served.status() == "InService"
