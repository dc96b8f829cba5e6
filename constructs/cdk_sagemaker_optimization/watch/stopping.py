"""`cdk-sagemaker-optimization stop`: stops one job, after a question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .account import Account
from .problems import Missing, Problem
from .words import duration

_ENDED = ("COMPLETED", "FAILED", "STOPPED")
_STOPPING = "STOPPING"


def stop(
    account: Account,
    name: str,
    *,
    agreed: bool,
    ask: Callable[[str], str],
    say: Callable[[str], object],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> bool:
    """Stop a job unless it has ended or stops already.

    Args:
        account: The account of the job.
        name: The job's name or ARN.
        agreed: Whether to stop it without a question.
        ask: Asks the user, and returns the answer.
        say: Tells the user something.
        now: The present time.

    Returns:
        Whether the job stops or has ended. False if the user did not agree.

    Raises:
        Problem: AWS refuses a call, or there is no such job.
    """
    arn = name if name.startswith("arn:") else ""
    if ":optimization-job/" not in arn if arn else "/" in name:
        raise Problem(f"JOB must be the name or the ARN of an optimization job, got {name}")
    name = name.rpartition("/")[2]
    job = _described(account, name)
    if arn and job["OptimizationJobArn"].lower() != arn.lower():
        raise Missing(
            f"there is no optimization job {arn} in {account.region}, but another job of this name, "
            f"{job['OptimizationJobArn']}: give the --region and the --profile of the job that you mean"
        )
    if not _says_that_it_ends(job, say):
        if not agreed and not _agrees(job, ask, now()):
            say(f"{name} runs on")
            return False
        try:
            account.stop(name)
        except Problem:
            # It may have ended since it was described.
            if not _says_that_it_ends(_described(account, name), say):
                raise
        else:
            say(f"{name} is being stopped, which takes SageMaker some minutes")
    return True


def _described(account: Account, name: str) -> dict[str, Any]:
    job = account.job(name)
    if job is None:
        raise Missing(
            f"there is no optimization job {name} in {account.region}: give a name that watch shows, and the "
            "--region and the --profile of its stack"
        )
    return job


def _says_that_it_ends(job: dict[str, Any], say: Callable[[str], object]) -> bool:
    """Return whether a job has ended or stops, and say so."""
    name, status = job["OptimizationJobName"], job["OptimizationJobStatus"]
    if status == _STOPPING:
        say(f"{name} is being stopped already")
    elif status in _ENDED:
        say(f"{name} has ended already: it is {status}")
    return status == _STOPPING or status in _ENDED


def _agrees(job: dict[str, Any], ask: Callable[[str], str], now: datetime) -> bool:
    age = duration(max(0.0, (now - job["CreationTime"]).total_seconds()))
    question = (
        f"{job['OptimizationJobName']} is {job['OptimizationJobStatus']} and was created {age} ago. What it "
        "has done is lost, and a deployment that waits for it fails.\nStop it? [y/N] "
    )
    return ask(question).strip().lower() in ("y", "yes")
