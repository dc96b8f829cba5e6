"""Change sets: planned changes to a stack, recorded before they are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localcloud.services.cloudformation.changes import Change
from localcloud.services.cloudformation.errors import change_set_does_not_exist
from localcloud.services.cloudformation.stacks import Settings


@dataclass
class ChangeSet:
    """One change set.

    Attributes:
        kind: CREATE, UPDATE or IMPORT.
        settings: None if it failed.
        request: What CreateChangeSet was asked for, as far as DescribeChangeSet repeats it.
    """

    change_set_id: str
    name: str
    stack_id: str
    stack_name: str
    kind: str
    created: datetime
    status: str
    execution_status: str
    reason: str | None = None
    settings: Settings | None = None
    changes: list[Change] = field(default_factory=list)
    request: dict[str, Any] = field(default_factory=dict)


class ChangeSets:
    """All change sets, by id."""

    def __init__(self) -> None:
        self._by_id: dict[str, ChangeSet] = {}

    def reset(self) -> None:
        self._by_id.clear()

    def add(self, change_set: ChangeSet) -> None:
        self._by_id[change_set.change_set_id] = change_set

    def of(self, stack_id: str) -> list[ChangeSet]:
        """A stack's change sets, the oldest first."""
        return [change_set for change_set in self._by_id.values() if change_set.stack_id == stack_id]

    def find(self, name: str, stack_id: str | None) -> ChangeSet | None:
        """A change set by its id, or by its name and its stack."""
        if name in self._by_id:
            return self._by_id[name]
        return next((found for found in self.of(stack_id) if found.name == name), None) if stack_id else None

    def get(self, name: str, stack_id: str | None) -> ChangeSet:
        """As `find`. Raises ApiError if there is none."""
        found = self.find(name, stack_id)
        if found is None:
            raise change_set_does_not_exist(name)
        return found

    def remove(self, change_set_id: str) -> None:
        self._by_id.pop(change_set_id, None)

    def remove_of(self, stack_id: str) -> None:
        """Forget a stack's change sets."""
        for change_set in self.of(stack_id):
            self.remove(change_set.change_set_id)

    def supersede(self, executed: ChangeSet) -> None:
        """Executing one makes all others of the stack useless: CloudFormation deletes them."""
        for change_set in self.of(executed.stack_id):
            if change_set is not executed:
                self.remove(change_set.change_set_id)
