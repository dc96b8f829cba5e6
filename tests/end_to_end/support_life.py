"""The life of a stack in which everything is done that a role can be needed for."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from localcloud import LocalCloud
from localcloud.services.sagemaker import Outcome
from tests.end_to_end.support_account import decisions, log_lines
from tests.end_to_end.support_project import STACK
from tests.end_to_end.support_waiting import advance

Template = dict[str, Any]

_HOUR = 3_600
_JOB = "Custom::SageMakerOptimizationJob"
_OWNER_TAGS = "cdk-sagemaker-optimization:"


@dataclass(frozen=True)
class _Step:
    """A deploy.

    Attributes:
        change: What it changes in the template.
        outcome: How the jobs end that it starts; None for those that run until they are stopped.
    """

    change: Callable[[Template], object]
    outcome: Outcome | None


def _run_anew(template: Template, hours: int = 2) -> None:
    """Jobs that failed or were stopped run again when their limits change."""
    for job in _jobs(template).values():
        job["Properties"]["StoppingCondition"]["MaxRuntimeInSeconds"] = hours * _HOUR


def _run_anew_and_fail(template: Template) -> None:
    _run_anew(template, hours=3)
    template["Resources"]["Broken"] = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": "there-is-no-such-bucket", "PolicyDocument": {"Statement": []}},
        "DependsOn": list(_jobs(template)),
    }


def _retag(template: Template) -> None:
    _run_anew(template)
    for job in _jobs(template).values():
        job["Properties"]["Tags"] = [{"Key": "team", "Value": "blue"}]


def _jobs(template: Template) -> dict[str, Any]:
    return {name: each for name, each in template["Resources"].items() if each["Type"] == _JOB}


_LIFE = (
    # Somebody stops the jobs, so they may run again under their names, and so with the same roles.
    _Step(lambda template: template, "STOPPED"),
    # They run again, and are stopped, because another resource fails and the update is rolled back.
    _Step(_run_anew_and_fail, None),
    # They run again, and complete.
    _Step(_run_anew, "COMPLETED"),
    _Step(_retag, "COMPLETED"),
)


@dataclass(frozen=True)
class Seen:
    """What there is to see in the account after a step, without what differs from one stack to another."""

    stack: str
    jobs: tuple[str, ...]
    events: frozenset[str]
    has_logs: bool
    has_execution_logs: bool
    unfinished_uploads: int


def live(cloud: LocalCloud, template: Template) -> Iterator[Seen]:
    """Deploy the stack, change it, and delete it, one step for each element asked for."""
    for step in _LIFE:
        changed = copy.deepcopy(template)
        step.change(changed)
        if step.outcome is None:
            cloud.optimization_jobs.never_finish(name_prefix="")
        else:
            cloud.optimization_jobs.next_job(name_prefix="", outcome=step.outcome)
        cloud.cloudformation.deploy(changed, STACK)
        advance(cloud, _HOUR)
        yield _look(cloud)
    _leave_a_job_behind(cloud, template)
    yield _look(cloud)
    cloud.cloudformation.delete(STACK)
    advance(cloud, _HOUR)
    yield _look(cloud)


def _leave_a_job_behind(cloud: LocalCloud, template: Template) -> None:
    """An update fails, is not rolled back, and its job runs all the same: as if it had been cancelled between
    the two.
    """
    changed = copy.deepcopy(template)
    _retag(changed)
    (job, *_) = [each for each in _jobs(changed).values() if "NamePrefix" in each["Properties"]]
    job["Properties"]["Triggers"] = ["again"]
    cloud.optimization_jobs.quota(0)
    cloud.cloudformation.deploy(changed, STACK, rollback=False)
    cloud.optimization_jobs.quota(None)
    refused = [call for call in cloud.calls.of("sagemaker", "CreateOptimizationJob") if call.error]
    cloud.optimization_jobs.never_finish(name_prefix="")
    if refused:
        cloud.client("sagemaker").create_optimization_job(**refused[-1].parameters)


def _look(cloud: LocalCloud) -> Seen:
    stacks = {stack.name: stack.status for stack in cloud.cloudformation.stacks}
    jobs = sorted(cloud.optimization_jobs.jobs, key=lambda job: (_without_digits(job.name), job.created))
    return Seen(
        stack=stacks.get(STACK, "DELETE_COMPLETE"),
        jobs=tuple(
            f"{_without_digits(job.name)}: {' '.join(status for _, status in job.history)}"
            f"{'' if job.deleted is None else ', deleted'}, tagged "
            f"{sorted(tag for tag in job.tags.items() if not tag[0].startswith(_OWNER_TAGS))}"
            for job in jobs
        ),
        events=frozenset(str(event.detail["OptimizationJobStatus"]) for event in cloud.events.all()),
        has_logs=bool(decisions(cloud)),
        has_execution_logs=any(line.startswith("ExecutionStarted") for line in log_lines(cloud)),
        unfinished_uploads=sum(
            len(cloud.client("s3").list_multipart_uploads(Bucket=bucket["Name"]).get("Uploads", []))
            for bucket in cloud.client("s3").list_buckets()["Buckets"]
        ),
    )


def _without_digits(name: str) -> str:
    """A job's name without its fingerprint, which is another in each stack."""
    head, separator, tail = name.rpartition("-")
    return head if separator and len(tail) == 16 else name
