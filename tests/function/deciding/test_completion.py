"""A leg of the waiting, in the cases that a deploy seldom meets."""

from __future__ import annotations

import pytest

from optimization_job.cloudformation.request import Request
from optimization_job.deciding import Action, Respond, Wait, decide_completion
from optimization_job.deciding.evidence import Evidence
from optimization_job.deciding.memory import Memory
from optimization_job.wiring import queries_of
from tests.function.requests import create, deployed, leg
from tests.simulation import Script, SimulatedAws


def failed(aws: SimulatedAws) -> str:
    """The name of a job that has failed."""
    aws.sagemaker.script = Script(ends_after=100, outcome="FAILED", reason="out of memory")
    name: str = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.settle(600)
    return name


def test_a_leg_keeps_the_id_that_it_has(aws: SimulatedAws) -> None:
    answer = aws.carry_out(leg(aws, deployed(aws), "Update"))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "models/Leg1")


def test_an_update_that_waits_for_a_job_that_fails_fails(aws: SimulatedAws) -> None:
    name = failed(aws)
    aws.stack_status = "UPDATE_IN_PROGRESS"

    answer = aws.carry_out(leg(aws, name, "Update"))

    assert answer["Status"] == "FAILED"
    assert "out of memory" in answer["Reason"]


def test_an_update_whose_job_is_gone_fails(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"

    assert aws.carry_out(leg(aws, "models--llama3-0123456789abcdef", "Update"))["Status"] == "FAILED"


@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_a_leg_that_is_created_for_a_job_that_failed_is_no_success_because_the_stack_turned_back(
    aws: SimulatedAws, status: str
) -> None:
    name = failed(aws)
    aws.stack_status = status

    assert aws.carry_out(leg(aws, name))["Status"] == "FAILED"


def test_a_leg_whose_job_has_found_no_instance_hands_over_with_times_that_are_empty(
    aws: SimulatedAws,
) -> None:
    aws.sagemaker.script = Script(starts_after=7200, ends_after=None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]

    answer = aws.carry_out(leg(aws, name, Timeout=60))

    assert answer["Status"] == "SUCCESS"
    assert (answer["Data"]["OptimizationStartTime"], answer["Data"]["OptimizationEndTime"]) == ("", "")


def after(aws: SimulatedAws, elapsed: float) -> Action:
    """What next for a leg of ten minutes whose job still runs."""
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    request = Request.parse(leg(aws, name, Timeout=600, PollInterval=60))
    return decide_completion(request, Evidence(request, Memory(), queries_of(request), lambda: elapsed))


@pytest.mark.parametrize(("elapsed", "pause"), [(500, 60), (569.3, 30), (599.5, 1)])
def test_a_leg_looks_again_when_its_time_is_up_and_never_without_a_pause(
    aws: SimulatedAws, elapsed: float, pause: int
) -> None:
    action = after(aws, elapsed)

    assert isinstance(action, Wait)
    assert action.seconds == pause


def test_a_leg_hands_over_in_the_very_second_in_which_its_time_is_up(aws: SimulatedAws) -> None:
    assert isinstance(after(aws, 600), Respond)
