"""Values that are known only at deployment go everywhere but into the number of legs."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.checks.tokens import (
    Masked,
    begins_in_token,
    ends_in_token,
    readable,
    split_after_tokens,
)
from tests.constructs.support import (
    allowed,
    flat,
    make_job,
    properties_of,
    statements_of,
    template_of,
    warnings_of,
)


def _text(stack: cdk.Stack, name: str) -> str:
    return cdk.CfnParameter(stack, name).value_as_string


def _number(stack: cdk.Stack, name: str) -> float:
    return cdk.CfnParameter(stack, name, type="Number").value_as_number


def test_every_prop_takes_a_token(stack: cdk.Stack) -> None:
    image = _text(stack, "Image")
    make_job(
        stack,
        role=iam.Role.from_role_arn(stack, "Role", _text(stack, "RoleArn"), mutable=False),
        optimization_job_name=_text(stack, "Name"),
        model_source=optimization.ModelSource.from_s3_uri(_text(stack, "Uri")),
        deployment_instance_type=optimization.DeploymentInstanceType.of(_text(stack, "InstanceType")),
        max_instance_count=_number(stack, "Count"),
        optimization_environment={"KEY": _text(stack, "Value")},
        optimization_configs=[
            optimization.OptimizationConfig.quantization(
                technique=optimization.QuantizationTechnique.of(_text(stack, "Technique")), image=image
            ),
        ],
        output=optimization.OptimizationOutput.to_s3_uri(
            _text(stack, "Output"), sagemaker_model_name=_text(stack, "Model")
        ),
        max_runtime=cdk.Duration.seconds(_number(stack, "Runtime")),
        max_wait_time=cdk.Duration.seconds(_number(stack, "Wait")),
        max_pending_time=cdk.Duration.seconds(_number(stack, "Pending")),
        training_plan_arns=[_text(stack, "Plan")],
        tags={"key": _text(stack, "Tag")},
        triggers=[_text(stack, "Trigger")],
        completion=optimization.Completion.wait(cdk.Duration.hours(1)),
    )
    properties = properties_of(template_of(stack))
    assert properties["OptimizationJobName"] == {"Ref": "Name"}
    assert properties["ModelSource"] == {"S3": {"S3Uri": {"Ref": "Uri"}}}
    assert properties["DeploymentInstanceType"] == {"Ref": "InstanceType"}
    assert properties["MaxInstanceCount"] == {"Ref": "Count"}
    assert properties["OptimizationEnvironment"] == {"KEY": {"Ref": "Value"}}
    assert properties["OptimizationConfigs"][0] == {
        "ModelQuantizationConfig": {
            "Image": {"Ref": "Image"},
            "OverrideEnvironment": {"OPTION_QUANTIZE": {"Ref": "Technique"}},
        }
    }
    assert properties["StoppingCondition"] == {
        "MaxRuntimeInSeconds": {"Ref": "Runtime"},
        "MaxWaitTimeInSeconds": {"Ref": "Wait"},
        "MaxPendingTimeInSeconds": {"Ref": "Pending"},
    }
    assert properties["TrainingPlanArns"] == [{"Ref": "Plan"}]
    assert properties["Tags"] == [{"Key": "key", "Value": {"Ref": "Tag"}}]
    assert properties["Triggers"] == [{"Ref": "Trigger"}]


def test_a_tensor_parallel_degree_may_be_a_token(stack: cdk.Stack) -> None:
    degree: Any = _number(stack, "Degree")
    sharding = optimization.OptimizationConfig.sharding(tensor_parallel_degree=degree)
    make_job(stack, optimization_configs=[sharding])
    assert properties_of(template_of(stack))["OptimizationConfigs"] == [
        {"ModelShardingConfig": {"OverrideEnvironment": {"OPTION_TENSOR_PARALLEL_DEGREE": {"Ref": "Degree"}}}}
    ]


def test_a_list_may_be_a_token_as_a_whole(stack: cdk.Stack) -> None:
    plans = cdk.CfnParameter(stack, "Plans", type="CommaDelimitedList").value_as_list
    make_job(stack, training_plan_arns=plans)
    assert properties_of(template_of(stack))["TrainingPlanArns"] == {"Ref": "Plans"}


def test_a_duration_that_is_a_token_must_be_in_seconds(stack: cdk.Stack) -> None:
    minutes = cdk.Duration.minutes(_number(stack, "Minutes"))
    with pytest.raises(ValueError, match=r"^max_pending_time is known only at deployment.*Duration\.seconds"):
        make_job(stack, max_pending_time=minutes)


def test_a_bucket_of_the_stack_is_granted_by_its_arn(stack: cdk.Stack) -> None:
    bucket = optimization.OptimizationBucket(stack, "Bucket")
    make_job(stack, model_source=optimization.ModelSource.from_bucket(bucket, f"{_text(stack, 'Prefix')}/"))
    template = template_of(stack)
    statements = statements_of(template, "JobRole")
    assert "${Bucket83908E77.Arn}/${Prefix}/*" in allowed(statements, "s3:GetObject")
    assert flat(properties_of(template)["ModelSource"]["S3"]["S3Uri"]) == "s3://${Bucket83908E77}/${Prefix}/"


def test_a_uri_with_the_bucket_as_a_token_is_granted_by_its_parts(stack: cdk.Stack) -> None:
    uri = f"s3://{_text(stack, 'Bucket')}/models/"
    make_job(stack, model_source=optimization.ModelSource.from_s3_uri(uri))
    statements = statements_of(template_of(stack), "JobRole")
    assert "arn:${AWS::Partition}:s3:::${Bucket}/models/*" in allowed(statements, "s3:GetObject")
    # The value may hold a prefix as well.
    name = '{"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "Bucket"}]}]}'
    assert f"arn:${{AWS::Partition}}:s3:::{name}" in allowed(statements, "s3:ListBucket")


def test_a_value_that_holds_bucket_and_prefix_is_granted_by_its_parts(stack: cdk.Stack) -> None:
    make_job(
        stack,
        model_source=optimization.ModelSource.from_s3_uri(f"s3://{_text(stack, 'Where')}"),
        output=optimization.OptimizationOutput.to_s3_uri(f"s3://{_text(stack, 'There')}/awq/"),
    )
    statements = statements_of(template_of(stack), "JobRole")
    assert allowed(statements, "s3:ListBucket") == [
        f'arn:${{AWS::Partition}}:s3:::{{"Fn::Select": [0, {{"Fn::Split": ["/", {{"Ref": "{name}"}}]}}]}}'
        for name in ("Where", "There")
    ]
    source, output = allowed(statements, "s3:GetObject")
    assert source == "arn:${AWS::Partition}:s3:::${Where}*"
    assert output.casefold() == "arn:${AWS::Partition}:s3:::${There}/awq/stack-e55164--job-*/*".casefold()


def test_a_strict_role_lists_the_first_folder_of_a_value_that_holds_bucket_and_prefix(
    stack: cdk.Stack,
) -> None:
    make_job(
        stack,
        role=optimization.OptimizationRole(stack, "JobRole", strict=True),
        model_source=optimization.ModelSource.from_s3_uri(f"s3://{_text(stack, 'Where')}"),
    )
    statements = statements_of(template_of(stack), "JobRole")
    listing = next(item for item in statements if item["Action"] == "s3:ListBucket")
    assert flat(listing["Condition"]["StringLike"]["s3:prefix"]) == (
        '{"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::Join": ["", [{"Ref": "Where"}, "/"]]}]}]}*'
    )


@pytest.mark.parametrize("kind", ["bucket of the app", "Region", "bucket of another stack"])
def test_a_name_that_holds_no_slash_is_not_taken_apart(app: cdk.App, stack: cdk.Stack, kind: str) -> None:
    if kind == "Region":
        name = f"models-{cdk.Aws.REGION}"
    else:
        scope = stack if kind == "bucket of the app" else cdk.Stack(app, "Other")
        name = optimization.OptimizationBucket(scope, "Bucket").bucket_name
    make_job(stack, model_source=optimization.ModelSource.from_s3_uri(f"s3://{name}"))
    statements = statements_of(template_of(stack), "JobRole")
    reading = next(item for item in statements if item["Action"] == "s3:GetObject")
    assert "Fn::Split" not in str(statements)
    # All objects of the bucket, and of no other whose name begins alike.
    assert flat(reading["Resource"]).endswith("/*")


def test_a_uri_that_is_one_token_is_taken_apart_at_deployment(stack: cdk.Stack) -> None:
    make_job(stack, model_source=optimization.ModelSource.from_s3_uri(_text(stack, "Uri")))
    statements = statements_of(template_of(stack), "JobRole")
    assert (
        'arn:${AWS::Partition}:s3:::{"Fn::Select": [1, {"Fn::Split": ["s3://", {"Ref": "Uri"}]}]}*'
        in allowed(statements, "s3:GetObject")
    )
    assert 'arn:${AWS::Partition}:s3:::{"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "Uri"}]}]}' in allowed(
        statements, "s3:ListBucket"
    )


def test_a_manifest_that_is_a_token_may_be_listed_in_its_folder(stack: cdk.Stack) -> None:
    data = optimization.TrainingData.from_s3_uri(
        _text(stack, "Manifest"), data_type=optimization.TrainingDataType.MANIFEST_FILE
    )
    config = optimization.OptimizationConfig.speculative_decoding(training_data=data)
    role = optimization.OptimizationRole(stack, "JobRole", strict=True)
    make_job(stack, role=role, optimization_configs=[config])
    statements = statements_of(template_of(stack), "JobRole")
    patterns = [
        flat(item["Condition"]["StringLike"]["s3:prefix"])
        for item in statements
        if item["Action"] == "s3:ListBucket" and "Manifest" in str(item)
    ]
    assert len(patterns) == 1
    assert patterns[0].endswith("}*")


def test_an_image_of_a_repository_of_the_stack_is_granted_by_its_parts(stack: cdk.Stack) -> None:
    repository = ecr.Repository(stack, "Repository")
    image = repository.repository_uri_for_tag("1.0")
    make_job(stack, optimization_configs=[optimization.OptimizationConfig.quantization(image=image)])
    (arn,) = allowed(statements_of(template_of(stack), "JobRole"), "ecr:BatchGetImage")
    assert arn.startswith("arn:${AWS::Partition}:ecr:")
    assert arn.endswith(":repository/${Repository22E53BBD}")


def test_an_image_that_is_one_token_is_taken_apart_at_deployment(stack: cdk.Stack) -> None:
    image = _text(stack, "Image")
    make_job(stack, optimization_configs=[optimization.OptimizationConfig.quantization(image=image)])
    (arn,) = allowed(statements_of(template_of(stack), "JobRole"), "ecr:BatchGetImage")
    assert arn.startswith(
        # The dots are for an image that has none, for which Fn::Select would be an error.
        'arn:${AWS::Partition}:ecr:{"Fn::Select": [3, {"Fn::Split": [".", '
        '{"Fn::Join": ["", [{"Ref": "Image"}, "..."]]}]}]}'
    )
    assert '{"Fn::Split": [".amazonaws.com/", {"Fn::Join": ["", [{"Ref": "Image"}, ' in arn


def test_an_output_that_ends_in_a_token_is_granted_as_a_prefix(stack: cdk.Stack) -> None:
    uri = f"s3://artifacts/{_text(stack, 'Prefix')}"
    make_job(stack, output=optimization.OptimizationOutput.to_s3_uri(uri))
    statements = statements_of(template_of(stack), "JobRole")
    assert allowed(statements, "s3:PutObject") == ["arn:${AWS::Partition}:s3:::artifacts/${Prefix}*"]


def test_an_output_that_begins_in_a_token_is_granted_by_its_folder(stack: cdk.Stack) -> None:
    uri = f"{_text(stack, 'Root')}/awq/"
    role = optimization.OptimizationRole(stack, "JobRole", strict=True)
    make_job(stack, role=role, output=optimization.OptimizationOutput.to_s3_uri(uri))
    statements = statements_of(template_of(stack), "JobRole")
    bucket_and_root = '{"Fn::Select": [1, {"Fn::Split": ["s3://", {"Ref": "Root"}]}]}'
    assert allowed(statements, "s3:PutObject") == [
        f"arn:${{AWS::Partition}}:s3:::{bucket_and_root}/awq/stack-e55164--job-*/*"
    ]
    # How many folders the token holds is not known, so the first of them is what may be listed below.
    listing = [item for item in statements if item["Action"] == "s3:ListBucket"][-1]
    pattern = flat(listing["Condition"]["StringLike"]["s3:prefix"])
    assert pattern.startswith('{"Fn::Select": [3, {"Fn::Split": ["/", ')
    assert pattern.endswith("}*")


def test_a_uri_of_another_service_is_not_taken_apart_because_of_a_token_in_it(stack: cdk.Stack) -> None:
    uri = f"https://example.com/{_text(stack, 'Model')}/"
    make_job(stack, model_source=optimization.ModelSource.from_s3_uri(uri))
    assert "Fn::Split" not in str(template_of(stack))
    (warning,) = warnings_of(stack)
    assert warning.startswith("the bucket of 'https://example.com/<TOKEN>/' cannot be told from it")


def test_a_warning_shows_tokens_as_a_person_reads_them(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    make_job(stack, role=role.without_policy_updates())
    (warning,) = warnings_of(stack)
    assert "the policies of the role Stack/ImmutableRoleRole cannot be changed from here" in warning
    assert "s3:GetObject on arn:<AWS::Partition>:s3:::models/llama/*" in warning


def test_masks_hide_what_is_in_a_token() -> None:
    text = "a.${Token[AWS.Region.4]}:b"
    masked = Masked(text)
    assert len(masked.text) == 5
    assert masked.restore(masked.text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("${Token[A.1]}", True), ("${Token[A.1]}/x", True), ("/${Token[A.1]}", False), ("", False)],
)
def test_the_beginning_of_a_string_is_known_or_not(text: str, expected: bool) -> None:
    assert begins_in_token(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${Token[A.1]}/x/", ("${Token[A.1]}", "/x/")),
        ("a/${Token[A.1]}/b/${Token[B.2]}", ("a/${Token[A.1]}/b/${Token[B.2]}", "")),
        ("plain", ("", "plain")),
    ],
)
def test_what_follows_the_last_token_is_known(text: str, expected: tuple[str, str]) -> None:
    assert split_after_tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("${Token[A.1]}", True), ("x/${Token[A.1]}", True), ("${Token[A.1]}/", False), ("", False)],
)
def test_the_end_of_a_string_is_known_or_not(text: str, expected: bool) -> None:
    assert ends_in_token(text) is expected


def test_a_readable_token_has_no_number() -> None:
    assert readable("${Token[Role.Arn.12]}/${Token[TOKEN.3]}") == "<Role.Arn>/<TOKEN>"
