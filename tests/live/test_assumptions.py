"""One check for each line of docs/assumptions.md that an API call can settle."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from optimization_job.job import Job
from optimization_job.trouble import Kind, TroubleError


@pytest.fixture(scope="session")
def sagemaker() -> Any:
    return boto3.client("sagemaker")


@pytest.fixture
def start(sagemaker: Any, environment: dict[str, str]) -> Iterator[Callable[..., str]]:
    """Starts jobs, and ends and deletes them after the test."""
    names: list[str] = []

    def start_job(max_runtime: int = 3600, **changes: Any) -> str:
        name = f"live-check-{uuid.uuid4().hex[:12]}"
        names.append(name)
        request = {
            "OptimizationJobName": name,
            "RoleArn": environment["LIVE_ROLE_ARN"],
            "ModelSource": {"S3": {"S3Uri": environment["LIVE_MODEL_URI"]}},
            "DeploymentInstanceType": os.environ.get("LIVE_INSTANCE_TYPE", "ml.g5.2xlarge"),
            "OptimizationConfigs": [
                {"ModelQuantizationConfig": {"OverrideEnvironment": {"OPTION_QUANTIZE": "awq"}}}
            ],
            "OutputConfig": {"S3OutputLocation": f"{environment['LIVE_OUTPUT_URI'].rstrip('/')}/{name}/"},
            "StoppingCondition": {"MaxRuntimeInSeconds": max_runtime},
        }
        sagemaker.create_optimization_job(**request | changes)
        return name

    yield start_job
    for name in names:
        end(sagemaker, name)


def job(sagemaker: Any, name: str) -> Job:
    return Job.parse(sagemaker.describe_optimization_job(OptimizationJobName=name))


def until(sagemaker: Any, name: str, *statuses: str, within: timedelta = timedelta(hours=1)) -> Job:
    deadline = time.monotonic() + within.total_seconds()
    while (found := job(sagemaker, name)).status not in statuses:
        assert time.monotonic() < deadline, f"{name} is {found.status}"
        time.sleep(15)
    return found


def end(sagemaker: Any, name: str) -> None:
    try:
        if job(sagemaker, name).is_running:
            sagemaker.stop_optimization_job(OptimizationJobName=name)
        until(sagemaker, name, "STOPPED", "COMPLETED", "FAILED")
        sagemaker.delete_optimization_job(OptimizationJobName=name)
    except ClientError as error:
        if kind(error) is not Kind.NOT_FOUND:
            raise


def kind(error: ClientError) -> Kind:
    return TroubleError.of(error, error.operation_name).kind


def test_missing_job(sagemaker: Any) -> None:
    for call in ("describe", "stop", "delete"):
        with pytest.raises(ClientError) as caught:
            getattr(sagemaker, f"{call}_optimization_job")(OptimizationJobName="no-such-job")
        assert kind(caught.value) is Kind.NOT_FOUND, caught.value


def test_stop_and_delete_out_of_turn(sagemaker: Any, start: Callable[..., str]) -> None:
    name = start()
    with pytest.raises(ClientError) as caught:
        sagemaker.delete_optimization_job(OptimizationJobName=name)
    assert kind(caught.value) in (Kind.CONFLICT, Kind.NAME_TAKEN), caught.value
    sagemaker.stop_optimization_job(OptimizationJobName=name)
    until(sagemaker, name, "STOPPED")
    with pytest.raises(ClientError) as caught:
        sagemaker.stop_optimization_job(OptimizationJobName=name)
    assert kind(caught.value) is Kind.CONFLICT, caught.value


def test_name_is_free_after_delete(sagemaker: Any, start: Callable[..., str]) -> None:
    name = start()
    end(sagemaker, name)
    deadline = time.monotonic() + 300
    while True:
        try:
            start(OptimizationJobName=name)
        except ClientError as error:
            assert kind(error) is Kind.NAME_TAKEN, error
            assert time.monotonic() < deadline
            time.sleep(5)
        else:
            break
    end(sagemaker, name)


def test_max_runtime(sagemaker: Any, start: Callable[..., str]) -> None:
    stopped = until(sagemaker, start(max_runtime=60), "STOPPED", "COMPLETED", "FAILED")
    assert stopped.status == "STOPPED"
    assert stopped.start_time
    assert stopped.end_time
    assert stopped.end_time - stopped.start_time >= timedelta(0)


def test_quota(sagemaker: Any, start: Callable[..., str]) -> None:
    instance_type = os.environ.get("LIVE_INSTANCE_TYPE_WITHOUT_QUOTA", "ml.p5.48xlarge")
    with pytest.raises(ClientError) as caught:
        start(DeploymentInstanceType=instance_type)
    assert caught.value.response["Error"]["Code"] == "ResourceLimitExceeded", caught.value
    assert kind(caught.value) is Kind.PERMANENT, caught.value


def test_new_role(start: Callable[..., str]) -> None:
    iam = boto3.client("iam")
    name = f"live-check-{uuid.uuid4().hex[:12]}"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    try:
        start(RoleArn=role["Arn"])
    except ClientError as error:
        assert kind(error) is Kind.PERMISSION, error
    finally:
        iam.delete_role(RoleName=name)


def test_deleted_stack() -> None:
    cloudformation = boto3.client("cloudformation")
    template = json.dumps({"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}})
    name = f"live-check-{uuid.uuid4().hex[:12]}"
    stack_id = cloudformation.create_stack(StackName=name, TemplateBody=template)["StackId"]
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name)
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_id)
    try:
        stacks = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    except ClientError as error:
        assert kind(error) is Kind.NOT_FOUND, error
    else:
        assert stacks[0]["StackStatus"] == "DELETE_COMPLETE"
