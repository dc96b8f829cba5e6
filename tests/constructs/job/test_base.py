"""Users hear of a job as they hear of everything else in the CDK: by a rule."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import JOB, make_job, new_app, resources_of, statements_of, template_of

METHODS = ("on_status_change", "on_completed", "on_failed")


def pattern_of(template: dict[str, Any]) -> dict[str, Any]:
    (rule,) = resources_of(template, "AWS::Events::Rule").values()
    pattern: dict[str, Any] = rule["Properties"]["EventPattern"]
    return pattern


def test_a_rule_hears_of_every_change_of_this_job_and_of_no_other() -> None:
    stack = cdk.Stack()
    make_job(stack).on_status_change("Changes")
    template = template_of(stack)

    (logical_id,) = resources_of(template, JOB)
    assert pattern_of(template) == {
        "source": ["cdk-sagemaker-optimization"],
        "detail-type": ["SageMaker Optimization Job Status Change"],
        "detail": {"StackId": [{"Ref": "AWS::StackId"}], "LogicalResourceId": [logical_id]},
    }


@pytest.mark.parametrize(
    ("method", "statuses"), [("on_completed", ["COMPLETED"]), ("on_failed", ["FAILED", "STOPPED"])]
)
def test_a_rule_hears_of_one_end_only(method: str, statuses: list[str]) -> None:
    stack = cdk.Stack()
    getattr(make_job(stack), method)("End")

    assert pattern_of(template_of(stack))["detail"]["OptimizationJobStatus"] == statuses


@pytest.mark.parametrize("method", METHODS)
def test_a_rule_takes_what_every_rule_of_the_cdk_takes(method: str) -> None:
    stack = cdk.Stack()
    topic = sns.Topic(stack, "Topic")
    rule = getattr(make_job(stack), method)(
        "Rule",
        target=targets.SnsTopic(topic),
        description="Says so",
        rule_name="says-so",
        event_pattern=events.EventPattern(region=["us-east-1"], detail={"StackName": ["app"]}),
    )
    rule.add_target(targets.SnsTopic(sns.Topic(stack, "Another")))
    template = template_of(stack)

    assert isinstance(rule, events.Rule)
    (resource,) = resources_of(template, "AWS::Events::Rule").values()
    assert (resource["Properties"]["Description"], resource["Properties"]["Name"]) == ("Says so", "says-so")
    assert len(resource["Properties"]["Targets"]) == 2
    pattern = pattern_of(template)
    assert pattern["region"] == ["us-east-1"]
    assert pattern["detail"]["StackName"] == ["app"]
    assert "LogicalResourceId" in pattern["detail"]


@pytest.mark.parametrize("method", METHODS)
def test_an_option_that_no_rule_has_is_an_error(method: str) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'taget'"):
        getattr(make_job(cdk.Stack()), method)("Rule", taget=None)


@pytest.mark.parametrize(
    ("method", "pattern", "member"),
    [
        ("on_failed", {"detail": {"OptimizationJobStatus": ["STOPPED"]}}, "detail.OptimizationJobStatus"),
        (
            "on_completed",
            {"detail": {"OptimizationJobStatus": [{"anything-but": "FAILED"}]}},
            "detail.OptimizationJobStatus",
        ),
        ("on_status_change", {"detail": {"StackId": ["another"]}}, "detail.StackId"),
        ("on_status_change", {"source": ["aws.sagemaker"]}, "source"),
        ("on_status_change", {"detail_type": ["Another"]}, "detail_type"),
    ],
)
def test_a_pattern_that_would_let_more_events_through_is_refused(
    method: str, pattern: dict[str, Any], member: str
) -> None:
    job = make_job(cdk.Stack())
    message = rf"^the event_pattern of Rule must be without {member}, because .*, got \[.*: leave it out"
    for given in (events.EventPattern(**pattern), pattern):
        with pytest.raises(ValueError, match=message):
            getattr(job, method)("Rule", event_pattern=given)


def test_a_rule_of_the_users_own_choice_of_statuses_hears_of_these_alone() -> None:
    stack = cdk.Stack()
    pattern = events.EventPattern(
        source=["cdk-sagemaker-optimization"], detail={"OptimizationJobStatus": ["STOPPED"]}
    )
    make_job(stack).on_status_change("Stopped", event_pattern=pattern)

    found = pattern_of(template_of(stack))
    assert found["detail"]["OptimizationJobStatus"] == ["STOPPED"]
    assert found["source"] == ["cdk-sagemaker-optimization"]


def test_a_rule_is_there_before_the_job_so_that_it_misses_nothing() -> None:
    stack = cdk.Stack()
    job = make_job(stack)
    job.on_status_change("Changes")
    template = template_of(stack)

    (rule,) = resources_of(template, "AWS::Events::Rule").values()
    (logical_id,) = resources_of(template, JOB)
    assert "DependsOn" not in rule
    assert "Fn::GetAtt" not in str(rule)
    assert {"Ref": logical_id} not in rule["Properties"]["EventPattern"]["detail"].values()


def test_a_rule_for_a_target_of_another_stack_can_belong_to_that_stack() -> None:
    app = new_app()
    jobs, others = cdk.Stack(app, "Jobs"), cdk.Stack(app, "Others")
    topic = sns.Topic(others, "Topic")
    make_job(jobs).on_failed("Failed", target=targets.SnsTopic(topic), cross_stack_scope=others)

    pattern = pattern_of(template_of(others))
    assert "Fn::ImportValue" in str(pattern["detail"]["StackId"])
    assert resources_of(template_of(jobs), "AWS::Events::Rule") == {}


@pytest.mark.parametrize("method", METHODS)
def test_what_happens_to_an_imported_job_can_be_heard_by_its_arn(method: str) -> None:
    stack = cdk.Stack()
    arn = "arn:aws:sagemaker:us-east-1:111122223333:optimization-job/llama"
    imported = optimization.OptimizationJob.from_optimization_job_arn(stack, "Imported", arn)
    getattr(imported, method)("Rule")

    assert pattern_of(template_of(stack))["detail"]["OptimizationJobArn"] == [arn]


def test_the_function_may_put_these_events_on_the_default_bus_and_no_others() -> None:
    stack = cdk.Stack()
    make_job(stack)
    template = template_of(stack)

    (statement,) = [
        s
        for s in statements_of(template, "OptimizationJobProviderFunctionRole")
        if "events" in str(s["Action"])
    ]
    assert statement["Action"] == "events:PutEvents"
    assert "event-bus/default" in str(statement["Resource"])
    assert statement["Condition"] == {
        "StringEquals": {
            "events:source": "cdk-sagemaker-optimization",
            "events:detail-type": "SageMaker Optimization Job Status Change",
        }
    }
