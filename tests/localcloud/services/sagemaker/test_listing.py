"""Jobs are listed by what they are, what they do and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.requests import EAGLE


@pytest.fixture
def four_jobs(cloud: LocalCloud, sagemaker: Any, create: Callable[..., str]) -> Any:
    """`d` has failed, `b` is complete, `c` is running and `a` is starting; created in this order."""
    cloud.optimization_jobs.next_job(runtime=60, outcome="FAILED", reason="x", name_prefix="d")
    create(OptimizationJobName="d", OptimizationConfigs=[EAGLE])
    cloud.clock.advance(600)
    create(OptimizationJobName="b", OptimizationConfigs=[{"ModelCompilationConfig": {}}])
    cloud.clock.advance(1600)
    create(OptimizationJobName="c", MaxInstanceCount=3)
    cloud.clock.advance(600)
    create(OptimizationJobName="a")
    return sagemaker


def names(answer: dict[str, Any]) -> list[str]:
    return [summary["OptimizationJobName"] for summary in answer["OptimizationJobSummaries"]]


def test_jobs_are_listed_in_the_order_of_their_creation(four_jobs: Any) -> None:
    assert names(four_jobs.list_optimization_jobs()) == ["d", "b", "c", "a"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"SortBy": "Name"}, ["a", "b", "c", "d"]),
        ({"SortBy": "Name", "SortOrder": "Descending"}, ["d", "c", "b", "a"]),
        ({"SortBy": "Status"}, ["b", "d", "c", "a"]),
        ({"SortOrder": "Descending"}, ["a", "c", "b", "d"]),
        ({"StatusEquals": "FAILED"}, ["d"]),
        ({"StatusEquals": "STOPPED"}, []),
        ({"NameContains": "C"}, ["c"]),
        ({"OptimizationContains": "Compilation"}, ["b"]),
        ({"OptimizationContains": "Quantization"}, ["c", "a"]),
    ],
)
def test_a_list_can_be_filtered_and_sorted(
    four_jobs: Any, parameters: dict[str, str], expected: list[str]
) -> None:
    assert names(four_jobs.list_optimization_jobs(**parameters)) == expected


def test_a_list_can_be_filtered_by_time(cloud: LocalCloud, four_jobs: Any) -> None:
    def ago(minutes: int) -> Any:
        return cloud.clock.now() - timedelta(minutes=minutes)

    assert names(four_jobs.list_optimization_jobs(CreationTimeAfter=ago(20))) == ["c", "a"]
    assert names(four_jobs.list_optimization_jobs(CreationTimeBefore=ago(20))) == ["d", "b"]
    assert names(four_jobs.list_optimization_jobs(LastModifiedTimeAfter=ago(5))) == ["a"]
    assert names(four_jobs.list_optimization_jobs(LastModifiedTimeBefore=ago(30))) == ["d"]


def test_a_summary_says_what_and_when(four_jobs: Any) -> None:
    (summary,) = four_jobs.list_optimization_jobs(NameContains="d")["OptimizationJobSummaries"]
    assert summary["OptimizationTypes"] == ["SpeculativeDecoding"]
    assert summary["OptimizationJobStatus"] == "FAILED"
    assert summary["OptimizationJobArn"].endswith(":optimization-job/d")
    assert summary["OptimizationEndTime"] - summary["OptimizationStartTime"] == timedelta(seconds=60)


def test_a_long_list_comes_in_pages_even_when_jobs_go_meanwhile(four_jobs: Any) -> None:
    first = four_jobs.list_optimization_jobs(MaxResults=2)
    assert names(first) == ["d", "b"]
    four_jobs.delete_optimization_job(OptimizationJobName="d")
    rest = four_jobs.list_optimization_jobs(MaxResults=2, NextToken=first["NextToken"])
    assert names(rest) == ["c", "a"]
    assert "NextToken" not in rest


def test_a_made_up_token_is_refused(four_jobs: Any) -> None:
    assert refusal(four_jobs.list_optimization_jobs, NextToken="?")["Code"] == "ValidationException"
