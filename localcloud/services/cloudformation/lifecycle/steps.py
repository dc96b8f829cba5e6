"""The steps of one resource: it is created, changed, replaced or put back, with its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localcloud.services.cloudformation.comparison import changed_properties
from localcloud.services.cloudformation.errors import Cancelled, ResourceFailure
from localcloud.services.cloudformation.lifecycle.phase import Phase, guarded
from localcloud.services.cloudformation.provider import Provider
from localcloud.services.cloudformation.stacks import Item, Physical, Resource
from localcloud.services.cloudformation.template import ResourceDefinition, is_custom

REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class Steps(Phase):
    """Creates and changes resources."""

    def create(self, definition: ResourceDefinition) -> None:
        """Make a resource that the stack does not have. Raises ResourceFailure, Cancelled."""
        resource = Resource(definition.logical_id, definition.type, "", self.engine.clock.now())
        self.describe(resource, definition)
        with self.engine.changed:
            self.stack.resources[definition.logical_id] = resource
        properties: Mapping[str, Any] | None = None
        try:
            properties = self.resolved(definition)
            self.status(resource, "CREATE_IN_PROGRESS", properties=properties)
            resource.physical = self._made(
                resource, properties, "CREATE_IN_PROGRESS", "Resource creation Initiated"
            )
            resource.shown_id = resource.physical.physical_id
            self.work.pause(self.provider(resource).settle_seconds)
        except ResourceFailure as error:
            self._keep_unfinished(resource, error.physical_id, properties)
            self.status(resource, "CREATE_FAILED", reason=error.reason, properties=properties)
            raise
        except Cancelled as error:
            self._keep_unfinished(resource, error.physical_id, properties)
            self.status(
                resource, "CREATE_FAILED", reason="Resource creation cancelled", properties=properties
            )
            raise
        self.status(resource, "CREATE_COMPLETE", properties=properties)

    def update(self, definition: ResourceDefinition, resource: Resource) -> None:
        """Bring a resource to its definition. Raises ResourceFailure, Cancelled."""
        if self.rolling_back:
            self._return_to_stable(resource)
        physical = resource.physical
        assert physical is not None
        provider = self.provider(resource)
        try:
            properties = self.resolved(definition)
        except ResourceFailure as error:
            self.status(resource, "UPDATE_FAILED", reason=error.reason)
            raise
        tags = dict(self.settings.tags) if provider.taggable else {}
        unchanged = properties == physical.properties and (not provider.taggable or tags == physical.tags)
        if unchanged and resource.attempted is None and not self._must_be_asked(resource):
            self.describe(resource, definition)
            if resource.status == "UPDATE_FAILED":
                self.status(resource, "UPDATE_COMPLETE")
            return
        self.status(resource, "UPDATE_IN_PROGRESS", properties=properties)
        changed = changed_properties(physical.properties, properties)
        replacing = provider.replaces(changed)
        try:
            made = (
                self._replaced(resource, properties, changed)
                if replacing
                else self._changed(resource, properties)
            )
        except (ResourceFailure, Cancelled) as error:
            if replacing and error.physical_id is not None:
                # Half a replacement: the resource stays what it was, the other half goes in the cleanup.
                self.leave(resource, Physical(error.physical_id, properties))
            elif error.physical_id is not None and error.physical_id != physical.physical_id:
                self._take_over(resource, Physical(error.physical_id, properties))
            reason = error.reason if isinstance(error, ResourceFailure) else "Resource update cancelled"
            self.status(resource, "UPDATE_FAILED", reason=reason, properties=properties)
            raise
        resource.attempted = None
        self._take_over(resource, made)
        self.describe(resource, definition)
        self.status(resource, "UPDATE_COMPLETE", properties=properties)

    def skip(self, resource: Resource) -> None:
        """Leave a resource whose rollback failed as it is."""
        resource.attempted = None
        self.status(resource, "UPDATE_COMPLETE", reason="Resource skipped during UpdateRollback")

    def leave(self, resource: Resource, physical: Physical) -> None:
        """Have a physical resource deleted once everything else has succeeded."""
        with self.engine.changed:
            self.stack.leftovers.append(
                Item(
                    resource.logical_id,
                    resource.type,
                    physical,
                    resource.update_replace_policy,
                    resource.dependencies,
                )
            )

    def clean_up(self, resource: Resource) -> None:
        """Let a resource drop what it kept in order to go back."""
        if resource.physical is not None:
            request = self.request(resource.logical_id, resource.type, resource.physical.properties)
            self.provider(resource).clean_up(request, resource.physical)

    # --- within a step ---------------------------------------------------------------------------------

    def _made(self, resource: Resource, properties: Mapping[str, Any], status: str, reason: str) -> Physical:
        told: list[str] = []

        def initiated(physical_id: str) -> None:
            if not told:
                told.append(physical_id)
                self.status(resource, status, reason=reason, physical_id=physical_id, properties=properties)

        request = replace(self.request(resource.logical_id, resource.type, properties), initiated=initiated)
        provider = self.provider(resource)
        self.work.pause(provider.settle_seconds)
        try:
            physical = guarded(lambda: provider.create(request))
        except ResourceFailure as error:
            raise ResourceFailure(error.reason, error.physical_id or next(iter(told), None)) from error
        initiated(physical.physical_id)
        return self._tagged(provider, physical)

    def _replaced(
        self, resource: Resource, properties: Mapping[str, Any], changed: frozenset[str]
    ) -> Physical:
        name = self.provider(resource).name_property
        if name is not None and name in properties and name not in changed:
            raise ResourceFailure(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing."
                f" Rename {properties[name]} and update the stack again."
            )
        self.status(resource, "UPDATE_IN_PROGRESS", reason=REPLACING, properties=properties)
        physical = self._made(resource, properties, "UPDATE_IN_PROGRESS", "Resource creation Initiated")
        try:
            self.work.pause(self.provider(resource).settle_seconds)
        except Cancelled as error:
            raise Cancelled(physical.physical_id) from error
        return physical

    def _changed(self, resource: Resource, properties: Mapping[str, Any]) -> Physical:
        assert resource.physical is not None
        provider = self.provider(resource)
        # Going back, the request says what was tried; going forward, only what is known to have been reached
        # counts.
        tried = resource.attempted if self.rolling_back else None
        request = replace(
            self.request(resource.logical_id, resource.type, properties),
            old_properties=resource.physical.properties if tried is None else tried,
        )
        self.work.pause(provider.settle_seconds)
        resource.attempted = properties
        present = resource.physical
        return self._tagged(provider, guarded(lambda: provider.update(request, present)))

    def _take_over(self, resource: Resource, physical: Physical) -> None:
        """Let a logical resource stand for another physical one. What it stood for before is left over."""
        with self.engine.changed:
            before = resource.physical
            if before is not None and before.physical_id != physical.physical_id:
                self.leave(resource, before)
            key = f"{resource.logical_id} {physical.physical_id}"
            self.stack.leftovers = [item for item in self.stack.leftovers if item.key != key]
            resource.physical, resource.shown_id = physical, physical.physical_id

    def _return_to_stable(self, resource: Resource) -> None:
        """Return to the physical resource before a replacement.

        A standard resource simply is the old one again. A custom one gets an Update.
        """
        stable = self.stack.stable
        before = stable.resources.get(resource.logical_id) if stable else None
        if before is None or before.physical is None or resource.physical is None:
            return
        if is_custom(resource.type) or before.physical.physical_id == resource.physical.physical_id:
            return
        self.status(resource, "UPDATE_IN_PROGRESS")
        resource.attempted = None
        self._take_over(resource, before.physical)
        self.status(resource, "UPDATE_COMPLETE")

    def _must_be_asked(self, resource: Resource) -> bool:
        """Return whether a rollback sends an Update although the properties are right.

        It does if the operation that is rolled back has replaced the physical resource.
        """
        stable = self.stack.stable
        if not self.rolling_back or stable is None or resource.logical_id not in stable.resources:
            return False
        before = stable.resources[resource.logical_id].physical
        current = resource.physical
        return before is not None and current is not None and before.physical_id != current.physical_id

    def _keep_unfinished(
        self, resource: Resource, physical_id: str | None, properties: Mapping[str, Any] | None
    ) -> None:
        if resource.physical is None and physical_id is not None:
            resource.physical = Physical(physical_id, properties or {})
            resource.shown_id = physical_id

    def _tagged(self, provider: Provider, physical: Physical) -> Physical:
        return replace(physical, tags=dict(self.settings.tags)) if provider.taggable else physical
