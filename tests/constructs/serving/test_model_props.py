"""Mistakes in the props of a model are errors at synthesis, which say what is wrong and what is right."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.support import DJL, imported, make_model
from tests.constructs.support import make_job


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"job": "job"}, "job must be an OptimizationJob, such as OptimizationJob.from_…(…), got 'job'"),
        ({"base_model": "s3://a/"}, "base_model must be ModelSource.from_bucket(…) or .from_s3_uri(…)"),
        ({"image": 1}, "image must be the URI of an image, got 1"),
        ({"image": ""}, "image must match"),
        ({"image": "a b"}, "image must match"),
        ({"image": "x" * 256}, "image must have at most 255 characters, got 256 characters"),
        ({"environment": ["A=b"]}, "environment must be a mapping of strings, got ['A=b']"),
        ({"environment": {"A": 1}}, "environment.A must be a string, got 1"),
        ({"environment": {"a b": "c"}}, "the key 'a b' of environment must match"),
        (
            {"environment": {"A": "x" * 1025}},
            "environment.A must have at most 1024 characters, got 1025 characters",
        ),
        (
            {"environment": {f"A{number}": "" for number in range(101)}},
            "environment must have at most 100 entries, got 101 entries",
        ),
        ({"speculation": "eagle3"}, "speculation must be Speculation.eagle(…), got 'eagle3'"),
        ({"technique": "awq"}, "technique must be a member of Technique, got 'awq'"),
        ({"role": "arn:aws:iam::111122223333:role/mine"}, "role must be a role, such as iam.Role"),
        ({"vpc": "vpc-1"}, "vpc must be a VPC, such as ec2.Vpc.from_lookup(…), got 'vpc-1'"),
        ({"security_groups": []}, "security_groups needs a vpc: give vpc, or leave security_groups out"),
        ({"network_isolation": "no"}, "network_isolation must be True or False, got 'no'"),
        ({"tags": ["a"]}, "tags must be a mapping of strings, got ['a']"),
        ({"tags": {"a": 1}}, "tags.a must be a string, got 1"),
        ({"tags": {"": "a"}}, "tags[1].Key must have between 1 and 128 characters"),
        ({"provider": "stack"}, "provider must be an OptimizationJobProvider, got 'stack'"),
        (
            {"technique": optimization.Technique.SHARDING},
            (
                "technique must be left out, because Stack/Job is a job of the app, which knows its own, got "
                "sharding"
            ),
        ),
    ],
)
def test_a_wrong_prop_is_named(stack: cdk.Stack, props: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        optimization.OptimizedModel(stack, "Model", **{"job": make_job(stack), **props})


@pytest.mark.parametrize(
    ("attributes", "props", "message"),
    [
        (
            {},
            {"image": f"{DJL}:0.33.0-lmi15.0.0-cu128"},
            (
                "the technique of the imported job Stack/Imported is not known: give technique, such as "
                "technique=Technique.QUANTIZATION"
            ),
        ),
        (
            {"output_location": None},
            {"image": "image", "technique": optimization.Technique.QUANTIZATION},
            (
                "the output location of Stack/Imported is unknown: import the job with "
                "from_optimization_job_attributes(…, output_location=…)"
            ),
        ),
        (
            {},
            {"technique": optimization.Technique.QUANTIZATION},
            (
                "the image that SageMaker recommends for the artifact of the imported job Stack/Imported is "
                "not known: give image"
            ),
        ),
    ],
)
def test_an_imported_job_needs_what_is_not_known_of_it(
    stack: cdk.Stack, attributes: dict[str, Any], props: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        optimization.OptimizedModel(stack, "Model", job=imported(stack, **attributes), **props)


@pytest.mark.parametrize("technique", ["quantization", "eagle"])
@pytest.mark.parametrize("prop", ["environment", "tags"])
def test_a_secret_in_a_prop_is_an_error_because_the_model_shows_it(
    stack: cdk.Stack, technique: str, prop: str
) -> None:
    secret = cdk.SecretValue.secrets_manager("token").unsafe_unwrap()
    message = rf"{prop}\.TOKEN must not hold a secret, because everybody who may describe the model can read"
    with pytest.raises(ValueError, match=message):
        make_model(stack, technique, **{prop: {"TOKEN": secret}})


def test_a_value_that_is_known_only_at_deployment_is_accepted(stack: cdk.Stack) -> None:
    value = cdk.CfnParameter(stack, "Value").value_as_string
    model = make_model(stack, image=value, environment={"A": value}, tags={"a": value})
    assert model.image == value
