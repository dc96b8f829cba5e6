"""The steps of the demo: a command, the course of its job, and the promises that must hold afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from localcloud.demo.account import Account, files
from localcloud.demo.cdk_cli import CliResult

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud

REASON = "AlgorithmError: CUDA out of memory while the model was being calibrated on 4 GPUs of 24 GB each"
"""The reason of the job that fails."""


class Promise(NamedTuple):
    """A promise of the library, and whether it holds."""

    text: str
    kept: bool


@dataclass(frozen=True)
class StepResult:
    """The facts that the promises of a step are about: the account before and after, and the output."""

    cloud: LocalCloud
    first: Account
    before: Account
    after: Account
    cli: CliResult

    @property
    def job(self) -> str:
        """The name of the job that the stack now has, according to its outputs."""
        return self.after.outputs.get("JobName", "")


@dataclass(frozen=True)
class Step:
    """One run of the CLI.

    Attributes:
        context: The context values of the app.
        failure: The reason of the job that this step starts, if it fails; empty if it completes.
        promises: The promises that must hold at its end.
        deletes: Whether it is `cdk destroy` instead of `cdk deploy`.
    """

    title: str
    promises: Callable[[StepResult], Iterator[Promise]]
    context: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    deletes: bool = False

    @property
    def command(self) -> str:
        """The command that a person would type."""
        context = "".join(f" -c {name}={value}" for name, value in self.context.items())
        return "cdk destroy" if self.deletes else f"cdk deploy{context}"


def _deployed(result: StepResult) -> Iterator[Promise]:
    yield from _in_order(result, "CREATE_COMPLETE")
    yield Promise("one job ran, and the stack waited for it", _jobs(result) == [(result.job, "COMPLETED")])
    yield from _model_is_there(result)
    yield Promise(
        "every output has its value", len([value for value in result.after.outputs.values() if value]) == 4
    )


def _replaced(result: StepResult) -> Iterator[Promise]:
    yield from _in_order(result, "UPDATE_COMPLETE")
    old, new = result.before.outputs.get("JobName"), result.job
    yield Promise(
        f"a new job ran under a new name: {new}", new != old and _jobs(result) == [(new, "COMPLETED")]
    )
    yield from _model_is_there(result)
    yield Promise("the first model is still where it was", _has_files(result, result.before))


def _changed_without_a_job(result: StepResult) -> Iterator[Promise]:
    yield from _in_order(result, "UPDATE_COMPLETE")
    yield Promise("no job ran: the model is what it was", result.after.ever == result.before.ever)
    yield Promise("the outputs are what they were", result.after.outputs == result.before.outputs)


def _rolled_back(result: StepResult) -> Iterator[Promise]:
    rolled_back = result.after.stack == "UPDATE_ROLLBACK_COMPLETE"
    yield Promise(
        "the CLI says that the update failed, and the stack rolled back", result.cli.code != 0 and rolled_back
    )
    yield Promise(f"the CLI says why: {REASON}", REASON in " ".join(result.cli.output.split()))
    yield Promise(
        "the failed job is gone, and the good one was not run again",
        _jobs(result) == [(result.job, "COMPLETED")],
    )
    yield Promise("the outputs are what they were", result.after.outputs == result.before.outputs)
    yield from _model_is_there(result)


def _deleted(result: StepResult) -> Iterator[Promise]:
    yield Promise("the stack is gone", result.cli.code == 0 and result.after.stack is None)
    yield Promise("no job runs, and none is left", not result.after.running and not result.after.jobs)
    left = sorted(result.after.parts - result.first.parts)
    yield Promise("no function, state machine, role, policy or log group is left" + _list(left), not left)
    yield Promise(
        "what the jobs made is kept, as a bucket of models should", _has_files(result, result.before)
    )


def _in_order(result: StepResult, status: str) -> Iterator[Promise]:
    yield Promise(f"the stack is {status}", result.cli.code == 0 and result.after.stack == status)


def _model_is_there(result: StepResult) -> Iterator[Promise]:
    yield Promise("its model is in the bucket", _has_files(result, result.after))


def _has_files(result: StepResult, account: Account) -> bool:
    location = account.outputs.get("ArtifactLocation", "")
    return bool(location) and bool(files(result.cloud, location))


def _jobs(result: StepResult) -> list[tuple[str, str]]:
    return list(result.after.jobs.items())


def _list(items: list[str]) -> str:
    return f", but {', '.join(items)}" if items else ""


_LARGER = {"instance_type": "ml.g6.12xlarge"}

STEPS = (
    Step("Deploy AWQ of Llama 3 8B for ml.g5.12xlarge", _deployed),
    Step("Serve it on ml.g6.12xlarge instead, which needs another job", _replaced, _LARGER),
    Step(
        "Let it run longer, which needs no job", _changed_without_a_job, {**_LARGER, "max_runtime_hours": "3"}
    ),
    Step(
        "Change to fp8, whose job fails",
        _rolled_back,
        {**_LARGER, "technique": "fp8"},
        REASON,
    ),
    Step("Delete it", _deleted, _LARGER, deletes=True),
)
