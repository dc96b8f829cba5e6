"""Jobs that are there only under a condition of the template."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from constructs import IConstruct

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import JOB, LEG, make_job, resources_of, statements_of, template_of, warnings_of

_FUNCTION_ROLE = "OptimizationJobProviderFunctionRole"
_FUNCTION_ROLE_ARN = {"Fn::GetAtt": ["OptimizationJobProviderFunctionRole1741243E", "Arn"]}
_NOTHING = {"Ref": "AWS::NoValue"}


def _condition(stack: cdk.Stack, id: str = "Wanted") -> cdk.CfnCondition:
    return cdk.CfnCondition(stack, id, expression=cdk.Fn.condition_equals(cdk.Aws.REGION, "us-east-1"))


def _put_under(condition: cdk.CfnCondition, construct: IConstruct) -> None:
    for each in construct.node.find_all():
        if isinstance(each, cdk.CfnResource):
            each.cfn_options.condition = condition


@jsii.implements(cdk.IAspect)
class _PutUnder:
    def __init__(self, condition: cdk.CfnCondition) -> None:
        self._condition = condition

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource):
            node.cfn_options.condition = self._condition


def _roles_to_pass(stack: cdk.Stack) -> list[Any]:
    (statement,) = [
        statement
        for statement in statements_of(template_of(stack), _FUNCTION_ROLE)
        if statement["Action"] == "iam:PassRole"
    ]
    found = statement["Resource"]
    return found if isinstance(found, list) else [found]


def _unconditional_references(template: dict[str, Any]) -> set[str]:
    """The resources under a condition that one without refers to, outside of the condition."""
    conditional = {name for name, body in template["Resources"].items() if "Condition" in body}
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "Fn::If" in value:
                return
            found.update({value["Ref"]} if set(value) == {"Ref"} else ())
            found.update({value["Fn::GetAtt"][0]} if set(value) == {"Fn::GetAtt"} else ())
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                walk(item)

    for name, body in template["Resources"].items():
        if name not in conditional:
            walk(body["Properties"])
            needed = body.get("DependsOn", [])
            found.update([needed] if isinstance(needed, str) else needed)
    return found & conditional


def test_nothing_that_is_always_there_refers_to_a_job_that_may_not_be(stack: cdk.Stack) -> None:
    _put_under(_condition(stack), make_job(stack, optimization_job_name="mine"))
    template = template_of(stack)
    assert {body["Condition"] for body in resources_of(template, JOB).values()} == {"Wanted"}
    assert _unconditional_references(template) == set()
    assert warnings_of(stack) == []


def test_a_role_is_passed_under_its_own_condition(stack: cdk.Stack) -> None:
    make_job(stack, "Always")
    _put_under(_condition(stack, "One"), make_job(stack, "First"))
    _put_under(_condition(stack, "Two"), make_job(stack, "Second"))
    always, first, second = _roles_to_pass(stack)
    assert "Fn::GetAtt" in always
    assert (first["Fn::If"][0], first["Fn::If"][2]) == ("One", _NOTHING)
    assert (second["Fn::If"][0], second["Fn::If"][2]) == ("Two", _NOTHING)


def test_the_statement_is_never_without_resources(stack: cdk.Stack) -> None:
    """IAM refuses one. The function's own role stands in, which SageMaker cannot take on."""
    _put_under(_condition(stack, "One"), make_job(stack, "First"))
    _put_under(_condition(stack, "Two"), make_job(stack, "Second"))
    first, second = _roles_to_pass(stack)
    assert (first["Fn::If"][0], first["Fn::If"][2]) == ("One", _FUNCTION_ROLE_ARN)
    assert (second["Fn::If"][0], second["Fn::If"][2]) == ("Two", _NOTHING)


def test_a_condition_that_an_aspect_sets_counts(stack: cdk.Stack) -> None:
    cdk.Aspects.of(make_job(stack)).add(_PutUnder(_condition(stack)))
    assert _unconditional_references(template_of(stack)) == set()


def test_sixty_jobs_under_conditions_fit(stack: cdk.Stack) -> None:
    condition = _condition(stack)
    for number in range(60):
        job = make_job(stack, f"Job{number}", completion=optimization.Completion.detached())
        _put_under(condition, job)
    assert _unconditional_references(template_of(stack)) == set()


@pytest.mark.parametrize("where", ["the job alone", "the role alone"])
def test_a_condition_on_a_part_of_a_job_is_an_error_that_says_how(stack: cdk.Stack, where: str) -> None:
    job = make_job(stack)
    part = job if where == "the job alone" else job.role
    resource = part.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.cfn_options.condition = _condition(stack)
    with pytest.raises(RuntimeError, match=r"this job must have one condition, .*find_all\(\)"):
        template_of(stack)


@pytest.mark.parametrize("part", [JOB, LEG])
def test_a_condition_by_an_override_is_an_error_that_says_how(stack: cdk.Stack, part: str) -> None:
    """Nobody can ask the job's role for its overrides, so the permission to pass it could not follow one."""
    job = make_job(stack)
    _condition(stack)
    resource = next(
        each
        for each in job.node.find_all()
        if isinstance(each, cdk.CfnResource) and each.cfn_resource_type == part
    )
    with pytest.raises(
        ValueError, match=r"must be set by cfn_options, got an override with 'Wanted', .*find_all"
    ):
        resource.add_override("Condition", "Wanted")
    resource.add_deletion_override("Condition")
    assert all("Condition" not in body for body in resources_of(template_of(stack), part).values())


def test_a_job_without_the_condition_of_its_role_is_an_error_that_says_how(stack: cdk.Stack) -> None:
    role = optimization.OptimizationRole(stack, "Role")
    make_job(stack, role=role)
    _put_under(_condition(stack), role)
    with pytest.raises(
        RuntimeError,
        match=r"must have the condition of its role, got Wanted of Stack/Role/Resource: .*find_all\(\)",
    ):
        template_of(stack)


def test_a_job_and_a_role_outside_of_it_have_one_condition(stack: cdk.Stack) -> None:
    role = optimization.OptimizationRole(stack, "Role")
    condition = _condition(stack)
    _put_under(condition, role)
    _put_under(condition, make_job(stack, role=role))
    assert _unconditional_references(template_of(stack)) == set()
    assert warnings_of(stack) == []


def test_another_condition_of_its_role_than_the_jobs_is_a_warning(stack: cdk.Stack) -> None:
    """The one may imply the other."""
    role = optimization.OptimizationRole(stack, "Role")
    _put_under(_condition(stack, "One"), role)
    _put_under(_condition(stack, "Two"), make_job(stack, role=role))
    assert _unconditional_references(template_of(stack)) == set()
    (warning,) = warnings_of(stack)
    assert "the job has the condition Two, and its role another one, One of Stack/Role/Resource" in warning
