"""An artifact that cannot be served so is found before the job is paid for."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from tests.constructs.rules.support import (
    COMPILATION,
    DEGREE,
    DJL,
    EAGLE,
    SHARDING,
    Config,
    quantization,
    token,
    warnings_about,
    warnings_at_synthesis,
)
from tests.constructs.support import make_job, new_app

ARN = "arn:aws:sagemaker:us-east-1:111122223333:optimization-job/one"
BASE = optimization.ModelSource.from_s3_uri("s3://models/qwen/")
OUTPUT = optimization.OptimizationOutput
SHARDS = f"{DJL}:0.33.0-lmi15.0.0-cu128"
NEWER = f"{DJL}:0.36.0-lmi18.0.0-cu128"


class Models:
    """Models of one stack, each of a job of its own."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.stack = stack
        self._numbers = count(1)

    def warnings(
        self, *configs: optimization.OptimizationConfig, job: dict[str, Any] | None = None, **props: Any
    ) -> dict[str, str]:
        """The warnings about a model, by their ids."""
        return warnings_about(self._model(configs, job or {}, props))

    def refusal(
        self, *configs: optimization.OptimizationConfig, job: dict[str, Any] | None = None, **props: Any
    ) -> str:
        """Why a model cannot be defined."""
        with pytest.raises(ValueError, match=r".") as error:
            self._model(configs, job or {}, props)
        return str(error.value)

    def _model(
        self, configs: tuple[optimization.OptimizationConfig, ...], job: dict[str, Any], props: dict[str, Any]
    ) -> optimization.OptimizedModel:
        number = next(self._numbers)
        made = make_job(self.stack, f"Job{number}", optimization_configs=list(configs), **job)
        return optimization.OptimizedModel(self.stack, f"Model{number}", **{"job": made, **props})


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(cdk.Stack(new_app(), "Stack"))


@pytest.mark.parametrize(
    ("configs", "props"),
    [
        ([quantization("awq")], {}),
        ([quantization("fp8")], {"image": NEWER, "environment": {"OPTION_MAX_MODEL_LEN": "4096"}}),
        ([COMPILATION], {}),
        ([SHARDING], {"image": SHARDS}),
        ([SHARDING], {"environment": {DEGREE: "8"}}),
        ([EAGLE], {"image": NEWER}),
        ([EAGLE], {"environment": {"OPTION_QUANTIZE": "fp8"}}),
        ([quantization("awq"), EAGLE], {"base_model": BASE}),
    ],
)
def test_what_works_is_not_warned_about(
    models: Models, configs: list[optimization.OptimizationConfig], props: dict[str, Any]
) -> None:
    assert models.warnings(*configs, **props) == {}


def test_a_job_that_nothing_waits_for_cannot_be_served(models: Models) -> None:
    job = {"completion": optimization.Completion.detached()}
    message = models.refusal(quantization(), job=job, image=NEWER)
    assert re.match(r"Stack/Job\d+ must have completed before its artifact is served", message)
    assert "use Completion.wait(), or import the job once it has completed" in message


def test_shards_are_loaded_over_the_network(models: Models) -> None:
    assert models.refusal(SHARDING, network_isolation=True) == (
        "network_isolation must be False for a sharded artifact, which SageMaker loads over the network, got "
        "True: leave it out"
    )


@pytest.mark.parametrize(
    ("prop", "value"), [("speculation", optimization.Speculation.eagle()), ("base_model", BASE)]
)
def test_only_a_draft_is_served_as_one(models: Models, prop: str, value: object) -> None:
    given: dict[str, Any] = {prop: value}
    assert models.refusal(SHARDING, **given) == (
        "a sharded artifact must be served without a draft, because its loader takes none, got "
        f"{prop}: leave it out"
    )
    assert models.refusal(quantization(), COMPILATION, **given) == (
        f"{prop} needs a job with speculative decoding, whose artifact is a draft, got one of quantization "
        "and compilation, whose artifact is a model itself: leave it out"
    )


