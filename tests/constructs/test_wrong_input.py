"""Mistakes that can be seen at synthesis are errors there, which say what is wrong and what is right."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import make_job, properties_of, template_of, warnings_of

Config = optimization.OptimizationConfig

_SECURITY_GROUP = "a security group, such as ec2.SecurityGroup.from_security_group_id(…)"


@pytest.mark.parametrize(
    ("props", "message"),
    [
        (
            {"max_pending_time": cdk.Duration.minutes(10)},
            "max_pending_time must be between 30 minutes and 28 days, got 10 minutes",
        ),
        (
            {"max_pending_time": cdk.Duration.days(29)},
            "max_pending_time must be between 30 minutes and 28 days, got 29 days",
        ),
        ({"max_runtime": cdk.Duration.seconds(0)}, "max_runtime must be at least 1 second, got 0 seconds"),
        (
            {"max_runtime": cdk.Duration.millis(1500)},
            "max_runtime must be a whole number of seconds, got 1.5 seconds",
        ),
        (
            {"max_wait_time": cdk.Duration.seconds(0)},
            "max_wait_time must be at least 1 second, got 0 seconds",
        ),
        ({"max_instance_count": 0}, "max_instance_count must be at least 1, got 0"),
        ({"max_instance_count": "2"}, "max_instance_count must be an integer, got '2'"),
        (
            {"optimization_configs": []},
            "optimization_configs must have between 1 and 10 items, got 0 items: []",
        ),
        (
            {"optimization_configs": [Config.compilation()] * 11},
            "optimization_configs must have at most 10 items, got 11 items",
        ),
        (
            {"optimization_configs": [{"ModelCompilationConfig": {}}]},
            "optimization_configs must hold OptimizationConfig.quantization",
        ),
        (
            {"deployment_instance_type": "ml.g5.2xlarge"},
            "deployment_instance_type must be a member of DeploymentInstanceType",
        ),
        (
            {"optimization_environment": {f"KEY{number}": "" for number in range(26)}},
            "optimization_environment must have at most 25 entries, got 26 entries",
        ),
        (
            {"optimization_environment": {"KEY": "x" * 257}},
            "optimization_environment.KEY must have at most 256 characters, got 257 characters",
        ),
        (
            {"optimization_environment": {"KEY": 2}},
            "optimization_environment.KEY must be a string, got 2",
        ),
        ({"optimization_environment": {" ": "x"}}, "the key ' ' of optimization_environment must match"),
        (
            {"optimization_job_name": "x" * 64},
            "optimization_job_name must have between 1 and 63 characters, got 64 characters",
        ),
        ({"optimization_job_name": "my_job"}, "optimization_job_name must match"),
        ({"training_plan_arns": ["plan"]}, "training_plan_arns[0] must have between 50 and 2048 characters"),
        (
            {"training_plan_arns": ["arn:aws:sagemaker:us-east-1:111122223333:training-plan/a"] * 2},
            "training_plan_arns must have at most 1 items, got 2 items",
        ),
        (
            {"triggers": "again"},
            "triggers must be a list or a mapping of strings, got 'again': give ['again']",
        ),
        (
            {"triggers": {"one", "two"}},
            "triggers must be a list or a mapping of strings, got a set, which has no fixed order: give",
        ),
        (
            {"training_plan_arns": "arn"},
            "training_plan_arns must be a list of strings, got 'arn': give ['arn']",
        ),
        (
            {"model_source": "s3://models/llama/"},
            "model_source must be ModelSource.from_bucket(…), .from_s3_uri(…) or .from_sagemaker_model",
        ),
        (
            {"output": "s3://artifacts/"},
            "output must be OptimizationOutput.to_bucket(…) or .to_s3_uri(…), got 's3://artifacts/'",
        ),
        (
            {"completion": cdk.Duration.hours(1)},
            "completion must be Completion.wait(…) or .detached(), got <aws_cdk.Duration",
        ),
        (
            {"optimization_configs": Config.quantization()},
            "optimization_configs must be a list, got <cdk_sagemaker_optimization",
        ),
        ({"max_runtime": 0}, "max_runtime must be a Duration, such as Duration.minutes(90), got 0"),
        ({"max_runtime": 3600}, "max_runtime must be a Duration, such as Duration.minutes(90), got 3600"),
        (
            {"vpc_subnets": ec2.SubnetSelection(one_per_az=True)},
            "vpc_subnets needs a vpc: give vpc, or leave vpc_subnets out",
        ),
        ({"security_groups": []}, "security_groups needs a vpc: give vpc, or leave security_groups out"),
        ({"role": "arn:aws:iam::111122223333:role/mine"}, "role must be a role, such as iam.Role.from"),
        ({"role": iam.Role}, "role must be a role, such as iam.Role.from_role_arn(…), got <class"),
        ({"vpc": ec2.Vpc}, "vpc must be a VPC, such as ec2.Vpc.from_lookup(…), got <class"),
        ({"role": {}}, "role must be a role, such as iam.Role.from_role_arn(…), got {}"),
        ({"vpc": "vpc-1"}, "vpc must be a VPC, such as ec2.Vpc.from_lookup(…), got 'vpc-1'"),
        ({"provider": "function"}, "provider must be an OptimizationJobProvider, got 'function'"),
        ({"removal_policy": "retain"}, "removal_policy must be a member of RemovalPolicy, got 'retain'"),
        ({"tags": ["a"]}, "tags must be a mapping of strings, got ['a']"),
        ({"tags": "a"}, "tags must be a mapping of strings, got 'a'"),
        ({"tags": {"a": 1}}, "tags.a must be a string, got 1"),
        ({"tags": {1: "a"}}, "the key 1 of tags must be a string"),
        ({"optimization_environment": ["a"]}, "optimization_environment must be a mapping of strings, got ["),
        ({"triggers": 1}, "triggers must be a list or a mapping of strings, got 1"),
        ({"triggers": ["a", 1]}, "triggers[1] must be a string, got 1"),
        ({"triggers": {"a": 1}}, "triggers.a must be a string, got 1"),
        ({"triggers": {1: "a"}}, "the key 1 of triggers must be a string"),
        ({"training_plan_arns": 5}, "training_plan_arns must be a list of strings, got 5"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "-".join(value),
)
def test_a_wrong_prop_is_an_error(stack: cdk.Stack, props: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}"):
        make_job(stack, **props)


@pytest.mark.parametrize(
    ("seconds", "prop"),
    [(1800, "max_pending_time"), (2_419_200, "max_pending_time"), (1, "max_runtime"), (1, "max_wait_time")],
)
def test_the_values_at_the_limits_pass(stack: cdk.Stack, seconds: int, prop: str) -> None:
    props: dict[str, Any] = {prop: cdk.Duration.seconds(seconds)}
    make_job(stack, **props)


@pytest.mark.parametrize("value", ["no", 0, None])
def test_a_flag_is_true_or_false(stack: cdk.Stack, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^strict must be True or False, got {value!r}$"):
        optimization.OptimizationRole(stack, "Role", strict=value)
    message = rf"^restrict_trust_to_account must be True or False, got {value!r}$"
    with pytest.raises(ValueError, match=message):
        optimization.OptimizationJobProvider(stack, "Provider", restrict_trust_to_account=value)


def test_subnets_and_security_groups_are_counted(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["a"],
        private_subnet_ids=[f"subnet-{number}" for number in range(17)],
    )
    with pytest.raises(ValueError, match=r"^vpc_subnets must have between 1 and 16 items, got 17 items"):
        make_job(stack, vpc=vpc)
    groups = [
        ec2.SecurityGroup.from_security_group_id(stack, f"Group{number}", f"sg-{number}")
        for number in range(6)
    ]
    first = ec2.SubnetSelection(subnet_filters=[ec2.SubnetFilter.by_ids(["subnet-1"])])
    with pytest.raises(ValueError, match=r"^security_groups must have between 1 and 5 items, got 6 items"):
        make_job(stack, "Other", vpc=vpc, vpc_subnets=first, security_groups=groups)
    with pytest.raises(ValueError, match=r"^security_groups must have between 1 and 5 items, got 0 items"):
        make_job(stack, "None", vpc=vpc, vpc_subnets=first, security_groups=[])


@pytest.mark.parametrize("uri", ["models/llama", "s3:/models", "ftp://models/llama", "s3://" + "x" * 1020])
def test_a_location_that_is_no_s3_uri_is_an_error(uri: str) -> None:
    with pytest.raises(ValueError, match=r"^the S3 URI must"):
        optimization.ModelSource.from_s3_uri(uri)
    with pytest.raises(ValueError, match=r"^the S3 URI must"):
        optimization.OptimizationOutput.to_s3_uri(uri)
    with pytest.raises(ValueError, match=r"^the S3 URI must"):
        optimization.TrainingData.from_s3_uri(uri)


def test_a_prefix_that_begins_with_a_slash_is_an_error(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "bucket")
    with pytest.raises(ValueError, match=r"^a prefix must not begin with a slash, got '/models'$"):
        optimization.ModelSource.from_bucket(bucket, "/models")


@pytest.mark.parametrize("name", ["-model", "my model", "x" * 64])
def test_a_name_that_no_sagemaker_model_can_have_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match=r"^the name of the SageMaker model must"):
        optimization.ModelSource.from_sagemaker_model(name)
    with pytest.raises(ValueError, match=r"^sagemaker_model_name must"):
        optimization.OptimizationOutput.to_s3_uri("s3://bucket/", sagemaker_model_name=name)


@pytest.mark.parametrize("image", ["djl inference:latest", "x" * 256])
def test_a_wrong_image_is_an_error(image: str) -> None:
    with pytest.raises(ValueError, match=r"^image must"):
        Config.quantization(image=image)


def test_two_methods_at_once_are_an_error() -> None:
    message = "technique must be the same as OPTION_QUANTIZE in the environment, got 'awq' and 'fp8'"
    with pytest.raises(ValueError, match=rf"^{message}$"):
        Config.quantization(
            technique=optimization.QuantizationTechnique.AWQ, environment={"OPTION_QUANTIZE": "fp8"}
        )


def test_a_string_is_no_technique_and_no_type_of_data() -> None:
    name: Any = "awq"
    expected = r"must be a member of {0}, or {0}.of\(…\), got 'awq'$"
    with pytest.raises(ValueError, match=rf"^technique {expected.format('QuantizationTechnique')}"):
        Config.quantization(technique=name)
    with pytest.raises(ValueError, match=rf"^technique {expected.format('SpeculativeDecodingTechnique')}"):
        Config.speculative_decoding(technique=name)
    with pytest.raises(ValueError, match=rf"^data_type {expected.format('TrainingDataType')}"):
        optimization.TrainingData.from_s3_uri("s3://data/", data_type=name)
    with pytest.raises(ValueError, match=r"^training_data must be TrainingData\.from_bucket.*got 'awq'$"):
        Config.speculative_decoding(training_data=name)


def test_a_number_is_no_timeout() -> None:
    number: Any = 3600
    with pytest.raises(ValueError, match=r"^timeout must be a Duration, such as .*, got 3600$"):
        optimization.Completion.wait(number)
    with pytest.raises(ValueError, match=r"^poll_interval must be a Duration, such as .*, got 3600$"):
        optimization.Completion.wait(poll_interval=number)


@pytest.mark.parametrize("degree", [0, -1, 1.5, True, "many"])
def test_a_degree_that_is_no_whole_number_is_an_error(degree: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^tensor_parallel_degree must be a whole number of at least 1, got"
    ):
        Config.sharding(tensor_parallel_degree=degree)


@pytest.mark.parametrize("name", ["", "g5.2xlarge", "ml.g5", "ML.G5.2XLARGE"])
def test_an_instance_type_of_the_wrong_form_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match=rf"^an instance type must look like ml.g5.2xlarge, got {name!r}$"):
        optimization.DeploymentInstanceType.of(name)


def test_an_instance_type_that_is_newer_than_the_library_is_a_warning(stack: cdk.Stack) -> None:
    make_job(stack, deployment_instance_type=optimization.DeploymentInstanceType.of("ml.g9.2xlarge"))
    (warning,) = warnings_of(stack)
    assert warning.startswith("deployment_instance_type ml.g9.2xlarge is not among those that this release")


@pytest.mark.parametrize("bucket", ["models", None, 1, {"name": "models"}, ["models"]])
def test_a_name_is_no_bucket(bucket: Any) -> None:
    expected = "bucket must be a bucket, such as s3.Bucket.from_bucket_name(…)"
    message = rf"^{re.escape(f'{expected}, got {bucket!r}')}$"
    with pytest.raises(ValueError, match=message):
        optimization.ModelSource.from_bucket(bucket, "models/")
    with pytest.raises(ValueError, match=message):
        optimization.OptimizationOutput.to_bucket(bucket, "models/")
    with pytest.raises(ValueError, match=message):
        optimization.TrainingData.from_bucket(bucket, "data/")


def test_a_number_is_no_prefix(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "bucket")
    prefix: Any = 1
    with pytest.raises(ValueError, match=r"^prefix must be a string, got 1$"):
        optimization.ModelSource.from_bucket(bucket, prefix)


def test_an_arn_is_no_key(stack: cdk.Stack) -> None:
    arn: Any = "arn:key"
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "bucket")
    message = r"^{} must be a key, such as kms\.Key\.from_key_arn\(…\), got 'arn:key'$"
    with pytest.raises(ValueError, match=message.format("encryption_key")):
        optimization.OptimizationOutput.to_s3_uri("s3://artifacts/", encryption_key=arn)
    with pytest.raises(ValueError, match=message.format("encryption_key")):
        optimization.OptimizationOutput.to_bucket(bucket, encryption_key=arn)
    with pytest.raises(ValueError, match=message.format("output_encryption_key")):
        optimization.OptimizationJob.from_optimization_job_attributes(
            stack,
            "Imported",
            optimization_job_arn="arn:aws:sagemaker:us-east-1:111122223333:optimization-job/mine",
            output_encryption_key=arn,
        )


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"vpc_subnets": ["subnet-1"]}, "vpc_subnets must be a SubnetSelection, got ['subnet-1']"),
        ({"security_groups": "sg-1"}, "security_groups must be a list, got 'sg-1'"),
        (
            {"security_groups": ["sg-1"]},
            f"security_groups[0] must be {_SECURITY_GROUP}, got 'sg-1'",
        ),
    ],
)
def test_ids_are_no_subnets_and_no_security_groups(
    stack: cdk.Stack, props: dict[str, Any], message: str
) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        make_job(stack, vpc=vpc, **props)
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        optimization.OptimizationJobProvider(stack, "Provider", vpc=vpc, **props)


@pytest.mark.parametrize(
    ("prop", "expected"),
    [
        ("vpc", "a VPC, such as ec2.Vpc.from_lookup(…)"),
        ("environment_encryption", "a key, such as kms.Key.from_key_arn(…)"),
        ("log_encryption_key", "a key, such as kms.Key.from_key_arn(…)"),
        ("state_machine_encryption_key", "a key, such as kms.Key.from_key_arn(…)"),
        (
            "permissions_boundary",
            "a managed policy, such as iam.ManagedPolicy.from_managed_policy_name(…)",
        ),
        ("dead_letter_queue", "a queue, such as sqs.Queue.from_queue_arn(…)"),
    ],
)
def test_a_name_is_nothing_that_a_provider_takes(stack: cdk.Stack, prop: str, expected: str) -> None:
    props: Any = {prop: "name"}
    with pytest.raises(ValueError, match=rf"^{re.escape(f'{prop} must be {expected}')}, got 'name'$"):
        optimization.OptimizationJobProvider(stack, "Provider", **props)


class _OwnBucket:
    """Stands for a bucket of a user's own making: it is none of the CDK's classes."""

    bucket_name = "models"
    bucket_arn = "arn:aws:s3:::models"
    encryption_key = None


def test_a_bucket_of_a_users_own_making_is_a_bucket() -> None:
    bucket: Any = _OwnBucket()
    optimization.ModelSource.from_bucket(bucket, "llama/")
    optimization.OptimizationOutput.to_bucket(bucket, "llama-awq/")
    optimization.TrainingData.from_bucket(bucket, "data/")


def test_a_trigger_may_be_known_only_at_deployment(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Number", type="Number")
    triggers: Any = [parameter.value_as_number, parameter.value]
    make_job(stack, triggers=triggers)
    assert properties_of(template_of(stack))["Triggers"] == [{"Ref": "Number"}, {"Ref": "Number"}]


@pytest.mark.parametrize(
    "make", [optimization.DeploymentInstanceType.of, optimization.QuantizationTechnique.of]
)
def test_a_number_is_no_name_of_a_value(make: Any) -> None:
    with pytest.raises(ValueError, match=r"^the value of an? \w+ must be a string, got 5$"):
        make(5)


def test_a_list_is_no_environment_of_a_container() -> None:
    environment: Any = ["OPTION_QUANTIZE=awq"]
    for make in (Config.quantization, Config.compilation, Config.sharding):
        with pytest.raises(ValueError, match=r"^environment must be a mapping of strings, got \['OPTION"):
            make(environment=environment)


def test_a_role_of_the_wrong_form_is_an_error(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::1:role/role")
    with pytest.raises(ValueError, match=r"^the ARN of role must match"):
        make_job(stack, role=role)
