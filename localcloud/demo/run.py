"""Runs the steps one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from localcloud.cloud import LocalCloud
from localcloud.demo.account import look
from localcloud.demo.cdk_cli import CdkCli, CliResult
from localcloud.demo.steps import Promise, Step, StepResult
from localcloud.demo.synthesis import STACK, Synthesis
from localcloud.demo.view import View
from localcloud.demo.watching import Watcher
from localcloud.services.sagemaker import JobScript

_FAILS_AFTER = 14 * 60
"""The clock seconds after which the job fails."""


def run(steps: Sequence[Step], view: View, synthesis: Synthesis, *, speed: float) -> dict[str, str] | None:
    """Run steps in a local cloud of its own, of which nothing is left afterwards, whatever happens.

    Returns:
        The outputs of the first deploy; None if something was not as promised.
    """
    with LocalCloud(speed=speed) as cloud:
        cloud.bootstrap()
        return _Demo(cloud, synthesis, view).run(steps)


class _Demo:
    def __init__(self, cloud: LocalCloud, synthesis: Synthesis, view: View) -> None:
        self._cloud = cloud
        self._synthesis = synthesis
        self._view = view
        self._cli = CdkCli(cloud.environment)

    def run(self, steps: Sequence[Step]) -> dict[str, str] | None:
        """The first deploy's outputs; None if something was not as promised."""
        first = before = look(self._cloud, STACK)
        outputs: dict[str, str] = {}
        for number, step in enumerate(steps):
            assembly = self._synthesis.assembly(number)
            began = time.monotonic()
            self._view.begin(number + 1, step)
            result = self._run(step, assembly)
            after = look(self._cloud, STACK)
            promises = list(step.promises(StepResult(self._cloud, first, before, after, result)))
            self._view.end(time.monotonic() - began, promises)
            if broken := [promise for promise in promises if not promise.kept]:
                self._view.fail(_sentence(broken), f"$ cdk {' '.join(result.arguments)}\n{result.tail()}")
                return None
            outputs = outputs or after.outputs
            before = after
        return outputs

    def _run(self, step: Step, assembly: Path) -> CliResult:
        self._cloud.optimization_jobs.script(_script(step), name_prefix=f"{STACK.lower()}-")
        with Watcher(self._cloud, STACK, assembly, self._view.show) as watcher:
            result = self._cli.destroy(assembly, STACK) if step.deletes else self._cli.deploy(assembly, STACK)
        watcher.check()
        return result


def _script(step: Step) -> JobScript:
    if not step.failure:
        return JobScript()
    return JobScript(runtime=_FAILS_AFTER, outcome="FAILED", reason=step.failure)


def _sentence(broken: Sequence[Promise]) -> str:
    return "This is not so: " + "; ".join(promise.text for promise in broken)
