"""Values of Python's own types: what is a string or a number works, the rest is the library's own error."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import pathlib
import types
import uuid
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import make_job, new_app, properties_of, template_of

Config = optimization.OptimizationConfig

_URI = "s3://models/llama/"
_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.31.0-lmi13.0.0-cu124"


class New(enum.StrEnum):
    KEY = "OPTION_DTYPE"
    VALUE = "fp16"
    TYPE = "ml.g5.2xlarge"
    PREFIX = "llama/"
    TECHNIQUE = "awq"
    URI = _URI
    NAME = "job-one"
    MODEL = "my-model"
    IMAGE = _IMAGE


class Old(str, enum.Enum):  # noqa: UP042 - as it was written before Python 3.11, with another str()
    KEY = "OPTION_DTYPE"
    VALUE = "fp16"
    TYPE = "ml.g5.2xlarge"
    PREFIX = "llama/"
    TECHNIQUE = "awq"
    URI = _URI
    NAME = "job-one"
    MODEL = "my-model"
    IMAGE = _IMAGE


class Count(enum.IntEnum):
    TWO = 2


class Other(enum.Enum):
    VALUE = "fp16"


@pytest.mark.parametrize("kind", [New, Old])
def test_an_enum_of_strings_is_as_good_as_its_values(stack: cdk.Stack, kind: Any) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "models")
    make_job(
        stack,
        optimization_job_name=kind.NAME,
        model_source=optimization.ModelSource.from_s3_uri(kind.URI),
        deployment_instance_type=optimization.DeploymentInstanceType.of(kind.TYPE),
        optimization_configs=[
            Config.quantization(
                technique=optimization.QuantizationTechnique.of(kind.TECHNIQUE),
                environment={kind.KEY: kind.VALUE},
                image=kind.IMAGE,
            )
        ],
        optimization_environment={kind.KEY: kind.VALUE},
        output=optimization.OptimizationOutput.to_bucket(
            bucket, kind.PREFIX, sagemaker_model_name=kind.MODEL
        ),
        triggers=[kind.VALUE],
        tags={kind.KEY: kind.VALUE},
    )
    properties = properties_of(template_of(stack))
    assert properties["OptimizationJobName"] == "job-one"
    assert properties["ModelSource"] == {"S3": {"S3Uri": _URI}}
    assert properties["DeploymentInstanceType"] == "ml.g5.2xlarge"
    assert properties["OptimizationEnvironment"] == {"OPTION_DTYPE": "fp16"}
    assert properties["OptimizationConfigs"] == [
        {
            "ModelQuantizationConfig": {
                "Image": _IMAGE,
                "OverrideEnvironment": {"OPTION_DTYPE": "fp16", "OPTION_QUANTIZE": "awq"},
            }
        }
    ]
    assert properties["OutputConfig"] == {
        "S3OutputLocation": "s3://models/llama/",
        "SageMakerModel": {"ModelName": "my-model"},
    }
    assert properties["Triggers"] == ["fp16"]
    assert properties["Tags"] == [{"Key": "OPTION_DTYPE", "Value": "fp16"}]


@pytest.mark.parametrize("kind", [New, Old])
def test_an_enum_of_strings_names_a_model_and_an_imported_job(stack: cdk.Stack, kind: Any) -> None:
    make_job(stack, model_source=optimization.ModelSource.from_sagemaker_model(kind.MODEL))
    job = optimization.OptimizationJob.from_optimization_job_name(stack, "Imported", kind.NAME)
    assert stack.resolve(job.optimization_job_name) == "job-one"
    model = properties_of(template_of(stack))["ModelSource"]
    assert model == {"SageMakerModel": {"ModelName": "my-model"}}


def test_an_enum_of_numbers_is_as_good_as_its_values(stack: cdk.Stack) -> None:
    make_job(
        stack,
        max_instance_count=Count.TWO,
        optimization_configs=[Config.sharding(tensor_parallel_degree=Count.TWO)],
    )
    properties = properties_of(template_of(stack))
    assert properties["MaxInstanceCount"] == 2
    (config,) = properties["OptimizationConfigs"]
    assert config["ModelShardingConfig"]["OverrideEnvironment"] == {"OPTION_TENSOR_PARALLEL_DEGREE": "2"}


@pytest.mark.parametrize(
    "environment",
    [
        types.MappingProxyType({"A": "b"}),
        collections.OrderedDict(A="b"),
        collections.ChainMap({"A": "b"}, {}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_mapping_is_an_environment(stack: cdk.Stack, environment: Any) -> None:
    configs = [Config.quantization(environment=environment)]
    make_job(stack, optimization_environment=environment, optimization_configs=configs, tags=environment)
    properties = properties_of(template_of(stack))
    assert properties["OptimizationEnvironment"] == {"A": "b"}
    assert properties["Tags"] == [{"Key": "A", "Value": "b"}]


_WRONG = [
    dt.date(2026, 1, 1),
    dt.timedelta(hours=1),
    decimal.Decimal(1),
    b"bytes",
    bytearray(b"bytes"),
    pathlib.PurePosixPath("llama"),
    pathlib.Path("llama"),
    uuid.UUID(int=1),
    Other.VALUE,
    1.5,
    True,
    ("a", "b"),
    {"a"},
    object(),
    str,
]
_PROPS: dict[str, Any] = {
    "environment": lambda value: {"optimization_environment": {"A": value}},
    "config": lambda value: {"optimization_configs": [Config.quantization(environment={"A": value})]},
    "image": lambda value: {"optimization_configs": [Config.quantization(image=value)]},
    "degree": lambda value: {"optimization_configs": [Config.sharding(tensor_parallel_degree=value)]},
    "name": lambda value: {"optimization_job_name": value},
    "count": lambda value: {"max_instance_count": value},
    "trigger": lambda value: {"triggers": [value]},
    "tag": lambda value: {"tags": {"a": value}},
    "plan": lambda value: {"training_plan_arns": [value]},
    "runtime": lambda value: {"max_runtime": value},
    "role": lambda value: {"role": value},
    "vpc": lambda value: {"vpc": value},
    "completion": lambda value: {"completion": value},
    "source": lambda value: {"model_source": value},
    "uri": lambda value: {"model_source": optimization.ModelSource.from_s3_uri(value)},
    "model": lambda value: {"model_source": optimization.ModelSource.from_sagemaker_model(value)},
    "type": lambda value: {"deployment_instance_type": optimization.DeploymentInstanceType.of(value)},
    "removal policy": lambda value: {"removal_policy": value},
}


@pytest.mark.parametrize("prop", _PROPS)
def test_a_value_of_another_type_is_an_error_of_the_librarys_own(prop: str) -> None:
    """The stack is of no use afterwards, and it is the same for all: only the error counts."""
    stack = cdk.Stack(new_app(), "Stack")
    for number, value in enumerate(_WRONG):
        with pytest.raises(ValueError, match=r"must (be|have)|must not"):
            make_job(stack, f"Job{number}", **_PROPS[prop](value))


def test_a_construct_of_another_level_is_an_error_that_names_its_type(stack: cdk.Stack) -> None:
    bucket: Any = s3.CfnBucket(stack, "Bucket")
    key: Any = kms.CfnKey(stack, "Key")
    role: Any = iam.CfnRole(stack, "Role", assume_role_policy_document={})
    group: Any = ec2.CfnSecurityGroup(stack, "Group", group_description="-")
    network: Any = ec2.CfnVPC(stack, "Network", cidr_block="10.0.0.0/16")
    subnet: Any = ec2.CfnSubnet(stack, "Subnet", vpc_id="vpc-1")
    queue: Any = sqs.CfnQueue(stack, "Queue")
    vpc = ec2.Vpc(stack, "Vpc")
    target, provider = optimization.OptimizationOutput, optimization.OptimizationJobProvider
    job = make_job(stack)
    tries: dict[str, Any] = {
        "bucket must be a bucket, .*: an AWS::S3::Bucket": lambda: target.to_bucket(bucket),
        "encryption_key must be a key, .*: an AWS::KMS::Key": lambda: target.to_s3_uri(
            "s3://a/", encryption_key=key
        ),
        "role must be a role, .*: an AWS::IAM::Role": lambda: make_job(stack, "A", role=role),
        "vpc must be a VPC, .*: an AWS::EC2::VPC": lambda: make_job(stack, "B", vpc=network),
        r"security_groups\[0\] must be a security group, .*: an AWS::EC2::SecurityGroup": lambda: make_job(
            stack, "C", vpc=vpc, security_groups=[group]
        ),
        r"vpc_subnets.subnets\[0\] must be a subnet, .*: an AWS::EC2::Subnet": lambda: make_job(
            stack, "F", vpc=vpc, vpc_subnets=ec2.SubnetSelection(subnets=[subnet])
        ),
        "dead_letter_queue must be a queue, .*: an AWS::SQS::Queue": lambda: provider(
            stack, "D", dead_letter_queue=queue
        ),
        "grantee must be a principal, .*: an AWS::IAM::Role": lambda: job.grants.read_output(role),
        "grantee must be a principal, such as": lambda: job.grants.stop(role),
        "role must be a role, such as .* got <aws_cdk.Stack": lambda: make_job(stack, "E", role=stack),
    }
    for message, attempt in tries.items():
        with pytest.raises(ValueError, match=rf"^{message}"):
            attempt()
