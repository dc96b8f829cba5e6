"""A model's role may do what serving this artifact takes, and nothing else."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.support import DJL, DRAFT_MODEL, MODEL, imported, make_model
from tests.constructs.support import (
    JOB,
    allowed,
    as_list,
    flat,
    make_job,
    resources_of,
    statements_of,
    template_of,
    warnings_of,
)

_PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
_IMAGE = f"{DJL}:0.33.0-lmi15.0.0-cu128"


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    return statements_of(template, "ModelRole")


def actions(found: list[dict[str, Any]]) -> set[str]:
    return {action for statement in found for action in as_list(statement["Action"])}


def test_only_sagemaker_assumes_the_role_and_only_for_this_account(stack: cdk.Stack) -> None:
    optimization.ServingRole(stack, "Role")
    (role,) = resources_of(template_of(stack), "AWS::IAM::Role").values()
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_a_model_in_no_vpc_needs_this_and_nothing_else(stack: cdk.Stack) -> None:
    make_model(stack)
    assert actions(statements(template_of(stack))) == {
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        *_PULL,
        "s3:GetBucketLocation",
        "s3:ListBucket",
        "s3:GetObject",
    }


def test_logs_and_metrics_are_those_of_endpoints_and_components(stack: cdk.Stack) -> None:
    make_model(stack)
    found = statements(template_of(stack))
    groups = [arn.partition(":log-group:")[2] for arn in allowed(found, "logs:PutLogEvents")]
    assert groups == ["/aws/sagemaker/Endpoints/*", "/aws/sagemaker/InferenceComponents/*"]
    (metrics,) = (each for each in found if each["Action"] == "cloudwatch:PutMetricData")
    assert metrics["Condition"] == {
        "StringEquals": {
            "cloudwatch:namespace": ["/aws/sagemaker/Endpoints", "/aws/sagemaker/InferenceComponents"]
        }
    }


def test_the_artifacts_of_the_job_can_be_read_the_earlier_ones_among_them(stack: cdk.Stack) -> None:
    # An endpoint may start another instance with the model that it has, after the policy has changed.
    make_model(stack)
    found = statements(template_of(stack))
    assert allowed(found, "s3:GetObject") == [
        "arn:${AWS::Partition}:s3:::artifacts/llama-awq/stack-e55164--job-*/*"
    ]
    assert allowed(found, "s3:ListBucket") == ["arn:${AWS::Partition}:s3:::artifacts"]


def test_of_a_job_with_a_draft_only_the_draft_and_its_base_can_be_read(stack: cdk.Stack) -> None:
    make_model(stack, "eagle")
    assert allowed(statements(template_of(stack)), "s3:GetObject") == [
        "arn:${AWS::Partition}:s3:::artifacts/llama-awq/stack-e55164--job-*/draft/*",
        "arn:${AWS::Partition}:s3:::models/qwen/*",
    ]


def test_an_exact_output_is_read_where_it_is(stack: cdk.Stack) -> None:
    output = optimization.OptimizationOutput.to_s3_uri("s3://artifacts/here/", exact=True)
    make_model(stack, job={"output": output})
    assert allowed(statements(template_of(stack)), "s3:GetObject") == [
        "arn:${AWS::Partition}:s3:::artifacts/here/*"
    ]


def test_the_artifact_of_an_imported_job_is_read_where_it_is(stack: cdk.Stack) -> None:
    optimization.OptimizedModel(
        stack,
        "Model",
        job=imported(stack, output_encryption_key=kms.Key(stack, "Key")),
        technique=optimization.Technique.QUANTIZATION,
        image=_IMAGE,
    )
    found = statements(template_of(stack))
    assert allowed(found, "s3:GetObject") == ["arn:${AWS::Partition}:s3:::elsewhere/one/*"]
    assert allowed(found, "kms:Decrypt") == ["${Key961B73FD.Arn}"]


def test_the_key_of_the_artifact_can_be_used_and_no_other(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket", encryption_key=kms.Key(stack, "BucketKey"))
    own = kms.Key(stack, "OutputKey")
    output = optimization.OptimizationOutput.to_bucket(bucket, "out/", encryption_key=own)
    make_model(stack, job={"output": output})
    (key,) = allowed(statements(template_of(stack)), "kms:Decrypt")
    assert key.startswith("${OutputKey")


def test_the_image_is_pulled_from_its_repository_and_no_other(stack: cdk.Stack) -> None:
    make_model(stack, image=_IMAGE)
    found = statements(template_of(stack))
    for action in _PULL:
        assert allowed(found, action) == [
            "arn:${AWS::Partition}:ecr:us-east-1:763104351884:repository/djl-inference"
        ]
    assert allowed(found, "ecr:GetAuthorizationToken") == ["*"]


def test_the_repository_of_the_recommended_image_is_cut_out_of_its_uri(stack: cdk.Stack) -> None:
    make_model(stack)
    template = template_of(stack)
    (statement,) = (each for each in statements(template) if "ecr:BatchGetImage" in as_list(each["Action"]))
    arn = deployed(statement["Resource"], f"{DJL}:0.33.0-lmi15.0.0-cu128")
    assert arn == "arn:aws:ecr:us-east-1:763104351884:repository/djl-inference"


@pytest.mark.parametrize("image", ["public.ecr.aws/llama:1", "none.give-image-to-the-OptimizedModel", ""])
def test_an_image_of_another_registry_is_no_error_of_the_template(stack: cdk.Stack, image: str) -> None:
    # CloudFormation's own error for a part that is not there would hide the cause.
    make_model(stack)
    template = template_of(stack)
    (statement,) = (each for each in statements(template) if "ecr:BatchGetImage" in as_list(each["Action"]))
    assert deployed(statement["Resource"], image).startswith("arn:aws:ecr:")


def deployed(value: Any, image: str) -> Any:
    """A value as CloudFormation makes it, if the recommended image is this one."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Ref":
        return {"AWS::Partition": "aws"}[argument]
    if function == "Fn::GetAtt":
        assert argument[1] == "RecommendedInferenceImage"
        return image
    if function == "Fn::Join":
        return argument[0].join(deployed(part, image) for part in argument[1])
    if function == "Fn::Split":
        return deployed(argument[1], image).split(argument[0])
    assert function == "Fn::Select"
    return deployed(argument[1], image)[int(argument[0])]


