"""Where a job writes."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from tests.constructs.rules.support import Attempts, quantization, token, warnings_at_synthesis
from tests.constructs.support import make_job

Source = optimization.ModelSource
Output = optimization.OptimizationOutput


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("s3://models/llama/", "s3://models/llama/awq/"),
        ("s3://models/llama", "s3://models/llama/awq"),
        ("s3://models/llama/", "s3://models/llama"),
        ("s3://models/", "s3://models/awq/"),
    ],
)
@pytest.mark.parametrize("exact", [False, True])
def test_an_output_inside_its_own_source_is_warned_of(
    attempts: Attempts, source: str, output: str, exact: bool
) -> None:
    places: dict[str, Any] = {
        "model_source": Source.from_s3_uri(source),
        "output": Output.to_s3_uri(output, exact=exact),
    }
    assert attempts.warnings(quantization("awq"), **places) == {
        "outputInsideSource": f"the output must be outside the model source {source.rstrip('/')}/, or the "
        f"next job reads the artifact of this one as a part of the model, got {output.rstrip('/')}/: give "
        "it a prefix of its own"
    }


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("s3://models/llama/", "s3://models/llama-awq/"),
        ("s3://models/llama", "s3://models/llama-awq"),
        ("s3://models/llama/", "s3://models/"),
        ("s3://models/llama/", "s3://artifacts/llama/"),
    ],
)
def test_an_output_beside_or_above_its_source_passes(attempts: Attempts, source: str, output: str) -> None:
    places: dict[str, Any] = {"model_source": Source.from_s3_uri(source), "output": Output.to_s3_uri(output)}
    assert attempts.warnings(quantization("awq"), **places) == {}


def test_a_sagemaker_model_has_no_source_to_be_inside_of(attempts: Attempts) -> None:
    warnings = attempts.warnings(quantization("awq"), model_source=Source.from_sagemaker_model("model"))
    assert list(warnings) == ["modelNotGranted"]


def test_a_bucket_of_the_stack_is_the_same_for_source_and_output(stack: cdk.Stack) -> None:
    bucket = optimization.OptimizationBucket(stack, "Models")
    inside = Attempts(stack).warnings(
        quantization("awq"),
        model_source=Source.from_bucket(bucket, "llama/"),
        output=Output.to_bucket(bucket, "llama/awq/"),
    )
    assert inside["outputInsideSource"].startswith(
        "the output must be outside the model source s3://<Stack/Models>/llama/, or"
    )
    assert ", got s3://<Stack/Models>/llama/awq/: give it" in inside["outputInsideSource"]


def test_a_place_that_is_a_token_is_left_for_deployment(attempts: Attempts) -> None:
    places: dict[str, Any] = {
        "model_source": Source.from_s3_uri(token(attempts.stack, "SourceUri")),
        "output": Output.to_s3_uri(token(attempts.stack, "OutputUri")),
    }
    assert attempts.warnings(quantization("awq"), **places) == {}


def _two_jobs(stack: cdk.Stack, first: Any, second: Any) -> list[tuple[str, str]]:
    make_job(stack, "First", output=first)
    make_job(stack, "Second", output=second)
    return warnings_at_synthesis(stack).get("sameOutput", [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Output.to_s3_uri("s3://out/awq/", exact=True), Output.to_s3_uri("s3://out/awq", exact=True)),
        (Output.to_s3_uri("s3://out/awq/"), Output.to_s3_uri("s3://out/awq/", exact=True)),
        (Output.to_s3_uri("s3://out/", exact=True), Output.to_s3_uri("s3://out/awq/", exact=True)),
        (Output.to_s3_uri("s3://out/awq/"), Output.to_s3_uri("s3://out/", exact=True)),
    ],
)
def test_two_jobs_that_write_to_one_prefix_are_warned_of(stack: cdk.Stack, first: Any, second: Any) -> None:
    ((path, text),) = _two_jobs(stack, first, second)
    assert path == "/Stack/Second"
    assert text.startswith("the output s3://out/")
    assert "must not be where Stack/First writes, s3://out/" in text
    assert text.endswith(": give each a prefix of its own, or leave exact out")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Output.to_s3_uri("s3://out/awq/"), Output.to_s3_uri("s3://out/awq/")),
        (Output.to_s3_uri("s3://out/a/", exact=True), Output.to_s3_uri("s3://out/ab/", exact=True)),
        (Output.to_s3_uri("s3://out/"), Output.to_s3_uri("s3://out/awq/", exact=True)),
    ],
)
def test_two_jobs_that_write_to_folders_of_their_own_pass(stack: cdk.Stack, first: Any, second: Any) -> None:
    assert _two_jobs(stack, first, second) == []


def test_two_jobs_that_write_to_one_bucket_of_the_stack_are_compared(stack: cdk.Stack) -> None:
    bucket = optimization.OptimizationBucket(stack, "Models")
    ((path, text),) = _two_jobs(
        stack, Output.to_bucket(bucket, "awq/", exact=True), Output.to_bucket(bucket, "awq/", exact=True)
    )
    assert path == "/Stack/Second"
    assert text.startswith("the output s3://<Stack/Models>/awq/ must not be where Stack/First writes, ")


def test_jobs_of_two_stacks_are_not_compared(app: cdk.App) -> None:
    output = Output.to_s3_uri(f"s3://models-{cdk.Aws.REGION}/awq/", exact=True)
    stacks = [cdk.Stack(app, name) for name in ("One", "Two")]
    for stack in stacks:
        make_job(stack, output=output)
    assert [warnings_at_synthesis(stack) for stack in stacks] == [{}, {}]


def _job_with_bucket(stack: cdk.Stack, bucket: s3.IBucket) -> None:
    make_job(stack, output=Output.to_bucket(bucket, "awq/"))


def test_a_bucket_that_is_deleted_with_its_objects_is_warned_of(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True)
    _job_with_bucket(stack, bucket)
    ((path, text),) = warnings_at_synthesis(stack)["outputBucketDeleted"]
    assert path == "/Stack/Job"
    assert text == (
        "the bucket Stack/Bucket of the output is deleted with its stack, and the artifact is "
        "deleted with it: give it RemovalPolicy.RETAIN, or acknowledge this warning"
    )


def test_an_app_that_is_synthesized_twice_warns_once(app: cdk.App, stack: cdk.Stack) -> None:
    _job_with_bucket(stack, s3.Bucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY))
    app.synth()
    app.synth(force=True)
    assert len(warnings_at_synthesis(stack)["outputBucketDeleted"]) == 1


def test_a_bucket_that_is_deleted_without_its_objects_is_warned_of(stack: cdk.Stack) -> None:
    _job_with_bucket(stack, s3.Bucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY))
    ((_, text),) = warnings_at_synthesis(stack)["outputBucketDeleted"]
    assert "is deleted with its stack, and the deletion fails as long as the artifact is in it" in text


@pytest.mark.newest_cdk  # an older one has no `RemovalPolicies`
def test_a_policy_that_is_set_after_the_job_counts(stack: cdk.Stack) -> None:
    _job_with_bucket(stack, optimization.OptimizationBucket(stack, "Bucket"))
    cdk.RemovalPolicies.of(stack).destroy()
    assert "outputBucketDeleted" in warnings_at_synthesis(stack)


def test_a_bucket_of_another_stack_counts(app: cdk.App, stack: cdk.Stack) -> None:
    other = cdk.Stack(app, "Other")
    _job_with_bucket(stack, s3.Bucket(other, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY))
    ((_, text),) = warnings_at_synthesis(stack)["outputBucketDeleted"]
    assert text.startswith("the bucket Other/Bucket of the output is deleted with its stack")


def test_a_bucket_that_is_written_in_cloudformations_terms_is_deleted_by_default(stack: cdk.Stack) -> None:
    _job_with_bucket(stack, s3.Bucket.from_cfn_bucket(s3.CfnBucket(stack, "Bucket")))
    assert "outputBucketDeleted" in warnings_at_synthesis(stack)


def test_a_bucket_that_is_kept_or_not_of_this_app_passes(stack: cdk.Stack) -> None:
    make_job(stack, "Kept", output=Output.to_bucket(optimization.OptimizationBucket(stack, "Bucket")))
    imported = s3.Bucket.from_bucket_name(stack, "Imported", "imported")
    make_job(stack, "Imports", output=Output.to_bucket(imported, "awq/"))
    make_job(stack, "ByUri")
    assert warnings_at_synthesis(stack) == {}


def test_what_is_warned_of_at_synthesis_can_be_acknowledged(stack: cdk.Stack) -> None:
    _job_with_bucket(stack, s3.Bucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY))
    cdk.Annotations.of(stack).acknowledge_warning(
        "cdk-sagemaker-optimization:outputBucketDeleted", "a test stack"
    )
    assert warnings_at_synthesis(stack) == {}
