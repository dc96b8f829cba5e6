"""Plays the chapters one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from localcloud.cloud import LocalCloud
from localcloud.demo.account import look
from localcloud.demo.cdk_cli import CdkCli, CliResult
from localcloud.demo.steps import Chapter, Promise, Scene
from localcloud.demo.synthesis import STACK, Synthesis
from localcloud.demo.view import Stage
from localcloud.demo.watching import Watcher
from localcloud.services.sagemaker import JobScript

_FAILS_AFTER = 14 * 60
"""How long a job runs that fails, in clock seconds."""


def play(
    chapters: Sequence[Chapter], stage: Stage, synthesis: Synthesis, *, speed: float
) -> dict[str, str] | None:
    """Play chapters in a local cloud of its own, which nothing of is left afterwards, whatever happens.

    Returns:
        The outputs of the first deploy; None if something was not as promised.
    """
    with LocalCloud(speed=speed) as cloud:
        cloud.bootstrap()
        return _Demo(cloud, synthesis, stage).play(chapters)


class _Demo:
    def __init__(self, cloud: LocalCloud, synthesis: Synthesis, stage: Stage) -> None:
        self._cloud = cloud
        self._synthesis = synthesis
        self._stage = stage
        self._cli = CdkCli(cloud.environment)

    def play(self, chapters: Sequence[Chapter]) -> dict[str, str] | None:
        """The first deploy's outputs; None if something was not as promised."""
        first = before = look(self._cloud, STACK)
        outputs: dict[str, str] = {}
        for number, chapter in enumerate(chapters):
            assembly = self._synthesis.assembly(number)
            began = time.monotonic()
            self._stage.begin(number + 1, chapter)
            result = self._run(chapter, assembly)
            after = look(self._cloud, STACK)
            promises = list(chapter.promises(Scene(self._cloud, first, before, after, result)))
            self._stage.end(time.monotonic() - began, promises)
            if broken := [promise for promise in promises if not promise.kept]:
                self._stage.fail(_sentence(broken), f"$ cdk {' '.join(result.arguments)}\n{result.tail()}")
                return None
            outputs = outputs or after.outputs
            before = after
        return outputs

    def _run(self, chapter: Chapter, assembly: Path) -> CliResult:
        self._cloud.optimization_jobs.script(_script(chapter), name_prefix=f"{STACK.lower()}-")
        with Watcher(self._cloud, STACK, assembly, self._stage.show) as watcher:
            result = (
                self._cli.destroy(assembly, STACK) if chapter.deletes else self._cli.deploy(assembly, STACK)
            )
        watcher.check()
        return result


def _script(chapter: Chapter) -> JobScript:
    if not chapter.failure:
        return JobScript()
    return JobScript(runtime=_FAILS_AFTER, outcome="FAILED", reason=chapter.failure)


def _sentence(broken: Sequence[Promise]) -> str:
    return "This is not so: " + "; ".join(promise.text for promise in broken)
