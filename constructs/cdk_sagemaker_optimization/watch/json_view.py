"""Each look as a JSON document in one line. docs/watching.md describes the members."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from .look import Event, Job, Look, Resource, Stack
from .prices import Prices
from .words import moment

#: Changes if a member changes its meaning or goes. New members do not change it.
VERSION = 1


class JsonView:
    """Writes documents.

    Args:
        write: Writes a text.
    """

    def __init__(self, write: Callable[[str], object], prices: Prices) -> None:
        self._write = write
        self._prices = prices

    def show(self, look: Look) -> None:
        """Write a look."""
        self._write(json.dumps(document(look, self._prices)) + "\n")

    def close(self) -> None:
        """Do nothing, because each document is complete."""


def document(look: Look, prices: Prices) -> dict[str, Any]:
    """Return a look as JSON has it."""
    return {
        "version": VERSION,
        "region": look.region,
        "time": moment(look.time),
        "seen": _moment(look.seen),
        "problem": look.problem or None,
        "failed": look.has_failed,
        "at_rest": look.is_at_rest,
        "stacks": [_stack(stack, look, prices) for stack in look.stacks],
    }


def _stack(stack: Stack, look: Look, prices: Prices) -> dict[str, Any]:
    return {
        "name": stack.name,
        "id": stack.id,
        "parent_id": stack.parent_id or None,
        "status": stack.status,
        "reason": stack.reason or None,
        "in_progress": stack.is_in_progress,
        "failed": stack.has_failed,
        "changed": moment(stack.changed),
        "waiting_for": [_resource(resource) for resource in stack.waiting_for],
        "failure": None if stack.failure is None else _event(stack.failure),
        "events": [_event(event) for event in stack.events],
        "log_groups": list(stack.log_groups),
        "jobs": [_job(job, look.seen or look.time, prices) for job in stack.jobs],
    }


def _job(job: Job, now: datetime, prices: Prices) -> dict[str, Any]:
    pending, run, cost = job.pending_time(now), job.run_time(now), prices.cost(job, now)
    return {
        "name": job.name or None,
        "arn": job.arn or None,
        "logical_id": job.logical_id,
        "resource_status": job.resource_status or None,
        "pipeline": job.in_pipeline,
        "status": job.status,
        "running": job.is_running,
        "failed": job.has_failed,
        "reason": job.reason or None,
        "created": _moment(job.created),
        "started": _moment(job.started),
        "ended": _moment(job.ended),
        "age_seconds": _rounded(job.age(now)),
        "pending_seconds": _rounded(pending),
        "max_pending_seconds": job.max_pending_time,
        "pending_share": _share(pending, job.max_pending_time),
        "run_seconds": _rounded(run),
        "max_runtime_seconds": job.max_runtime,
        "runtime_share": _share(run, job.max_runtime),
        "instance_type": job.instance_type or None,
        "instances": job.instances,
        "price": None if cost is None else cost.price,
        "cost": None if cost is None else round(cost.so_far, 4),
        "max_cost": None if cost is None or cost.at_most is None else round(cost.at_most, 4),
        "output_location": job.output_location or None,
        "recommended_image": job.image or None,
    }


def _resource(resource: Resource) -> dict[str, Any]:
    return {
        "logical_id": resource.logical_id,
        "physical_id": resource.physical_id or None,
        "type": resource.type,
        "status": resource.status,
        "reason": resource.reason or None,
        "since": moment(resource.updated),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "time": moment(event.time),
        "logical_id": event.logical_id,
        "physical_id": event.physical_id or None,
        "type": event.type,
        "status": event.status,
        "reason": event.reason or None,
    }


def _moment(time: datetime | None) -> str | None:
    return None if time is None else moment(time)


def _rounded(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _share(part: float | None, whole: int | None) -> float | None:
    return None if part is None or not whole else round(part / whole, 4)
