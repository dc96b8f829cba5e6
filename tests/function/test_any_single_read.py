"""Whichever one read is stale, the same becomes of a request."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.function.requests import create, delete, leg, model, properties, update
from tests.simulation import STACK_ID, Script, SimulatedAws
from tests.simulation.faults import client_error

CHOSEN: dict[str, Any] = {"OptimizationJobName": "my-job", "NamePrefix": None}
ANOTHER: dict[str, Any] = {"DeploymentInstanceType": "ml.g6.xlarge"}
LIMITED: dict[str, Any] = {"StoppingCondition": {"MaxRuntimeInSeconds": 9000}}
TAGGED: dict[str, Any] = {"Tags": [{"Key": "stage", "Value": "test"}]}
NEVER_ENDS = Script(ends_after=None)
INVENTED = "models-Llama3-1ABCDEFGHIJK"

#: A request, in the account in which it comes.
Flow = Callable[[SimulatedAws, dict[str, Any]], dict[str, Any]]


def job(aws: SimulatedAws, script: Script, named: dict[str, Any]) -> str:
    """The name of a job that the stack has, and that has had 20 minutes; nobody follows it."""
    aws.sagemaker.script = script
    name: str = aws.carry_out(create(aws, **named))["PhysicalResourceId"]
    aws.settle(1200)
    aws.executions.clear()
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": name}
    aws.sagemaker.script = NEVER_ENDS
    return name


def begin_update(aws: SimulatedAws) -> None:
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time


def a_create(aws: SimulatedAws, named: dict[str, Any]) -> dict[str, Any]:
    aws.sagemaker.script = NEVER_ENDS
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": None}
    return create(aws, **named)


def a_change_of(change: dict[str, Any], script: Script) -> Flow:
    def flow(aws: SimulatedAws, named: dict[str, Any]) -> dict[str, Any]:
        name = job(aws, script, named)
        begin_update(aws)
        return update(aws, name, properties(**named), properties(**{**named, **change}))

    return flow


def a_rollback_of(change: dict[str, Any], script: Script) -> Flow:
    """The update before it had no response."""

    def flow(aws: SimulatedAws, named: dict[str, Any]) -> dict[str, Any]:
        name = job(aws, script, named)
        begin_update(aws)
        old, new = properties(**named), properties(**{**named, **change})
        aws.carry_out(update(aws, name, old, new))
        aws.executions.clear()
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        return update(aws, name, new, old)

    return flow


def a_delete_in(status: str, script: Script, physical_id: str | None = None) -> Flow:
    def flow(aws: SimulatedAws, named: dict[str, Any]) -> dict[str, Any]:
        name = job(aws, script, named)
        aws.stack_status = status
        if physical_id:
            # What failed, or had no response, never became the resource.
            aws.stack_resources[STACK_ID] = lambda: {"Llama3": None}
        return delete(aws, physical_id or name, **named)

    return flow


def a_leg_of(script: Script, request_type: str = "Create") -> Flow:
    def flow(aws: SimulatedAws, named: dict[str, Any]) -> dict[str, Any]:
        name = job(aws, script, named)
        begin_update(aws)
        aws.stack_resources[STACK_ID] = lambda: {"Llama3": "models/Leg1"}
        return leg(aws, name, request_type, Last=True)

    return flow


FAILED = Script(ends_after=600, outcome="FAILED", reason="out of memory")
RENAMED = {"OptimizationJobName": "mine-2", "NamePrefix": None, **ANOTHER}

FLOWS: dict[str, Flow] = {
    "create": a_create,
    "new artifact": a_change_of(RENAMED, Script()),
    "tags": a_change_of(TAGGED, Script()),
    "tags of a running job": a_change_of(TAGGED, NEVER_ENDS),
    "a failed job runs again": a_change_of(LIMITED, FAILED),
    "rollback of a new artifact": a_rollback_of(RENAMED, Script()),
    "rollback of tags": a_rollback_of(TAGGED, NEVER_ENDS),
    "rollback of a new run": a_rollback_of(LIMITED, FAILED),
    "delete of a running job": a_delete_in("DELETE_IN_PROGRESS", NEVER_ENDS),
    "delete of a replaced job": a_delete_in("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Script()),
    "delete after a rollback": a_delete_in("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Script()),
    "delete of an unanswered create": a_delete_in("ROLLBACK_IN_PROGRESS", NEVER_ENDS, INVENTED),
    "delete of what failed": a_delete_in("UPDATE_IN_PROGRESS", NEVER_ENDS, "unconfirmed/x"),
    "leg": a_leg_of(Script(ends_after=2400)),
    "leg of a job that failed": a_leg_of(FAILED, "Update"),
}

SERVED_BY_ANOTHER = {"ExecutionRoleArn": "arn:aws:iam::111122223333:role/Another"}


def model_of_the_stack(aws: SimulatedAws) -> str:
    """The name of a model that the stack has."""
    name: str = aws.carry_out(model(aws))["PhysicalResourceId"]
    aws.settle(1200)
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": name}
    return name


def a_model(aws: SimulatedAws, _: dict[str, Any]) -> dict[str, Any]:
    aws.stack_resources[STACK_ID] = lambda: {"Llama3": None}
    return model(aws)


def a_model_with(change: dict[str, Any]) -> Flow:
    def flow(aws: SimulatedAws, _: dict[str, Any]) -> dict[str, Any]:
        name = model_of_the_stack(aws)
        begin_update(aws)
        return model(aws, "Update", physical_id=name, **change)

    return flow


def a_rollback_of_a_model(change: dict[str, Any]) -> Flow:
    """The update before it had no response."""

    def flow(aws: SimulatedAws, _: dict[str, Any]) -> dict[str, Any]:
        name = model_of_the_stack(aws)
        begin_update(aws)
        aws.carry_out(model(aws, "Update", physical_id=name, **change))
        aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        return model(aws, "Update", physical_id=name, old=change)

    return flow


def a_delete_of_a_model_in(status: str, physical_id: str | None = None) -> Flow:
    def flow(aws: SimulatedAws, _: dict[str, Any]) -> dict[str, Any]:
        name = model_of_the_stack(aws)
        aws.stack_status = status
        if physical_id:
            aws.stack_resources[STACK_ID] = lambda: {"Llama3": None}
        return model(aws, "Delete", physical_id=physical_id or name)

    return flow


MODEL_FLOWS: dict[str, Flow] = {
    "create": a_model,
    "new definition": a_model_with(SERVED_BY_ANOTHER),
    "tags": a_model_with(TAGGED),
    "rollback of a new definition": a_rollback_of_a_model(SERVED_BY_ANOTHER),
    "rollback of tags": a_rollback_of_a_model(TAGGED),
    "delete": a_delete_of_a_model_in("DELETE_IN_PROGRESS"),
    "delete after an update": a_delete_of_a_model_in("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
    "delete of an unanswered create": a_delete_of_a_model_in("ROLLBACK_IN_PROGRESS", INVENTED),
    "delete of what failed": a_delete_of_a_model_in("UPDATE_IN_PROGRESS", "unconfirmed/x"),
}

#: What a stale read shows.
STALE = {
    "no model": ("DescribeModel", "ValidationException"),
    "no job": ("DescribeOptimizationJob", "ResourceNotFound"),
    "no tags": ("ListTags", "ResourceNotFound"),
    "no stack": ("DescribeStacks", "ValidationError"),
    "no resource": ("DescribeStackResource", "ValidationError"),
}


def outcome(aws: SimulatedAws, request: dict[str, Any], *, stale: str = "", read: int = 0) -> Any:
    """What becomes of a request: its answer, and the jobs and records that there are when all has settled."""
    operation, code = STALE.get(stale, ("", ""))
    count = itertools.count(1)

    def fail(called: str) -> None:
        if called == operation and next(count) == read:
            raise client_error(called, code, "It does not exist")

    aws.faults.before.append(fail)
    answer = aws.carry_out(request)
    aws.settle(900)
    aws.sagemaker.script = Script()
    return (
        answer["Status"],
        answer["PhysicalResourceId"],
        {name: job.status(aws.time) for name, job in aws.sagemaker.jobs.items()},
        {name: job.tags for name, job in aws.sagemaker.jobs.items()},
        len(aws.sagemaker.started),
        {name: model.tags for name, model in aws.sagemaker.models.present.items()},
        len(aws.sagemaker.models.made),
    )


@pytest.mark.promise("Nothing leaks: a read is stale")
@pytest.mark.parametrize("named", [{}, CHOSEN], ids=["generated name", "chosen name"])
@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_the_same_becomes_of_a_request_whichever_read_is_stale(
    in_dialect: Callable[..., SimulatedAws], flow: Flow, named: dict[str, Any]
) -> None:
    check_that_no_stale_read_matters(in_dialect, flow, named)


@pytest.mark.promise("Nothing leaks: a read is stale")
@pytest.mark.parametrize("flow", MODEL_FLOWS.values(), ids=MODEL_FLOWS)
def test_the_same_becomes_of_a_model_whichever_read_is_stale(
    in_dialect: Callable[..., SimulatedAws], flow: Flow
) -> None:
    check_that_no_stale_read_matters(in_dialect, flow, {})


def check_that_no_stale_read_matters(
    in_dialect: Callable[..., SimulatedAws], flow: Flow, named: dict[str, Any]
) -> None:
    usual = in_dialect()
    expected = outcome(usual, flow(usual, named))

    for stale, read in itertools.product(STALE, range(1, 5)):
        aws = in_dialect()
        assert outcome(aws, flow(aws, named), stale=stale, read=read) == expected, (stale, read)
