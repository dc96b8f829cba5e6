"""What the CDK is asked once gives no other template than asking each time."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_sagemaker_optimization.checks.validation import is_unresolved
from tests.constructs.support import make_job, statements_of


def _template(app: cdk.App, *, skip_validation: bool = False) -> dict[str, Any]:
    assembly = app.synth(force=True, skip_validation=skip_validation)
    template: dict[str, Any] = assembly.get_stack_by_name("Stack").template
    return template


def _job(template: dict[str, Any]) -> dict[str, Any]:
    resources: list[dict[str, Any]] = list(template["Resources"].values())
    return next(each for each in resources if each["Type"] == "Custom::SageMakerOptimizationJob")


@pytest.mark.parametrize(
    "value",
    [
        "${Token[TOKEN.12]}",
        "s3://${Token[AWS.Region.3]}/",
        "${Token[]}",
        "Token[1]",
        "${Token[a b]}",
        "plain",
        0,
        -1.5,
        1e308,
        -1.8881545897087505e289,
        -1.888154589708754e289,
        -1.7e289,
    ],
)
def test_a_token_is_told_as_the_cdk_tells_it(value: str | float) -> None:
    assert is_unresolved(value) == cdk.Token.is_unresolved(value)


def test_a_second_synthesis_sees_what_changed_after_the_first(app: cdk.App, stack: cdk.Stack) -> None:
    job = make_job(stack)
    resource = job.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    assert "DeletionPolicy" not in _job(_template(app))
    resource.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.RETAIN
    stack.tags.set_tag("team", "inference")
    changed = _job(_template(app))
    assert changed["DeletionPolicy"] == "RetainExceptOnCreate"
    assert changed["Properties"]["Tags"] == [{"Key": "team", "Value": "inference"}]
    resource.cfn_options.deletion_policy = None
    assert "DeletionPolicy" not in _job(_template(app))
    resource.cfn_options.condition = cdk.CfnCondition(stack, "Condition")
    with pytest.raises(RuntimeError, match="the resources of this job must have one condition"):
        _template(app)


def test_a_job_is_kept_safely_without_the_checks_of_a_synthesis(app: cdk.App, stack: cdk.Stack) -> None:
    make_job(stack, removal_policy=cdk.RemovalPolicy.RETAIN)
    job = _job(_template(app, skip_validation=True))
    assert (job["DeletionPolicy"], job["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Delete")


def test_a_role_of_several_jobs_has_each_statement_once(app: cdk.App, stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    for number in range(3):
        make_job(stack, f"Job{number}", role=role)
    statements = [str(each) for each in statements_of(_template(app), "Role")]
    assert len(statements) == len(set(statements))