def test_a_strict_role_lists_a_bucket_only_below_the_prefix(stack: cdk.Stack) -> None:
    make_model(stack, role=optimization.ServingRole(stack, "ModelRole", strict=True))
    found = statements(template_of(stack))
    assert "s3:GetBucketLocation" not in actions(found)
    (listing,) = (each for each in found if each["Action"] == "s3:ListBucket")
    assert listing["Condition"]["StringLike"]["s3:prefix"] == [
        "llama-awq/stack-e55164--job-*",
        "llama-awq/stack-e55164--job-*/*",
    ]


# ---- a role of the user's


def test_a_given_role_is_granted_what_the_model_needs_in_a_policy_of_its_own(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "ModelRole", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    make_model(stack, role=role)
    template = template_of(stack)
    assert "s3:GetObject" in actions(statements(template))
    (model,) = resources_of(template, MODEL).values()
    (policy,) = model["DependsOn"]
    assert policy.startswith("ModelRolePermissions")


@pytest.mark.parametrize("technique", ["quantization", "eagle"])
def test_a_model_may_have_the_role_of_its_job_which_waits_for_nothing_then(
    stack: cdk.Stack, technique: str
) -> None:
    role = optimization.OptimizationRole(stack, "Shared")
    make_model(stack, technique, job={"role": role}, role=role)
    template = template_of(stack)
    (job,) = resources_of(template, JOB).values()
    awaited = set(as_list(job["DependsOn"]))
    (policy,) = (name for name in resources_of(template, "AWS::IAM::Policy") if "RolePermissions" in name)
    assert policy not in awaited
    (model,) = {**resources_of(template, MODEL), **resources_of(template, DRAFT_MODEL)}.values()
    assert policy in as_list(model["DependsOn"])


def test_a_role_that_cannot_be_changed_is_left_alone_and_what_it_needs_is_said(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::111122223333:role/mine", mutable=False)
    make_model(stack, role=role, image=_IMAGE)
    (warning,) = [text for text in warnings_of(stack) if "roleNotGranted" in text]
    assert "the policies of the role arn:aws:iam::111122223333:role/mine cannot be changed" in warning
    assert "s3:GetObject on arn:<AWS::Partition>:s3:::artifacts/llama-awq/stack-e55164--job-*/*" in warning
    assert "ecr:BatchGetImage" in warning


def test_a_role_of_another_account_is_an_error(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::444455556666:role/mine")
    message = r"the role of Stack/Model must be in the account of the model, 111122223333, got .*444455556666"
    with pytest.raises(ValueError, match=message):
        make_model(stack, role=role)


def test_a_bucket_of_another_account_lets_the_models_role_in(app: cdk.App) -> None:
    theirs = cdk.Stack(app, "Data", env=cdk.Environment(account="444455556666", region="us-east-1"))
    ours = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    bucket = s3.Bucket(theirs, "Bucket", bucket_name="artifacts")
    make_model(ours, job={"output": optimization.OptimizationOutput.to_bucket(bucket, "out/")})
    (policy,) = resources_of(template_of(theirs), "AWS::S3::BucketPolicy").values()
    readers = [
        statement
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "s3:GetObject"
    ]
    (reader,) = readers
    # The role is there only after the policy, so a condition names it.
    assert "111122223333" in str(reader["Principal"])
    assert "role/" in flat(reader["Condition"]["ArnEquals"]["aws:PrincipalArn"])
    assert flat(reader["Resource"]).endswith("/out/stack-e55164--job-*/*")


@pytest.mark.newest_cdk  # an older one cannot refer to a key of another account
def test_a_key_of_another_account_lets_the_models_role_decrypt(app: cdk.App) -> None:
    theirs = cdk.Stack(app, "Keys", env=cdk.Environment(account="444455556666", region="us-east-1"))
    ours = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    key = kms.Key(theirs, "Key", alias="artifacts")
    output = optimization.OptimizationOutput.to_s3_uri("s3://artifacts/", encryption_key=key)
    model = make_model(ours, job={"output": output})
    (resource,) = resources_of(template_of(theirs), "AWS::KMS::Key").values()
    allowed_here = [
        statement
        for statement in resource["Properties"]["KeyPolicy"]["Statement"]
        if statement["Action"] == "kms:Decrypt" and "ArnEquals" in statement.get("Condition", {})
    ]
    assert len(allowed_here) == 1
    assert "role/" in flat(allowed_here[0]["Condition"]["ArnEquals"]["aws:PrincipalArn"])
    assert isinstance(model.role, optimization.ServingRole)


def test_managed_policies_hold_the_grants_where_rules_demand_it(stack: cdk.Stack) -> None:
    make_model(stack, role=optimization.ServingRole(stack, "ModelRole", managed_policies=True))
    template = template_of(stack)
    policies = resources_of(template, "AWS::IAM::ManagedPolicy")
    assert any("s3:GetObject" in str(policy) for policy in policies.values())
    assert not any(
        "s3:GetObject" in str(each) and "ModelRole" in name
        for name, each in resources_of(template, "AWS::IAM::Policy").items()
    )


def test_two_models_of_a_role_are_granted_what_both_need(stack: cdk.Stack) -> None:
    role = optimization.ServingRole(stack, "ModelRole")
    for name in ("One", "Two"):
        job = make_job(
            stack, name, output=optimization.OptimizationOutput.to_s3_uri(f"s3://artifacts/{name}/")
        )
        optimization.OptimizedModel(stack, f"Model{name}", job=job, role=role)
    found = allowed(statements(template_of(stack)), "s3:GetObject")
    assert [arn.split("/")[1] for arn in found] == ["One", "Two"]
