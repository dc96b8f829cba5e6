"""The demo's chapters: what is done, what becomes of its job, and what must be so afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from localcloud.demo.account import Account, files
from localcloud.demo.cdk_cli import CliResult

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud

REASON = "AlgorithmError: CUDA out of memory while the model was being calibrated on 4 GPUs of 24 GB each"
"""Why the job of the update that fails fails."""


class Promise(NamedTuple):
    """Something that the library promises, and whether it is so."""

    text: str
    kept: bool


@dataclass(frozen=True)
class Scene:
    """What a chapter's promises are about: the account before it and after it, and what the CLI said."""

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
class Chapter:
    """One run of the CLI.

    Attributes:
        context: The context values of the app.
        failure: Why the job fails that this chapter starts; empty for one that completes.
        promises: What must be so at its end.
        deletes: Whether it is `cdk destroy` instead of `cdk deploy`.
    """

    title: str
    promises: Callable[[Scene], Iterator[Promise]]
    context: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    deletes: bool = False

    @property
    def command(self) -> str:
        """What a person would type."""
        context = "".join(f" -c {name}={value}" for name, value in self.context.items())
        return "cdk destroy" if self.deletes else f"cdk deploy{context}"


def _deployed(scene: Scene) -> Iterator[Promise]:
    yield from _in_order(scene, "CREATE_COMPLETE")
    yield Promise("one job ran, and the stack waited for it", _jobs(scene) == [(scene.job, "COMPLETED")])
    yield from _model_is_there(scene)
    yield Promise(
        "every output has its value", len([value for value in scene.after.outputs.values() if value]) == 4
    )


def _replaced(scene: Scene) -> Iterator[Promise]:
    yield from _in_order(scene, "UPDATE_COMPLETE")
    old, new = scene.before.outputs.get("JobName"), scene.job
    yield Promise(
        f"a new job ran under a new name: {new}", new != old and _jobs(scene) == [(new, "COMPLETED")]
    )
    yield from _model_is_there(scene)
    yield Promise("the first model is still where it was", _has_files(scene, scene.before))


def _changed_without_a_job(scene: Scene) -> Iterator[Promise]:
    yield from _in_order(scene, "UPDATE_COMPLETE")
    yield Promise("no job ran: the model is what it was", scene.after.ever == scene.before.ever)
    yield Promise("the outputs are what they were", scene.after.outputs == scene.before.outputs)


def _rolled_back(scene: Scene) -> Iterator[Promise]:
    rolled_back = scene.after.stack == "UPDATE_ROLLBACK_COMPLETE"
    yield Promise(
        "the CLI says that the update failed, and the stack rolled back", scene.cli.code != 0 and rolled_back
    )
    yield Promise(f"the CLI says why: {REASON}", REASON in " ".join(scene.cli.output.split()))
    yield Promise(
        "the failed job is gone, and the good one was not run again",
        _jobs(scene) == [(scene.job, "COMPLETED")],
    )
    yield Promise("the outputs are what they were", scene.after.outputs == scene.before.outputs)
    yield from _model_is_there(scene)


def _deleted(scene: Scene) -> Iterator[Promise]:
    yield Promise("the stack is gone", scene.cli.code == 0 and scene.after.stack is None)
    yield Promise("no job runs, and none is left", not scene.after.running and not scene.after.jobs)
    left = sorted(scene.after.parts - scene.first.parts)
    yield Promise("no function, state machine, role, policy or log group is left" + _list(left), not left)
    yield Promise("what the jobs made is kept, as a bucket of models should", _has_files(scene, scene.before))


def _in_order(scene: Scene, status: str) -> Iterator[Promise]:
    yield Promise(f"the stack is {status}", scene.cli.code == 0 and scene.after.stack == status)


def _model_is_there(scene: Scene) -> Iterator[Promise]:
    yield Promise("its model is in the bucket", _has_files(scene, scene.after))


def _has_files(scene: Scene, account: Account) -> bool:
    location = account.outputs.get("ArtifactLocation", "")
    return bool(location) and bool(files(scene.cloud, location))


def _jobs(scene: Scene) -> list[tuple[str, str]]:
    return list(scene.after.jobs.items())


def _list(items: list[str]) -> str:
    return f", but {', '.join(items)}" if items else ""


_LARGER = {"instance_type": "ml.g6.12xlarge"}

CHAPTERS = (
    Chapter("Deploy AWQ of Llama 3 8B for ml.g5.12xlarge", _deployed),
    Chapter("Serve it on ml.g6.12xlarge instead, which needs another job", _replaced, _LARGER),
    Chapter(
        "Let it run longer, which needs no job", _changed_without_a_job, {**_LARGER, "max_runtime_hours": "3"}
    ),
    Chapter(
        "Change to fp8, whose job fails",
        _rolled_back,
        {**_LARGER, "technique": "fp8"},
        REASON,
    ),
    Chapter("Delete it", _deleted, _LARGER, deletes=True),
)
