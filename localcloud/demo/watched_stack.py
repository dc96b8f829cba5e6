"""A stack while the CLI works: its status, its resources and its new events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from localcloud.demo.snapshot import Resource, ShownEvent

if TYPE_CHECKING:
    from localcloud.services.cloudformation import CloudFormation, Event, StackView


class WatchedStack:
    """A stack that may not exist yet.

    Args:
        template: The template that the CLI deploys to it, or deployed last.
    """

    def __init__(self, cloudformation: CloudFormation, name: str, template: Mapping[str, Any]) -> None:
        self.name = name
        self._cloudformation = cloudformation
        self._stack: StackView | None = None
        self._seen = 0
        self._touched: set[str] = set()
        self._planned = _planned(name, template)
        self._new_events()

    @property
    def status(self) -> str:
        """Its status; empty as long as it does not exist."""
        return self._stack.status if self._stack is not None else ""

    def resources(self) -> tuple[Resource, ...]:
        """Return the planned resources and the others that the stack still has, each with its status."""
        there = self._stack.resources if self._stack is not None else {}
        known = {**{name: Resource(name, name, it.type) for name, it in there.items()}, **self._planned}
        return tuple(
            replace(resource, status=there[name].status, touched=name in self._touched)
            if name in there
            else resource
            for name, resource in known.items()
        )

    def events(self) -> tuple[ShownEvent, ...]:
        """Return the events since the last call, oldest first."""
        return tuple(self._shown(event) for event in self._new_events())

    def _new_events(self) -> list[Event]:
        if self._stack is None:
            # Held from now on: a deleted stack is not found by its name.
            self._stack = next((it for it in self._cloudformation.stacks if it.name == self.name), None)
        if self._stack is None:
            return []
        events = self._stack.events[self._seen :]
        self._seen += len(events)
        return events

    def _shown(self, event: Event) -> ShownEvent:
        self._touched.add(event.logical_id)
        planned = self._planned.get(event.logical_id)
        label = planned.label if planned else event.logical_id
        return ShownEvent(event.time.timestamp(), label, event.status, event.reason or "")


def _planned(stack: str, template: Mapping[str, Any]) -> dict[str, Resource]:
    return {
        logical_id: Resource(logical_id, _label(stack, logical_id, resource), resource["Type"])
        for logical_id, resource in template["Resources"].items()
    }


def _label(stack: str, logical_id: str, resource: Mapping[str, Any]) -> str:
    path: str = resource.get("Metadata", {}).get("aws:cdk:path", logical_id)
    label = path.removeprefix(f"{stack}/").removesuffix("/Default").removesuffix("/Resource")
    return label.replace("OptimizationJobProvider", "Provider")
