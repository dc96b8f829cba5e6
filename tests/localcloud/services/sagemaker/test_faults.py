"""Whatever a test can ask to go wrong, goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.requests import creation

NAME = "llama-awq"


def code(call: Callable[..., Any], **parameters: Any) -> str:
    """The error of a call; OK if it succeeds."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "OK"


def status(sagemaker: Any, name: str = NAME) -> str:
    return str(sagemaker.describe_optimization_job(OptimizationJobName=name)["OptimizationJobStatus"])


def test_a_job_that_never_finishes_runs_until_it_is_stopped(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    cloud.optimization_jobs.never_finish()
    create(StoppingCondition={"MaxRuntimeInSeconds": 432_000})
    cloud.clock.advance(400_000)
    assert status(sagemaker) == "INPROGRESS"
    sagemaker.stop_optimization_job(OptimizationJobName=NAME)
    cloud.clock.advance(60)
    assert status(sagemaker) == "STOPPED"


def test_a_job_can_be_stopped_by_somebody_else(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    cloud.optimization_jobs.next_job(runtime=100, outcome="STOPPED", reason="An operator stopped the job")
    create()
    cloud.clock.advance(160)
    described = sagemaker.describe_optimization_job(OptimizationJobName=NAME)
    assert (described["OptimizationJobStatus"], described["FailureReason"]) == (
        "STOPPED",
        "An operator stopped the job",
    )


def test_a_script_is_for_one_job_or_for_all_of_a_prefix(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    cloud.optimization_jobs.next_job(runtime=10)
    cloud.optimization_jobs.next_job(runtime=20, name_prefix="slow-")
    for name in ("one", "two", "slow-one", "slow-two"):
        create(OptimizationJobName=name)
    cloud.clock.advance(75)
    assert [status(sagemaker, name) for name in ("one", "two")] == ["COMPLETED", "INPROGRESS"]
    assert [status(sagemaker, name) for name in ("slow-one", "slow-two")] == ["INPROGRESS", "INPROGRESS"]
    cloud.clock.advance(5)
    assert [status(sagemaker, name) for name in ("slow-one", "slow-two")] == ["COMPLETED", "COMPLETED"]


def test_a_full_quota_has_room_again_when_a_job_ends(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.quota(1)
    create(OptimizationJobName="one")
    with pytest.raises(
        ClientError, match="is 1 Instances, with current utilization of 1 Instances"
    ) as caught:
        create(OptimizationJobName="two")
    assert caught.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    cloud.clock.advance(3600)
    create(OptimizationJobName="two")


def test_a_quota_of_none_lets_nothing_run_until_it_is_lifted(
    cloud: LocalCloud, create: Callable[..., str]
) -> None:
    cloud.optimization_jobs.quota(0)
    assert code(create) == "ResourceLimitExceeded"
    cloud.optimization_jobs.quota(None)
    assert code(create) == "OK"


def test_a_quota_may_be_for_one_instance_type(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.quota(0, instance_type="ml.p4d.24xlarge")
    assert code(create, DeploymentInstanceType="ml.p4d.24xlarge") == "ResourceLimitExceeded"
    assert code(create) == "OK"


def test_calls_are_throttled_a_number_of_times(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.throttle("CreateOptimizationJob", 2)
    assert [code(create) for _ in range(3)] == ["ThrottlingException", "ThrottlingException", "OK"]


def test_calls_are_throttled_at_a_rate(cloud: LocalCloud, sagemaker: Any) -> None:
    cloud.optimization_jobs.throttle("ListOptimizationJobs", rate=0.5)
    codes = [code(sagemaker.list_optimization_jobs) for _ in range(60)]
    assert 15 < codes.count("ThrottlingException") < 45


def test_every_operation_of_sagemaker_can_be_throttled(cloud: LocalCloud, sagemaker: Any) -> None:
    cloud.optimization_jobs.throttle(times=2)
    assert code(sagemaker.list_model_packages) == "ThrottlingException"
    assert code(sagemaker.list_optimization_jobs) == "ThrottlingException"
    assert code(sagemaker.list_model_packages) == "OK"


def test_no_more_calls_pass_than_a_second_allows(cloud: LocalCloud, sagemaker: Any) -> None:
    cloud.optimization_jobs.limit_rate(2)
    calls = [sagemaker.list_optimization_jobs, sagemaker.list_model_packages] * 2
    assert [code(call) for call in calls] == ["OK", "OK", "ThrottlingException", "ThrottlingException"]
    cloud.clock.advance(0.5)
    assert [code(call) for call in calls[:2]] == ["OK", "ThrottlingException"]
    cloud.clock.advance(3600)
    assert [code(call) for call in calls[:3]] == ["OK", "OK", "ThrottlingException"]
    cloud.optimization_jobs.limit_rate(None)
    assert {code(call) for call in calls} == {"OK"}


def test_a_limited_rate_is_sagemakers_only(cloud: LocalCloud) -> None:
    cloud.optimization_jobs.limit_rate(1)
    for _ in range(3):
        cloud.client("s3").list_buckets()


def test_other_services_are_not_throttled(cloud: LocalCloud) -> None:
    cloud.optimization_jobs.throttle()
    cloud.client("s3").list_buckets()


@pytest.mark.parametrize(
    ("error", "http_status"),
    [("InternalFailure", 500), ("ServiceUnavailable", 503), ("AccessDeniedException", 400)],
)
def test_a_call_fails_with_any_error_and_does_nothing(
    cloud: LocalCloud, create: Callable[..., str], error: str, http_status: int
) -> None:
    cloud.optimization_jobs.fail_call("CreateOptimizationJob", error)
    with pytest.raises(ClientError) as caught:
        create()
    assert caught.value.response["Error"]["Code"] == error
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == http_status
    assert cloud.optimization_jobs.jobs == []
    create()


def test_describing_a_job_fails_without_an_end(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    create()
    cloud.optimization_jobs.fail_call("DescribeOptimizationJob", times=None)
    codes = {code(sagemaker.describe_optimization_job, OptimizationJobName=NAME) for _ in range(5)}
    assert codes == {"InternalFailure"}


def test_a_fault_is_for_the_jobs_of_a_prefix(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.fail_call("CreateOptimizationJob", name_prefix="bad-")
    assert code(create, OptimizationJobName="good-1") == "OK"
    assert code(create, OptimizationJobName="bad-1") == "InternalFailure"


def test_a_fault_for_tags_finds_the_job_by_its_arn(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    arn = create()
    cloud.optimization_jobs.fail_call("AddTags", "InternalFailure", name_prefix=NAME)
    assert code(sagemaker.add_tags, ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}]) == "InternalFailure"
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_a_job_is_created_although_its_answer_is_lost(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    cloud.optimization_jobs.lose_response("CreateOptimizationJob")
    with pytest.raises(ConnectionClosedError):
        create()
    assert status(sagemaker) == "STARTING"


def test_a_client_that_tries_again_after_a_lost_answer_finds_its_name_taken(cloud: LocalCloud) -> None:
    cloud.optimization_jobs.lose_response("CreateOptimizationJob")
    persistent = boto3.client(
        "sagemaker",
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    assert code(persistent.create_optimization_job, **creation()) == "ResourceInUse"


def test_a_job_is_created_although_the_answer_is_an_internal_error(
    cloud: LocalCloud, create: Callable[..., str]
) -> None:
    cloud.optimization_jobs.lose_response("CreateOptimizationJob", internal_error=True)
    assert code(create) == "InternalFailure"
    assert [job.name for job in cloud.optimization_jobs.running()] == [NAME]


def test_a_new_role_cannot_be_assumed_for_some_calls(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.role_not_assumable(2)
    for _ in range(2):
        with pytest.raises(
            ClientError, match="Could not assume role arn:aws:iam::123456789012:role/execution"
        ):
            create()
    create()


def test_a_new_role_cannot_be_assumed_for_some_time(cloud: LocalCloud, create: Callable[..., str]) -> None:
    cloud.optimization_jobs.role_not_assumable(seconds=30)
    cloud.clock.advance(29)
    assert code(create) == "ValidationException"
    cloud.clock.advance(1)
    assert code(create) == "OK"


def test_a_stop_can_take_long_even_of_a_job_that_runs_already(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    create()
    cloud.optimization_jobs.slow_stop(900)
    sagemaker.stop_optimization_job(OptimizationJobName=NAME)
    cloud.clock.advance(899)
    assert status(sagemaker) == "STOPPING"
    cloud.clock.advance(1)
    assert status(sagemaker) == "STOPPED"


def test_a_reset_forgets_jobs_and_faults(
    cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]
) -> None:
    create()
    cloud.optimization_jobs.throttle()
    cloud.optimization_jobs.quota(0)
    cloud.optimization_jobs.limit_rate(1)
    cloud.optimization_jobs.reset()
    assert sagemaker.list_optimization_jobs()["OptimizationJobSummaries"] == []
    assert sagemaker.list_optimization_jobs()["OptimizationJobSummaries"] == []
    create()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda jobs: jobs.throttle(times=0), "times must be 1 or more, or None for no end, got 0"),
        (lambda jobs: jobs.throttle(rate=2), "rate must be more than 0 and at most 1, got 2"),
        (lambda jobs: jobs.quota(-1), "limit must be 0 or more running jobs, or None for no limit, got -1"),
        (
            lambda jobs: jobs.limit_rate(0.5),
            "limit must be 1 or more calls a second, or None for no limit, got 0.5",
        ),
        (lambda jobs: jobs.slow_stop(-1), "seconds must be 0 or more, got -1"),
        (lambda jobs: jobs.role_not_assumable(), "times or seconds must be given"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    cloud: LocalCloud, ask: Callable[[Any], None], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ask(cloud.optimization_jobs)
