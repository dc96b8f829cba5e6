"""A request is checked as the SageMaker API checks it, and refused in its words."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.kernel.api import ApiError
from localcloud.services.sagemaker.service_model import operation
from localcloud.services.sagemaker.validation import validate
from tests.localcloud.services.sagemaker.requests import EAGLE, creation


def refusal(request: dict[str, Any], of: str = "CreateOptimizationJob") -> ApiError:
    with pytest.raises(ApiError) as caught:
        validate(operation(of), request)
    return caught.value


def test_a_right_request_passes() -> None:
    validate(operation("CreateOptimizationJob"), creation())


def test_a_request_with_every_member_passes() -> None:
    validate(
        operation("CreateOptimizationJob"),
        creation(
            MaxInstanceCount=1,
            OptimizationEnvironment={"OPTION_DTYPE": "fp16", "EMPTY": ""},
            OptimizationConfigs=[
                EAGLE,
                {"ModelShardingConfig": {}},
                {"ModelCompilationConfig": {"Image": "x"}},
            ],
            OutputConfig={
                "S3OutputLocation": "https://models.s3.us-east-1.amazonaws.com/out",
                "KmsKeyId": "alias/models",
                "SageMakerModel": {"ModelName": "llama"},
            },
            StoppingCondition={
                "MaxRuntimeInSeconds": 1,
                "MaxWaitTimeInSeconds": 1,
                "MaxPendingTimeInSeconds": 1800,
            },
            Tags=[{"Key": "Größe", "Value": "8 B"}, {"Key": "empty", "Value": ""}],
            VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
            TrainingPlanArns=["arn:aws:sagemaker:us-east-1:123456789012:training-plan/mine"],
        ),
    )


def test_a_name_with_a_wrong_character_breaks_the_pattern() -> None:
    error = refusal(creation(OptimizationJobName="llama_awq"))
    assert error.code == "ValidationException"
    assert error.message == (
        "1 validation error detected: Value 'llama_awq' at 'optimizationJobName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


@pytest.mark.parametrize(("length", "fits"), [(1, True), (63, True), (64, False)])
def test_a_name_has_1_to_63_characters(length: int, fits: bool) -> None:
    request = creation(OptimizationJobName="a" * length)
    if fits:
        validate(operation("CreateOptimizationJob"), request)
    else:
        assert "Member must have length less than or equal to 63" in refusal(request).message


def test_everything_that_is_wrong_is_named_at_once() -> None:
    message = refusal(
        creation(RoleArn=None, DeploymentInstanceType="ml.m5.large", MaxInstanceCount=0)
    ).message
    assert message.startswith("3 validation errors detected: ")
    assert "Value null at 'roleArn' failed to satisfy constraint: Member must not be null; " in message
    assert (
        "Value 'ml.m5.large' at 'deploymentInstanceType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ml.p4d.24xlarge, " in message
    )
    assert (
        "Value '0' at 'maxInstanceCount' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1" in message
    )


@pytest.mark.parametrize(
    ("seconds", "fits"), [(1799, False), (1800, True), (2_419_200, True), (2_419_201, False)]
)
def test_a_job_may_be_pending_for_30_minutes_to_28_days(seconds: int, fits: bool) -> None:
    request = creation(StoppingCondition={"MaxPendingTimeInSeconds": seconds})
    if fits:
        validate(operation("CreateOptimizationJob"), request)
    else:
        assert f"Value '{seconds}' at 'stoppingCondition.maxPendingTimeInSeconds'" in refusal(request).message


def test_a_member_of_a_list_is_named_by_its_position() -> None:
    tags = [{"Key": "fine", "Value": "x"}, {"Key": "", "Value": "x"}, {"Key": "a<b", "Value": "x"}]
    message = refusal(creation(Tags=tags)).message
    assert "Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length" in message
    assert (
        "Value 'a<b' at 'tags.3.member.key' failed to satisfy constraint: Member must satisfy regular"
        in message
    )


def test_a_list_of_wrong_strings_is_shown_as_a_whole() -> None:
    vpc = {"SecurityGroupIds": ["sg 1"], "Subnets": ["subnet-1"]}
    assert (
        "Value '[sg 1]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 32, "
        "Member must have length greater than or equal to 0, "
        "Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]"
    ) in refusal(creation(VpcConfig=vpc)).message


def test_too_many_items_are_too_long_a_list() -> None:
    vpc = {"SecurityGroupIds": [f"sg-{number}" for number in range(6)], "Subnets": []}
    message = refusal(creation(VpcConfig=vpc)).message
    assert (
        "at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must have length less than"
        in message
    )
    assert (
        "Value '[]' at 'vpcConfig.subnets' failed to satisfy constraint: Member must have length greater"
        in message
    )


def test_a_map_names_what_its_keys_and_values_must_be() -> None:
    message = refusal(creation(OptimizationEnvironment={" ": "x", "LONG": "x" * 257})).message
    assert (
        "failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length" in message
    )
    assert (
        "failed to satisfy constraint: Map value must satisfy constraint: [Member must have length" in message
    )


def test_an_environment_has_at_most_25_entries() -> None:
    message = refusal(creation(OptimizationEnvironment={f"K{number}": "" for number in range(26)})).message
    assert (
        "at 'optimizationEnvironment' failed to satisfy constraint: Member must have length less than"
        in message
    )


@pytest.mark.parametrize("config", [{}, {"ModelShardingConfig": {}, "ModelCompilationConfig": {}}])
def test_a_config_is_exactly_one_technique(config: dict[str, Any]) -> None:
    message = refusal(creation(OptimizationConfigs=[config])).message
    assert (
        "at 'optimizationConfigs.1.member' failed to satisfy constraint: Member must have exactly one of"
        in message
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"RoleArn": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"MaxInstanceCount": "1"}, "STRING_VALUE can not be converted to an Integer"),
        ({"MaxInstanceCount": True}, "TRUE_VALUE can not be converted to an Integer"),
        ({"OptimizationConfigs": {}}, "Start of structure or map found where not expected"),
        ({"OutputConfig": []}, "Start of list found where not expected"),
    ],
)
def test_a_value_of_the_wrong_type_cannot_be_read(members: dict[str, Any], message: str) -> None:
    error = refusal(creation(**members))
    assert error.code == "SerializationException"
    assert message in error.message


def test_the_word_true_is_no_boolean() -> None:
    source = {"S3": {"S3Uri": "s3://models/x/", "ModelAccessConfig": {"AcceptEula": "true"}}}
    assert "STRING_VALUE can not be converted to a Boolean" in refusal(creation(ModelSource=source)).message


def test_members_that_the_api_does_not_know_are_ignored() -> None:
    validate(operation("CreateOptimizationJob"), creation(Later="x"))


def test_a_page_has_1_to_100_jobs() -> None:
    assert (
        "Member must have value less than or equal to 100"
        in refusal({"MaxResults": 101}, "ListOptimizationJobs").message
    )
