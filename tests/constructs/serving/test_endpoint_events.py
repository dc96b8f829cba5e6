"""Rules for the events that SageMaker sends about an endpoint."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns

from tests.constructs.serving.endpoint_support import make_endpoint
from tests.constructs.support import new_app, properties_of, resources_of, template_of

RULE = "AWS::Events::Rule"
STATE = "SageMaker Endpoint State Change"
DEPLOYMENT = "SageMaker Endpoint Deployment State Change"


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(new_app(), "models")


def rule_of(stack: cdk.Stack) -> dict[str, Any]:
    return properties_of(template_of(stack), RULE)


@pytest.mark.parametrize(
    ("method", "types", "statuses"),
    [
        ("on_status_change", [STATE], None),
        ("on_in_service", [STATE], ["IN_SERVICE", "InService"]),
        (
            "on_update_failed",
            [STATE, DEPLOYMENT],
            ["ROLLING_BACK", "RollingBack", "UPDATE_ROLLBACK_FAILED", "UpdateRollbackFailed"],
        ),
        ("on_failed", [STATE], ["FAILED", "Failed"]),
        ("on_deployment_change", [DEPLOYMENT], None),
    ],
)
def test_a_rule_matches_the_endpoint_and_both_ways_to_write_a_status(
    stack: cdk.Stack, method: str, types: list[str], statuses: list[str] | None
) -> None:
    getattr(make_endpoint(stack, endpoint_name="chat"), method)("Rule")

    detail = {"EndpointName": ["chat"], **({"EndpointStatus": statuses} if statuses else {})}
    assert rule_of(stack)["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": types,
        "detail": detail,
    }


def test_a_name_with_capitals_is_matched_in_both_spellings(stack: cdk.Stack) -> None:
    make_endpoint(stack, endpoint_name="Chat").on_status_change("Rule")
    assert rule_of(stack)["EventPattern"]["detail"]["EndpointName"] == ["Chat", "chat"]


def test_a_rule_does_not_wait_for_the_endpoint_whose_beginning_it_would_miss(stack: cdk.Stack) -> None:
    make_endpoint(stack).on_status_change("Rule")
    assert "GetAtt" not in str(rule_of(stack)["EventPattern"])
    assert "AWS::StackId" in str(rule_of(stack)["EventPattern"])


def test_a_rule_takes_what_every_rule_of_the_cdk_takes(stack: cdk.Stack) -> None:
    other = cdk.Stack(stack.node.root, "others")  # type: ignore[arg-type]
    make_endpoint(stack, endpoint_name="chat").on_failed(
        "Rule",
        target=targets.SnsTopic(sns.Topic(other, "Topic")),
        description="Chat is gone",
        rule_name="chat-failed",
        event_pattern=events.EventPattern(account=["111122223333"]),
        cross_stack_scope=other,
    )
    assert resources_of(template_of(stack), RULE) == {}
    rule = rule_of(other)
    assert (rule["Description"], rule["Name"], len(rule["Targets"])) == ("Chat is gone", "chat-failed", 1)
    assert rule["EventPattern"]["account"] == ["111122223333"]


def test_a_pattern_for_what_the_rule_itself_matches_is_an_error(stack: cdk.Stack) -> None:
    pattern = events.EventPattern(detail={"EndpointStatus": ["DELETING"]})
    with pytest.raises(ValueError, match=r"must be without detail\.EndpointStatus"):
        make_endpoint(stack).on_failed("Rule", event_pattern=pattern)


def test_the_variants_are_known_by_their_names(stack: cdk.Stack) -> None:
    endpoint = make_endpoint(stack)
    challenger = endpoint.add_variant("challenger", model=endpoint.variants["optimized"].model)
    assert list(endpoint.variants) == ["optimized", "challenger"]
    assert endpoint.variants["challenger"] is challenger


def test_an_option_that_no_rule_has_is_an_error(stack: cdk.Stack) -> None:
    with pytest.raises(TypeError, match="targets"):
        make_endpoint(stack).on_failed("Rule", targets=[])  # type: ignore[call-arg]
