"""What a company applies to its stacks from outside: aspects, boundaries, tags, removal policies, checks."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam
from constructs import IConstruct

import cdk_sagemaker_optimization as optimization
from tests.constructs.fit.support import synthesized
from tests.constructs.support import JOB, LEG, make_job, new_app, properties_of, resources_of, template_of


@jsii.implements(cdk.IAspect)
class EverythingIs:
    """Sets a removal policy on every resource, as aspects of companies do."""

    def __init__(self, policy: cdk.RemovalPolicy) -> None:
        self._policy = policy

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource):
            node.apply_removal_policy(self._policy)


@jsii.implements(cdk.IAspect)
class EverythingIsKeptByOptions:
    """Sets the options that CloudFormation itself has."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource):
            node.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.RETAIN
            node.cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.RETAIN


@jsii.implements(cdk.IAspect)
class EverythingIsKeptByOverrides:
    """Writes the policies into the template."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource):
            node.add_override("DeletionPolicy", "Retain")
            node.add_override("UpdateReplacePolicy", "Retain")


@jsii.implements(cdk.IAspect)
class NoRoleWithout:
    """A check: every role must have a permissions boundary."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, iam.CfnRole) and node.permissions_boundary is None:
            cdk.Annotations.of(node).add_error(f"{node.node.path} has no permissions boundary")


def _policies(template: dict[str, Any], resource_type: str) -> set[tuple[str, str]]:
    return {
        (resource.get("DeletionPolicy", ""), resource.get("UpdateReplacePolicy", ""))
        for resource in resources_of(template, resource_type).values()
    }


def _tags(template: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties_of(template).get("Tags", [])}


# --- permissions boundaries ---------------------------------------------------------------------------------


def _bounded_roles(template: dict[str, Any]) -> int:
    roles = resources_of(template, "AWS::IAM::Role").values()
    assert all("PermissionsBoundary" in role["Properties"] for role in roles)
    return len(roles)


@pytest.mark.newest_cdk  # an older one has no priorities of aspects
def test_a_boundary_from_outside_bounds_every_role(stack: cdk.Stack) -> None:
    make_job(stack)
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    iam.PermissionsBoundary.of(stack).apply(boundary)
    cdk.Aspects.of(stack).add(NoRoleWithout(), priority=900)
    assert _bounded_roles(template_of(stack)) == 3


def test_a_boundary_of_the_stage_bounds_every_role(app: cdk.App) -> None:
    boundary = cdk.PermissionsBoundary.from_name("boundary")
    make_job(cdk.Stack(cdk.Stage(app, "Prod", permissions_boundary=boundary), "Models"))
    assert _bounded_roles(synthesized(app)["Prod-Models"]) == 3


def test_a_check_from_outside_sees_every_role(stack: cdk.Stack) -> None:
    make_job(stack)
    cdk.Aspects.of(stack).add(NoRoleWithout())
    found = assertions.Annotations.from_stack(stack).find_error("*", assertions.Match.any_value())
    assert len(found) == 3


# --- removal policies ---------------------------------------------------------------------------------------


def _retained_by(how: str) -> dict[str, Any]:
    stack = cdk.Stack(new_app(), "Stack")
    retain = cdk.RemovalPolicy.RETAIN
    job = make_job(stack, removal_policy=retain if how == "prop" else None)
    if how == "method":
        job.apply_removal_policy(retain)
    elif how == "aspect":
        cdk.Aspects.of(stack).add(EverythingIs(retain))
    elif how == "resource":
        cdk.CfnResource.apply_removal_policy(_resource(job), retain)
    elif how == "options":
        cdk.Aspects.of(stack).add(EverythingIsKeptByOptions())
    elif how == "overrides":
        cdk.Aspects.of(stack).add(EverythingIsKeptByOverrides())
    elif how == "removal policies":
        cdk.RemovalPolicies.of(stack).retain()
    return template_of(stack)


def _resource(job: optimization.OptimizationJob) -> cdk.CfnResource:
    resource = job.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    return resource


_WAYS = ["prop", "method", "resource", "aspect", "options", "overrides"]


@pytest.mark.parametrize(
    "how",
    # An older CDK has no `RemovalPolicies`.
    [*_WAYS, pytest.param("removal policies", marks=pytest.mark.newest_cdk)],
)
def test_a_job_that_is_kept_does_not_run_on_when_its_deployment_is_rolled_back(how: str) -> None:
    assert _policies(_retained_by(how), JOB) == {("RetainExceptOnCreate", "Delete")}


def test_a_policy_to_replace_alone_keeps_no_job(stack: cdk.Stack) -> None:
    _resource(make_job(stack)).cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.RETAIN
    assert _policies(template_of(stack), JOB) == {("", "Delete")}


@pytest.mark.parametrize("how", ["options", "override"])
def test_a_snapshot_of_a_job_by_another_way_is_an_error(stack: cdk.Stack, how: str) -> None:
    resource = _resource(make_job(stack))
    message = r"the deletion policy of Stack/Job/Resource must be one of Delete, .* got S(NAPSHOT|napshot)"
    if how == "override":
        with pytest.raises(ValueError, match=rf"^{message}$"):
            resource.add_override("DeletionPolicy", "Snapshot")
        return
    resource.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.SNAPSHOT
    with pytest.raises(RuntimeError, match=message):
        template_of(stack)


