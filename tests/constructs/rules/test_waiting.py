"""How long a deployment waits for a job."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_optimization import Completion
from tests.constructs.rules.support import Attempts, quantization

_FIVE_HOURS, _SIX_HOURS = cdk.Duration.hours(5), cdk.Duration.hours(6)


def _warnings(attempts: Attempts, **props: Any) -> dict[str, str]:
    return attempts.warnings(quantization("awq"), **props)


def test_a_timeout_shorter_than_the_run_is_warned_of(attempts: Attempts) -> None:
    warnings = _warnings(attempts, completion=Completion.wait(_FIVE_HOURS), max_runtime=_SIX_HOURS)
    assert warnings == {
        "completionShorterThanRun": "the timeout of completion must not be shorter than max_runtime, 6 "
        "hours, or a job that is in time fails the deployment and is stopped, got 5 hours: raise it, or "
        "lower max_runtime"
    }


def test_a_timeout_shorter_than_the_default_run_is_warned_of(attempts: Attempts) -> None:
    completion = Completion.wait(cdk.Duration.hours(1))
    assert list(_warnings(attempts, completion=completion)) == ["completionShorterThanRun"]


@pytest.mark.parametrize(
    ("completion", "max_runtime"),
    [
        (Completion.wait(_SIX_HOURS), _FIVE_HOURS),
        (Completion.wait(_SIX_HOURS), _SIX_HOURS),
        (Completion.wait(), _SIX_HOURS),
        (None, None),
        (Completion.detached(), _SIX_HOURS),
    ],
)
def test_a_timeout_that_is_long_enough_passes(
    attempts: Attempts, completion: Completion | None, max_runtime: cdk.Duration | None
) -> None:
    assert _warnings(attempts, completion=completion, max_runtime=max_runtime) == {}


def test_a_run_time_that_is_a_token_is_left_for_deployment(attempts: Attempts) -> None:
    seconds = cdk.CfnParameter(attempts.stack, "RunTime", type="Number").value_as_number
    runtime = cdk.Duration.seconds(seconds)
    completion = Completion.wait(cdk.Duration.minutes(1))
    assert _warnings(attempts, completion=completion, max_runtime=runtime) == {}
