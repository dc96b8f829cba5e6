"""A stack as tests see it."""

from __future__ import annotations

from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.stacks import Event, Resource, Stack


class StackView:
    """A stack, always as it is at the moment of looking."""

    def __init__(self, engine: Engine, stack: Stack) -> None:
        self._engine = engine
        self._stack = stack

    @property
    def stack_id(self) -> str:
        return self._stack.stack_id

    @property
    def name(self) -> str:
        return self._stack.name

    @property
    def status(self) -> str:
        return self._stack.status

    @property
    def reason(self) -> str | None:
        """The reason for its status, where CloudFormation gives one."""
        return self._stack.reason

    @property
    def events(self) -> list[Event]:
        """Its events, the oldest first."""
        with self._engine.changed:
            return list(self._stack.events)

    @property
    def resources(self) -> dict[str, Resource]:
        """By logical id."""
        with self._engine.changed:
            return dict(self._stack.resources)

    @property
    def outputs(self) -> dict[str, str]:
        """By key."""
        with self._engine.changed:
            return {output.key: output.value for output in self._stack.outputs}

    def physical_id(self, logical_id: str) -> str:
        """The physical id of a resource. Raises KeyError if there is none."""
        resource = self.resources[logical_id]
        if resource.shown_id is None:
            raise KeyError(f"{logical_id} of {self.name} has no physical id, its status is {resource.status}")
        return resource.shown_id

    def history(self, logical_id: str) -> list[str]:
        """The statuses a resource (or the stack, by its name) went through, in order."""
        return [event.status for event in self.events if event.logical_id == logical_id]

    def wait(self) -> StackView:
        """Wait (real time) until no operation is under way any more."""
        with self._engine.changed:
            self._engine.changed.wait_for(lambda: self._stack.stack_id not in self._engine.operations)
        return self

    def wait_until(self, logical_id: str, status: str) -> StackView:
        """Wait (real time) until a resource (or the stack, by its name) has been in a status."""
        with self._engine.changed:
            self._engine.changed.wait_for(lambda: status in self.history(logical_id))
        return self
