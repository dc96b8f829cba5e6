"""Jobs that use what another stack has, and stacks that use what a job makes."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm

import cdk_sagemaker_optimization as optimization
from tests.constructs.fit.support import IRELAND, VIRGINIA, nested_template, synthesized
from tests.constructs.support import (
    JOB,
    allowed,
    deployed,
    flat,
    make_job,
    minified,
    new_app,
    properties_of,
    resources_of,
    statements_of,
    warnings_of,
)


def _sagemaker_role(scope: cdk.Stack) -> iam.Role:
    return iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))


def _write_to_own_bucket(stack: cdk.Stack, **props: Any) -> optimization.OptimizationJob:
    bucket = s3.Bucket(stack, "Bucket", encryption_key=kms.Key(stack, "Key"))
    return make_job(stack, output=optimization.OptimizationOutput.to_bucket(bucket, "out/"), **props)


def _policies_of(template: dict[str, Any], role: Any) -> list[dict[str, Any]]:
    policies = resources_of(template, "AWS::IAM::Policy").values()
    return [policy["Properties"] for policy in policies if role in policy["Properties"]["Roles"]]


def _policies_on_imported_roles(template: dict[str, Any]) -> list[str]:
    """The names of the policies that are on roles of other stacks."""
    policies = resources_of(template, "AWS::IAM::Policy").values()
    return [
        policy["Properties"]["PolicyName"]
        for policy in policies
        if "Fn::ImportValue" in str(policy["Properties"]["Roles"])
    ]


def test_a_job_uses_the_bucket_key_and_vpc_of_another_stack(app: cdk.App) -> None:
    platform, models = cdk.Stack(app, "Platform"), cdk.Stack(app, "Models")
    key = kms.Key(platform, "Key")
    bucket = s3.Bucket(platform, "Bucket", encryption_key=key)
    make_job(
        models,
        model_source=optimization.ModelSource.from_bucket(bucket, "llama/"),
        output=optimization.OptimizationOutput.to_bucket(bucket, "out/"),
        vpc=ec2.Vpc(platform, "Vpc"),
    )
    templates = synthesized(app)
    assert list(templates) == ["Platform", "Models"]
    properties = properties_of(templates["Models"])
    assert "Fn::ImportValue" in properties["OutputConfig"]["KmsKeyId"]
    assert all("Fn::ImportValue" in subnet for subnet in properties["VpcConfig"]["Subnets"])


def test_another_stack_uses_what_a_job_makes(app: cdk.App) -> None:
    models, serving = cdk.Stack(app, "Models"), cdk.Stack(app, "Serving")
    job = _write_to_own_bucket(models)
    job.grants.read_output(_sagemaker_role(serving))
    ssm.StringParameter(serving, "Location", string_value=job.output_location)
    templates = synthesized(app)
    assert list(templates) == ["Models", "Serving"]
    # The export is an attribute of the last leg, so the other stack comes after the job's completion.
    exported = [flat(output["Value"]) for output in templates["Models"]["Outputs"].values()]
    assert any(
        value.startswith("${JobCompletionLeg") and value.endswith(".OutputLocation}") for value in exported
    )


def test_a_stack_in_another_region_uses_what_a_job_makes(app: cdk.App) -> None:
    models = cdk.Stack(app, "Models", env=VIRGINIA, cross_region_references=True)
    serving = cdk.Stack(app, "Serving", env=IRELAND, cross_region_references=True)
    ssm.StringParameter(serving, "Location", string_value=make_job(models).output_location)
    assert list(synthesized(app)) == ["Models", "Serving"]


def test_a_job_uses_the_role_of_another_stack_and_a_bucket_of_its_own(app: cdk.App) -> None:
    platform, models = cdk.Stack(app, "Platform"), cdk.Stack(app, "Models")
    _write_to_own_bucket(models, role=_sagemaker_role(platform))
    templates = synthesized(app)
    assert list(templates) == ["Platform", "Models"]
    (job,) = resources_of(templates["Models"], JOB).values()
    (policy,) = [name for name in job["DependsOn"] if "RolePermissions" in name]
    statements = templates["Models"]["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    assert allowed(statements, "s3:PutObject")[0].startswith("${Bucket")
    assert allowed(statements, "kms:GenerateDataKey")[0].startswith("${Key")


def test_the_jobs_of_several_stacks_share_a_role(app: cdk.App) -> None:
    role = _sagemaker_role(cdk.Stack(app, "Platform"))
    for name in ("Llama", "Mistral"):
        _write_to_own_bucket(cdk.Stack(app, name), role=role)
    templates = synthesized(app)
    names = [name for stack in ("Llama", "Mistral") for name in _policies_on_imported_roles(templates[stack])]
    # Policies of the same name on one role overwrite each other.
    assert len(names) == len(set(names)) == 2


def _jobs_of_another_stacks_role(app: cdk.App, role: iam.IRole, count: int) -> None:
    stack = cdk.Stack(app, "Models", env=VIRGINIA)
    for number in range(count):
        make_job(stack, f"Job{number}", role=role, completion=optimization.Completion.detached())


def test_as_many_jobs_share_another_stacks_role_as_it_has_room_for(app: cdk.App) -> None:
    platform = cdk.Stack(app, "Platform", env=VIRGINIA)
    _jobs_of_another_stacks_role(app, _sagemaker_role(platform), 8)
    size = sum(
        len(minified(deployed(policy["Properties"]["PolicyDocument"])))
        for policy in resources_of(synthesized(app)["Models"], "AWS::IAM::Policy").values()
        if "ImportValue" in str(policy["Properties"]["Roles"])
    )
    assert 7_000 < size <= 10_240


def test_more_jobs_than_another_stacks_role_has_room_for_are_an_error(app: cdk.App) -> None:
    platform = cdk.Stack(app, "Platform", env=VIRGINIA)
    _jobs_of_another_stacks_role(app, _sagemaker_role(platform), 10)
    with pytest.raises(
        RuntimeError, match=r"Platform/Role has no room for the policies of 10 jobs or models"
    ):
        app.synth()


def test_what_another_stacks_role_has_of_its_own_takes_room_too(app: cdk.App) -> None:
    role = _sagemaker_role(cdk.Stack(app, "Platform", env=VIRGINIA))
    for number in range(80):
        resource = f"arn:aws:s3:::{number:03}".ljust(100, "x")
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[resource]))
    _jobs_of_another_stacks_role(app, role, 3)
    with pytest.raises(
        RuntimeError, match=r"has no room for the policies of 3 jobs or models: .* role of their own"
    ):
        app.synth()


def test_another_stacks_role_of_managed_policies_gets_managed_policies(app: cdk.App) -> None:
    role = optimization.OptimizationRole(cdk.Stack(app, "Platform"), "Role", managed_policies=True)
    models = cdk.Stack(app, "Models")
    make_job(models, role=role)
    template = synthesized(app)["Models"]
    assert _policies_on_imported_roles(template) == []
    (policy,) = resources_of(template, "AWS::IAM::ManagedPolicy")
    (job,) = resources_of(template, JOB).values()
    assert policy in job["DependsOn"]
    statements = template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    assert allowed(statements, "s3:PutObject") != []


def test_more_jobs_than_another_stacks_role_takes_managed_policies_are_an_error(app: cdk.App) -> None:
    platform = cdk.Stack(app, "Platform", env=VIRGINIA)
    role = optimization.OptimizationRole(platform, "Role", managed_policies=True)
    _jobs_of_another_stacks_role(app, role, 10)
    with pytest.raises(
        RuntimeError, match=r"no room for the policies of 10 jobs or models: .* they need 11 with"
    ):
        app.synth()


@pytest.mark.parametrize("mutable", [True, False])
def test_a_role_that_another_stack_imported(app: cdk.App, mutable: bool) -> None:
    platform, models = cdk.Stack(app, "Platform"), cdk.Stack(app, "Models")
    arn = "arn:aws:iam::111122223333:role/mine"
    _write_to_own_bucket(models, role=iam.Role.from_role_arn(platform, "Role", arn, mutable=mutable))
    warnings = warnings_of(models)
    template = synthesized(app)["Models"]
    assert len(_policies_of(template, "mine")) == (1 if mutable else 0)
    assert [arn in warning and "s3:PutObject" in warning for warning in warnings] == (
        [] if mutable else [True]
    )


def test_a_role_of_another_stack_that_is_made_elsewhere_is_reported_and_not_changed() -> None:
    app = new_app()
    iam.Role.customize_roles(app, use_precreated_roles={"Platform/Role": "mine"}, prevent_synthesis=False)
    platform, models = cdk.Stack(app, "Platform"), cdk.Stack(app, "Models")
    make_job(models, role=_sagemaker_role(platform))
    assert _policies_of(synthesized(app)["Models"], "mine") == []


def test_the_jobs_of_several_stacks_share_a_provider(app: cdk.App) -> None:
    platform = cdk.Stack(app, "Platform")
    provider = optimization.OptimizationJobProvider(platform, "Provider")
    name = cdk.CfnParameter(cdk.Stack(app, "Names"), "Name", default="mine").value_as_string
    for stack_name in ("Llama", "Mistral"):
        stack = cdk.Stack(app, stack_name)
        make_job(stack, provider=provider)
        make_job(stack, "Named", provider=provider, optimization_job_name=f"{name}-{stack_name}")
    templates = synthesized(app)
    names: list[str] = []
    for stack_name in ("Llama", "Mistral"):
        assert resources_of(templates[stack_name], "AWS::Lambda::Function") == {}
        names += _policies_on_imported_roles(templates[stack_name])
        # The policy for a name that only the deployment knows is a managed one, which CloudFormation names.
        (managed,) = resources_of(templates[stack_name], "AWS::IAM::ManagedPolicy").values()
        assert "ManagedPolicyName" not in managed["Properties"]
        assert "Fn::ImportValue" in str(managed["Properties"]["Roles"])
    # Policies of the same name on one role overwrite each other: the jobs of the other stack could not be
    # stopped any more.
    assert len(names) == len(set(names)) == 2


def _stacks_on_one_provider(app: cdk.App, count: int) -> None:
    provider = optimization.OptimizationJobProvider(cdk.Stack(app, "Platform"), "Provider")
    for number in range(count):
        stack = cdk.Stack(app, f"{'S' * 120}{number}")
        make_job(stack, provider=provider, completion=optimization.Completion.detached())


def test_as_many_stacks_share_a_provider_as_its_role_has_room_for(app: cdk.App) -> None:
    _stacks_on_one_provider(app, 9)
    size = sum(
        len(minified(deployed(policy["Properties"]["PolicyDocument"])))
        for template in synthesized(app).values()
        for policy in resources_of(template, "AWS::IAM::Policy").values()
        if "ProviderFunctionRole" in str(policy["Properties"]["Roles"])
        or "ImportValue" in str(policy["Properties"]["Roles"])
    )
    # IAM takes 10,240 characters of inline policies for a role.
    assert 7_000 < size <= 10_240


def test_more_stacks_than_a_shared_provider_has_room_for_are_an_error(app: cdk.App) -> None:
    _stacks_on_one_provider(app, 10)
    with pytest.raises(RuntimeError, match=r"no room for the jobs of 10 stacks"):
        app.synth()


@pytest.mark.parametrize("what", ["account", "Region"])
def test_a_provider_elsewhere_is_an_error(app: cdk.App, what: str) -> None:
    account, region = ("444455556666", "us-east-1") if what == "account" else ("111122223333", "eu-west-1")
    platform = cdk.Stack(app, "Platform", env=cdk.Environment(account=account, region=region))
    provider = optimization.OptimizationJobProvider(platform, "Provider")
    with pytest.raises(ValueError, match=rf"^the provider of Models/Job must be in its {what},"):
        make_job(cdk.Stack(app, "Models", env=VIRGINIA), provider=provider)


def test_a_nested_job_writes_to_its_parents_bucket_and_hands_its_output_back(app: cdk.App) -> None:
    parent = cdk.Stack(app, "Parent")
    nested = cdk.NestedStack(parent, "Nested")
    output = optimization.OptimizationOutput.to_bucket(s3.Bucket(parent, "Bucket"), "out/")
    job = make_job(nested, output=output)
    ssm.StringParameter(parent, "Location", string_value=job.output_location)
    template = synthesized(app)["Parent"]
    (parameter,) = resources_of(template, "AWS::SSM::Parameter").values()
    value = flat(parameter["Properties"]["Value"])
    assert value.startswith("${NestedNestedStack")
    assert "Outputs." in value
    assert set(nested_template(app, "Nested")["Parameters"]) != set()


def test_a_nested_job_has_its_parents_role_and_a_bucket_of_its_own(app: cdk.App) -> None:
    parent = cdk.Stack(app, "Parent")
    nested = cdk.NestedStack(parent, "Nested")
    _write_to_own_bucket(nested, role=_sagemaker_role(parent))
    synthesized(app)
    statements = [
        statement
        for name, policy in resources_of(nested_template(app, "Nested"), "AWS::IAM::Policy").items()
        if "RolePermissions" in name
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert allowed(statements, "s3:PutObject")[0].startswith("${Bucket")


@pytest.mark.parametrize("where", ["the parent", "a sibling", "the child"])
def test_nested_stacks_share_a_provider(app: cdk.App, where: str) -> None:
    parent = cdk.Stack(app, "Parent")
    nested = cdk.NestedStack(parent, "Nested")
    home = {"the parent": parent, "a sibling": cdk.NestedStack(parent, "Sibling"), "the child": nested}[where]
    provider = optimization.OptimizationJobProvider(home, "Provider")
    make_job(parent if where == "the child" else nested, provider=provider)
    template = synthesized(app)["Parent"]
    if where == "the child":
        assert properties_of(template)["ServiceToken"]["Fn::GetAtt"][1].startswith("Outputs.")
    else:
        token = properties_of(nested_template(app, "ParentNested"))["ServiceToken"]
        assert "Ref" in token
        assert resources_of(nested_template(app, "ParentNested"), "AWS::Lambda::Function") == {}


@pytest.mark.newest_cdk  # an older one cannot refer to a key of another account
def test_a_bucket_and_key_of_another_account_may_be_deployed_before_the_role_that_they_let_in(
    app: cdk.App,
) -> None:
    theirs = cdk.Stack(app, "Theirs", env=cdk.Environment(account="444455556666", region="us-east-1"))
    ours = cdk.Stack(app, "Ours", env=VIRGINIA)
    key = kms.Key(theirs, "Key", alias="theirs")
    bucket = s3.Bucket(theirs, "Bucket", bucket_name="theirs", encryption_key=key)
    make_job(ours, output=optimization.OptimizationOutput.to_bucket(bucket, "out/", encryption_key=None))
    templates = synthesized(app)
    assert list(templates) == ["Theirs", "Ours"]
    (role,) = [
        body["Properties"]["RoleName"]
        for name, body in resources_of(templates["Ours"], "AWS::IAM::Role").items()
        if name.startswith("JobRole")
    ]
    (policy,) = resources_of(templates["Theirs"], "AWS::S3::BucketPolicy").values()
    for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
        # A policy that names a role as its principal is refused until there is that role.
        assert flat(statement["Principal"]["AWS"]).endswith(":iam::111122223333:root")
        assert flat(statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]).endswith(f":role/{role}")


def test_everything_that_a_job_uses_may_be_imported(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111122223333:key/1")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Bucket", bucket_name="ours", encryption_key=key)
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["a"],
        private_subnet_ids=["subnet-1"],
        private_subnet_route_table_ids=["rtb-1"],
    )
    make_job(
        stack,
        role=iam.Role.from_role_name(stack, "Role", "mine"),
        model_source=optimization.ModelSource.from_bucket(bucket, "llama/"),
        output=optimization.OptimizationOutput.to_bucket(bucket, "out/"),
        vpc=vpc,
    )
    assert warnings_of(stack) == []
    (policy,) = _policies_of(synthesized(app)["Stack"], "mine")
    statements = policy["PolicyDocument"]["Statement"]
    assert allowed(statements, "s3:PutObject")[0].startswith("arn:${AWS::Partition}:s3:::ours/out/")
    assert set(allowed(statements, "kms:GenerateDataKey")) == {key.key_arn}
    assert any(arn.endswith(":subnet/subnet-1") for arn in allowed(statements, "ec2:CreateNetworkInterface"))


def test_an_imported_job_is_used_as_one_that_is_defined_here(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:444455556666:key/1")
    job = optimization.OptimizationJob.from_optimization_job_attributes(
        stack,
        "Job",
        optimization_job_arn="arn:aws:sagemaker:us-east-1:444455556666:optimization-job/theirs",
        output_location="s3://theirs/out/theirs/",
        output_encryption_key=key,
    )
    job.grants.describe(role := _sagemaker_role(stack))
    job.grants.read_output(role)
    statements = statements_of(synthesized(app)["Stack"], "Role")
    assert allowed(statements, "sagemaker:DescribeOptimizationJob") == [job.optimization_job_arn]
    assert allowed(statements, "s3:GetObject")[0].endswith(":s3:::theirs/out/theirs/*")
    assert allowed(statements, "kms:Decrypt") == [key.key_arn]