def test_a_draft_needs_a_base_model_whose_files_are_known(models: Models) -> None:
    source = optimization.ModelSource.from_sagemaker_model("mine")
    message = models.refusal(EAGLE, job={"model_source": source})
    assert message == (
        "a draft is served beside its base model, which is not known of a SageMaker model, whose files "
        "cannot be named, got none: give base_model=ModelSource.from_bucket(…) or .from_s3_uri(…)"
    )
    assert models.warnings(EAGLE, job={"model_source": source}, base_model=BASE) == {}


def test_a_draft_of_an_imported_job_needs_a_base_model(models: Models) -> None:
    job = optimization.OptimizationJob.from_optimization_job_attributes(
        models.stack, "Imported", optimization_job_arn=ARN, output_location="s3://elsewhere/one/"
    )
    technique = optimization.Technique.SPECULATIVE_DECODING
    with pytest.raises(ValueError, match=r"which is not known of an imported job, got none: give base_model"):
        optimization.OptimizedModel(models.stack, "OfImported", job=job, technique=technique, image=NEWER)


def test_a_draft_beside_another_technique_needs_to_be_told_its_base_model(models: Models) -> None:
    message = models.refusal(quantization("awq"), EAGLE)
    assert message.startswith("a draft of a job that also does quantization is served beside a base model")
    assert "AWS does not document which of its models the draft is for" in message


@pytest.mark.parametrize(
    ("configs", "job", "message"),
    [
        (
            [quantization()],
            {"output": OUTPUT.to_s3_uri("s3://artifacts/one", exact=True)},
            (
                "the location of the artifact must end in a slash, because SageMaker serves the files below "
                "a folder, got 's3://artifacts/one': end the output's prefix in one"
            ),
        ),
        (
            [EAGLE],
            {"model_source": optimization.ModelSource.from_s3_uri("s3://models/qwen")},
            (
                "the location of the base model must end in a slash, because SageMaker serves the files "
                "below a folder, got 's3://models/qwen': give base_model with a prefix that ends in one"
            ),
        ),
    ],
)
def test_a_prefix_that_is_served_ends_in_a_slash(
    models: Models, configs: list[optimization.OptimizationConfig], job: dict[str, Any], message: str
) -> None:
    assert models.refusal(*configs, job=job) == message


def test_a_prefix_of_a_folder_for_each_job_gets_its_slash(models: Models) -> None:
    assert models.warnings(quantization(), job={"output": OUTPUT.to_s3_uri("s3://artifacts/one")}) == {}


def test_a_prefix_that_ends_in_a_token_may_end_in_a_slash(models: Models) -> None:
    source = optimization.ModelSource.from_s3_uri(f"s3://models/{token(models.stack, 'Prefix')}")
    assert models.warnings(EAGLE, job={"model_source": source}) == {}


def test_a_compiled_model_stays_compiled_for_as_many_accelerators(models: Models) -> None:
    compiled = Config.compilation(environment={DEGREE: "4"})
    assert list(models.warnings(compiled, environment={DEGREE: "2"})) == ["servedOptionIgnored"]
    assert models.warnings(compiled, environment={DEGREE: "4"}) == {}
    assert models.warnings(compiled, environment={DEGREE: token(models.stack, "Degree")}) == {}


@pytest.mark.parametrize(
    "tag", ["0.30.0-lmi12.0.0-cu124", "0.35.0-lmi17.0.0-cu128", "0.33.0-tensorrtllm0.21.0-cu128"]
)
def test_an_image_without_the_loader_of_shards_is_warned_about(models: Models, tag: str) -> None:
    (warning,) = models.warnings(SHARDING, image=f"{DJL}:{tag}").items()
    assert warning[0] == "servingImageWithoutFastLoading"
    assert f"got {tag!r}" in warning[1]


def test_an_image_that_is_older_than_eagle_is_warned_about(models: Models) -> None:
    (warning,) = models.warnings(EAGLE, image=f"{DJL}:0.33.0-lmi15.0.0-cu128").items()
    assert warning[0] == "eagleImageOld"
    assert "must be djl-inference 0.36 (LMI 18) or newer" in warning[1]


