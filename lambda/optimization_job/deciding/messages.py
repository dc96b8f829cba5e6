"""The reasons that a stack event shows: what happened, why, and what to do about it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Protocol

from ..cloudformation.request import Request
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from .names import is_generated

_CONSOLES = {
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}

#: SageMaker notices a limit with this much delay.
_SLACK = timedelta(seconds=60)

_TIME_OUT = re.compile(r"time[d]?[ -]?out|max(imum)? ?run ?time|maxruntimeinseconds", re.IGNORECASE)


def duration(seconds: float) -> str:
    """``2 h 5 min``, ``3 min 20 s``, ``45 s``: the two greatest units."""
    whole = int(seconds)
    parts = [(whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    shown = [f"{amount} {unit}" for amount, unit in parts if amount]
    return " ".join(shown[:2]) or "0 s"


def console_link(kind: JobKind, name: str, region: str, partition: str) -> str:
    """The address of a job's page in the SageMaker console."""
    console = _CONSOLES.get(partition, "console.aws.amazon.com")
    return f"https://{region}.{console}/sagemaker/home?region={region}#/{kind.arn_name}s/{name}"


class Place(Protocol):
    """The kind of a job, and where it is."""

    @property
    def kind(self) -> JobKind:
        """The kind of the job."""
        ...

    @property
    def region(self) -> str:
        """The job's Region."""
        ...

    @property
    def partition(self) -> str:
        """The job's partition of AWS."""
        ...


def where_to_look(name: str, request: Place, *, is_kept: bool = False) -> str:
    """The job itself, and as much of the place of its logs as AWS documents.

    Args:
        name: the job's name.
        request: the kind of the job, and where it is.
        is_kept: True if no rollback deletes its record.
    """
    how_long = "" if is_kept else "(until a rollback deletes its record) "
    return (
        f"See the job {how_long}at "
        f"{console_link(request.kind, name, request.region, request.partition)} or with `aws sagemaker "
        f"describe-{request.kind.arn_name} --{request.kind.arn_name}-name {name} --region {request.region}`, "
        "and its logs in the CloudWatch log groups that begin with /aws/sagemaker/"
    )


def job_ended_without_artifact(job: Job, request: Place, *, is_kept: bool = False) -> str:
    """The reason if a job failed or was stopped: SageMaker's own reason, and which limit it reached.

    Args:
        job: the job.
        request: the kind of the job, and where it is.
        is_kept: True if no rollback deletes its record.
    """
    reason = f": {job.failure_reason}" if job.failure_reason else ""
    return (
        f"{job.kind.noun} {job.name} {job.status} after {duration(_run_time(job).total_seconds())}{reason}. "
        f"{_limit_reached(job)}{where_to_look(job.name, request, is_kept=is_kept)}"
    )


def no_image_recommended(job: Job, request: Request) -> str:
    """The reason if a completed job recommends no image, and its model needs one."""
    return (
        f"{job.kind.noun} {job.name} has completed and recommends no image to serve what it made: give "
        "image=… to the OptimizedModel, with a container that loads the artifact. An update that is rolled "
        "back keeps the job, so the next one pays for no other run. After a first deployment, which is "
        f"deleted, the artifact is still at {job.output_location}: import it with "
        "from_optimization_job_attributes(…), or deploy with --no-rollback. "
        f"{where_to_look(job.name, request)}"
    )


def job_outlasted_the_waiting(job: Job, request: Request, elapsed: float) -> str:
    """The reason if a job still runs after its last leg."""
    return (
        f"{job.kind.noun} {job.name} is still {job.status} after the timeout of its completion "
        f"(the last leg of the waiting took {duration(elapsed)}). Raise the timeout of Completion.wait(), or "
        f"lower max_runtime so that the job ends before. {where_to_look(job.name, request)}"
    )


def config_was_rolled_back(endpoint: Job, present: str, wanted: str) -> str:
    """The reason if an endpoint runs another config than the stack has deployed."""
    return (
        f"{endpoint.kind.noun} {endpoint.name} runs the config {present or '(none)'}, and {wanted} was "
        f"deployed: SageMaker has rolled the update back{_why(endpoint.failure_reason)}. {_WHAT_KEPT_IT}"
        f"/aws/sagemaker/Endpoints/{endpoint.name}, correct the model or its endpoint, and deploy again. "
        f"{_UNVERIFIED}"
    )


def model_was_rolled_back(component: Job, present: list[str], wanted: str) -> str:
    """The reason if a component runs another model than the stack has deployed."""
    return (
        f"{component.kind.noun} {component.name} runs the model {' and '.join(present) or '(none)'}, and "
        f"{wanted} was deployed: SageMaker has rolled the update back{_why(component.failure_reason)}. "
        f"{_WHAT_KEPT_IT}/aws/sagemaker/InferenceComponents/{component.name}, correct the model or its "
        f"component, and deploy again. {_UNVERIFIED}"
    )


def settings_were_rolled_back(component: Job, present: dict[str, float], wanted: dict[str, float]) -> str:
    """The reason if a component runs with the settings before, and not with those that were deployed."""
    runs = ", ".join(f"{name} {value:.12g}" for name, value in present.items())
    deployed = ", ".join(f"{name} {wanted[name]:.12g}" for name in present)
    return (
        f"{component.kind.noun} {component.name} runs with {runs}, and {deployed} was deployed: SageMaker "
        f"has rolled the update back{_why(component.failure_reason)}. {_WHAT_KEPT_IT}"
        f"/aws/sagemaker/InferenceComponents/{component.name}, correct the hosting, and deploy again. "
        f"{_UNVERIFIED}"
    )


