"""The names in the API follow from the kind, also for a kind that the function does not run yet."""

from __future__ import annotations

from dataclasses import replace

from optimization_job.sagemaker.kinds import KINDS
from optimization_job.sagemaker.model import MODEL
from optimization_job.sagemaker.optimization_job import OPTIMIZATION_JOB

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAIBenchmarkJob.html
BENCHMARK_JOB = replace(
    OPTIMIZATION_JOB,
    noun="AI benchmark job",
    api_name="AIBenchmarkJob",
    arn_name="ai-benchmark-job",
    completed="Completed",
    failed=("Failed", "Stopped"),
)


def test_another_kind_of_job_has_its_own_operations() -> None:
    assert [BENCHMARK_JOB.operation(verb) for verb in ("Create", "Describe", "Stop", "Delete")] == [
        "CreateAIBenchmarkJob",
        "DescribeAIBenchmarkJob",
        "StopAIBenchmarkJob",
        "DeleteAIBenchmarkJob",
    ]


def test_another_kind_of_job_has_its_own_members() -> None:
    assert BENCHMARK_JOB.name_member == "AIBenchmarkJobName"
    assert BENCHMARK_JOB.arn_member == "AIBenchmarkJobArn"
    assert BENCHMARK_JOB.status_member == "AIBenchmarkJobStatus"


def test_another_kind_of_job_has_its_own_statuses_at_the_end() -> None:
    assert BENCHMARK_JOB.ended == ("Completed", "Failed", "Stopped")


def test_a_kind_without_statuses_has_completed_as_soon_as_it_exists() -> None:
    assert (MODEL.runs, MODEL.ended) == (False, (MODEL.completed,))


def test_every_resource_type_belongs_to_one_kind() -> None:
    assert sorted(KINDS) == [
        "Custom::SageMakerEndpointVerification",
        "Custom::SageMakerModel",
        "Custom::SageMakerModelPackage",
        "Custom::SageMakerOptimizationJob",
        "Custom::SageMakerOptimizationJobCompletion",
    ]
