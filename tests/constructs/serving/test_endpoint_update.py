"""How an endpoint changes to another model, and which alarms roll it back."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import botocore.loaders
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_optimization.serving import endpoint_update
from tests.constructs.serving.endpoint_support import (
    ALARM,
    COMPONENT,
    COMPONENTS,
    CONFIG,
    ENDPOINT,
    Endpoints,
    Hosting,
    Update,
    id_of,
    make_endpoint,
)
from tests.constructs.support import new_app, properties_of, template_of

_TEN = cdk.Duration.minutes(10)


def _alarm(stack: cdk.Stack, id: str = "Alarm") -> cloudwatch.IAlarm:
    return cloudwatch.Alarm.from_alarm_name(stack, id, f"{id}-of-another-stack")


def _deployment(stack: cdk.Stack, **props: Any) -> Any:
    make_endpoint(stack, **props)
    return properties_of(template_of(stack), ENDPOINT).get("DeploymentConfig")


def _blue_green(kept: int | None = None, **routing: Any) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "MaximumExecutionTimeoutInSeconds": 28800,
            **({} if kept is None else {"TerminationWaitInSeconds": kept}),
        }
    }


def _percent(value: Any) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def _batch(stack: cdk.Stack) -> Any:
    """The copies of a component that an update changes at a time."""
    deployment = properties_of(template_of(stack), COMPONENT)["DeploymentConfig"]
    return deployment["RollingUpdatePolicy"]["MaximumBatchSize"]


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (None, None),
        (Update.all_at_once(), _blue_green(Type="ALL_AT_ONCE", WaitIntervalInSeconds=0)),
        (Update.all_at_once(_TEN), _blue_green(600, Type="ALL_AT_ONCE", WaitIntervalInSeconds=600)),
        (
            Update.canary(30, _TEN),
            _blue_green(Type="CANARY", CanarySize=_percent(30), WaitIntervalInSeconds=600),
        ),
        (
            Update.linear(25, _TEN),
            _blue_green(Type="LINEAR", LinearStepSize=_percent(25), WaitIntervalInSeconds=600),
        ),
        (
            Update.rolling(5, _TEN),
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": _percent(5),
                    "WaitIntervalInSeconds": 600,
                    "MaximumExecutionTimeoutInSeconds": 28800,
                }
            },
        ),
    ],
    ids=["default", "all at once", "all at once and waiting", "canary", "linear", "rolling"],
)
def test_an_update_is_sagemakers(stack: cdk.Stack, update: Update | None, expected: Any) -> None:
    assert _deployment(stack, update=update) == expected


def test_alarms_roll_an_update_back(stack: cdk.Stack) -> None:
    deployment = _deployment(stack, update=Update.canary(10, _TEN), rollback_alarms=[_alarm(stack)])
    assert deployment["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "Alarm-of-another-stack"}]}


def test_alarms_alone_are_watched_for_ten_minutes(stack: cdk.Stack) -> None:
    deployment = _deployment(stack, rollback_alarms=[_alarm(stack)])
    policy = deployment["BlueGreenUpdatePolicy"]
    assert policy["TrafficRoutingConfiguration"] == {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 600}
    assert policy["TerminationWaitInSeconds"] == 600


def test_an_alarm_on_a_metric_of_the_endpoint_can_be_added_later(stack: cdk.Stack) -> None:
    endpoint = make_endpoint(stack, update=Update.canary(10, _TEN))
    errors = endpoint.metric_invocation_5xx_errors(period=cdk.Duration.minutes(1))
    endpoint.add_rollback_alarm(errors.create_alarm(stack, "Errors", threshold=1, evaluation_periods=1))
    template = template_of(stack)
    alarms = properties_of(template, ENDPOINT)["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert alarms == [{"AlarmName": {"Ref": id_of(template, ALARM)}}]
    # The endpoint waits for the alarm, and not the alarm for the endpoint.
    assert id_of(template, ENDPOINT) not in str(properties_of(template, ALARM))


@pytest.mark.parametrize("chosen", [None, "chat"])
def test_an_alarm_that_waits_for_the_endpoint_is_an_error(stack: cdk.Stack, chosen: str | None) -> None:
    endpoint = make_endpoint(stack, endpoint_name=chosen)
    metric = cloudwatch.Metric(
        namespace="AWS/SageMaker",
        metric_name="Invocations",
        dimensions_map={"EndpointName": endpoint.endpoint_name},
    )
    endpoint.add_rollback_alarm(metric.create_alarm(stack, "Own", threshold=1, evaluation_periods=1))
    with pytest.raises(RuntimeError, match="the rollback alarm Stack/Own must not refer to Stack/Endpoint"):
        template_of(stack)


def test_an_alarm_of_math_that_waits_for_the_endpoint_is_an_error(stack: cdk.Stack) -> None:
    endpoint = make_endpoint(stack)
    metric = cloudwatch.Metric(
        namespace="AWS/SageMaker",
        metric_name="Invocations",
        dimensions_map={"EndpointName": endpoint.endpoint_name},
    )
    rate = cloudwatch.MathExpression(expression="m / 2", using_metrics={"m": metric})
    endpoint.add_rollback_alarm(rate.create_alarm(stack, "Own", threshold=1, evaluation_periods=1))
    with pytest.raises(RuntimeError, match="the rollback alarm Stack/Own must not refer to Stack/Endpoint"):
        template_of(stack)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_composite_alarm_of_one_that_waits_for_the_endpoint_is_an_error(
    stack: cdk.Stack, depth: int
) -> None:
    endpoint = make_endpoint(stack)
    metric = cloudwatch.Metric(
        namespace="AWS/SageMaker",
        metric_name="Invocations",
        dimensions_map={"EndpointName": endpoint.endpoint_name},
    )
    alarm: cloudwatch.IAlarm = metric.create_alarm(stack, "Own", threshold=1, evaluation_periods=1)
    for number in range(depth):
        rule = cloudwatch.AlarmRule.any_of(
            cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM),
            cloudwatch.AlarmRule.from_alarm(_alarm(stack, f"Other{number}"), cloudwatch.AlarmState.ALARM),
        )
        alarm = cloudwatch.CompositeAlarm(stack, f"Composite{number}", alarm_rule=rule)
    endpoint.add_rollback_alarm(alarm)
    expected = rf"rollback alarm Stack/Composite{depth - 1} must not refer to Stack/Endpoint.* Stack/Own does"
    with pytest.raises(RuntimeError, match=expected):
        template_of(stack)


def test_a_composite_alarm_of_the_endpoints_own_metrics_is_not(stack: cdk.Stack) -> None:
    endpoint = make_endpoint(stack)
    errors = endpoint.metric_invocation_5xx_errors().create_alarm(
        stack, "Errors", threshold=1, evaluation_periods=1
    )
    rule = cloudwatch.AlarmRule.from_alarm(errors, cloudwatch.AlarmState.ALARM)
    endpoint.add_rollback_alarm(cloudwatch.CompositeAlarm(stack, "Composite", alarm_rule=rule))
    alarms = properties_of(template_of(stack), ENDPOINT)["DeploymentConfig"]["AutoRollbackConfiguration"]
    assert len(alarms["Alarms"]) == 1


@pytest.mark.parametrize("kind", ["defined", "composite", "imported"])
def test_an_alarm_with_another_name_comes_with_another_config(kind: str) -> None:
    def config(name: str) -> str:
        stack = cdk.Stack(new_app(), "Stack")
        alarm: cloudwatch.IAlarm
        if kind == "imported":
            alarm = cloudwatch.Alarm.from_alarm_name(stack, "Alarm", name)
        elif kind == "composite":
            rule = cloudwatch.AlarmRule.from_string("ALARM(other)")
            alarm = cloudwatch.CompositeAlarm(stack, "Alarm", composite_alarm_name=name, alarm_rule=rule)
        else:
            metric = cloudwatch.Metric(namespace="Own", metric_name="Errors")
            alarm = metric.create_alarm(stack, "Alarm", alarm_name=name, threshold=1, evaluation_periods=1)
        make_endpoint(stack, rollback_alarms=[alarm])
        return id_of(template_of(stack), CONFIG)

    assert config("one") != config("other")
    assert config("one") == config("one")


def test_ten_alarms_are_the_most(endpoints: Endpoints) -> None:
    alarms = [_alarm(endpoints.stack, f"Alarm{number}") for number in range(11)]
    message = "rollback_alarms must have at most 10 items, got 11"
    assert endpoints.refusal(rollback_alarms=alarms).startswith(message)
    endpoint = endpoints.make(rollback_alarms=alarms[:10])
    with pytest.raises(ValueError, match=f"^{message}"):
        endpoint.add_rollback_alarm(alarms[10])


def test_no_alarm_is_an_error(endpoints: Endpoints) -> None:
    endpoint = endpoints.make()
    wrong: Any = "alarm"
    with pytest.raises(ValueError, match=r"^alarm must be an alarm, such as .*got 'alarm'"):
        endpoint.add_rollback_alarm(wrong)


class TestComponents:
    def test_its_copies_roll(self, stack: cdk.Stack) -> None:
        make_endpoint(
            stack, hosting=COMPONENTS, update=Update.rolling(50, _TEN), rollback_alarms=[_alarm(stack)]
        )
        template = template_of(stack)
        assert properties_of(template, COMPONENT)["DeploymentConfig"] == {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": _percent(50),
                "WaitIntervalInSeconds": 600,
                "MaximumExecutionTimeoutInSeconds": 28800,
            },
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "Alarm-of-another-stack"}]},
        }
        assert "DeploymentConfig" not in properties_of(template, ENDPOINT)

    @pytest.mark.parametrize("copies", [2, 20])
    def test_with_alarms_alone_it_is_one_copy_after_the_other(self, stack: cdk.Stack, copies: int) -> None:
        hosting = Hosting.components(min_memory=cdk.Size.gibibytes(24), copies=copies)
        make_endpoint(stack, hosting=hosting, rollback_alarms=[_alarm(stack)])
        deployment = properties_of(template_of(stack), COMPONENT)["DeploymentConfig"]
        assert deployment["RollingUpdatePolicy"] == {
            "MaximumBatchSize": {"Type": "COPY_COUNT", "Value": 1},
            "WaitIntervalInSeconds": 600,
            "MaximumExecutionTimeoutInSeconds": 28800,
        }

    @pytest.mark.parametrize("copies", [None, 1, 21])
    def test_one_copy_is_no_part_that_the_api_allows_of_so_few_or_many(
        self, stack: cdk.Stack, copies: int | None
    ) -> None:
        hosting = Hosting.components(min_memory=cdk.Size.gibibytes(24), copies=copies)
        make_endpoint(stack, hosting=hosting, rollback_alarms=[_alarm(stack)])
        assert _batch(stack) == _percent(50)

    @pytest.mark.parametrize(
        ("least", "most", "expected"),
        [
            (2, 20, {"Type": "COPY_COUNT", "Value": 1}),
            (1, 20, _percent(50)),
            (0, 4, _percent(50)),
            (2, 21, _percent(50)),
        ],
    )
    def test_the_batch_suits_however_many_copies_scaling_has_chosen(
        self, stack: cdk.Stack, least: int, most: int, expected: dict[str, Any]
    ) -> None:
        endpoint = make_endpoint(stack, hosting=COMPONENTS, rollback_alarms=[_alarm(stack)])
        endpoint.auto_scale(min_capacity=least, max_capacity=most).scale_on_concurrency("Load", target=4)
        assert _batch(stack) == expected

    def test_so_it_does_for_numbers_that_are_known_only_at_deployment(self, stack: cdk.Stack) -> None:
        given = cdk.CfnParameter(stack, "Given", type="Number").value_as_number
        endpoint = make_endpoint(stack, hosting=COMPONENTS, rollback_alarms=[_alarm(stack)])
        most: Any = given
        endpoint.auto_scale(min_capacity=2, max_capacity=most).scale_on_concurrency("Load", target=4)
        assert _batch(stack) == _percent(50)

    def test_an_alarm_on_a_metric_of_the_component_can_be_added_later(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, hosting=COMPONENTS)
        errors = endpoint.metric_invocation_5xx_errors()
        endpoint.add_rollback_alarm(errors.create_alarm(stack, "Errors", threshold=1, evaluation_periods=1))
        template = template_of(stack)
        deployment = properties_of(template, COMPONENT)["DeploymentConfig"]
        alarm = id_of(template, ALARM)
        assert deployment["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": {"Ref": alarm}}]}
        assert id_of(template, COMPONENT) not in str(properties_of(template, ALARM))


def test_a_percentage_may_be_known_only_at_deployment(stack: cdk.Stack) -> None:
    percent: Any = cdk.Token.as_number(cdk.Fn.ref("Percent"))
    wait = cdk.Duration.seconds(cdk.Token.as_number(cdk.Fn.ref("Wait")))
    cdk.CfnParameter(stack, "Percent", type="Number")
    cdk.CfnParameter(stack, "Wait", type="Number")
    deployment = _deployment(stack, update=Update.linear(percent, wait))
    routing = deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["LinearStepSize"] == _percent({"Ref": "Percent"})
    assert routing["WaitIntervalInSeconds"] == {"Ref": "Wait"}


_WRONG: dict[str, Any] = {
    "percent of EndpointUpdate.canary must be a whole number from 1 to 50, got 51": lambda: Update.canary(
        51, _TEN
    ),
    "percent of EndpointUpdate.canary must be a whole number from 1 to 50, got 0": lambda: Update.canary(
        0, _TEN
    ),
    "percent of EndpointUpdate.linear must be a whole number from 10 to 50, got 9": lambda: Update.linear(
        9, _TEN
    ),
    "percent of EndpointUpdate.rolling must be a whole number from 5 to 50, got 4": lambda: Update.rolling(
        4, _TEN
    ),
    "percent of EndpointUpdate.rolling must be a whole number from 5 to 50, got 10.5": (
        lambda: Update.rolling(10.5, _TEN)  # type: ignore[arg-type]
    ),
    "percent of EndpointUpdate.rolling must be a whole number from 5 to 50, got True": (
        lambda: Update.rolling(True, _TEN)
    ),
    "duration must be between 0 seconds and 1 hour, got 61 minutes": lambda: Update.canary(
        10, cdk.Duration.minutes(61)
    ),
    "duration must be a Duration": lambda: Update.canary(10, 600),  # type: ignore[arg-type]
    "an update with EndpointUpdate.linear must take less than 8 hours, got 10 steps of 1 hour": (
        lambda: Update.linear(10, cdk.Duration.hours(1))
    ),
    "an update with EndpointUpdate.rolling must take less than 8 hours, got 20 steps of 30 minutes": (
        lambda: Update.rolling(5, cdk.Duration.minutes(30))
    ),
}


@pytest.mark.parametrize("message", _WRONG)
def test_what_the_api_does_not_allow_is_refused(message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        _WRONG[message]()
    assert str(error.value).startswith(message)


def test_the_limits_are_those_of_the_api() -> None:
    shapes = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")["shapes"]
    assert shapes["WaitIntervalInSeconds"]["max"] == endpoint_update.LONGEST_STEP
    assert shapes["MaximumExecutionTimeoutInSeconds"]["max"] == endpoint_update.LONGEST_UPDATE
    texts = {
        name: member["documentation"]
        for shape in ("TrafficRoutingConfig", "RollingUpdatePolicy", "InferenceComponentRollingUpdatePolicy")
        for name, member in shapes[shape]["members"].items()
    }
    assert "less than or equal to 50%" in texts["CanarySize"]
    assert "10-50%" in texts["LinearStepSize"]
    assert "between 5% to 50%" in texts["MaximumBatchSize"]
