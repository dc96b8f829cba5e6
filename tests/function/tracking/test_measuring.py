"""Each job that ends is counted once in the metrics, whoever sees its end."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from optimization_job.tracking import Measurement
from optimization_job.tracking.counting import execution_name
from tests.function.requests import create, delete, deployed, leg
from tests.simulation import STACK_ID, Script, SimulatedAws

DAY = 86_400

#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
EMBEDDED_METRIC_FORMAT = {
    "type": "object",
    "title": "Root Node",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "properties": {
                            "Namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
                            "Dimensions": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "type": "array",
                                    "minItems": 1,
                                    "maxItems": 30,
                                    "items": {"type": "string", "minLength": 1, "maxLength": 250},
                                },
                            },
                            "Metrics": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["Name"],
                                    "properties": {
                                        "Name": {"type": "string", "minLength": 1, "maxLength": 1024},
                                        "Unit": {"enum": ["Seconds", "Percent", "Count"]},
                                    },
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}


def measured(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line["decision"] == "ended"]


def started(aws: SimulatedAws, script: Script | None = None) -> str:
    aws.sagemaker.script = script or Script()
    name: str = aws.carry_out(create(aws))["PhysicalResourceId"]
    return name


def rolled_back(aws: SimulatedAws, script: Script) -> str:
    """A deployment that fails with its job, and deletes the record as soon as it has ended."""
    name = started(aws, script)
    assert aws.carry_out(leg(aws, name))["Status"] == "FAILED"
    aws.stack_status = "ROLLBACK_IN_PROGRESS"
    aws.carry_out(delete(aws, name))
    aws.settle(3600)
    return name


def test_a_job_that_ended_is_one_line_in_the_embedded_metric_format(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    name = started(aws)
    aws.settle(3600)

    (line,) = measured(capsys)
    jsonschema.validate(line, EMBEDDED_METRIC_FORMAT)
    assert line == {
        "level": "INFO",
        "decision": "ended",
        "job": name,
        "status": "COMPLETED",
        "_aws": {
            # When the job ended.
            "Timestamp": 1_700_001_500_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "SageMakerOptimizationJobs",
                    "Dimensions": [["StackName", "LogicalResourceId"]],
                    "Metrics": [
                        {"Name": "Failures", "Unit": "Count"},
                        {"Name": "MaxRuntimeShare", "Unit": "Percent"},
                        {"Name": "QueueTime", "Unit": "Seconds"},
                        {"Name": "RunTime", "Unit": "Seconds"},
                    ],
                }
            ],
        },
        "StackName": "models",
        "LogicalResourceId": "Llama3",
        "QueueTime": 60,
        "Failures": 0,
        "RunTime": 1440,
        "MaxRuntimeShare": 20,
    }


def test_every_metric_and_dimension_of_the_line_has_its_value(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    started(aws)
    aws.settle(3600)

    (line,) = measured(capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert all(isinstance(line[metric["Name"]], (int, float)) for metric in directive["Metrics"])
    assert all(isinstance(line[name], str) for names in directive["Dimensions"] for name in names)


def test_a_failure_whose_record_is_deleted_before_the_tracker_looks_again_is_counted_once(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    name = rolled_back(aws, Script(ends_after=2700, outcome="FAILED", reason="out of memory"))

    (line,) = measured(capsys)
    assert aws.events.statuses(name)[-1] == "DELETED"
    assert (line["job"], line["status"], line["Failures"]) == (name, "FAILED", 1)


@pytest.mark.parametrize("wait", [0, 60, 600])
def test_a_failure_that_both_see_is_counted_once(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str], wait: int
) -> None:
    name = started(aws, Script(ends_after=1000, outcome="FAILED"))
    aws.settle(1000 + wait)
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.carry_out(delete(aws, name))
    aws.settle(3600)

    assert [line["Failures"] for line in measured(capsys)] == [1]


def test_a_job_that_a_deletion_stops_is_counted_as_a_failure(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    name = started(aws, Script(ends_after=None))
    aws.settle(600)
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.carry_out(delete(aws, name))
    aws.settle(600)

    (line,) = measured(capsys)
    assert (line["status"], line["Failures"]) == ("STOPPED", 1)


def test_a_job_that_never_started_has_waited_until_its_end(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    rolled_back(aws, Script(starts_after=5000, ends_after=1000, outcome="FAILED", reason="no capacity"))

    (line,) = measured(capsys)
    assert line["QueueTime"] == 1000
    assert "RunTime" not in line
    assert "MaxRuntimeShare" not in line


def test_a_job_that_runs_again_under_its_name_is_counted_for_each_run(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    started(aws, Script(ends_after=600, outcome="FAILED"))
    aws.settle(3600)
    started(aws)
    aws.settle(3600)

    assert [line["Failures"] for line in measured(capsys)] == [1, 0]


def test_a_job_that_is_deleted_long_after_its_end_is_not_counted_again(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    name = deployed(aws)
    aws.settle(100 * DAY)
    # Step Functions forgets what has ended.
    aws.names_of_executions.clear()
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.carry_out(delete(aws, name))
    aws.settle(3600)

    assert len(measured(capsys)) == 1


@pytest.mark.parametrize("fault", ["fail", "lose_answer", "die_before", "die_after"])
def test_an_end_that_is_hard_to_count_is_counted_once(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    name = started(aws)
    aws.settle(60)
    getattr(aws.faults, fault)("StartExecution", *(("ThrottlingException",) if fault == "fail" else ()))
    aws.settle(3600)

    assert [line["job"] for line in measured(capsys)] == [name]
    assert aws.executions == {}


def test_a_bus_that_refuses_keeps_no_job_from_being_counted(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.faults.fail("PutEvents", "InternalException", times=1000, status=500)
    started(aws)
    aws.settle(DAY)

    assert len(measured(capsys)) == 1


def test_a_deletion_does_not_wait_for_the_metrics(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    name = started(aws, Script(ends_after=1000, outcome="FAILED"))
    aws.settle(1001)
    request = delete(aws, name)
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.send(request)
    aws.faults.fail("StartExecution", "AccessDeniedException", "not authorized", times=1000)

    assert aws.wait_for_answer(request)["Status"] == "SUCCESS"
    assert name not in aws.sagemaker.jobs
    assert '"decision": "not counted"' in capsys.readouterr().out


def test_the_longest_names_have_room() -> None:
    longest = Measurement("n" * 63, "2026-11-22T10:00:00+00:00", "", STACK_ID, "Job", "FAILED", {})
    assert len(execution_name(longest)) == 80
