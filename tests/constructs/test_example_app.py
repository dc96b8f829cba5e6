"""The example app, and what its context values choose."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from app import OptimizedModel
from tests.constructs.payloads.stacks import payload
from tests.constructs.support import JOB, properties_of, resources_of, template_of


def _template(**context: str) -> dict[str, Any]:
    return template_of(OptimizedModel(cdk.App(context=context), "OptimizedModel"))


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
