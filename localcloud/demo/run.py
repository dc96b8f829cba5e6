"""Runs the steps one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from localcloud.cloud import LocalCloud
from localcloud.demo.account import look
from localcloud.demo.cdk_cli import CdkCli, CliResult
from localcloud.demo.steps import Promise, Step, StepResult
from localcloud.demo.synthesis import JOB_STACK, STACKS, Synthesis
from localcloud.demo.view import View
from localcloud.demo.watching import Watcher
from localcloud.services.sagemaker import JobScript

_FAILS_AFTER = 14 * 60
"""The clock seconds after which the job fails."""

_STARTS_AFTER = 12 * 60
"""The clock seconds after which a container is healthy: long enough to be seen."""


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
        first = before = look(self._cloud, STACKS)
        outputs: dict[str, str] = {}
        for number, step in enumerate(steps):
            assembly = self._synthesis.assembly(number)
            began = time.monotonic()
            self._view.begin(number + 1, step)
            result, responses = self._run(step, assembly)
            after = look(self._cloud, STACKS)
            promises = list(step.promises(StepResult(self._cloud, first, before, after, result, responses)))
            self._view.end(time.monotonic() - began, promises)
            if broken := [promise for promise in promises if not promise.kept]:
                self._view.fail(_sentence(broken), f"$ cdk {' '.join(result.arguments)}\n{result.tail()}")
                return None
            outputs = outputs or after.outputs
            before = after
        return outputs

    def _run(self, step: Step, assembly: Path) -> tuple[CliResult, tuple[str, ...]]:
        """Run the CLI, and return its result and the responses of the endpoint in the meantime."""
        self._cloud.optimization_jobs.script(_script(step), name_prefix=f"{JOB_STACK.lower()}-")
        if step.containers == "healthy":
            self._cloud.endpoints.slow_start(_STARTS_AFTER)
        elif step.containers == "unhealthy":
            self._cloud.endpoints.fail_health_check()
        with Watcher(self._cloud, STACKS, assembly, self._view.show) as watcher:
            result = self._cli.destroy(assembly) if step.deletes else self._cli.deploy(assembly)
        watcher.check()
        return result, tuple(watcher.responses)


def _script(step: Step) -> JobScript:
    if not step.failure:
        return JobScript()
    return JobScript(runtime=_FAILS_AFTER, outcome="FAILED", reason=step.failure)


def _sentence(broken: Sequence[Promise]) -> str:
    return "This is not so: " + "; ".join(promise.text for promise in broken)