def test_a_policy_that_only_the_deployment_knows_is_an_error(stack: cdk.Stack) -> None:
    message = r"^the deletion policy of Stack/Job/Resource must be one of Delete, .* got \{'Ref': 'Policy'\}$"
    with pytest.raises(ValueError, match=message):
        _resource(make_job(stack)).add_override("DeletionPolicy", {"Ref": "Policy"})


def test_a_policy_that_was_set_by_an_override_can_be_taken_back(stack: cdk.Stack) -> None:
    resource = _resource(make_job(stack))
    resource.add_override("DeletionPolicy", "Retain")
    resource.add_deletion_override("DeletionPolicy")
    assert _policies(template_of(stack), JOB) == {("", "")}


@pytest.mark.parametrize("waits", [True, False])
def test_a_nested_stack_that_is_kept_leaves_no_job_behind_that_runs(app: cdk.App, waits: bool) -> None:
    """A rollback keeps it as it is; a job that was waited for has ended by then."""
    nested = cdk.NestedStack(cdk.Stack(app, "Stack"), "Nested")
    completion = optimization.Completion
    make_job(nested, completion=completion.wait() if waits else completion.detached())
    cdk.Aspects.of(app).add(EverythingIsKeptByOptions())
    if waits:
        template_of(nested)
        return
    with pytest.raises(RuntimeError, match=r"the nested stack Stack/Nested must not have the deletion"):
        template_of(nested)


def test_an_aspect_decides_what_happens_to_everything_else() -> None:
    template = _retained_by("aspect")
    for resource_type in (LEG, "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::IAM::Role"):
        assert _policies(template, resource_type) == {("Retain", "Retain")}


def test_everything_can_be_destroyed(stack: cdk.Stack) -> None:
    make_job(stack, removal_policy=cdk.RemovalPolicy.RETAIN)
    cdk.Aspects.of(stack).add(EverythingIs(cdk.RemovalPolicy.DESTROY))
    assert _policies(template_of(stack), JOB) == {("Delete", "Delete")}


def test_a_job_without_a_policy_is_deleted(stack: cdk.Stack) -> None:
    make_job(stack)
    assert _policies(template_of(stack), JOB) == {("", "")}


def test_a_snapshot_of_a_job_is_an_error(stack: cdk.Stack) -> None:
    with pytest.raises(
        ValueError, match=r"^the removal policy of Stack/Job/Resource must be one of DESTROY, "
    ):
        make_job(stack, removal_policy=cdk.RemovalPolicy.SNAPSHOT)


# --- tags of the stack --------------------------------------------------------------------------------------


def test_tags_of_the_stack_reach_its_jobs_as_cloudformation_gives_them_to_other_resources(
    app: cdk.App,
) -> None:
    stack = cdk.Stack(app, "Stack", tags={"team": "inference", "stage": "test"})
    make_job(stack, tags={"stage": "job"})
    assert _tags(template_of(stack)) == {"team": "inference", "stage": "job"}


def test_tags_of_the_outer_stacks_reach_a_nested_job(app: cdk.App) -> None:
    parent = cdk.Stack(app, "Parent", tags={"team": "inference"})
    nested = cdk.NestedStack(parent, "Nested")
    make_job(nested)
    assert _tags(template_of(nested)) == {"team": "inference"}


def test_what_is_said_of_a_tag_around_the_job_comes_before_the_stacks(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", tags={"team": "one", "cost": "1", "stage": "test"})
    job = make_job(stack)
    cdk.Tags.of(app).add("team", "two")
    cdk.Tags.of(job).remove("cost")
    cdk.Tags.of(stack).add("stage", "prod", exclude_resource_types=[JOB])
    assert _tags(template_of(stack)) == {"team": "two"}


@pytest.mark.newest_cdk  # an older one refuses them
def test_tags_of_the_stack_that_are_known_only_at_deployment_reach_nothing() -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack", tags={"team": cdk.Aws.STACK_NAME, "stage": "test"})
    make_job(stack)
    assert _tags(template_of(stack)) == {"stage": "test"}


def test_tags_of_the_stack_count(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", tags={f"stack{number}": "" for number in range(30)})
    make_job(stack, tags={f"job{number}": "" for number in range(30)})
    with pytest.raises(RuntimeError, match=r"tags must have at most 50 items, got 60 items"):
        template_of(stack)


def test_tags_do_not_touch_the_legs(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", tags={"team": "inference"})
    make_job(stack)
    legs = resources_of(template_of(stack), LEG).values()
    assert all("Tags" not in leg["Properties"] for leg in legs)


# --- blueprints, as companies use them to set the props of other people's constructs ------------------------


def test_the_resources_of_a_job_can_be_found_and_overridden(stack: cdk.Stack) -> None:
    job = make_job(stack)
    resource = job.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.add_metadata("owner", "inference")
    provider = optimization.OptimizationJobProvider.for_stack(stack)
    function = provider.function.node.default_child
    assert isinstance(function, cdk.CfnResource)
    function.add_property_override("MemorySize", 512)
    template = template_of(stack)
    (body,) = resources_of(template, JOB).values()
    assert body["Metadata"]["owner"] == "inference"
    assert properties_of(template, "AWS::Lambda::Function")["MemorySize"] == 512
