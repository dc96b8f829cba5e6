"""TensorRT-LLM and the newer Llamas."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

import cdk_sagemaker_optimization as optimization
from tests.constructs.rules.support import COMPILATION, NEURON_COMPILATION, Attempts, quantization

Source = optimization.ModelSource


def _called(name: str) -> dict[str, Any]:
    return {"model_source": Source.from_s3_uri(f"s3://models/{name}/")}


@pytest.mark.parametrize(
    ("name", "got"),
    [
        ("llama-3.1-8b", "llama-3.1-8b"),
        ("meta-textgeneration-llama-3-1-70b-instruct", "llama-3-1-70b-instruct"),
        ("Meta-Llama-3.3-70B", "llama-3.3-70b"),
        ("llama3.2-1b", "llama3.2-1b"),
        ("Llama-4-Scout-17B", "llama-4-scout-17b"),
    ],
)
def test_compiling_llama_3_1_or_newer_for_a_gpu_is_warned_of(attempts: Attempts, name: str, got: str) -> None:
    assert attempts.warnings(COMPILATION, **_called(name)) == {
        "compilationOfNewLlama": "compilation for ml.g5.2xlarge is by TensorRT-LLM, which SageMaker's own "
        f"SDK does not let compile Llama 3.1 and newer, got {got!r}: try it, or quantize without compilation"
    }


@pytest.mark.parametrize(
    "name",
    [
        "llama-3-8b",
        "llama-3-70b",
        "meta-textgeneration-llama-3-8b",
        "llama-2-70b",
        "llama-7b",
        "llama-13b",
        "llama-65b",
        "codellama-34b",
        "mistral-3.1-8b",
    ],
)
def test_compiling_another_model_passes(attempts: Attempts, name: str) -> None:
    assert attempts.warnings(COMPILATION, **_called(name)) == {}


def test_quantizing_it_and_compiling_it_for_neuron_passes(attempts: Attempts) -> None:
    name = _called("llama-3.1-8b")
    assert attempts.warnings(quantization("awq"), **name) == {}
    assert attempts.warnings(NEURON_COMPILATION, instance="ml.inf2.8xlarge", **name) == {}


def test_the_name_of_a_sagemaker_model_and_the_id_at_hugging_face_count(attempts: Attempts) -> None:
    by_name = attempts.warnings(COMPILATION, model_source=Source.from_sagemaker_model("llama-3-1-8b"))
    environment = {"HF_MODEL_ID": "meta-llama/Llama-3.1-8B"}
    by_id = attempts.warnings(COMPILATION, optimization_environment=environment)
    assert list(by_name) == ["modelNotGranted", "compilationOfNewLlama"]
    assert list(by_id) == ["compilationOfNewLlama"]


def test_the_name_of_a_token_is_not_the_name_of_a_model(attempts: Attempts) -> None:
    resource = cdk.CfnResource(attempts.stack, "Llama4Models", type="Custom::Bucket")
    bucket = resource.get_att("Name").to_string()
    assert "Llama4Models" in bucket
    assert attempts.warnings(COMPILATION, model_source=Source.from_s3_uri(f"s3://{bucket}/model/")) == {}