def does_not_serve(kind: JobKind, name: str, state: str, reason: str, request: Request) -> str:
    """The reason if an endpoint or a component is missing, or has failed."""
    return (
        f"{kind.noun} {name} {state}{_why(reason)}, so it does not serve what was deployed. See it with `aws "
        f"sagemaker describe-{kind.arn_name} --{kind.arn_name}-name {name} --region {request.region}`, "
        "correct the cause, and deploy again"
    )


def never_settled(state: str, elapsed: float) -> str:
    """The reason if an endpoint is still changing when the time is up."""
    return (
        f"gave up after {duration(elapsed)}: {state}, and may still return to what it was before. Deploy "
        "again when it is InService"
    )


def job_is_gone(kind: JobKind, name: str) -> str:
    """The reason if a job that is waited for has no record."""
    prop = "triggers" if is_generated(name) else kind.name_prop
    return (
        f"{kind.noun} {name} no longer exists: its record was deleted by hand, or for a new run "
        f"that could not start. Change `{prop}` to run it again"
    )


def record_is_kept(kind: JobKind, name: str) -> str:
    """The note on the deletion of a resource whose job stays, because its artifact may be needed."""
    return (
        f"{kind.noun} {name} has completed and may be needed again: its record stays, so that the "
        "same definition, deployed again, uses its artifact"
    )


def name_must_change(kind: JobKind, name: str) -> str:
    """The reason if a job with a chosen name has to be replaced by one of the same name."""
    return (
        f"this change needs a new {kind.noun}, and the name {name}, set with {kind.name_prop}, "
        f"is taken by the present one. Change {kind.name_prop} together with the definition, or "
        "leave it out and let each definition get its own name"
    )


def name_is_taken(kind: JobKind, name: str) -> str:
    """The reason if a job of the chosen name belongs to somebody else."""
    return (
        f"an {kind.noun} named {name} exists already and was not made by this resource. "
        f"Choose another {kind.name_prop}, or leave it out"
    )


def nobodys_job(kind: JobKind, name: str) -> str:
    """The reason if a job with a chosen name has lost the tag that shows its owner, and is to be deleted."""
    return (
        f"{kind.noun} {name} no longer has the tag that shows whose it is, so it was neither stopped nor "
        f"deleted. If it is this stack's, run `aws sagemaker stop-{kind.arn_name} --{kind.arn_name}-name "
        f"{name}`, then `delete-{kind.arn_name}`, and delete the resource again"
    )


def was_not_made(job: Job) -> str:
    """The reason if what was created did not pass SageMaker's checks, so that it was deleted."""
    failed = f"{job.kind.noun} {job.name} {job.status}{_why(job.failure_reason)}"
    return f"{failed}. Correct the cause, and deploy again"


def stack_turned_back(kind: JobKind, name: str) -> str:
    """The reason if a job was not started, or was stopped, because its stack is rolling back."""
    outcome = "was not started, or was stopped" if kind.runs else "was not created, or was deleted"
    return (
        "the stack is rolling back or being deleted, or the operation of this request has ended, so "
        f"{kind.noun} {name} {outcome}"
    )


def request_is_late(kind: JobKind, name: str) -> str:
    """The reason if a later operation of the stack has overtaken a request."""
    return (
        f"a later operation of the stack has begun since this request for {kind.noun} {name}, so "
        "nothing was done"
    )


def quota_stayed_full(job: str, problem: str, waited: float) -> str:
    """The reason if a job waited for the account's quota for as long as it may."""
    return (
        f"{job} was not started: the account's quota was full for {duration(waited)} "
        f"({problem}). Wait until another job has ended, or request a higher quota at "
        "Service Quotas > Amazon SageMaker"
    )


def not_permitted(problem: str, waited: float) -> str:
    """The reason if a permission was missing for longer than a new one needs to take effect."""
    return (
        f"{problem} (the same error after {duration(waited)}, so the cause is not a new permission "
        "that is not effective yet)"
    )


def time_is_up(why: str, elapsed: float) -> str:
    """The reason if a request could not be carried out before CloudFormation stops waiting."""
    return f"gave up after {duration(elapsed)}: {why}. Try the same operation of the stack again"


_WHAT_KEPT_IT = "See why the new containers did not pass their health checks in the CloudWatch log group "

_UNVERIFIED = "With verify_update=False the deployment succeeds whatever runs"


def _why(reason: str) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _limit_reached(job: Job) -> str:
    """The limit that ended a job. SageMaker may call that STOPPED or FAILED."""
    ran_out = job.max_runtime and _run_time(job) >= timedelta(seconds=job.max_runtime) - _SLACK
    timed_out = job.status == "FAILED" and _TIME_OUT.search(job.failure_reason)
    if job.start_time and job.max_runtime and (ran_out or timed_out):
        return (
            f"It ran as long as MaxRuntimeInSeconds allows ({job.max_runtime} s = "
            f"{duration(job.max_runtime)}): raise max_runtime. "
        )
    if (
        not job.start_time
        and job.max_pending_time
        and _run_time(job) >= timedelta(seconds=job.max_pending_time) - _SLACK
    ):
        return (
            f"It found no capacity within MaxPendingTimeInSeconds ({job.max_pending_time} s = "
            f"{duration(job.max_pending_time)}): raise max_pending_time, or choose another instance type. "
        )
    return "It was stopped from outside the stack. " if job.status == "STOPPED" else ""


def _run_time(job: Job) -> timedelta:
    end: datetime = job.end_time or job.last_modified_time
    return max(end - (job.start_time or job.creation_time), timedelta())
