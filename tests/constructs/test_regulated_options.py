"""What compliance rules ask for: keys, managed policies, replication, trust."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import (
    make_job,
    new_app,
    properties_of,
    resources_of,
    statements_of,
    template_of,
)

ACCOUNT = {"Ref": "AWS::AccountId"}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def imported_key(stack: cdk.Stack) -> kms.IKey:
    return kms.Key.from_key_arn(stack, "Key", KEY)


def uses_of_the_key(template: dict[str, Any], role: str) -> list[tuple[Any, Any]]:
    """The actions that a role may do with the key, and under which condition."""
    return [
        (statement["Action"], statement.get("Condition"))
        for statement in statements_of(template, role)
        if statement["Resource"] == KEY
    ]


def test_every_role_trusts_its_service_for_this_account_alone(stack: cdk.Stack) -> None:
    make_job(stack)
    trusts = [
        statement
        for role in resources_of(template_of(stack), "AWS::IAM::Role").values()
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    ]
    services = sorted(trust["Principal"]["Service"] for trust in trusts)
    assert services == ["lambda.amazonaws.com", "sagemaker.amazonaws.com", "states.amazonaws.com"]
    assert all(trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}} for trust in trusts)


def test_the_state_machine_can_be_encrypted_with_a_key_that_both_roles_may_use_for_it_alone(
    stack: cdk.Stack,
) -> None:
    optimization.OptimizationJobProvider(stack, "Provider", state_machine_encryption_key=imported_key(stack))
    template = template_of(stack)
    machine = properties_of(template, "AWS::StepFunctions::StateMachine")
    assert machine["EncryptionConfiguration"]["KmsKeyId"] == KEY
    assert machine["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    (name,) = resources_of(template, "AWS::StepFunctions::StateMachine")
    only_for_it = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": {"Ref": name}}}
    use = (["kms:Decrypt", "kms:GenerateDataKey"], only_for_it)
    assert uses_of_the_key(template, "ProviderFunctionRole") == [use]
    assert uses_of_the_key(template, "ProviderStateMachineRole") == [use]


def test_an_encrypted_state_machine_with_a_log_may_encrypt_what_it_logs(stack: cdk.Stack) -> None:
    optimization.OptimizationJobProvider(
        stack,
        "Provider",
        state_machine_encryption_key=imported_key(stack),
        state_machine_log_level=sfn.LogLevel.ALL,
    )
    (action, condition) = uses_of_the_key(template_of(stack), "ProviderStateMachineRole")[-1]
    assert action == "kms:GenerateDataKey"
    (source,) = condition["StringEquals"].items()
    assert source[0] == "kms:EncryptionContext:SourceArn"
    parts = ["arn:", {"Ref": "AWS::Partition"}, ":logs:", {"Ref": "AWS::Region"}, ":", ACCOUNT, ":*"]
    assert source[1] == {"Fn::Join": ["", parts]}


def test_the_function_may_use_the_key_of_its_dead_letter_queue(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Queue", encryption_master_key=imported_key(stack))
    optimization.OptimizationJobProvider(stack, "Provider", dead_letter_queue=queue)
    uses = uses_of_the_key(template_of(stack), "ProviderFunctionRole")
    assert uses == [(["kms:Decrypt", "kms:GenerateDataKey"], None)]


def test_with_managed_policies_no_role_has_an_inline_one_and_the_permissions_are_the_same() -> None:
    def permissions(*, managed: bool) -> list[str]:
        stack = cdk.Stack(new_app(), "Stack")
        optimization.OptimizationJobProvider(
            stack,
            "Provider",
            vpc=ec2.Vpc(stack, "Vpc"),
            tracing=True,
            state_machine_log_level=sfn.LogLevel.ALL,
            managed_policies=managed,
        )
        role = optimization.OptimizationRole(stack, "Role", managed_policies=managed)
        make_job(stack, role=role, optimization_job_name="mine")
        template = template_of(stack)
        inline = [
            role
            for role in resources_of(template, "AWS::IAM::Role").values()
            if "Policies" in role["Properties"]
        ]
        if managed:
            assert inline == []
            assert resources_of(template, "AWS::IAM::Policy") == {}
        documents = [
            policy["Properties"]["PolicyDocument"]
            for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
            for policy in resources_of(template, kind).values()
        ]
        documents += [
            policy["PolicyDocument"] for role in inline for policy in role["Properties"]["Policies"]
        ]
        return sorted(str(statement) for document in documents for statement in document["Statement"])

    assert permissions(managed=True) == permissions(managed=False)


def test_what_others_grant_goes_into_the_managed_policy_as_well(stack: cdk.Stack) -> None:
    role = optimization.OptimizationRole(stack, "Role", managed_policies=True)
    s3.Bucket(stack, "Bucket").grant_read(role)
    template = template_of(stack)
    assert resources_of(template, "AWS::IAM::Policy") == {}
    assert any("s3:GetObject*" in statement["Action"] for statement in statements_of(template, "Role"))


def test_grants_that_do_not_fit_go_into_the_next_managed_policy(stack: cdk.Stack) -> None:
    role = optimization.OptimizationRole(stack, "Role", managed_policies=True)
    for number in range(60):
        statement = iam.PolicyStatement(
            actions=["s3:GetObject"], resources=[f"arn:aws:s3:::{'b' * 60}/{number}"]
        )
        role.add_to_principal_policy(statement)
        role.add_to_principal_policy(statement)
    policies = resources_of(template_of(stack), "AWS::IAM::ManagedPolicy")
    assert len(policies) == 2
    assert all(len(str(policy["Properties"]["PolicyDocument"])) < 6_144 for policy in policies.values())


def test_more_managed_policies_than_a_role_has_room_for_are_an_error(stack: cdk.Stack) -> None:
    optimization.OptimizationJobProvider(stack, "Provider", managed_policies=True)
    role = optimization.OptimizationRole(stack, "Role")
    for number in range(8):
        make_job(stack, f"Job{number}", role=role, optimization_job_name=f"mine-{number}")
    with pytest.raises(RuntimeError, match=r"1 roles of jobs and 8 jobs with an optimization_job_name"):
        template_of(stack)


@pytest.mark.newest_cdk
def test_a_bucket_is_replicated_by_a_role_that_may_do_that_and_no_more(stack: cdk.Stack) -> None:
    bucket = optimization.OptimizationBucket(
        stack,
        "Models",
        encryption_key=imported_key(stack),
        object_lock_default_retention=s3.ObjectLockRetention.governance(cdk.Duration.days(1)),
        replication_rules=[
            s3.ReplicationRule(
                destination=s3.Bucket.from_bucket_name(stack, "Replica", "replica"),
                kms_key=kms.Key.from_key_arn(stack, "ReplicaKey", KEY.replace("west", "central")),
                sse_kms_encrypted_objects=True,
            )
        ],
    )
    own = stack.resolve(bucket.bucket_arn)
    template = template_of(stack)
    role = properties_of(template, "AWS::IAM::Role")
    assert "RoleName" not in role
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    granted = [
        (statement["Action"], statement["Resource"])
        for statement in properties_of(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    ]
    assert granted == [
        (["s3:GetReplicationConfiguration", "s3:ListBucket"], own),
        (
            [
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
            ],
            {"Fn::Join": ["", [own, "/*"]]},
        ),
        (
            [
                "s3:ObjectOwnerOverrideToBucketOwner",
                "s3:ReplicateDelete",
                "s3:ReplicateObject",
                "s3:ReplicateTags",
            ],
            {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::replica/*"]]},
        ),
        ("kms:Decrypt", KEY),
        (["kms:Encrypt", "kms:GenerateDataKey"], KEY.replace("west", "central")),
    ]


@pytest.mark.newest_cdk
def test_a_replication_role_of_the_users_own_takes_its_place(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Own", "arn:aws:iam::111122223333:role/replication")
    destination = s3.Bucket.from_bucket_name(stack, "Replica", "replica")
    optimization.OptimizationBucket(
        stack,
        "Models",
        replication_role=role,
        replication_rules=[s3.ReplicationRule(destination=destination)],
    )
    template = template_of(stack)
    assert resources_of(template, "AWS::IAM::Role") == {}
    replication = properties_of(template, "AWS::S3::Bucket")["ReplicationConfiguration"]
    assert replication["Role"] == "arn:aws:iam::111122223333:role/replication"
