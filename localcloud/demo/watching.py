"""Snapshots of the account while the CLI works: the stack's events, its resources, and the jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from localcloud.cloud import LocalCloud
from localcloud.demo.snapshot import Resource, ShownEvent, Snapshot
from localcloud.demo.synthesis import template
from localcloud.services.cloudformation import Event, StackView

_INTERVAL = 0.15
"""The real time between two snapshots, in seconds."""


class Watcher:
    """Looks at one stack again and again while a step goes on.

    Args:
        show: Called with every snapshot, on a thread of the watcher's own.
    """

    def __init__(
        self, cloud: LocalCloud, stack: str, assembly: Path, show: Callable[[Snapshot], None]
    ) -> None:
        self._cloud = cloud
        self._name = stack
        self._stack: StackView | None = None
        self._seen = 0
        self._touched: set[str] = set()
        self._show = show
        self._planned = _planned(stack, template(assembly))
        self._jobs_before = len(cloud.optimization_jobs.jobs)
        self._new_events()
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
        events = tuple(self._shown(event) for event in self._new_events())
        jobs = self._cloud.optimization_jobs.jobs
        job = jobs[-1] if len(jobs) > self._jobs_before or (jobs and jobs[-1].is_running) else None
        status = self._stack.status if self._stack is not None else ""
        return Snapshot(self._cloud.clock.time(), status, self._resources(), events, job)

    def _watch(self) -> None:
        try:
            while not self._ended.wait(_INTERVAL):
                self._show(self.look())
            # What happened last is the most interesting.
            self._show(self.look())
        except Exception as error:  # noqa: BLE001 - check() raises it
            self._error = error

    def _new_events(self) -> list[Event]:
        if self._stack is None:
            # Held from now on: a deleted stack is not found by its name.
            self._stack = next(
                (it for it in self._cloud.cloudformation.stacks if it.name == self._name), None
            )
        if self._stack is None:
            return []
        events = self._stack.events[self._seen :]
        self._seen += len(events)
        return events

    def _resources(self) -> tuple[Resource, ...]:
        """Return the planned resources and the others that the stack still has, each with its status."""
        there = self._stack.resources if self._stack is not None else {}
        known = {**{name: Resource(name, name, it.type) for name, it in there.items()}, **self._planned}
        return tuple(
            replace(resource, status=there[name].status, touched=name in self._touched)
            if name in there
            else resource
            for name, resource in known.items()
        )

    def _shown(self, event: Event) -> ShownEvent:
        self._touched.add(event.logical_id)
        planned = self._planned.get(event.logical_id)
        label = planned.label if planned else event.logical_id
        return ShownEvent(event.time.timestamp(), label, event.status, event.reason or "")


def _planned(stack: str, document: Mapping[str, Any]) -> dict[str, Resource]:
    return {
        logical_id: Resource(logical_id, _label(stack, logical_id, resource), resource["Type"])
        for logical_id, resource in document["Resources"].items()
    }


def _label(stack: str, logical_id: str, resource: Mapping[str, Any]) -> str:
    path: str = resource.get("Metadata", {}).get("aws:cdk:path", logical_id)
    label = path.removeprefix(f"{stack}/").removesuffix("/Default").removesuffix("/Resource")
    return label.replace("OptimizationJobProvider", "Provider")
