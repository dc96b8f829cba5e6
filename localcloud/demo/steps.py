"""The steps of the demo: a command, the course of its job and its endpoint, and what must hold afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from localcloud.demo.account import Account, files
from localcloud.demo.cdk_cli import CliResult
from localcloud.demo.synthesis import JOB_STACK, SERVING_STACK

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud

REASON = "AlgorithmError: CUDA out of memory while the model was being calibrated on 4 GPUs of 24 GB each"
"""The reason of the job that fails."""

UNHEALTHY = "did not pass the ping health check"
"""A part of SageMaker's reason when a container does not become healthy."""


class Promise(NamedTuple):
    """A promise of the library, and whether it holds."""

    text: str
    kept: bool


@dataclass(frozen=True)
class StepResult:
    """The facts that the promises of a step are about: the account before and after, and the output.

    Attributes:
        responses: The S3 URI of the artifact that each request to the endpoint was served with, in this step,
            oldest first; empty for a request that got an error.
    """

    cloud: LocalCloud
    first: Account
    before: Account
    after: Account
    cli: CliResult
    responses: tuple[str, ...] = ()

    @property
    def job(self) -> str:
        """The name of the job that the stack now has, according to its outputs."""
        return self.after.outputs.get("JobName", "")

    @property
    def served(self) -> list[str]:
        """The artifacts that the endpoint served one after the other; empty where it returned errors."""
        return [artifact for artifact, _ in groupby(self.responses)]


@dataclass(frozen=True)
class Step:
    """One run of the CLI.

    Attributes:
        context: The context values of the app.
        failure: The reason of the job that this step starts, if it fails; empty if it completes.
        containers: How the containers of the endpoint start; empty if this step starts none.
        promises: The promises that must hold at its end.
        deletes: Whether it is `cdk destroy` instead of `cdk deploy`.
    """

    title: str
    promises: Callable[[StepResult], Iterator[Promise]]
    context: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    containers: Literal["", "healthy", "unhealthy"] = ""
    deletes: bool = False

    @property
    def command(self) -> str:
        """The command that a person would type."""
        context = "".join(f" -c {name}={value}" for name, value in self.context.items())
        return f"cdk {'destroy' if self.deletes else 'deploy'} --all{context}"


def _deployed(result: StepResult) -> Iterator[Promise]:
    yield from _in_order(result, "CREATE_COMPLETE")
    yield Promise("one job ran, and its stack waited for it", _jobs(result) == [(result.job, "COMPLETED")])
    yield from _model_is_there(result)
    yield Promise("the endpoint serves it", _serves(result.after))
    yield Promise(
        "every output has its value", len([value for value in result.after.outputs.values() if value]) == 5
    )


def _endpoint_rolled_back(result: StepResult) -> Iterator[Promise]:
    yield Promise(
        "the CLI says that the update failed, and the endpoint's stack rolled back",
        result.cli.code != 0 and result.after.stacks.get(SERVING_STACK) == "UPDATE_ROLLBACK_COMPLETE",
    )
    yield Promise(f"the CLI says why: the container {UNHEALTHY}", _is_said(result, UNHEALTHY))
    old, new = result.before.outputs.get("JobName"), result.job
    yield Promise(
        f"the new job is kept: {new}",
        new != old
        and result.after.stacks.get(JOB_STACK) == "UPDATE_COMPLETE"
        and _jobs(result) == [(new, "COMPLETED")],
    )
    yield from _model_is_there(result)
    yield Promise("the first model is still where it was", _has_files(result, result.before))
    yield from _served_all_the_time(result)


def _tried_again(result: StepResult) -> Iterator[Promise]:
    yield from _in_order(result, "UPDATE_COMPLETE")
    yield Promise(
        "no job ran: the one that had completed is not paid for again",
        result.after.ever == result.before.ever,
    )
    yield Promise("the outputs are what they were", result.after.outputs == result.before.outputs)
    yield Promise(
        f"the endpoint served each of {len(result.responses)} requests, with the old model and then with the "
        "new one",
        _serves(result.after) and result.served == [result.before.artifact, result.after.artifact],
    )


def _job_rolled_back(result: StepResult) -> Iterator[Promise]:
    rolled_back = result.after.stacks == {**result.before.stacks, JOB_STACK: "UPDATE_ROLLBACK_COMPLETE"}
    yield Promise(
        "the CLI says that the update failed, and the job's stack rolled back",
        result.cli.code != 0 and rolled_back,
    )
    yield Promise(f"the CLI says why: {REASON}", _is_said(result, REASON))
    yield Promise(
        "the failed job is gone, and the good one was not run again",
        _jobs(result) == [(result.job, "COMPLETED")] and result.after.ever == result.before.ever + 1,
    )
    yield Promise("the outputs are what they were", result.after.outputs == result.before.outputs)
    yield from _model_is_there(result)
    yield from _served_all_the_time(result)


def _deleted(result: StepResult) -> Iterator[Promise]:
    yield Promise("both stacks are gone", result.cli.code == 0 and not result.after.stacks)
    yield Promise("no job runs, and none is left", not result.after.running and not result.after.jobs)
    left = sorted(result.after.parts - result.first.parts)
    yield Promise(
        "no endpoint, model, function, state machine, role, policy, parameter or log group is left"
        + _list(left),
        not left,
    )
    yield Promise(
        "what the jobs made is kept, as a bucket of models should", _has_files(result, result.before)
    )


def _in_order(result: StepResult, status: str) -> Iterator[Promise]:
    stacks = {JOB_STACK: status, SERVING_STACK: status}
    yield Promise(f"both stacks are {status}", result.cli.code == 0 and result.after.stacks == stacks)


def _model_is_there(result: StepResult) -> Iterator[Promise]:
    yield Promise("its model is in the bucket", _has_files(result, result.after))


def _served_all_the_time(result: StepResult) -> Iterator[Promise]:
    old = result.before.artifact
    yield Promise(
        f"the endpoint served each of {len(result.responses)} requests with the model that it had before",
        bool(old) and result.served == [old] and result.after.artifact == old,
    )


def _serves(account: Account) -> bool:
    """Return whether the endpoint serves the artifact of the job."""
    return account.endpoint == "InService" and account.artifact == account.outputs.get("ArtifactLocation")


def _is_said(result: StepResult, text: str) -> bool:
    return text in " ".join(result.cli.output.split())


def _has_files(result: StepResult, account: Account) -> bool:
    location = account.outputs.get("ArtifactLocation", "")
    return bool(location) and bool(files(result.cloud, location))


def _jobs(result: StepResult) -> list[tuple[str, str]]:
    return list(result.after.jobs.items())


def _list(items: list[str]) -> str:
    return f", but {', '.join(items)}" if items else ""


_SERVED = {"serve": "true"}
_LARGER = {**_SERVED, "instance_type": "ml.g6.12xlarge"}

STEPS = (
    Step("Quantize Llama 3 8B with AWQ, and serve it", _deployed, _SERVED, containers="healthy"),
    Step(
        "Move to ml.g6.12xlarge: another job completes, but its model does not start",
        _endpoint_rolled_back,
        _LARGER,
        containers="unhealthy",
    ),
    Step(
        "Try again, with more time for jobs: no job runs, and the endpoint changes over",
        _tried_again,
        {**_LARGER, "max_runtime_hours": "3"},
        containers="healthy",
    ),
    Step(
        "Change to fp8, whose job fails",
        _job_rolled_back,
        {**_LARGER, "technique": "fp8"},
        REASON,
    ),
    Step("Delete everything", _deleted, _SERVED, deletes=True),
)
