"""Tags of jobs, and of everything else in SageMaker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.requests import ROLE_ARN


def test_tags_are_added_overwritten_and_deleted(sagemaker: Any, create: Callable[..., str]) -> None:
    arn = create(Tags=[{"Key": "team", "Value": "ml"}, {"Key": "env", "Value": "test"}])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "env", "Value": "prod"}, {"Key": "new", "Value": ""}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team", "never"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "env", "Value": "prod"},
        {"Key": "new", "Value": ""},
    ]


def test_a_job_has_at_most_50_tags(sagemaker: Any, create: Callable[..., str]) -> None:
    arn = create(Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k0", "Value": "x"}])
    error = refusal(sagemaker.add_tags, ResourceArn=arn, Tags=[{"Key": "one more", "Value": ""}])
    assert "at most 50 tags" in error["Message"]


def test_a_job_that_is_not_there_has_no_tags(sagemaker: Any) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:optimization-job/nobody"
    assert refusal(sagemaker.list_tags, ResourceArn=arn)["Code"] == "ResourceNotFound"


def test_other_resources_keep_their_tags(sagemaker: Any) -> None:
    arn = sagemaker.create_model(
        ModelName="llama", ExecutionRoleArn=ROLE_ARN, Tags=[{"Key": "team", "Value": "ml"}]
    )["ModelArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "env", "Value": "prod"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "env", "Value": "prod"}]
