from __future__ import annotations

import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization_job.service_model import InvalidValueError, ServiceModel
from tests.function.requests import properties
from tests.simulation.aws import stringified

MODEL = ServiceModel.load()


def request(**changes: Any) -> dict[str, Any]:
    wanted = properties(OptimizationJobName="a-job", **changes)
    return {k: v for k, v in wanted.items() if k not in ("ServiceToken", "Version", "NamePrefix")}


def test_a_right_request_has_no_problems() -> None:
    assert MODEL.check("CreateOptimizationJobRequest", request()) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"ModelSource": None}, "ModelSource is required"),
        (
            {"OptimizationJobName": "-a"},
            "OptimizationJobName must match [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}, got '-a'",
        ),
        ({"MaxInstanceCount": 0}, "MaxInstanceCount must be at least 1, got 0"),
        ({"MaxInstanceCount": True}, "MaxInstanceCount must be an integer, got True"),
        (
            {"StoppingCondition": {"MaxPendingTimeInSeconds": 2419201}},
            "StoppingCondition.MaxPendingTimeInSeconds must be between 1800 and 2419200, got 2419201",
        ),
        (
            {"OptimizationEnvironment": {"A": "x" * 257}},
            "OptimizationEnvironment.A must have at most 256 characters",
        ),
        ({"OptimizationEnvironment": {" ": "x"}}, "the key ' ' of OptimizationEnvironment must match"),
        (
            {"OptimizationEnvironment": {str(i): "x" for i in range(26)}},
            "OptimizationEnvironment must have at most 25 entries, got 26 entries",
        ),
        (
            {"VpcConfig": {"SecurityGroupIds": [], "Subnets": ["subnet-1"]}},
            "VpcConfig.SecurityGroupIds must have between 1 and 5 items, got 0 items",
        ),
        (
            {"OptimizationConfigs": [{"ModelShardingConfig": {}, "ModelCompilationConfig": {}}]},
            "OptimizationConfigs[0] must have exactly one of",
        ),
        ({"Tags": [{"Key": "a", "Value": "x*"}]}, "Tags[0].Value must match"),
        ({"Tags": "a=b"}, "Tags must be a list, got 'a=b'"),
        ({"Colour": "blue"}, "Colour is not a member of CreateOptimizationJobRequest"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_right(change: dict[str, Any], problem: str) -> None:
    wanted = {k: v for k, v in {**request(), **change}.items() if v is not None}

    (found,) = MODEL.check("CreateOptimizationJobRequest", wanted)

    assert found.startswith(problem)


@pytest.mark.parametrize("value", ["größe 漢字", "a_b.c:d/e=f+g-h@i", ""])
def test_tags_may_have_letters_of_every_script(value: str) -> None:
    assert MODEL.check("Tag", {"Key": "Key", "Value": value}) == []


@pytest.mark.parametrize("value", ["a\tb", "a\nb", "a#b", "a*"])
def test_tags_may_not_have_control_characters_and_most_signs(value: str) -> None:
    assert len(MODEL.check("Tag", {"Key": "Key", "Value": value})) == 1


def test_what_is_not_known_yet_is_passed_over() -> None:
    wanted = request(RoleArn="?", MaxInstanceCount="?", OptimizationConfigs="?")

    assert MODEL.check("CreateOptimizationJobRequest", wanted, is_unresolved=lambda value: value == "?") == []


@given(st.integers(min_value=1, max_value=10**9), st.booleans(), st.text(max_size=50))
def test_what_cloudformation_makes_strings_of_comes_back_with_its_type(
    count: int, eula: bool, text: str
) -> None:
    wanted = request(
        MaxInstanceCount=count,
        ModelSource={"S3": {"S3Uri": "s3://models/x", "ModelAccessConfig": {"AcceptEula": eula}}},
        OptimizationEnvironment={"KEY": text},
    )

    assert MODEL.restore("CreateOptimizationJobRequest", stringified(wanted)) == wanted


@pytest.mark.parametrize("text", ["", "1.5", "one", "1_000", "٣", "0x10", " 1"])
def test_a_string_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="MaxRuntimeInSeconds must be an integer"):
        MODEL.restore("StoppingCondition", {"MaxRuntimeInSeconds": text})


@pytest.mark.parametrize("text", ["yes", "1", ""])
def test_a_string_that_is_neither_true_nor_false_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="AcceptEula must be true or false"):
        MODEL.restore("OptimizationModelAccessConfig", {"AcceptEula": text})


@pytest.mark.parametrize(
    ("member", "value", "is_allowed"),
    [
        # Letters, marks, separators, symbols, numbers and punctuation of every script.
        ("ModelPackageDescription", "AWQ: ¾ of “Llama” — ☃ e\u0301 漢字", True),
        ("ModelPackageDescription", "AWQ\a", False),
        # Two patterns of the model end in a count of the end.
        ("CustomerMetadataProperties", {"cdk-sagemaker-optimization:name": "models--llama"}, True),
        ("CustomerMetadataProperties", {"a;b": "x"}, False),
        ("CustomerMetadataProperties", {"a": "x;y"}, False),
    ],
)
def test_the_patterns_of_unicode_categories_are_understood(
    member: str, value: object, is_allowed: bool
) -> None:
    assert (MODEL.check("CreateModelPackageInput", {member: value}) == []) is is_allowed


def test_a_description_may_have_every_character_that_unicode_has_assigned() -> None:
    readable = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character)[0] in "LMNPSZ"
    ]
    for start in range(0, len(readable), 1000):
        text = "".join(readable[start : start + 1000])
        assert MODEL.check("CreateModelPackageInput", {"ModelPackageDescription": text}) == []
