"""The function may manage the models of its own stacks, and look at the endpoints that it verifies."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IConstruct, IDependable

from cdk_sagemaker_optimization import OptimizationJobProvider
from tests.constructs.support import (
    allowed,
    flat,
    inline_policy_size,
    make_job,
    new_app,
    resources_of,
    statements_of,
    template_of,
)

FUNCTION_ROLE = "OptimizationJobProviderFunction"
MODEL_ACTIONS = {
    "sagemaker:AddTags",
    "sagemaker:CreateModel",
    "sagemaker:DeleteModel",
    "sagemaker:DeleteTags",
    "sagemaker:DescribeModel",
}


def stack_named(name: str = "App") -> cdk.Stack:
    return cdk.Stack(new_app(), "Stack", stack_name=name)


def serving_role(scope: Construct, id: str = "ServingRole") -> iam.Role:
    return iam.Role(scope, id, assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))


def model(scope: Construct, id: str = "Model", **props: Any) -> tuple[Construct, list[IDependable]]:
    """A model in the eyes of the provider, and what its resource has to wait for."""
    construct = Construct(scope, id)
    provider = props.pop("provider", None) or OptimizationJobProvider.for_stack(scope)
    return construct, provider.serve_model(construct, role=serving_role(construct))


def endpoint(scope: Construct, id: str = "Endpoint", **props: Any) -> sagemaker.CfnEndpoint:
    return sagemaker.CfnEndpoint(scope, id, endpoint_config_name="config", **props)


def actions_of(statements: list[dict[str, Any]]) -> set[str]:
    listed = [s["Action"] if isinstance(s["Action"], list) else [s["Action"]] for s in statements]
    return {action for actions in listed for action in actions}


def logical_id(stack: cdk.Stack, construct: IConstruct) -> str:
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    return stack.get_logical_id(resource)


def policies_for(template: dict[str, Any], action: str) -> list[str]:
    """The logical ids of the policies that allow an action."""
    return [
        logical_id
        for type_ in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for logical_id, policy in resources_of(template, type_).items()
        if action in actions_of(policy["Properties"]["PolicyDocument"]["Statement"])
    ]


def test_a_model_may_be_managed_under_the_names_of_its_stack_and_no_other() -> None:
    stack = stack_named("app")
    model(stack)
    template = template_of(stack)
    statements = statements_of(template, FUNCTION_ROLE)

    resources = {action: allowed(statements, action) for action in MODEL_ACTIONS}
    assert {tuple(names) for names in resources.values()} == {
        ("arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:model/app--*",)
    }
    pattern = resources["sagemaker:CreateModel"][0].rpartition("/")[2]
    assert fnmatchcase("app--model-0123456789abcdef", pattern)
    assert not fnmatchcase("app-prod--model-0123456789abcdef", pattern)


def test_a_stack_with_models_alone_has_no_permission_for_jobs() -> None:
    stack = stack_named()
    model(stack)
    actions = actions_of(statements_of(template_of(stack), FUNCTION_ROLE))

    assert {each for each in actions if each.startswith("sagemaker:")} == MODEL_ACTIONS
    assert {"cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"} <= actions


def test_a_stack_with_jobs_alone_has_no_permission_for_models_or_endpoints() -> None:
    stack = stack_named()
    make_job(stack)
    actions = actions_of(statements_of(template_of(stack), FUNCTION_ROLE))

    assert not {each for each in actions if re.search("Model|Endpoint|Component", each)}


def test_the_role_of_a_model_may_be_passed_to_sagemaker_alone() -> None:
    stack = stack_named()
    construct, _ = model(stack)
    statements = statements_of(template_of(stack), FUNCTION_ROLE)
    (passing,) = [each for each in statements if each["Action"] == "iam:PassRole"]

    role = logical_id(stack, construct.node.find_child("ServingRole"))
    assert flat(passing["Resource"]) == f"${{{role}.Arn}}"
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_the_permission_for_models_outlives_each_of_them() -> None:
    """CloudFormation deletes a policy that leaves the template only after what depends on it."""
    stack = stack_named()
    dependencies = [model(stack, id)[1] for id in ("One", "Two")]
    (policy,) = policies_for(template_of(stack), "sagemaker:DeleteModel")

    for needed in dependencies:
        assert policy in [logical_id(stack, each) for each in needed if isinstance(each, iam.Policy)]


def test_a_job_and_a_model_share_the_statement_of_the_roles_that_are_passed() -> None:
    stack = stack_named()
    make_job(stack)
    model(stack)

    assert len(policies_for(template_of(stack), "iam:PassRole")) == 1


def test_a_verification_may_look_at_its_endpoint_and_its_components_alone() -> None:
    stack = stack_named()
    served = endpoint(stack)
    # The oldest CDK that is supported has a class with other required props.
    component = cdk.CfnResource(stack, "Component", type="AWS::SageMaker::InferenceComponent")
    provider = OptimizationJobProvider.for_stack(stack)
    provider.verify(Construct(stack, "Verify"), endpoint_arn=served.ref, component_arns=[component.ref])
    statements = statements_of(template_of(stack), FUNCTION_ROLE)

    assert allowed(statements, "sagemaker:DescribeEndpoint") == ["${Endpoint}"]
    assert allowed(statements, "sagemaker:DescribeInferenceComponent") == ["${Component}"]
    assert {each for each in actions_of(statements) if each.startswith("sagemaker:")} == {
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeInferenceComponent",
    }
    assert "iam:PassRole" not in actions_of(statements)


def test_an_endpoint_with_a_chosen_name_may_be_looked_at_in_both_spellings() -> None:
    stack = stack_named()
    provider = OptimizationJobProvider.for_stack(stack)
    arn = stack.format_arn(service="sagemaker", resource="endpoint", resource_name="Llama-Prod")
    provider.verify(Construct(stack, "Verify"), endpoint_arn=arn)
    names = allowed(statements_of(template_of(stack), FUNCTION_ROLE), "sagemaker:DescribeEndpoint")

    assert [name.rpartition(":endpoint/")[2] for name in names] == ["Llama-Prod", "llama-prod"]


def test_an_endpoint_that_needs_a_model_makes_no_circle() -> None:
    stack = stack_named()
    make_job(stack)
    construct, needed = model(stack)
    served = endpoint(stack)
    resource = cdk.CfnResource(construct, "Resource", type="Custom::SageMakerModel")
    resource.node.add_dependency(*needed)
    served.add_dependency(resource)
    verification = Construct(stack, "Verify")
    provider = OptimizationJobProvider.for_stack(stack)
    verified = cdk.CfnResource(verification, "Resource", type="Custom::SageMakerEndpointVerification")
    verified.node.add_dependency(*provider.verify(verification, endpoint_arn=served.ref))

    template = template_of(stack)
    assert policies_for(template, "sagemaker:DescribeEndpoint") != policies_for(
        template, "sagemaker:CreateModel"
    )


def test_the_models_of_another_stack_have_their_permissions_there() -> None:
    app = new_app()
    home, away = cdk.Stack(app, "Home"), cdk.Stack(app, "Away")
    provider = OptimizationJobProvider.for_stack(home)
    model(away, provider=provider)
    template = template_of(away)

    (policy,) = policies_for(template, "sagemaker:CreateModel")
    resources = template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]
    assert ":model/away-" in flat(resources)


def test_managed_policies_hold_all_that_models_and_verifications_need() -> None:
    stack = stack_named()
    provider = OptimizationJobProvider.for_stack(stack, managed_policies=True)
    model(stack)
    provider.verify(Construct(stack, "Verify"), endpoint_arn=endpoint(stack).ref)
    template = template_of(stack)

    assert resources_of(template, "AWS::IAM::Policy") == {}
    for action in ("sagemaker:CreateModel", "sagemaker:DescribeEndpoint"):
        assert len(policies_for(template, action)) == 1


def verified(count: int, **props: Any) -> cdk.Stack:
    stack = stack_named()
    provider = OptimizationJobProvider.for_stack(stack, **props)
    model(stack)
    for number in range(count):
        provider.verify(Construct(stack, f"Verify{number}"), endpoint_arn=endpoint(stack, f"E{number}").ref)
    return stack


def test_as_many_endpoints_as_a_stack_has_fit_and_far_more_are_an_error() -> None:
    assert inline_policy_size(template_of(verified(20)), FUNCTION_ROLE) <= 10_240
    with pytest.raises(RuntimeError, match="the function's role has no room for its jobs"):
        template_of(verified(60))


def test_more_managed_policies_than_a_role_takes_are_an_error() -> None:
    template_of(verified(6, managed_policies=True))
    with pytest.raises(RuntimeError, match="IAM attaches 10 managed policies to a role, and they need 11"):
        template_of(verified(7, managed_policies=True))


def test_a_provider_of_another_region_is_an_error() -> None:
    app = new_app()
    there = cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    here = cdk.Stack(app, "Here", env=cdk.Environment(account="111122223333", region="us-east-1"))
    provider = OptimizationJobProvider.for_stack(there)

    with pytest.raises(ValueError, match=r"the provider of Here/Model must be in its Region, us-east-1, got"):
        model(here, provider=provider)
    with pytest.raises(ValueError, match=r"the provider of Here/Verify must be in its Region"):
        provider.verify(Construct(here, "Verify"), endpoint_arn="arn")
