"""A job that waits or runs has metrics at each look, so that an alarm need not wait for its end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from optimization_job.sagemaker.job import Job
from optimization_job.sagemaker.optimization_job import OPTIMIZATION_JOB
from optimization_job.tracking.progress import progress_of
from tests.function.tracking.test_measuring import EMBEDDED_METRIC_FORMAT, started
from tests.simulation import Script, SimulatedAws

CREATED = datetime(2026, 11, 27, tzinfo=UTC)
JOB = Job(
    kind=OPTIMIZATION_JOB,
    name="one",
    arn="arn",
    status="STARTING",
    output_location="s3://models/one/",
    creation_time=CREATED,
    last_modified_time=CREATED,
    max_runtime=7200,
)
LATER = CREATED + timedelta(hours=1)


def looks(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line["decision"] == "looked"]


def test_a_job_that_waits_says_how_long(aws: SimulatedAws, capsys: pytest.CaptureFixture[str]) -> None:
    name = started(aws, Script(starts_after=3600, ends_after=7200))
    aws.settle(3600)

    first, *_, last = looks(capsys)
    jsonschema.validate(first, EMBEDDED_METRIC_FORMAT)
    assert first == {
        "level": "INFO",
        "decision": "looked",
        "job": name,
        "status": "STARTING",
        "_aws": {
            "Timestamp": 1_700_000_000_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "SageMakerOptimizationJobs",
                    "Dimensions": [["StackName", "LogicalResourceId"]],
                    "Metrics": [{"Name": "CurrentQueueTime", "Unit": "Seconds"}],
                }
            ],
        },
        "StackName": "models",
        "LogicalResourceId": "Llama3",
        "CurrentQueueTime": 0.0,
    }
    assert 3300 < last["CurrentQueueTime"] <= 3600


def test_a_job_that_runs_says_how_much_of_its_time_is_gone(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    started(aws, Script(starts_after=60, ends_after=7200))
    aws.settle(7200)

    shares = [line["CurrentMaxRuntimeShare"] for line in looks(capsys) if "CurrentMaxRuntimeShare" in line]
    assert shares == sorted(shares)
    assert 95 < shares[-1] <= 100


def test_no_two_looks_are_more_than_five_minutes_apart(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    started(aws, Script(starts_after=86_400, ends_after=90_000))
    aws.settle(86_400)

    times = [line["_aws"]["Timestamp"] / 1000 for line in looks(capsys)]
    assert max(later - sooner for sooner, later in pairwise(times)) < 310


def test_a_job_that_has_ended_says_nothing_more(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    started(aws, Script(ends_after=600))
    aws.settle(3600)

    assert looks(capsys)[-1]["_aws"]["Timestamp"] <= 1_700_000_600_000


def test_another_job_of_the_same_name_says_nothing(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    name = started(aws, Script(ends_after=None))
    aws.settle(600)
    before = len(looks(capsys))
    aws.sagemaker.jobs[name].created += 300
    aws.settle(600)

    assert before > 0
    assert looks(capsys) == []


@pytest.mark.parametrize(
    ("changes", "values"),
    [
        ({}, {"CurrentQueueTime": 3600.0}),
        ({"status": "INPROGRESS", "start_time": CREATED}, {"CurrentMaxRuntimeShare": 50.0}),
        # SageMaker shows the start while the status is still the old one.
        ({"start_time": CREATED}, {"CurrentMaxRuntimeShare": 50.0}),
        ({"status": "INPROGRESS"}, {}),
        ({"status": "INPROGRESS", "start_time": CREATED, "max_runtime": None}, {}),
        ({"status": "STOPPING", "start_time": CREATED}, {}),
        ({"status": "COMPLETED", "start_time": CREATED, "end_time": LATER}, {}),
        ({"status": "A_NEW_ONE", "start_time": CREATED}, {}),
        # The clocks differ.
        ({"creation_time": LATER + timedelta(seconds=1)}, {"CurrentQueueTime": 0.0}),
    ],
)
def test_what_a_job_says(changes: dict[str, Any], values: dict[str, float]) -> None:
    assert progress_of(replace(JOB, **changes), LATER) == values
