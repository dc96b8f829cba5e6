"""The roles of a pipeline and of what runs its jobs may do what they must, and nothing else.

As for the jobs of a stack, pipelines go through everything that a role can be needed for, and the local cloud
says which grants were the only ones to allow something. The roles of jobs are the same in a pipeline.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from localcloud import LocalCloud
from localcloud.services.iam import Grant
from tests.end_to_end.support_account import decisions
from tests.end_to_end.support_pipelines import run_job
from tests.end_to_end.support_project import STACK, publish_assets
from tests.end_to_end.support_taken_permissions import (
    Place,
    Template,
    granted_in,
    places,
    read_template,
    without,
)
from tests.end_to_end.support_waiting import advance

_EVERY = "EVERY_PERMISSION" in os.environ
"""Whether to take away every action of every statement, one after the other."""

_SAMPLE = {("OptimizationJobProviderFunctionPolicy", "states:SendTaskFailure")}
"""What is taken away otherwise, and out of which policy."""

_ROLES = ("OptimizationJobProvider", "Pipeline")
"""The beginnings of the logical ids of the roles, and of their policies."""

_MINUTE, _HOUR = 60, 3_600


def _stack(stack: cdk.Stack) -> None:
    body = sfn.DefinitionBody.from_chainable(run_job(stack, "Optimize", tags={"team": "red"}))
    sfn.StateMachine(stack, "Pipeline", state_machine_name="pipeline", definition_body=body)


@dataclass(frozen=True)
class Seen:
    """What there is to see in the account after a step, without what differs from one life to another."""

    stack: str
    executions: tuple[str, ...]
    jobs: tuple[str, ...]
    events: tuple[str, ...]
    has_logs: bool


@dataclass(frozen=True)
class Life:
    """The life of the stack with the library's own policies.

    Attributes:
        granted: What the roles were granted, and by which of their policies.
        needed: Those of them without which something would have been refused.
    """

    assembly: Path
    template: Template
    seen: list[Seen]
    granted: frozenset[Grant]
    needed: frozenset[Grant]


def _live(cloud: LocalCloud, template: Template) -> Iterator[Seen]:
    """Run a pipeline whose job completes, one whose job fails, and one that is aborted."""
    cloud.cloudformation.deploy(template, STACK)
    executions: list[str] = []
    for outcome in ("COMPLETED", "FAILED"):
        cloud.optimization_jobs.next_job(outcome=outcome)
        executions += _start(cloud)
        advance(cloud, _HOUR)
        yield _look(cloud, executions)
    cloud.optimization_jobs.never_finish()
    executions += _start(cloud)
    advance(cloud, 10 * _MINUTE)
    cloud.client("stepfunctions").stop_execution(executionArn=executions[-1])
    advance(cloud, 10 * _MINUTE)
    yield _look(cloud, executions)


def _start(cloud: LocalCloud) -> list[str]:
    arn = f"arn:aws:states:{cloud.region}:{cloud.account}:stateMachine:pipeline"
    return [cloud.state_machines.start(arn, {})]


def _look(cloud: LocalCloud, executions: list[str]) -> Seen:
    found = [cloud.state_machines.execution(arn) for arn in executions]
    return Seen(
        stack=cloud.cloudformation.stack(STACK).status,
        executions=tuple(f"{each.status} {each.error or ''}".strip() for each in found),
        jobs=tuple(
            f"{' '.join(status for _, status in job.history)}, tagged {sorted(job.tags)}"
            for job in cloud.optimization_jobs.jobs
        ),
        events=tuple(str(event.detail["OptimizationJobStatus"]) for event in cloud.events.all()),
        has_logs=bool(decisions(cloud)),
    )


@pytest.fixture(scope="module")
def life(shared_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Life:
    assembly = tmp_path_factory.mktemp("every-permission-of-a-pipeline")
    app = cdk.App(outdir=str(assembly), analytics_reporting=False)
    _stack(cdk.Stack(app, STACK))
    app.synth()
    template = read_template(assembly, STACK)
    _have_account(shared_cloud, assembly)
    seen = list(_live(shared_cloud, template))
    granted = granted_in(shared_cloud, STACK)
    needed = shared_cloud.authorization.needed
    shared_cloud.reset()
    return Life(assembly, template, seen, granted, needed)


def test_pipelines_live_as_they_should(life: Life) -> None:
    assert [each.stack for each in life.seen] == ["CREATE_COMPLETE"] * 3
    assert life.seen[-1].executions == ("SUCCEEDED", "FAILED OptimizationJobFailed", "ABORTED")
    assert [job.partition(",")[0].split()[-1] for job in life.seen[-1].jobs] == [
        "COMPLETED",
        "FAILED",
        "STOPPED",
    ]
    assert all("'team'" in job and "cdk-sagemaker-optimization:stack" in job for job in life.seen[-1].jobs)
    assert {"COMPLETED", "FAILED", "STOPPED"} <= set(life.seen[-1].events)
    assert life.seen[-1].has_logs


def test_everything_that_a_pipeline_and_its_provider_are_granted_is_needed(life: Life) -> None:
    granted = {grant for grant in life.granted if any(f"-{role}" in grant.role for role in _ROLES)}
    assert len(granted) >= 10
    assert sorted(granted - life.needed) == []


def test_whichever_permission_of_a_pipeline_is_taken_away_something_is_missing(
    shared_cloud: LocalCloud, life: Life
) -> None:
    of_roles = [place for place in places(life.template) if place.resource.startswith(_ROLES)]
    chosen = [place for place in of_roles if _EVERY or place.is_one_of(_SAMPLE)]
    assert len(chosen) >= len(_SAMPLE)
    assert [str(place) for place in chosen if not _is_missed(shared_cloud, life, place)] == []


def _is_missed(cloud: LocalCloud, life: Life, place: Place) -> bool:
    _have_account(cloud, life.assembly)
    lived = _live(cloud, without(life.template, place))
    missed = any(seen != expected for seen, expected in zip(lived, life.seen, strict=True))
    cloud.reset()
    return missed


def _have_account(cloud: LocalCloud, assembly: Path) -> None:
    cloud.reset()
    cloud.bootstrap()
    publish_assets(cloud, assembly)
