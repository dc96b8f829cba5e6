"""Deleting one physical resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.lifecycle.phase import Phase, guarded
from localcloud.services.cloudformation.stacks import Item, Physical


def delete_physical(phase: Phase, item: Item) -> None:
    """Delete a physical resource. Raises ResourceFailure, Cancelled."""
    if item.physical is None:
        _tell(phase, item, "DELETE_COMPLETE")
        return
    if _retained(phase, item):
        if item.resource is not None:
            item.resource.physical = None
        _tell(phase, item, "DELETE_SKIPPED")
        return
    provider = phase.engine.providers.of(item.type)
    request = phase.request(item.logical_id, item.type, _properties(phase, item, item.physical))
    _tell(phase, item, "DELETE_IN_PROGRESS")
    try:
        phase.work.pause(provider.settle_seconds)
        present = item.physical
        guarded(lambda: provider.delete(request, present))
    except ResourceFailure as error:
        _tell(phase, item, "DELETE_FAILED", error.reason)
        raise
    if item.resource is not None:
        item.resource.physical = None
    _tell(phase, item, "DELETE_COMPLETE")


def _properties(phase: Phase, item: Item, physical: Physical) -> Mapping[str, Any]:
    """Return the properties with which a resource is deleted.

    After an update that failed and was not rolled back, the stack has the template of the update, but the
    resource may not have its properties.
    """
    if phase.engine.site.dialect.deleted_with == "properties of the resource":
        return physical.properties
    attempted = item.resource.attempted if item.resource is not None else None
    return physical.properties if attempted is None else attempted


def _retained(phase: Phase, item: Item) -> bool:
    if item.policy == "RetainExceptOnCreate":
        return not item.created_now
    if item.policy == "Retain":
        return not (item.created_now and phase.stack.retain_except_on_create)
    return False


def _tell(phase: Phase, item: Item, status: str, reason: str | None = None) -> None:
    if item.resource is not None:
        phase.status(item.resource, status, reason=reason)
    else:
        physical_id = item.physical.physical_id if item.physical else ""
        shown = (item.logical_id, physical_id, item.type)
        phase.engine.add_event(phase.stack, phase.cause, shown, status, reason)
