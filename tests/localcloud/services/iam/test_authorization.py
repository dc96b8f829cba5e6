"""Roles are enforced, over HTTP as on AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud

Role = Callable[..., str]
ACCOUNT = "123456789012"
JOBS = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:optimization-job"


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_users_own_keys_may_do_everything(cloud: LocalCloud) -> None:
    cloud.client("s3").create_bucket(Bucket="models")
    assert [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]] == ["models"]


def test_a_role_may_do_what_its_policy_allows_and_nothing_else(cloud: LocalCloud, role: Role) -> None:
    cloud.client("s3").create_bucket(Bucket="models")
    arn = role(allow("s3:PutObject", "arn:aws:s3:::models/in/*"))
    s3 = cloud.client("s3", role_arn=arn, session_name="me")
    s3.put_object(Bucket="models", Key="in/a", Body=b"a")
    assert refusal(s3.put_object, Bucket="models", Key="out/a", Body=b"a") == (
        "AccessDenied",
        (
            f"User: arn:aws:sts::{ACCOUNT}:assumed-role/worker/me is not authorized to perform: "
            "s3:PutObject on resource: arn:aws:s3:::models/out/a "
            "because no identity-based policy allows the s3:PutObject action"
        ),
    )


def test_an_explicit_deny_is_named_as_such(cloud: LocalCloud, role: Role) -> None:
    arn = role(allow("*"), deny("sqs:*"))
    _, message = refusal(cloud.client("sqs", role_arn=arn).create_queue, QueueName="q")
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_a_managed_policy_of_aws_counts(cloud: LocalCloud, role: Role) -> None:
    arn = role()
    cloud.client("iam").attach_role_policy(
        RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    s3 = cloud.client("s3", role_arn=arn)
    assert s3.list_buckets()["Buckets"] == []
    assert refusal(s3.create_bucket, Bucket="models")[0] == "AccessDenied"


def test_a_permissions_boundary_bounds(cloud: LocalCloud, role: Role) -> None:
    arn = role(allow("*"))
    boundary = {"Version": "2012-10-17", "Statement": [allow("s3:*")]}
    iam = cloud.client("iam")
    policy = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(boundary))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=policy)
    cloud.client("s3", role_arn=arn).list_buckets()
    code, message = refusal(cloud.client("stepfunctions", role_arn=arn).list_state_machines)
    assert code == "AccessDeniedException"
    assert message.endswith("because no permissions boundary allows the states:ListStateMachines action")


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("cloudformation", "describe_stacks", {"StackName": "app"}, "AccessDenied"),
        ("ec2", "describe_subnets", {}, "UnauthorizedOperation"),
        ("ecr", "describe_repositories", {}, "AccessDeniedException"),
        ("iam", "list_roles", {}, "AccessDenied"),
        ("lambda", "list_functions", {}, "AccessDeniedException"),
        ("logs", "describe_log_groups", {}, "AccessDeniedException"),
        ("sagemaker", "list_optimization_jobs", {}, "AccessDeniedException"),
        ("ssm", "get_parameter", {"Name": "/p"}, "AccessDeniedException"),
        ("stepfunctions", "list_state_machines", {}, "AccessDeniedException"),
    ],
)
def test_each_service_refuses_in_its_own_words(
    cloud: LocalCloud, role: Role, service: str, operation: str, parameters: dict[str, str], code: str
) -> None:
    client = cloud.client(service, role_arn=role())
    assert refusal(getattr(client, operation), **parameters)[0] == code


def test_a_session_of_a_role_that_was_deleted_may_nothing(cloud: LocalCloud, role: Role) -> None:
    s3 = cloud.client("s3", role_arn=role(allow("*")))
    cloud.client("iam").delete_role_policy(RoleName="worker", PolicyName="policy")
    cloud.client("iam").delete_role(RoleName="worker")
    assert "does not exist" in refusal(s3.list_buckets)[1]


class TestPassingARole:
    """iam:PassRole is needed to hand a role to a service."""

    def job(self, role_arn: str, **members: Any) -> dict[str, Any]:
        return {
            "OptimizationJobName": "app--job-1",
            "RoleArn": role_arn,
            "ModelSource": {"S3": {"S3Uri": "s3://models/in/"}},
            "DeploymentInstanceType": "ml.g5.2xlarge",
            "OptimizationConfigs": [{"ModelQuantizationConfig": {}}],
            "OutputConfig": {"S3OutputLocation": "s3://models/out/"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            **members,
        }

    def passing(self, service: str) -> dict[str, object]:
        return allow("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": service}})

    def test_without_it_a_job_is_refused(self, cloud: LocalCloud, role: Role) -> None:
        arn = role(allow("sagemaker:CreateOptimizationJob", f"{JOBS}/app--*"))
        sagemaker = cloud.client("sagemaker", role_arn=arn)
        _, message = refusal(sagemaker.create_optimization_job, **self.job(arn))
        assert f"iam:PassRole on resource: {arn}" in message

    def test_to_another_service_it_does_not_count(self, cloud: LocalCloud, role: Role) -> None:
        create = allow("sagemaker:CreateOptimizationJob", f"{JOBS}/app--*")
        sagemaker = cloud.client(
            "sagemaker", role_arn=(arn := role(create, self.passing("lambda.amazonaws.com")))
        )
        assert "iam:PassRole" in refusal(sagemaker.create_optimization_job, **self.job(arn))[1]

    def test_with_tags_the_job_needs_add_tags_too(self, cloud: LocalCloud, role: Role) -> None:
        create = allow("sagemaker:CreateOptimizationJob", f"{JOBS}/app--*")
        arn = role(create, self.passing("sagemaker.amazonaws.com"))
        job = self.job(arn, Tags=[{"Key": "team", "Value": "red"}])
        _, message = refusal(cloud.client("sagemaker", role_arn=arn).create_optimization_job, **job)
        assert f"sagemaker:AddTags on resource: {JOBS}/app--job-1" in message

    def test_another_stacks_jobs_are_out_of_reach(self, cloud: LocalCloud, role: Role) -> None:
        arn = role(allow("sagemaker:*", f"{JOBS}/app--*"), self.passing("sagemaker.amazonaws.com"))
        sagemaker = cloud.client("sagemaker", role_arn=arn)
        code, message = refusal(sagemaker.stop_optimization_job, OptimizationJobName="app-prod--job-1")
        assert code == "AccessDeniedException"
        assert f"{JOBS}/app-prod--job-1" in message

    def test_a_condition_on_a_tag_is_held_against_the_calls_tags(self, cloud: LocalCloud, role: Role) -> None:
        only_red = {"StringEquals": {"aws:RequestTag/team": "red"}}
        arn = role(allow("sagemaker:*", "*", Condition=only_red), allow("iam:PassRole"))
        sagemaker = cloud.client("sagemaker", role_arn=arn)
        blue = self.job(arn, Tags=[{"Key": "team", "Value": "blue"}])
        assert refusal(sagemaker.create_optimization_job, **blue)[0] == "AccessDeniedException"

    def test_functions_and_state_machines_need_it_too(self, cloud: LocalCloud, role: Role) -> None:
        arn = role(allow(["lambda:*", "states:*"]))
        code = {"ZipFile": b"-"}
        create = cloud.client("lambda", role_arn=arn).create_function
        assert "iam:PassRole" in refusal(create, FunctionName="f", Role=arn, Code=code, Handler="h.h")[1]
        create = cloud.client("stepfunctions", role_arn=arn).create_state_machine
        assert "iam:PassRole" in refusal(create, name="m", roleArn=arn, definition="{}")[1]


class TestBucketPolicies:
    def test_a_deny_without_tls_locks_nobody_out(self, cloud: LocalCloud) -> None:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="models")
        tls_only = deny(
            "s3:*",
            ["arn:aws:s3:::models", "arn:aws:s3:::models/*"],
            Principal="*",
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        )
        s3.put_bucket_policy(
            Bucket="models", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls_only]})
        )
        s3.put_object(Bucket="models", Key="k", Body=b"content")
        assert s3.get_object(Bucket="models", Key="k")["Body"].read() == b"content"

    def test_a_deny_that_applies_stops_even_the_administrator(self, cloud: LocalCloud) -> None:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="models")
        no_puts = deny("s3:PutObject", "arn:aws:s3:::models/*", Principal="*")
        s3.put_bucket_policy(
            Bucket="models", Policy=json.dumps({"Version": "2012-10-17", "Statement": [no_puts]})
        )
        assert refusal(s3.put_object, Bucket="models", Key="k", Body=b"")[1].endswith(
            "with an explicit deny in a resource-based policy"
        )
        s3.delete_bucket_policy(Bucket="models")
        s3.put_object(Bucket="models", Key="k", Body=b"")

    def test_a_policy_that_names_a_role_is_enough_for_it(self, cloud: LocalCloud, role: Role) -> None:
        arn = role()
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="models")
        s3.put_object(Bucket="models", Key="k", Body=b"content")
        for_worker = allow("s3:GetObject", "arn:aws:s3:::models/*", Principal={"AWS": arn})
        s3.put_bucket_policy(
            Bucket="models", Policy=json.dumps({"Version": "2012-10-17", "Statement": [for_worker]})
        )
        assert (
            cloud.client("s3", role_arn=arn).get_object(Bucket="models", Key="k")["Body"].read() == b"content"
        )


class TestKeys:
    def encrypted_bucket(self, cloud: LocalCloud, **key: Any) -> str:
        arn = str(cloud.client("kms").create_key(**key)["KeyMetadata"]["Arn"])
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="models")
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
        s3.put_bucket_encryption(
            Bucket="models",
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
        )
        return arn

    def test_writing_into_an_encrypted_bucket_needs_the_key(self, cloud: LocalCloud, role: Role) -> None:
        key = self.encrypted_bucket(cloud)
        s3 = cloud.client("s3", role_arn=role(allow("s3:*")))
        _, message = refusal(s3.put_object, Bucket="models", Key="k", Body=b"")
        assert f"kms:GenerateDataKey on resource: {key}" in message

    def test_with_the_permission_it_works(self, cloud: LocalCloud, role: Role) -> None:
        key = self.encrypted_bucket(cloud)
        s3 = cloud.client("s3", role_arn=role(allow("s3:*"), allow("kms:GenerateDataKey", key)))
        s3.put_object(Bucket="models", Key="k", Body=b"")

    def test_the_keys_own_policy_must_let_the_accounts_policies_decide(
        self, cloud: LocalCloud, role: Role
    ) -> None:
        arn = role(allow(["s3:*", "kms:*"]))
        only_root_describes = allow("kms:DescribeKey", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
        policy = json.dumps({"Version": "2012-10-17", "Statement": [only_root_describes]})
        self.encrypted_bucket(cloud, Policy=policy)
        s3 = cloud.client("s3", role_arn=arn)
        assert (
            "no resource-based policy allows the kms:GenerateDataKey"
            in refusal(s3.put_object, Bucket="models", Key="k", Body=b"")[1]
        )


class TestTrust:
    def trust(self, principal: dict[str, str], **condition: Any) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        return {
            "Version": "2012-10-17",
            "Statement": [statement | ({"Condition": condition} if condition else {})],
        }

    def test_a_service_may_use_a_role_that_trusts_it(self, cloud: LocalCloud, role: Role) -> None:
        arn = role(trust=self.trust({"Service": "sagemaker.amazonaws.com"}))
        assert cloud.authorization.may_assume(arn, "sagemaker.amazonaws.com").allowed
        assert not cloud.authorization.may_assume(arn, "lambda.amazonaws.com").allowed

    def test_the_account_and_the_source_count(self, cloud: LocalCloud, role: Role) -> None:
        arn = role(
            trust=self.trust(
                {"Service": "sagemaker.amazonaws.com"},
                StringEquals={"aws:SourceAccount": ACCOUNT},
                ArnLike={"aws:SourceArn": f"{JOBS}/*"},
            )
        )
        may = cloud.authorization.may_assume
        assert may(arn, "sagemaker.amazonaws.com", ACCOUNT, f"{JOBS}/j").allowed
        assert not may(arn, "sagemaker.amazonaws.com", "999999999999", f"{JOBS}/j").allowed
        assert not may(arn, "sagemaker.amazonaws.com", ACCOUNT).allowed

    def test_a_role_that_does_not_exist_cannot_be_assumed(self, cloud: LocalCloud) -> None:
        decision = cloud.authorization.may_assume(f"arn:aws:iam::{ACCOUNT}:role/none", "lambda.amazonaws.com")
        assert not decision.allowed
        assert "sts:AssumeRole" in decision.reason

    def test_the_administrator_assumes_a_role_that_trusts_the_account(
        self, cloud: LocalCloud, role: Role
    ) -> None:
        arn = role(trust=self.trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
        session = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="cdk")
        assert session["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/cdk"

    def test_nobody_assumes_a_role_that_trusts_only_a_service(self, cloud: LocalCloud, role: Role) -> None:
        arn = role(trust=self.trust({"Service": "sagemaker.amazonaws.com"}))
        code, message = refusal(cloud.client("sts").assume_role, RoleArn=arn, RoleSessionName="cdk")
        assert code == "AccessDenied"
        assert f"sts:AssumeRole on resource: {arn}" in message

    def test_a_role_needs_its_own_permission_to_assume_another(self, cloud: LocalCloud, role: Role) -> None:
        target = role(name="target", trust=self.trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
        stranger = cloud.client("sts", role_arn=role(name="stranger"))
        friend = cloud.client("sts", role_arn=role(allow("sts:AssumeRole", target), name="friend"))
        assert refusal(stranger.assume_role, RoleArn=target, RoleSessionName="s")[0] == "AccessDenied"
        friend.assume_role(RoleArn=target, RoleSessionName="s")


def test_a_stack_is_found_by_its_name_where_a_policy_names_its_id(cloud: LocalCloud, role: Role) -> None:
    template = {"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    stack = cloud.cloudformation.deploy(template, "app")
    arn = role(allow("cloudformation:DescribeStacks", stack.stack_id))
    cloudformation = cloud.client("cloudformation", role_arn=arn)
    for name in ("app", stack.stack_id):
        assert cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"] == stack.stack_id
