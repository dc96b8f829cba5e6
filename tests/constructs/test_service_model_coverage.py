"""Every member of CreateOptimizationJob, and every value of its enums, can be set through the constructs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import botocore.loaders
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import JOB, make_job, new_app, resources_of, template_of

_SHAPES: dict[str, Any] = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")["shapes"]
_REQUEST = "CreateOptimizationJobRequest"

_ENUM_LIKES = {
    "OptimizationJobDeploymentInstanceType": optimization.DeploymentInstanceType,
    "ModelSpeculativeDecodingTechnique": optimization.SpeculativeDecodingTechnique,
    "ModelSpeculativeDecodingS3DataType": optimization.TrainingDataType,
}


def _members(shape_name: str, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each member below a shape, through lists and maps."""
    shape = _SHAPES[shape_name]
    if shape["type"] == "structure":
        for name, member in shape["members"].items():
            yield (*path, name)
            yield from _members(member["shape"], (*path, name))
    elif shape["type"] == "list":
        yield from _members(shape["member"]["shape"], path)
    elif shape["type"] == "map":
        yield from _members(shape["value"]["shape"], path)


def _enums(shape_name: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    if shape_name in seen:
        return
    seen.add(shape_name)
    shape = _SHAPES[shape_name]
    for value in shape.get("enum", []):
        yield shape_name, value
    inner = [member["shape"] for member in shape.get("members", {}).values()]
    inner += [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    for name in inner:
        yield from _enums(name, seen)


def _present(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield (*path, name)
            yield from _present(item, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from _present(item, path)


@pytest.fixture(scope="module")
def settable() -> set[tuple[str, ...]]:
    """The members in the properties of jobs that use every prop of every construct."""
    stack = cdk.Stack(new_app(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    data = optimization.TrainingData.from_s3_uri("s3://data/")
    container: dict[str, Any] = {"environment": {"A": "b"}, "image": "image"}
    make_job(
        stack,
        "Everything",
        optimization_job_name="everything",
        model_source=optimization.ModelSource.from_s3_uri("s3://models/", accept_eula=True),
        max_instance_count=1,
        optimization_environment={"A": "b"},
        optimization_configs=[
            optimization.OptimizationConfig.quantization(**container),
            optimization.OptimizationConfig.compilation(**container),
        ],
        output=optimization.OptimizationOutput.to_s3_uri(
            "s3://artifacts/", encryption_key=kms.Key(stack, "Key"), sagemaker_model_name="model"
        ),
        max_runtime=cdk.Duration.hours(1),
        max_wait_time=cdk.Duration.hours(1),
        max_pending_time=cdk.Duration.hours(1),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        training_plan_arns=["arn:aws:sagemaker:us-east-1:111122223333:training-plan/plan"],
        tags={"a": "b"},
    )
    make_job(stack, "Model", model_source=optimization.ModelSource.from_sagemaker_model("model"))
    # Sharding goes with nothing else, and speculative decoding not with a compilation.
    sharding = optimization.OptimizationConfig.sharding(tensor_parallel_degree=8, **container)
    make_job(stack, "Sharding", optimization_configs=[sharding])
    speculative_decoding = optimization.OptimizationConfig.speculative_decoding(training_data=data)
    make_job(stack, "SpeculativeDecoding", optimization_configs=[speculative_decoding])
    jobs = resources_of(template_of(stack), JOB).values()
    return {path for job in jobs for path in _present(job["Properties"])}


@pytest.mark.parametrize("member", list(_members(_REQUEST)), ids=".".join)
def test_a_member_of_the_api_has_a_prop(settable: set[tuple[str, ...]], member: tuple[str, ...]) -> None:
    assert member in settable, f"no prop of the constructs sets {'.'.join(member)}"


@pytest.mark.parametrize(("shape", "value"), list(_enums(_REQUEST, set())))
def test_a_value_of_the_apis_enums_has_a_static_member(shape: str, value: str) -> None:
    assert shape in _ENUM_LIKES, f"no enum-like class of the library stands for {shape}"
    assert value in _ENUM_LIKES[shape].known_values(), f"{_ENUM_LIKES[shape].__name__} has no {value}"


@pytest.mark.parametrize("shape", _ENUM_LIKES)
def test_no_static_member_is_made_up(shape: str) -> None:
    assert set(_ENUM_LIKES[shape].known_values()) <= set(_SHAPES[shape]["enum"])


def test_a_static_member_is_called_like_its_value() -> None:
    for name, member in vars(optimization.DeploymentInstanceType).items():
        if name.startswith("ML_"):
            assert name == member.value.upper().replace(".", "_").replace("-", "_")
