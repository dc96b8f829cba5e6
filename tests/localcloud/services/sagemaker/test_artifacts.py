"""What a job leaves in the bucket."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.services.sagemaker import MARKER, JobScript
from localcloud.services.sagemaker.s3_location import S3Location
from tests.localcloud.services.sagemaker.requests import EAGLE


def keys(cloud: LocalCloud, prefix: str = "") -> list[str]:
    answer = cloud.client("s3").list_objects_v2(Bucket="models", Prefix=prefix)
    return [entry["Key"] for entry in answer.get("Contents", [])]


def content(cloud: LocalCloud, key: str) -> bytes:
    body: bytes = cloud.client("s3").get_object(Bucket="models", Key=key)["Body"].read()
    return body


def reason(cloud: LocalCloud) -> str:
    job = cloud.optimization_jobs.job("llama-awq")
    assert job.status == "FAILED"
    assert job.reason is not None
    return job.reason


def test_a_quantized_model_is_there_when_anybody_looks_after_the_job_s_end(
    cloud: LocalCloud, create: Callable[..., str]
) -> None:
    create()
    cloud.clock.advance(1559)
    assert keys(cloud) == []
    cloud.clock.advance(1)
    assert keys(cloud) == [f"llama-3-8b-awq/{name}" for name in ("config.json", "model.safetensors", MARKER)]


def test_the_artifact_says_what_job_made_it_and_how(cloud: LocalCloud, create: Callable[..., str]) -> None:
    arn = create()
    cloud.clock.advance(3600)
    marker = json.loads(content(cloud, f"llama-3-8b-awq/{MARKER}"))
    assert marker == {"OptimizationJobArn": arn, "OptimizationTypes": ["Quantization"]}
    config = json.loads(content(cloud, "llama-3-8b-awq/config.json"))
    assert config["quantization_config"] == {"quant_method": "awq"}


def test_a_model_file_is_a_valid_safetensors_file(cloud: LocalCloud, create: Callable[..., str]) -> None:
    create()
    cloud.clock.advance(3600)
    body = content(cloud, "llama-3-8b-awq/model.safetensors")
    header = json.loads(body[8:])
    assert int.from_bytes(body[:8], "little") == len(body) - 8
    assert header == {"__metadata__": {"optimization_job": "llama-awq"}}


def test_a_sharded_model_has_a_file_for_each_accelerator(
    cloud: LocalCloud, create: Callable[..., str]
) -> None:
    environment = {"OPTION_TENSOR_PARALLEL_DEGREE": "4"}
    create(OptimizationConfigs=[{"ModelShardingConfig": {"OverrideEnvironment": environment}}])
    cloud.clock.advance(3600)
    shards = [key for key in keys(cloud) if key.endswith(".safetensors")]
    assert shards == [f"llama-3-8b-awq/model-0000{rank}.safetensors" for rank in range(4)]


def test_eagle_leaves_a_draft_head_and_its_benchmark(cloud: LocalCloud, create: Callable[..., str]) -> None:
    create(OptimizationConfigs=[EAGLE], OutputConfig={"S3OutputLocation": "s3://models/eagle/"})
    cloud.clock.advance(3600)
    assert keys(cloud, "eagle/draft/") == ["eagle/draft/config.json", "eagle/draft/model.safetensors"]
    assert "eagle/results/benchmark_report.html" in keys(cloud)


@pytest.mark.parametrize("location", ["s3://models/out", "s3://models/out/"])
def test_a_location_is_a_folder_with_or_without_a_slash(
    cloud: LocalCloud, create: Callable[..., str], location: str
) -> None:
    create(OutputConfig={"S3OutputLocation": location})
    cloud.clock.advance(3600)
    assert "out/config.json" in keys(cloud)


def test_the_model_is_encrypted_with_the_job_s_key(cloud: LocalCloud, create: Callable[..., str]) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    create(OutputConfig={"S3OutputLocation": "s3://models/out/", "KmsKeyId": key})
    cloud.clock.advance(3600)
    head = cloud.client("s3").head_object(Bucket="models", Key="out/config.json")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


@pytest.mark.parametrize("script", [JobScript(outcome="FAILED"), JobScript(outcome="STOPPED")])
def test_a_job_that_does_not_succeed_leaves_nothing(
    cloud: LocalCloud, create: Callable[..., str], script: JobScript
) -> None:
    cloud.optimization_jobs.script(script)
    create()
    cloud.clock.advance(3600)
    assert keys(cloud) == []


def test_a_job_fails_if_its_output_bucket_is_not_there(cloud: LocalCloud, create: Callable[..., str]) -> None:
    create(OutputConfig={"S3OutputLocation": "s3://nowhere/out/"})
    cloud.clock.advance(3600)
    assert "NoSuchBucket: The specified bucket does not exist: nowhere" in reason(cloud)


def test_foreign_buckets_can_be_allowed(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.allow_foreign_buckets()
    create(OutputConfig={"S3OutputLocation": "s3://nowhere/out/"})
    cloud.clock.advance(3600)
    assert cloud.optimization_jobs.job("llama-awq").status == "COMPLETED"


def test_the_source_need_not_be_there_unless_a_test_asks_for_it(
    cloud: LocalCloud, create: Callable[..., str]
) -> None:
    cloud.optimization_jobs.next_job(require_source=True)
    create()
    cloud.clock.advance(3600)
    assert "Could not find model data at s3://models/llama-3-8b/" in reason(cloud)


def test_a_source_that_is_there_is_found(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.client("s3").put_object(Bucket="models", Key="llama-3-8b/config.json", Body=b"{}")
    cloud.optimization_jobs.next_job(require_source=True)
    create()
    cloud.clock.advance(3600)
    assert cloud.optimization_jobs.job("llama-awq").status == "COMPLETED"


def test_a_source_bucket_that_is_not_there_is_named(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.next_job(require_source=True)
    create(ModelSource={"S3": {"S3Uri": "s3://jumpstart-private-cache-prod-us-east-1/llama/"}})
    cloud.clock.advance(3600)
    assert "s3://jumpstart-private-cache-prod-us-east-1/llama/: NoSuchBucket" in reason(cloud)


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://b/k/", "b", "k/"),
        ("s3://b", "b", ""),
        ("https://b.s3.us-east-1.amazonaws.com/k/x", "b", "k/x"),
        ("https://dots.in.name.s3.amazonaws.com/k", "dots.in.name", "k"),
        ("https://s3.eu-central-1.amazonaws.com/b/k", "b", "k"),
        ("https://b.s3.cn-north-1.amazonaws.com.cn/k", "b", "k"),
    ],
)
def test_every_form_of_an_s3_uri_is_understood(uri: str, bucket: str, key: str) -> None:
    assert S3Location.parse(uri) == S3Location(bucket, key)


@pytest.mark.parametrize("uri", ["https://example.com/b/k", "s3:///k", "b/k"])
def test_a_uri_of_something_else_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="is not the URI of a place in S3"):
        S3Location.parse(uri)


def test_an_artifact_is_written_whole_or_not_at_all(
    cloud: LocalCloud, create: Callable[..., str], sagemaker: Any
) -> None:
    create()
    cloud.clock.advance(600)
    sagemaker.stop_optimization_job(OptimizationJobName="llama-awq")
    cloud.clock.advance(3600)
    assert keys(cloud) == []
