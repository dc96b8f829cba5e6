"""A container gets the variables that its technique needs, and none that the artifact has itself."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.support import DEGREE, JOBS, Config, make_model

_EAGLE = {
    "OPTION_MODEL": "/opt/ml/model",
    "OPTION_ASYNC_MODE": "true",
    "OPTION_ROLLING_BATCH": "disable",
    "OPTION_ENTRYPOINT": "djl_python.lmi_vllm.vllm_async_service",
    "OPTION_SPECULATIVE_CONFIG": (
        '{"method":"eagle3","model":"/opt/ml/additional-model-data-sources/eagle",'
        '"draft_tensor_parallel_size":1,"num_speculative_tokens":5}'
    ),
    "SERVING_FAIL_FAST": "true",
}


def environment(stack: cdk.Stack, technique: str = "quantization", **props: Any) -> dict[str, str]:
    return dict(make_model(stack, technique, **props).environment)


@pytest.mark.parametrize("technique", [name for name in JOBS if name != "eagle"])
def test_the_options_of_the_job_are_in_the_artifact_and_not_repeated(
    stack: cdk.Stack, technique: str
) -> None:
    job = {"optimization_environment": {"OPTION_MAX_MODEL_LEN": "4096", "OPTION_QUANTIZE": "fp8"}}
    if technique != "quantization":
        del job["optimization_environment"]["OPTION_QUANTIZE"]
    else:
        job["optimization_configs"] = [Config.quantization()]  # type: ignore[assignment]
    assert environment(stack, technique, job=job) == {}


def test_other_variables_of_the_job_go_on_to_the_model(stack: cdk.Stack) -> None:
    job = {
        "optimization_environment": {"SERVING_LOG_LEVEL": "debug", "VERBOSE": "1"},
        "optimization_configs": [Config.quantization(environment={"VERBOSE": "2"})],
    }
    assert environment(stack, job=job) == {"SERVING_LOG_LEVEL": "debug", "VERBOSE": "2"}


@pytest.mark.parametrize("name", ["HF_MODEL_ID", "HF_REVISION", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
def test_what_names_or_opens_the_source_stays_with_the_job(stack: cdk.Stack, name: str) -> None:
    assert environment(stack, job={"optimization_environment": {name: "meta-llama/Llama"}}) == {}


def test_a_draft_is_served_with_the_variables_of_awss_notebook(stack: cdk.Stack) -> None:
    assert environment(stack, "eagle") == _EAGLE


def test_the_base_model_has_no_options_of_the_job_so_they_are_said_again(stack: cdk.Stack) -> None:
    options = {DEGREE: "4", "OPTION_MAX_MODEL_LEN": "2048"}
    job = {"optimization_environment": {**options, "OPTION_DTYPE": "fp16"}}
    assert environment(stack, "eagle", job=job) == {**_EAGLE, **options}


def test_the_use_of_a_draft_can_be_chosen(stack: cdk.Stack) -> None:
    speculation = optimization.Speculation.eagle(method="eagle", tokens=3, draft_tensor_parallel_degree=2)
    found = environment(stack, "eagle", speculation=speculation)
    assert json.loads(found["OPTION_SPECULATIVE_CONFIG"]) == {
        "method": "eagle",
        "model": "/opt/ml/additional-model-data-sources/eagle",
        "draft_tensor_parallel_size": 2,
        "num_speculative_tokens": 3,
    }


def test_a_users_variable_wins_and_none_takes_one_away(stack: cdk.Stack) -> None:
    given = {"SERVING_FAIL_FAST": None, "OPTION_ASYNC_MODE": "false", "MINE": "1", "ABSENT": None}
    found = environment(stack, "eagle", environment=given)
    expected = {**_EAGLE, "OPTION_ASYNC_MODE": "false", "MINE": "1"}
    del expected["SERVING_FAIL_FAST"]
    assert found == expected


def test_a_variable_that_is_known_only_at_deployment_goes_on_as_it_is(stack: cdk.Stack) -> None:
    level = cdk.CfnParameter(stack, "Level").value_as_string
    found = environment(
        stack, job={"optimization_environment": {"LEVEL": level}}, environment={"OTHER": level}
    )
    assert found == {"LEVEL": level, "OTHER": level}
