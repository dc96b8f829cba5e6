"""The example app, and what its context values choose."""

from __future__ import annotations

from typing import Any

import pytest

from app import JobStack, build
from tests.constructs.payloads.stacks import payload
from tests.constructs.support import JOB, new_app, properties_of, resources_of, template_of


def _template(**context: str) -> dict[str, Any]:
    return template_of(JobStack(new_app(**context), "OptimizedModel"))


def test_without_any_context_it_is_the_public_request() -> None:
    properties = properties_of(_template())
    request = payload("awq_llama3_8b")
    for member in (
        "ModelSource",
        "DeploymentInstanceType",
        "OptimizationEnvironment",
        "OptimizationConfigs",
        "StoppingCondition",
    ):
        assert properties[member] == request[member]


def test_it_ends_with_what_a_person_wants_to_know() -> None:
    outputs = _template()["Outputs"]
    assert set(outputs) == {"JobName", "JobArn", "ArtifactLocation", "RecommendedImage"}


def test_the_model_the_bucket_and_the_instance_type_can_be_chosen() -> None:
    template = _template(
        model_uri="s3://mine/model/", bucket="results", output_prefix="out/", instance_type="ml.g6.12xlarge"
    )
    properties = properties_of(template)
    assert properties["ModelSource"]["S3"]["S3Uri"] == "s3://mine/model/"
    assert properties["OutputConfig"]["S3OutputLocation"] == "s3://results/out/"
    assert properties["DeploymentInstanceType"] == "ml.g6.12xlarge"
    assert resources_of(template, "AWS::S3::Bucket") == {}


@pytest.mark.parametrize(
    ("context", "config"),
    [
        (
            {"technique": "fp8"},
            {"ModelQuantizationConfig": {"OverrideEnvironment": {"OPTION_QUANTIZE": "fp8"}}},
        ),
        (
            {"technique": "compilation"},
            {"ModelCompilationConfig": {"OverrideEnvironment": {"OPTION_TENSOR_PARALLEL_DEGREE": "2"}}},
        ),
        (
            {"technique": "sharding", "tensor_parallel_degree": "4"},
            {"ModelShardingConfig": {"OverrideEnvironment": {"OPTION_TENSOR_PARALLEL_DEGREE": "4"}}},
        ),
        ({"technique": "eagle"}, {"ModelSpeculativeDecodingConfig": {"Technique": "EAGLE"}}),
        (
            {"technique": "eagle", "training_data_uri": "s3://data/"},
            {
                "ModelSpeculativeDecodingConfig": {
                    "Technique": "EAGLE",
                    "TrainingDataSource": {"S3Uri": "s3://data/", "S3DataType": "S3Prefix"},
                }
            },
        ),
    ],
    ids=lambda value: "-".join(value.values()) if "technique" in value else "",
)
def test_the_technique_can_be_chosen(context: dict[str, str], config: dict[str, Any]) -> None:
    (job,) = resources_of(_template(**context), JOB).values()
    assert job["Properties"]["OptimizationConfigs"] == [config]


def _serving(**context: str) -> dict[str, Any]:
    _, serving = build(new_app(serve="true", **context))
    return template_of(serving)


@pytest.mark.parametrize("context", [{}, {"serve": "false"}], ids=["by default", "if it is not wanted"])
def test_there_is_one_stack_without_an_endpoint(context: dict[str, str]) -> None:
    assert [stack.stack_name for stack in build(new_app(**context))] == ["OptimizedModel"]


def test_the_endpoint_is_in_a_stack_that_is_deployed_after_the_job() -> None:
    job, serving = build(new_app(serve="true", stack_name="Llama"))
    assert [job.stack_name, serving.stack_name] == ["Llama", "LlamaServing"]
    assert serving.dependencies == [job]


def test_the_endpoint_serves_on_the_instance_type_of_the_job() -> None:
    template = _serving(instance_type="ml.g6.12xlarge")
    (variant,) = properties_of(template, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.g6.12xlarge", 1)
    assert set(template["Outputs"]) == {"EndpointName"}


def test_the_image_that_serves_can_be_chosen() -> None:
    image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128"
    model = properties_of(_serving(serving_image=image), "AWS::SageMaker::Model")
    assert model["PrimaryContainer"]["Image"] == image


@pytest.mark.parametrize(
    ("context", "resource"),
    [
        ({"technique": "fp8"}, "AWS::SageMaker::Model"),
        ({"technique": "compilation", "instance_type": "ml.inf2.8xlarge"}, "AWS::SageMaker::Model"),
        ({"technique": "sharding"}, "AWS::SageMaker::InferenceComponent"),
        ({"technique": "eagle"}, "Custom::SageMakerModel"),
    ],
    ids=lambda value: value["technique"] if isinstance(value, dict) else "",
)
def test_every_technique_is_served(context: dict[str, str], resource: str) -> None:
    assert len(resources_of(_serving(**context), resource)) == 1


def test_a_copy_of_a_sharded_model_has_the_memory_that_is_chosen() -> None:
    component = properties_of(
        _serving(technique="sharding", copy_memory_gib="64"), "AWS::SageMaker::InferenceComponent"
    )
    resources = component["Specification"]["ComputeResourceRequirements"]
    assert resources["MinMemoryRequiredInMb"] == 64 * 1024
