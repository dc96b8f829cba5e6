"""Reasons of a failed operation, as CloudFormation words them."""

from __future__ import annotations

from collections.abc import Collection

from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.stacks import Stack
from localcloud.services.cloudformation.work import Outcome


def listed(what: str, names: Collection[str]) -> str:
    """Return a sentence with the resources that could not be created, updated or deleted."""
    logical_ids = dict.fromkeys(name.split(" ")[0] for name in names)
    return f"The following resource(s) failed to {what}: [{', '.join(logical_ids)}]. "


def problem_of(stack: Stack, outcome: Outcome) -> str:
    """Return the reason why a stack did not become what its template says."""
    if set(outcome.failed) - stack.resources.keys():
        return f"{next(iter(outcome.failed.values()))} "
    # Sorted as they failed; those that were given up because of it come after.
    names = [*outcome.failed, *outcome.cancelled]
    if not names:
        return f"Stack creation time exceeded the specified timeout of {stack.timeout_minutes} minutes. "
    new = [name for name in names if stack.resources[name].status == "CREATE_FAILED"]
    changed = [name for name in names if name not in new]
    return (listed("create", new) if new else "") + (listed("update", changed) if changed else "")


def exports_in_use(engine: Engine, stack: Stack) -> str | None:
    """Return the reason why a stack cannot be deleted if others import its outputs; None if none does."""
    for output in stack.outputs:
        if users := engine.importers(output.export_name):
            return f"Cannot delete export {output.export_name} as it is in use by {', '.join(users)}."
    return None
