"""The job as a resource: its attributes, its grants, and what waits for it."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import (
    JOB,
    LEG,
    allowed,
    flat,
    make_job,
    properties_of,
    resources_of,
    statements_of,
    template_of,
)

_LAST = "JobCompletionLeg2"


def _job(stack: cdk.Stack, **props: Any) -> optimization.OptimizationJob:
    completion = optimization.Completion.wait(cdk.Duration.hours(1))
    return make_job(stack, **{"completion": completion, **props})


def _reader(stack: cdk.Stack) -> iam.Role:
    return iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("optimization_job_name", "${JobB9D00F9F}"),
        ("optimization_job_arn", "${JobB9D00F9F.OptimizationJobArn}"),
        ("output_location", f"${{{_LAST}"),
        ("optimization_job_status", f"${{{_LAST}"),
        ("recommended_inference_image", f"${{{_LAST}"),
        ("optimization_start_time", f"${{{_LAST}"),
        ("optimization_end_time", f"${{{_LAST}"),
    ],
)
def test_what_is_known_only_after_completion_comes_from_the_last_leg(
    stack: cdk.Stack, attribute: str, expected: str
) -> None:
    job = _job(stack)
    assert flat(stack.resolve(getattr(job, attribute))).startswith(expected)


def test_the_output_of_a_detached_job_comes_from_the_job(stack: cdk.Stack) -> None:
    job = _job(stack, completion=optimization.Completion.detached())
    assert flat(stack.resolve(job.output_location)) == "${JobB9D00F9F.OutputLocation}"


def test_what_depends_on_the_job_waits_for_every_leg(stack: cdk.Stack) -> None:
    job = _job(stack)
    topic = sns.Topic(stack, "Topic")
    topic.node.add_dependency(job)
    template = template_of(stack)
    (resource,) = resources_of(template, "AWS::SNS::Topic").values()
    assert {*resources_of(template, JOB), *resources_of(template, LEG)} <= set(resource["DependsOn"])


def test_triggers_are_a_list_of_strings(stack: cdk.Stack) -> None:
    make_job(stack, "One", triggers=["2026-11", "again"])
    make_job(stack, "Two", triggers={"b": "2", "a": "1"})
    make_job(stack, "Three", triggers=[])
    jobs = resources_of(template_of(stack), JOB)
    found = {name.rstrip("0123456789ABCDEF"): job["Properties"].get("Triggers") for name, job in jobs.items()}
    assert list(found.values()) == [["2026-11", "again"], ["a=1", "b=2"], None]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, (None, None)),
        (cdk.RemovalPolicy.RETAIN, ("RetainExceptOnCreate", "Delete")),
        (cdk.RemovalPolicy.DESTROY, ("Delete", "Delete")),
        (cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, ("RetainExceptOnCreate", "Delete")),
    ],
)
def test_the_removal_policy_is_the_jobs_and_not_its_legs(
    stack: cdk.Stack, policy: cdk.RemovalPolicy | None, expected: tuple[str | None, str | None]
) -> None:
    _job(stack, removal_policy=policy)
    template = template_of(stack)
    (job,) = resources_of(template, JOB).values()
    assert (job.get("DeletionPolicy"), job.get("UpdateReplacePolicy")) == expected
    assert all("DeletionPolicy" not in leg for leg in resources_of(template, LEG).values())


def test_a_run_has_four_hours_unless_it_is_said(stack: cdk.Stack) -> None:
    make_job(stack)
    assert properties_of(template_of(stack))["StoppingCondition"] == {"MaxRuntimeInSeconds": 14_400}


def test_the_role_is_the_principal_of_the_job(stack: cdk.Stack) -> None:
    job = _job(stack)
    topic = sns.Topic(stack, "Topic")
    topic.grant_publish(job)
    assert job.role.node.path == "Stack/Job/Role"
    assert allowed(statements_of(template_of(stack), "JobRole"), "sns:Publish")[0].startswith("${Topic")


def test_a_job_in_a_vpc_has_connections(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    job = _job(stack, vpc=vpc)
    job.connections.allow_to_any_ipv4(ec2.Port.tcp(443))
    template = template_of(stack)
    (group,) = resources_of(template, "AWS::EC2::SecurityGroup")
    (resource,) = resources_of(template, JOB).values()
    assert flat(resource["Properties"]["VpcConfig"]["SecurityGroupIds"][0]) == f"${{{group}.GroupId}}"
    assert len(resource["Properties"]["VpcConfig"]["Subnets"]) == 2
    assert any("DefaultRoute" in name for name in resource["DependsOn"])


def test_the_subnets_of_a_job_may_be_known_by_their_ids(stack: cdk.Stack) -> None:
    subnets = [ec2.Subnet.from_subnet_id(stack, f"Subnet{number}", f"subnet-{number}") for number in (1, 2)]
    _job(stack, vpc=ec2.Vpc(stack, "Vpc"), vpc_subnets=ec2.SubnetSelection(subnets=subnets))
    template = template_of(stack)
    assert properties_of(template)["VpcConfig"]["Subnets"] == ["subnet-1", "subnet-2"]
    creating = allowed(statements_of(template, "JobRole"), "ec2:CreateNetworkInterface")
    assert [arn.rpartition("/")[2] for arn in creating if ":subnet/" in arn] == ["subnet-1", "subnet-2"]


def test_subnets_that_are_given_one_by_one_get_their_routes_before_the_job(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    _job(stack, vpc=vpc, vpc_subnets=ec2.SubnetSelection(subnets=vpc.private_subnets))
    (resource,) = resources_of(template_of(stack), JOB).values()
    routes = [name for name in resource["DependsOn"] if "DefaultRoute" in name]
    assert len(routes) == len(vpc.private_subnets)


def test_a_job_without_a_vpc_has_no_connections(stack: cdk.Stack) -> None:
    job = _job(stack)
    with pytest.raises(ValueError, match=r"^Stack/Job has no network connections: give it a vpc"):
        _ = job.connections


def test_others_may_see_and_stop_the_job(stack: cdk.Stack) -> None:
    job: optimization.IOptimizationJob = _job(stack)
    reader = _reader(stack)
    job.grants.describe(reader)
    job.grants.stop(reader)
    statements = statements_of(template_of(stack), "Reader")
    for action in ("sagemaker:DescribeOptimizationJob", "sagemaker:StopOptimizationJob"):
        assert allowed(statements, action) == ["${JobB9D00F9F.OptimizationJobArn}"]


def test_others_may_read_the_artifact_of_this_job_alone(stack: cdk.Stack) -> None:
    output = optimization.OptimizationOutput.to_s3_uri(
        "s3://artifacts/llama/", encryption_key=kms.Key(stack, "Key")
    )
    _job(stack, output=output).grants.read_output(_reader(stack))
    statements = statements_of(template_of(stack), "Reader")
    assert allowed(statements, "s3:GetObject") == [
        "arn:${AWS::Partition}:s3:::artifacts/llama/${JobB9D00F9F}/*"
    ]
    assert allowed(statements, "s3:ListBucket") == ["arn:${AWS::Partition}:s3:::artifacts"]
    assert allowed(statements, "kms:Decrypt")[0].startswith("${Key")


def test_a_job_is_known_by_its_name_or_arn(stack: cdk.Stack) -> None:
    by_name = optimization.OptimizationJob.from_optimization_job_name(stack, "Name", "mine")
    arn = "arn:aws:sagemaker:us-east-1:111122223333:optimization-job/theirs"
    by_arn = optimization.OptimizationJob.from_optimization_job_arn(stack, "Arn", arn)
    assert by_name.optimization_job_name == "mine"
    assert flat(stack.resolve(by_name.optimization_job_arn)) == (
        "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:optimization-job/mine"
    )
    assert by_arn.optimization_job_name == "theirs"
    by_arn.grants.describe(_reader(stack))
    assert allowed(statements_of(template_of(stack), "Reader"), "sagemaker:DescribeOptimizationJob") == [arn]


def test_an_imported_job_knows_of_its_output_what_it_was_told(stack: cdk.Stack) -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:optimization-job/theirs"
    silent = optimization.OptimizationJob.from_optimization_job_arn(stack, "Silent", arn)
    with pytest.raises(ValueError, match=r"^the output location of Stack/Silent is unknown"):
        _ = silent.output_location
    with pytest.raises(ValueError, match=r"^the output bucket of Stack/Silent is unknown"):
        silent.grants.read_output(_reader(stack))

    told = optimization.OptimizationJob.from_optimization_job_attributes(
        stack, "Told", optimization_job_arn=arn, output_location="s3://artifacts/theirs/"
    )
    told.grants.read_output(stack.node.find_child("Reader"))  # type: ignore[arg-type]
    assert told.output_location == "s3://artifacts/theirs/"
    assert allowed(statements_of(template_of(stack), "Reader"), "s3:GetObject") == [
        "arn:${AWS::Partition}:s3:::artifacts/theirs/*"
    ]


_ARN = "arn:aws:sagemaker:us-east-1:111122223333"


@pytest.mark.parametrize(
    "arn", ["nonsense", "arn:aws:sns:us-east-1:111122223333:topic", f"{_ARN}:model/mine", f"{_ARN}:*"]
)
def test_an_arn_of_something_else_is_an_error(stack: cdk.Stack, arn: str) -> None:
    with pytest.raises(ValueError, match=r"^optimization_job_arn must match"):
        optimization.OptimizationJob.from_optimization_job_arn(stack, "Job", arn)


@pytest.mark.parametrize("name", ["", "team-*", "my_job", "x" * 64])
def test_a_name_that_no_job_can_have_is_an_error(stack: cdk.Stack, name: str) -> None:
    with pytest.raises(ValueError, match=r"^optimization_job_name must"):
        optimization.OptimizationJob.from_optimization_job_name(stack, "Job", name)
    with pytest.raises(ValueError, match=r"^the job's name in optimization_job_arn must"):
        optimization.OptimizationJob.from_optimization_job_arn(
            stack, "Other", f"{_ARN}:optimization-job/{name}"
        )


def test_a_job_may_be_imported_by_a_token(stack: cdk.Stack) -> None:
    name, arn = (cdk.CfnParameter(stack, id).value_as_string for id in ("Name", "Arn"))
    by_name = optimization.OptimizationJob.from_optimization_job_name(stack, "ByName", name)
    by_arn = optimization.OptimizationJob.from_optimization_job_arn(stack, "ByArn", arn)
    assert stack.resolve(by_name.optimization_job_name) == {"Ref": "Name"}
    assert stack.resolve(by_arn.optimization_job_arn) == {"Ref": "Arn"}
    assert '"Fn::Split": ["/"' in flat(stack.resolve(by_arn.optimization_job_name))


def test_a_job_can_follow_another(stack: cdk.Stack) -> None:
    first = make_job(stack, "First")
    make_job(stack, "Second", model_source=optimization.ModelSource.from_s3_uri(first.output_location))
    template = template_of(stack)
    second = next(job for name, job in resources_of(template, JOB).items() if name.startswith("Second"))
    source = flat(second["Properties"]["ModelSource"]["S3"]["S3Uri"])
    assert source.startswith("${FirstCompletionLeg6")


def test_values_of_enum_likes_are_equal_by_value() -> None:
    known = optimization.DeploymentInstanceType.ML_G5_2XLARGE
    same = optimization.DeploymentInstanceType.of("ml.g5.2xlarge")
    assert known == same
    assert len({known, same}) == 1
    assert known != optimization.QuantizationTechnique.of("ml.g5.2xlarge")
    assert str(known) == "ml.g5.2xlarge"
    assert repr(known) == "DeploymentInstanceType.of('ml.g5.2xlarge')"