@pytest.mark.parametrize("image", ["mine:latest", f"{DJL}@sha256:{'0' * 64}"])
def test_an_image_whose_version_is_not_known_is_not_judged(models: Models, image: str) -> None:
    for config in (SHARDING, EAGLE):
        found = models.warnings(config, image=image)
        assert set(found) <= {"imageNotGranted"}


@pytest.mark.parametrize("technique", ["awq", "fp8"])
def test_what_is_quantized_is_not_quantized_again(models: Models, technique: str) -> None:
    found = models.warnings(quantization(technique), environment={"OPTION_QUANTIZE": technique})
    assert list(found) == ["quantizeOptionServed"]
    assert f"got {technique!r}: leave it out" in found["quantizeOptionServed"]


def test_taking_the_option_away_is_what_the_rule_wants(models: Models) -> None:
    assert models.warnings(quantization("fp8"), environment={"OPTION_QUANTIZE": None}) == {}


def test_an_option_that_the_artifact_sets_otherwise_is_ignored(models: Models) -> None:
    job = {"optimization_environment": {"OPTION_MAX_MODEL_LEN": "2048", "OPTION_DTYPE": "fp16"}}
    given = {"OPTION_MAX_MODEL_LEN": "4096", "OPTION_DTYPE": "fp16", "OPTION_TRUST": "1", "OTHER": "1"}
    found = models.warnings(quantization(), job=job, environment=given)
    assert list(found) == ["servedOptionIgnored"]
    assert "the container ignores OPTION_MAX_MODEL_LEN in environment" in found["servedOptionIgnored"]


def test_an_option_that_is_known_only_at_deployment_is_not_judged(models: Models) -> None:
    job = {"optimization_environment": {"OPTION_A": token(models.stack, "A"), "OPTION_B": "1"}}
    given = {"OPTION_A": "1", "OPTION_B": token(models.stack, "B")}
    assert models.warnings(quantization(), job=job, environment=given) == {}


def test_an_artifact_that_the_next_job_overwrites_is_warned_about(models: Models) -> None:
    output = OUTPUT.to_s3_uri("s3://artifacts/exact/", exact=True)
    found = models.warnings(quantization(), job={"output": output})
    assert list(found) == ["exactArtifactServed"]


def test_a_bucket_that_goes_before_the_model_is_warned_about(app: cdk.App) -> None:
    data, stack = cdk.Stack(app, "Data"), cdk.Stack(app, "Stack")
    bucket = s3.Bucket(data, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True)
    job = make_job(cdk.Stack(app, "Made"), output=OUTPUT.to_bucket(bucket, "out/"))
    optimization.OptimizedModel(stack, "Model", job=job)
    ((path, text),) = warnings_at_synthesis(stack)["outputBucketDeletedWhileServed"]
    assert path == "/Stack/Model"
    assert "the bucket Data/Bucket of the artifact is deleted with its own stack" in text
    assert "the artifact is deleted with it" in text


def test_a_bucket_that_is_kept_or_goes_with_the_model_is_not_warned_about(app: cdk.App) -> None:
    kept = s3.Bucket(cdk.Stack(app, "Data"), "Bucket", removal_policy=cdk.RemovalPolicy.RETAIN)
    stack = cdk.Stack(app, "Stack")
    own = s3.Bucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY)
    for name, bucket in (("One", kept), ("Two", own)):
        job = make_job(stack, name, output=OUTPUT.to_bucket(bucket, "out/"))
        optimization.OptimizedModel(stack, f"Model{name}", job=job)
    assert "outputBucketDeletedWhileServed" not in warnings_at_synthesis(stack)


def test_every_problem_is_in_the_message(models: Models) -> None:
    job = {"completion": optimization.Completion.detached()}
    message = models.refusal(SHARDING, job=job, network_isolation=True, image=SHARDS)
    assert "must have completed before" in message
    assert "; network_isolation must be False" in message
