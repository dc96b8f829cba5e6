"""Snapshots of the account while the CLI works: the stacks, the jobs, and the artifact that is served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from localcloud.cloud import LocalCloud
from localcloud.demo.serving import invoke
from localcloud.demo.snapshot import ShownEvent, Snapshot
from localcloud.demo.synthesis import template
from localcloud.demo.watched_stack import WatchedStack

_INTERVAL = 0.15
"""The real time between two snapshots, in seconds."""


class Watcher:
    """Looks at the stacks again and again while a step goes on, and invokes their endpoint each time.

    Args:
        show: Called with every snapshot, on a thread of the watcher's own.

    Attributes:
        responses: The S3 URI of the artifact that each request to the endpoint was served with, oldest
            first; empty for a request that got an error.
    """

    def __init__(
        self, cloud: LocalCloud, stacks: Sequence[str], assembly: Path, show: Callable[[Snapshot], None]
    ) -> None:
        self.responses: list[str] = []
        self._cloud = cloud
        self._stacks = [WatchedStack(cloud.cloudformation, name, template(assembly, name)) for name in stacks]
        self._at_work = self._stacks[0]
        self._show = show
        self._jobs_before = len(cloud.optimization_jobs.jobs)
        self._ended = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._watch, name="demo-watcher", daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def check(self) -> None:
        """Raise the error that has ended the watching, if there is one."""
        if self._error is not None:
            raise self._error

    def look(self) -> Snapshot:
        """Return the present snapshot."""
        events = self._events()
        jobs = self._cloud.optimization_jobs.jobs
        job = jobs[-1] if len(jobs) > self._jobs_before or (jobs and jobs[-1].is_running) else None
        if (serving := invoke(self._cloud)) is not None:
            self.responses.append(serving.artifact)
        stack = self._at_work
        time = self._cloud.clock.time()
        return Snapshot(time, stack.name, stack.status, stack.resources(), events, job, serving)

    def _watch(self) -> None:
        try:
            while not self._ended.wait(_INTERVAL):
                self._show(self.look())
            # What happened last is the most interesting.
            self._show(self.look())
        except Exception as error:  # noqa: BLE001 - check() raises it
            self._error = error

    def _events(self) -> tuple[ShownEvent, ...]:
        """Return the new events of all stacks. The stack of the last one is the one at work."""
        found: list[tuple[ShownEvent, WatchedStack]] = [
            (event, stack) for stack in self._stacks for event in stack.events()
        ]
        found.sort(key=lambda each: each[0].time)
        if found:
            _, self._at_work = found[-1]
        return tuple(event for event, _ in found)
