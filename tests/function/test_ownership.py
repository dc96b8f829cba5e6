"""Whose job it is has to be proven before anything stops or deletes it."""

from __future__ import annotations

from typing import Any

import pytest

from optimization_job import handler
from optimization_job.cloudformation.request import Request
from optimization_job.deciding import names
from optimization_job.deciding.memory import Memory
from optimization_job.deciding.names import is_generated, is_made_for
from optimization_job.deciding.physical_id import failed_physical_resource_id, job_to_delete
from tests.function.requests import create, delete, deployed, properties, update
from tests.function.stale import refuse_while, tags_unseen_for
from tests.simulation import STACK_ID, Script, SimulatedAws
from tests.simulation.faults import client_error

CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}
INVENTED = "models-Llama3-1ABCDEFGHIJK"

#: Somebody else's resources: in another stack, or elsewhere in the same one.
OTHERS = {
    "another stack": {"StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/other/ffff"},
    "a stack of the same name": {
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/models/ffff"
    },
    "another logical id": {"LogicalResourceId": "Pinned"},
}

of_every_other = pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)


@pytest.fixture(autouse=True)
def jobs_never_end(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=None)


def from_(other: dict[str, str], request: dict[str, Any], aws: SimulatedAws, status: str) -> dict[str, Any]:
    """The request as somebody else's resource sends it, whose stack has this status."""
    aws.stack_statuses[other.get("StackId", STACK_ID)] = status
    return {**request, **other}


# Generated names.


@of_every_other
def test_a_chosen_name_that_looks_generated_is_refused_and_the_refusal_leads_to_no_job(
    aws: SimulatedAws, other: dict[str, str]
) -> None:
    """It was copied from the console, or is meant to do harm: it takes nothing but the ServiceToken."""
    theirs = aws.carry_out(create(aws))["PhysicalResourceId"]
    pinned = {"OptimizationJobName": theirs, "NamePrefix": None}
    refused = aws.carry_out(from_(other, create(aws, **pinned), aws, "CREATE_IN_PROGRESS"))
    calls = len(aws.sagemaker.calls)
    gone = delete(aws, refused["PhysicalResourceId"], **pinned)

    assert refused["Status"] == "FAILED"
    assert "must not have two hyphens in a row" in refused["Reason"]
    assert "Choose another optimization_job_name" in refused["Reason"]
    assert aws.carry_out(from_(other, gone, aws, "ROLLBACK_IN_PROGRESS"))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [theirs]
    assert len(aws.sagemaker.calls) == calls


@of_every_other
@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
def test_the_id_of_somebody_elses_job_deletes_nothing(
    aws: SimulatedAws, other: dict[str, str], status: str
) -> None:
    theirs = aws.carry_out(create(aws))["PhysicalResourceId"]

    assert aws.carry_out(from_(other, delete(aws, theirs), aws, status))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [theirs]
    assert "StopOptimizationJob" not in aws.sagemaker.calls


