"""A line of a log in the embedded metric format is data of metrics."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.services.logs.embedded_metrics import data_in

_LINE: dict[str, Any] = {
    "_aws": {
        "Timestamp": 1_700_000_000_000,
        "CloudWatchMetrics": [
            {
                "Namespace": "Jobs",
                "Dimensions": [["Stack"], ["Stack", "Job"]],
                "Metrics": [{"Name": "Failures", "Unit": "Count"}, {"Name": "NotThere"}],
            }
        ],
    },
    "Stack": "models",
    "Job": "llama",
    "Failures": 1,
}


def test_a_value_counts_for_each_set_of_dimensions() -> None:
    first, second = data_in(json.dumps(_LINE))
    assert (first.namespace, first.name, first.value) == ("Jobs", "Failures", 1)
    assert first.dimensions == {"Stack": "models"}
    assert second.dimensions == {"Stack": "models", "Job": "llama"}
    assert first.time == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_each_of_several_values_counts() -> None:
    values = [datum.value for datum in data_in(json.dumps({**_LINE, "Failures": [1, 2]}))]
    assert values == [1, 2, 1, 2]


@pytest.mark.parametrize(
    "line", ["", "plain", '{"level": "INFO"}', 'no "_aws" here', '["_aws"]', '{"_aws": 1}']
)
def test_any_other_line_has_none(line: str) -> None:
    assert list(data_in(line)) == []


def test_what_a_role_may_not_write_is_no_metric(cloud: LocalCloud) -> None:
    nobody = f"arn:aws:iam::{cloud.account}:role/nobody"
    assert not cloud.logs.write(nobody, "group", "stream", [json.dumps(_LINE)])
    assert cloud.client("cloudwatch").list_metrics()["Metrics"] == []


def test_what_the_account_writes_is_a_metric(cloud: LocalCloud) -> None:
    root = f"arn:aws:iam::{cloud.account}:root"
    assert cloud.logs.write(root, "group", "stream", [json.dumps(_LINE)])
    names = {each["MetricName"] for each in cloud.client("cloudwatch").list_metrics()["Metrics"]}
    assert names == {"Failures"}
