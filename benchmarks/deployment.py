"""Deploys a stack on the local cloud, and describes the outcome."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aws_cdk as cdk

from benchmarks.contenders.contender import Contender
from benchmarks.templates import synthesize
from localcloud import LocalCloud
from localcloud.services.cloudformation import StackView
from localcloud.services.sagemaker import Job
from tests.end_to_end.support_project import publish_assets, reasons
from tests.end_to_end.support_waiting import advance, settle

_BOOTSTRAP = Path(__file__).with_name("node_runtime") / "bootstrap.cjs"
_AFTERWARDS = 5 * 3600
"""Clock seconds after which every job of the benchmark has ended by itself."""


@contextmanager
def local_cloud() -> Iterator[LocalCloud]:
    """Run a local cloud that also runs the framework's functions, which need Node."""
    # The pinned Node, beside Python, comes before the machine's own.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    node = shutil.which("node", path=path)
    if node is None:
        raise FileNotFoundError("there is no node on PATH: run make setup")
    with LocalCloud() as cloud:
        cloud.functions.run_with("nodejs", [node, str(_BOOTSTRAP)])
        yield cloud


@dataclass(frozen=True)
class Outcome:
    """The outcome of an operation on a stack. Times are clock seconds.

    Attributes:
        status: The stack's status.
        ended: When the operation ended.
        jobs: Every job that was created.
        reason: The first failure in the stack's events.
    """

    status: str
    ended: float
    jobs: list[Job]
    reason: str

    @property
    def paid_afterwards(self) -> float:
        """The time that jobs ran on after the operation had ended."""
        return sum(max(0.0, (job.ended or self.ended) - self.ended) for job in self.jobs)

    @property
    def seconds_from_job_to_end(self) -> float:
        """The time from the end of the last job to the end of the operation."""
        return self.ended - max(job.ended or 0.0 for job in self.jobs)


def deploy(
    cloud: LocalCloud,
    contender: Contender,
    *,
    prepare: Callable[[LocalCloud], None],
    add: Callable[[cdk.Stack], None] | None = None,
    meanwhile: Callable[[LocalCloud, str], None] | None = None,
) -> Outcome:
    """Create a stack with one job in an empty account.

    Args:
        cloud: The local cloud. It is reset first.
        contender: The stack.
        prepare: Sets how the job runs and what goes wrong.
        add: Adds constructs to the stack.
        meanwhile: Acts ten minutes after the beginning.

    Returns:
        The outcome.
    """
    cloud.reset()
    cloud.bootstrap()
    prepare(cloud)
    extended = Contender(contender.name, lambda stack, jobs: _build(contender, stack, jobs, add))
    with TemporaryDirectory() as directory:
        template = synthesize(extended, 1, Path(directory) / "assembly").read_text()
        publish_assets(cloud, Path(directory) / "assembly")
    cloud.clock.pause()
    stack = cloud.cloudformation.deploy(template, contender.name, wait=False)
    if meanwhile is not None:
        advance(cloud, 600)
        meanwhile(cloud, contender.name)
    cloud.clock.resume()
    settle(cloud, stack)
    ended = stack.events[-1].time.timestamp()
    advance(cloud, _AFTERWARDS)
    return Outcome(stack.status, ended, cloud.optimization_jobs.jobs, _first_failure(stack))


def _build(
    contender: Contender, stack: cdk.Stack, jobs: int, add: Callable[[cdk.Stack], None] | None
) -> None:
    contender.build(stack, jobs)
    if add is not None:
        add(stack)


def _first_failure(stack: StackView) -> str:
    failed = [line for line in reasons(stack).splitlines() if "_FAILED: " in line]
    return failed[0] if failed else ""
