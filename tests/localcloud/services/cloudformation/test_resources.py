"""Standard resources are really there, with what the template says of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.localcloud.services.cloudformation.stand_in import StandInCloud
from tests.localcloud.services.cloudformation.templates import Definition, of

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}


def resource(type_name: str, **properties: Any) -> Definition:
    return {"Type": f"AWS::{type_name}", "Properties": properties}


def role(**properties: Any) -> Definition:
    return resource("IAM::Role", AssumeRolePolicyDocument=TRUST, **properties)


def function(**properties: Any) -> Definition:
    return resource(
        "Lambda::Function",
        Role={"Fn::GetAtt": ["Role", "Arn"]},
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": "def handler(event, context): pass"},
        **properties,
    )


def deployed(cloud: StandInCloud, **resources: Definition) -> dict[str, str]:
    """Deploy resources. Answers their physical ids."""
    stack = cloud.cloudformation.deploy(of(**resources), "demo")
    failures = [event.reason for event in stack.events if event.status.endswith("_FAILED")]
    assert failures == []
    return {name: stack.physical_id(name) for name in resources}


def test_a_bucket(cloud: StandInCloud) -> None:
    made = deployed(
        cloud,
        Bucket=resource(
            "S3::Bucket",
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
                ]
            },
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration={"BlockPublicAcls": True, "RestrictPublicBuckets": "true"},
            LifecycleConfiguration={
                "Rules": [{"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]
            },
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        ),
        Policy=resource("S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=READ),
    )

    s3, name = cloud.client("s3"), made["Bucket"]
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"]
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert lifecycle[0]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == READ


def test_a_bucket_whose_name_is_taken_is_not_taken_over(cloud: StandInCloud) -> None:
    cloud.client("s3").create_bucket(Bucket="mine")

    stack = cloud.cloudformation.deploy(of(Bucket=resource("S3::Bucket", BucketName="mine")), "demo")

    assert stack.status == "ROLLBACK_COMPLETE"
    assert "mine already exists" in [event.reason for event in stack.events]
    assert cloud.client("s3").list_buckets()["Buckets"]


def test_a_role_with_policies_of_every_kind(cloud: StandInCloud) -> None:
    made = deployed(
        cloud,
        Role=role(
            Policies=[{"PolicyName": "own", "PolicyDocument": READ}],
            ManagedPolicyArns=[{"Ref": "Managed"}],
        ),
        Managed=resource("IAM::ManagedPolicy", PolicyDocument=READ),
        Inline=resource("IAM::Policy", PolicyName="apart", PolicyDocument=READ, Roles=[{"Ref": "Role"}]),
    )

    iam, name = cloud.client("iam"), made["Role"]
    assert set(iam.list_role_policies(RoleName=name)["PolicyNames"]) == {"own", "apart"}
    assert iam.get_role_policy(RoleName=name, PolicyName="apart")["PolicyDocument"] == READ
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [made["Managed"]]

    assert cloud.cloudformation.delete("demo").status == "DELETE_COMPLETE"
    assert iam.list_roles()["Roles"] == []


def test_a_role_gains_and_loses_policies(cloud: StandInCloud) -> None:
    policy = {"PolicyName": "first", "PolicyDocument": READ}
    made = deployed(cloud, Role=role(Policies=[policy]))

    deployed(cloud, Role=role(Policies=[{**policy, "PolicyName": "second"}]))

    assert cloud.client("iam").list_role_policies(RoleName=made["Role"])["PolicyNames"] == ["second"]


def test_a_function_and_what_belongs_to_it(cloud: StandInCloud) -> None:
    resources: dict[str, Definition] = {
        "Role": role(),
        "Function": function(Timeout="60", MemorySize=256, Environment={"Variables": {"A": "1"}}),
        "Permission": resource(
            "Lambda::Permission",
            FunctionName={"Ref": "Function"},
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
        ),
        "Retries": resource(
            "Lambda::EventInvokeConfig",
            FunctionName={"Ref": "Function"},
            Qualifier="$LATEST",
            MaximumRetryAttempts=1,
        ),
    }
    made = deployed(cloud, **resources)

    client, name = cloud.client("lambda"), made["Function"]
    configuration = client.get_function_configuration(FunctionName=name)
    assert (configuration["Timeout"], configuration["MemorySize"]) == (60, 256)
    assert configuration["Environment"]["Variables"] == {"A": "1"}

    resources["Function"] = function(Timeout=30)
    deployed(cloud, **resources)
    configuration = client.get_function_configuration(FunctionName=name)
    assert (configuration["Timeout"], configuration["MemorySize"]) == (30, 128)
    assert configuration.get("Environment", {}).get("Variables", {}) == {}


def test_a_state_machine_has_its_substitutions(cloud: StandInCloud) -> None:
    made = deployed(
        cloud,
        Role=role(),
        Machine=resource(
            "StepFunctions::StateMachine",
            RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
            DefinitionString='{"StartAt": "A", "States": {"A": {"Type": "Succeed", "Comment": "${Text}"}}}',
            DefinitionSubstitutions={"Text": {"Ref": "AWS::Partition"}},
        ),
    )

    described = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=made["Machine"])
    assert json.loads(described["definition"])["States"]["A"]["Comment"] == "aws"


def test_a_log_group_keeps_its_logs_as_long_as_it_says(cloud: StandInCloud) -> None:
    made = deployed(cloud, Logs=resource("Logs::LogGroup", RetentionInDays=30))

    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix=made["Logs"])["logGroups"]
    assert groups[0]["retentionInDays"] == 30


def test_a_key_and_its_alias(cloud: StandInCloud) -> None:
    made = deployed(
        cloud,
        Key=resource("KMS::Key", KeyPolicy=READ, EnableKeyRotation=True, Description="models"),
        Alias=resource("KMS::Alias", AliasName="alias/models", TargetKeyId={"Ref": "Key"}),
    )

    kms = cloud.client("kms")
    assert kms.describe_key(KeyId="alias/models")["KeyMetadata"]["KeyId"] == made["Key"]
    assert kms.get_key_rotation_status(KeyId=made["Key"])["KeyRotationEnabled"]

    cloud.cloudformation.delete("demo")
    assert kms.describe_key(KeyId=made["Key"])["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_queue_a_topic_and_a_rule(cloud: StandInCloud) -> None:
    made = deployed(
        cloud,
        Queue=resource("SQS::Queue", VisibilityTimeout=60),
        QueuePolicy=resource("SQS::QueuePolicy", Queues=[{"Ref": "Queue"}], PolicyDocument=READ),
        Topic=resource("SNS::Topic", DisplayName="news"),
        Rule=resource(
            "Events::Rule",
            ScheduleExpression="rate(5 minutes)",
            Targets=[{"Id": "t", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
        ),
    )

    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=made["Queue"], AttributeNames=["All"])[
        "Attributes"
    ]
    assert attributes["VisibilityTimeout"] == "60"
    assert json.loads(attributes["Policy"]) == READ
    assert (
        cloud.client("sns").get_topic_attributes(TopicArn=made["Topic"])["Attributes"]["DisplayName"]
        == "news"
    )
    assert cloud.client("events").list_targets_by_rule(Rule=made["Rule"])["Targets"][0]["Id"] == "t"


def test_a_repository(cloud: StandInCloud) -> None:
    made = deployed(cloud, Repository=resource("ECR::Repository", ImageTagMutability="IMMUTABLE"))

    described = cloud.client("ecr").describe_repositories(repositoryNames=[made["Repository"]])[
        "repositories"
    ]
    assert described[0]["imageTagMutability"] == "IMMUTABLE"


def test_a_security_group(cloud: StandInCloud) -> None:
    vpc = cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = deployed(
        cloud,
        Group=resource(
            "EC2::SecurityGroup",
            GroupDescription="jobs",
            VpcId=vpc,
            SecurityGroupIngress=[
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}
            ],
        ),
    )

    groups = cloud.client("ec2").describe_security_groups(GroupIds=[made["Group"]])["SecurityGroups"]
    assert groups[0]["IpPermissions"][0]["FromPort"] == 443
    assert cloud.cloudformation.delete("demo").status == "DELETE_COMPLETE"
    there = cloud.client("ec2").describe_security_groups()["SecurityGroups"]
    assert made["Group"] not in [group["GroupId"] for group in there]


def test_a_type_that_only_moto_has_a_model_of(cloud: StandInCloud) -> None:
    table = resource(
        "DynamoDB::Table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    made = deployed(cloud, Table=table)

    assert cloud.client("dynamodb").list_tables()["TableNames"] == [made["Table"]]
    cloud.cloudformation.delete("demo")
    assert cloud.client("dynamodb").list_tables()["TableNames"] == []


def test_a_part_of_a_network_that_moto_never_deletes_is_refused(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(of(Gateway=resource("EC2::InternetGateway")), "demo")

    assert stack.status == "ROLLBACK_COMPLETE"
    reasons = [event.reason or "" for event in stack.events if event.status == "CREATE_FAILED"]
    assert "cannot make resources of type AWS::EC2::InternetGateway" in reasons[0]


@pytest.mark.parametrize("type_name", ["CDK::Metadata", "CloudFormation::WaitConditionHandle"])
def test_types_that_make_nothing(cloud: StandInCloud, type_name: str) -> None:
    deployed(cloud, Thing=resource(type_name))


def test_what_an_api_refuses_is_told_with_its_words(cloud: StandInCloud) -> None:
    bad = resource("IAM::ManagedPolicy", PolicyDocument={"Version": "1999-01-01", "Statement": []})

    stack = cloud.cloudformation.deploy(of(Policy=bad), "demo")

    reason = next(event.reason or "" for event in stack.events if event.status == "CREATE_FAILED")
    assert 'Resource handler returned message: "' in reason
    assert "(Service: IAM, Status Code: 400" in reason