def test_a_place_that_was_found_to_have_the_same_digits_gives_no_right_to_a_job(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight digits can be found by trying. But the function may not ask about a stack without a provider, and
    does nothing without knowing which way a stack goes.
    """
    aws.sagemaker.script = Script()
    monkeypatch.setattr(names, "resource_mark", lambda _: "0123456789abcdef")
    shared = {"ExactOutputLocation": True}
    theirs = deployed(aws, **shared)
    other = OTHERS["another stack"]
    aws.stack_statuses[other["StackId"]] = "CREATE_IN_PROGRESS"
    describe = aws.describe_stacks

    def denied(*, StackName: str) -> dict[str, Any]:  # noqa: N803
        if StackName == STACK_ID:
            return describe(StackName=StackName)
        raise client_error("DescribeStacks", "AccessDenied", "not authorized to perform it")

    monkeypatch.setattr(aws, "describe_stacks", denied)
    forged = create(aws, Tags=[{"Key": "owner", "Value": "us"}], **shared) | other

    answer = aws.carry_out(forged)
    aws.carry_out(delete(aws, answer["PhysicalResourceId"], **shared) | other)

    assert answer["Status"] == "FAILED"
    assert list(aws.sagemaker.jobs) == [theirs]
    assert "owner" not in aws.sagemaker.jobs[theirs].tags


def test_a_step_that_is_forged_for_a_stack_that_never_was_stops_nothing(aws: SimulatedAws) -> None:
    """Whoever may start an execution could send it."""
    theirs = aws.carry_out(create(aws))["PhysicalResourceId"]
    forged = delete(aws, theirs) | {"StackId": STACK_ID.replace("models", "never")}
    date = "2023-11-14T22:13:20Z"
    step = {"Step": "advance", "Request": forged, "StartTime": date, "EnteredTime": date}

    assert handler.handler(step, None)["Next"] == "advance"
    assert "StopOptimizationJob" not in aws.sagemaker.calls


def test_a_generated_name_shows_its_place(aws: SimulatedAws) -> None:
    request = create(aws)
    name = aws.carry_out(request)["PhysicalResourceId"]

    assert is_generated(name)
    assert is_made_for(Request.parse(request), name)
    for other in OTHERS.values():
        assert not is_made_for(Request.parse({**request, **other}), name)


@pytest.mark.parametrize("changes", [{}, CHOSEN], ids=["generated name", "chosen name"])
@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (Memory(), "not-created/request-1"),
        (Memory(tried=True), "unconfirmed/request-1"),
        (Memory(repeated=True), "unconfirmed/request-1"),
        (None, "unconfirmed/request-1"),
    ],
)
def test_the_id_of_a_create_that_failed_is_no_name(
    aws: SimulatedAws, changes: dict[str, Any], memory: Memory | None, expected: str
) -> None:
    request = create(aws, **changes)

    assert failed_physical_resource_id(Request.parse(request), memory) == expected
    assert not is_generated(expected)


def test_the_id_of_a_create_that_tried_nothing_leads_nowhere(aws: SimulatedAws) -> None:
    for physical_id, leads_somewhere in [("not-created/x", False), ("unconfirmed/x", True), (INVENTED, True)]:
        found = job_to_delete(Request.parse(delete(aws, physical_id)))
        assert (found is not None) is leads_somewhere


# Chosen names.


@of_every_other
def test_a_chosen_name_that_somebody_else_has_is_refused_and_his_job_stays(
    aws: SimulatedAws, other: dict[str, str]
) -> None:
    aws.carry_out(create(aws, **CHOSEN))
    refused = aws.carry_out(from_(other, create(aws, **CHOSEN), aws, "CREATE_IN_PROGRESS"))
    gone = delete(aws, refused["PhysicalResourceId"], **CHOSEN)

    assert refused["Status"] == "FAILED"
    assert "was not made by this resource" in refused["Reason"]
    assert aws.carry_out(from_(other, gone, aws, "ROLLBACK_IN_PROGRESS"))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == ["my-job"]


@of_every_other
@pytest.mark.parametrize("physical_id", ["my-job", "unconfirmed/x", INVENTED])
def test_a_delete_that_leads_to_a_chosen_name_of_somebody_elses_job_leaves_it(
    aws: SimulatedAws, other: dict[str, str], physical_id: str
) -> None:
    aws.carry_out(create(aws, **CHOSEN))
    gone = from_(other, delete(aws, physical_id, **CHOSEN), aws, "DELETE_IN_PROGRESS")

    assert aws.carry_out(gone)["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == ["my-job"]


def test_a_stack_that_may_ask_nothing_about_a_chosen_name_stops_nothing(aws: SimulatedAws) -> None:
    """The function has permissions for the stacks that it was made for only."""
    aws.carry_out(create(aws, **CHOSEN))
    for operation in ("ListTags", "DescribeStacks"):
        refuse_while(aws, operation, lambda: True, "AccessDeniedException", "is not authorized to perform it")
    other = OTHERS["another stack"]
    refused = aws.carry_out(from_(other, create(aws, **CHOSEN), aws, "CREATE_IN_PROGRESS"))
    gone = delete(aws, refused["PhysicalResourceId"], **CHOSEN)

    assert refused["Status"] == "FAILED"
    assert aws.carry_out(from_(other, gone, aws, "ROLLBACK_IN_PROGRESS"))["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == ["my-job"]


@pytest.mark.parametrize(
    "error",
    [None, ("ValidationException", "Could not find resource"), ("ResourceNotFound", "no such resource")],
    ids=["nothing", "ValidationException", "ResourceNotFound"],
)
@pytest.mark.parametrize("lag", [5, 50])
def test_a_job_whose_tags_are_not_seen_yet_is_its_creators(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, error: tuple[str, str] | None, lag: float
) -> None:
    tags_unseen_for(monkeypatch, aws, lag, error)

    assert aws.carry_out(create(aws, **CHOSEN))["Status"] == "SUCCESS"
    assert aws.carry_out(create(aws, **CHOSEN))["Status"] == "SUCCESS", "another one finds it"
    assert aws.sagemaker.running() == ["my-job"]
    assert len(aws.sagemaker.started) == 1


@pytest.mark.parametrize("physical_id", ["my-job", "unconfirmed/x", INVENTED])
def test_a_delete_ends_its_own_job_whose_tags_are_not_seen_yet(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, physical_id: str
) -> None:
    tags_unseen_for(monkeypatch, aws, 50)
    aws.carry_out(create(aws, **CHOSEN))
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert aws.carry_out(delete(aws, physical_id, **CHOSEN))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


def test_somebody_elses_tag_is_believed_after_a_minute(aws: SimulatedAws) -> None:
    aws.carry_out(create(aws, **CHOSEN))
    began = aws.time

    refused = aws.carry_out(create(aws, **CHOSEN) | {"LogicalResourceId": "Other"})

    assert refused["Status"] == "FAILED"
    assert 60 <= aws.time - began <= 75


def test_a_tag_that_somebody_removed_fails_the_delete_which_says_what_to_do(aws: SimulatedAws) -> None:
    aws.carry_out(create(aws, **CHOSEN))
    aws.sagemaker.jobs["my-job"].tags.clear()
    aws.stack_status = "DELETE_IN_PROGRESS"

    answer = aws.carry_out(delete(aws, "my-job", **CHOSEN))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "my-job")
    assert "my-job no longer has the tag that shows whose it is" in answer["Reason"]
    assert "aws sagemaker stop-optimization-job --optimization-job-name my-job" in answer["Reason"]
    assert aws.sagemaker.running() == ["my-job"]
    aws.sagemaker.jobs.clear()
    assert aws.carry_out(delete(aws, "my-job", **CHOSEN))["Status"] == "SUCCESS"


def test_a_tag_that_somebody_removed_fails_no_delete_of_a_job_with_a_generated_name(
    aws: SimulatedAws,
) -> None:
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.sagemaker.jobs[name].tags.clear()
    aws.stack_status = "DELETE_IN_PROGRESS"

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


# What a newer deployment made in the same place.


def test_a_late_delete_leaves_the_job_that_is_the_resource_by_now(aws: SimulatedAws) -> None:
    """An update that was rolled back is deployed again before its job was deleted."""
    aws.sagemaker.script = Script()
    old = deployed(aws)
    aws.sagemaker.script = Script(ends_after=None)
    another = {"DeploymentInstanceType": "ml.g6.xlarge"}
    new = aws.carry_out(update(aws, old, properties(), properties(**another)))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    late = delete(aws, new, **another)
    aws.settle(600)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": new}
    aws.settle(60)

    assert aws.carry_out(late)["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [new]
