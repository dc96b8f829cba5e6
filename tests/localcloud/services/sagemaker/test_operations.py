"""The five operations of optimization jobs, as any client sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.requests import IMAGE, ROLE_ARN, creation

NAME = "llama-awq"


def status(sagemaker: Any, name: str = NAME) -> str:
    return str(sagemaker.describe_optimization_job(OptimizationJobName=name)["OptimizationJobStatus"])


# --- create and describe ------------------------------------------------------------------------------------


def test_a_created_job_has_an_arn_of_its_name(create: Callable[..., str]) -> None:
    assert create() == f"arn:aws:sagemaker:us-east-1:123456789012:optimization-job/{NAME}"


def test_a_job_is_described_as_it_was_asked_for(sagemaker: Any, create: Callable[..., str]) -> None:
    create(MaxInstanceCount=2, OptimizationEnvironment={"A": "b"}, Tags=[{"Key": "team", "Value": "ml"}])
    described = sagemaker.describe_optimization_job(OptimizationJobName=NAME)
    request = creation(MaxInstanceCount=2, OptimizationEnvironment={"A": "b"})
    assert {name: described[name] for name in request} == request
    assert described["OptimizationJobStatus"] == "STARTING"
    assert described["OptimizationOutput"] == {}
    assert "Tags" not in described
    assert "OptimizationStartTime" not in described


def test_a_completed_job_tells_its_times_and_the_image_to_serve_it_with(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    before = cloud.clock.now()
    create()
    cloud.clock.advance(3600)
    described = sagemaker.describe_optimization_job(OptimizationJobName=NAME)
    assert described["OptimizationJobStatus"] == "COMPLETED"
    assert described["CreationTime"] - before < timedelta(seconds=1)
    assert described["OptimizationStartTime"] - described["CreationTime"] == timedelta(seconds=60)
    assert described["OptimizationEndTime"] - described["OptimizationStartTime"] == timedelta(minutes=25)
    assert described["LastModifiedTime"] == described["OptimizationEndTime"]
    assert described["OptimizationOutput"] == {"RecommendedInferenceImage": IMAGE}
    assert "FailureReason" not in described


@pytest.mark.parametrize(
    ("instance_type", "image"), [("ml.g6.24xlarge", "djl-inference:0.36"), ("ml.inf2.8xlarge", "neuronx")]
)
def test_a_job_without_an_image_recommends_one_for_its_instances(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str], instance_type: str, image: str
) -> None:
    create(DeploymentInstanceType=instance_type, OptimizationConfigs=[{"ModelCompilationConfig": {}}])
    cloud.clock.advance(3600)
    output = sagemaker.describe_optimization_job(OptimizationJobName=NAME)["OptimizationOutput"]
    assert image in output["RecommendedInferenceImage"]


def test_a_failed_job_tells_its_reason(cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.next_job(runtime=300, outcome="FAILED", reason="CUDA out of memory")
    create()
    cloud.clock.advance(3600)
    described = sagemaker.describe_optimization_job(OptimizationJobName=NAME)
    assert described["OptimizationJobStatus"] == "FAILED"
    assert described["FailureReason"] == "CUDA out of memory"
    assert described["OptimizationOutput"] == {}


def test_a_name_is_taken_as_long_as_its_job_is_known(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    create()
    assert refusal(create)["Code"] == "ResourceInUse"
    cloud.clock.advance(3600)
    assert "already exists (arn:aws:sagemaker:" in refusal(create)["Message"]
    sagemaker.delete_optimization_job(OptimizationJobName=NAME)
    create()


def test_a_name_is_taken_in_its_region_only(cloud: LocalCloud, create: Callable[..., str]) -> None:
    create()
    elsewhere = cloud.client("sagemaker", region="eu-central-1")
    arn = elsewhere.create_optimization_job(**creation())["OptimizationJobArn"]
    assert arn.split(":")[3] == "eu-central-1"


def test_a_role_that_does_not_exist_cannot_be_assumed(create: Callable[..., str]) -> None:
    error = refusal(create, RoleArn="arn:aws:iam::123456789012:role/nobody")
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith("Could not assume role arn:aws:iam::123456789012:role/nobody.")


def test_a_role_that_does_not_trust_sagemaker_cannot_be_assumed(
    cloud: LocalCloud, create: Callable[..., str]
) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    cloud.client("iam").update_assume_role_policy(
        RoleName="execution", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    assert f"Could not assume role {ROLE_ARN}" in refusal(create)["Message"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ModelSource": {"S3": {}}}, "ModelSource.S3 must specify S3Uri"),
        ({"ModelSource": {}}, "exactly one of S3 and SageMakerModel"),
        (
            {"ModelSource": {"S3": {"S3Uri": "s3://x/"}, "SageMakerModel": {"ModelName": "x"}}},
            "exactly one of S3 and SageMakerModel",
        ),
        ({"OptimizationConfigs": []}, "OptimizationConfigs must contain at least one configuration"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 2, "MaxWaitTimeInSeconds": 1}},
            "MaxWaitTimeInSeconds must be equal to or greater than MaxRuntimeInSeconds",
        ),
        ({"OutputConfig": {"S3OutputLocation": "https://example.com/x"}}, "is not the URI of a place in S3"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Duplicate tag keys found: a"),
        ({"Tags": [{"Key": "aws:x", "Value": "1"}]}, "aws: prefixed tag key names are not allowed"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    create: Callable[..., str], members: dict[str, Any], message: str
) -> None:
    error = refusal(create, **members)
    assert error["Code"] == "ValidationException"
    assert message in error["Message"]


def test_a_sagemaker_model_is_a_source_as_well(create: Callable[..., str]) -> None:
    create(ModelSource={"SageMakerModel": {"ModelName": "llama"}})


@pytest.mark.parametrize("operation", ["describe", "stop", "delete"])
def test_a_job_that_is_not_there_is_not_found(sagemaker: Any, operation: str) -> None:
    error = refusal(getattr(sagemaker, f"{operation}_optimization_job"), OptimizationJobName="nobody")
    assert error["Code"] == "ResourceNotFound"
    assert "nobody" in error["Message"]


# --- stop and delete ----------------------------------------------------------------------------------------


def test_a_running_job_can_be_stopped(cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]) -> None:
    create()
    cloud.clock.advance(120)
    sagemaker.stop_optimization_job(OptimizationJobName=NAME)
    assert status(sagemaker) == "STOPPING"
    sagemaker.stop_optimization_job(OptimizationJobName=NAME)
    cloud.clock.advance(30)
    assert status(sagemaker) == "STOPPED"


def test_a_job_that_has_ended_cannot_be_stopped(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    create()
    cloud.clock.advance(3600)
    error = refusal(sagemaker.stop_optimization_job, OptimizationJobName=NAME)
    assert error["Code"] == "ValidationException"
    assert error["Message"] == "The request was rejected because the job is in status COMPLETED."


def test_a_running_job_cannot_be_deleted(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    create()
    error = refusal(sagemaker.delete_optimization_job, OptimizationJobName=NAME)
    assert error["Code"] == "ValidationException"
    assert "in status STARTING" in error["Message"]
    assert cloud.optimization_jobs.running() == [cloud.optimization_jobs.job(NAME)]


def test_the_record_of_a_deleted_job_is_kept_for_tests(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    create()
    cloud.clock.advance(3600)
    sagemaker.delete_optimization_job(OptimizationJobName=NAME)
    (job,) = cloud.optimization_jobs.jobs
    assert job.deleted == cloud.clock.time()
    assert [str(status) for _, status in job.history] == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert cloud.optimization_jobs.running() == []
