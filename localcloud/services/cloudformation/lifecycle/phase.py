"""The state that the steps of one phase of an operation share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from localcloud.kernel.clock import ClockStopped
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.errors import Cancelled, ResourceFailure, TemplateError
from localcloud.services.cloudformation.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.stacks import Cause, Resource, Settings, Stack
from localcloud.services.cloudformation.template import ResourceDefinition, TemplateScope
from localcloud.services.cloudformation.values import sources
from localcloud.services.cloudformation.work import Work

_LOG = logging.getLogger(__name__)

_T = TypeVar("_T")


def guarded(call: Callable[[], _T]) -> _T:
    """Call a provider. A mistake in one fails the resource, so that its stack goes on to an end."""
    try:
        return call()
    except (ResourceFailure, Cancelled, ClockStopped):
        raise
    except Exception as error:
        _LOG.exception("a provider failed")
        raise ResourceFailure(f"Internal Failure in the local cloud: {error!r}") from error


class Phase:
    """One phase of an operation on a stack.

    Args:
        settings: What the resources are made after.
        rolling_back: Whether the phase goes back to how the stack was.
        skip: What it leaves as it is: logical ids, and `<nested stack's name>.<logical id>`.
    """

    def __init__(
        self,
        engine: Engine,
        stack: Stack,
        settings: Settings,
        work: Work,
        cause: Cause,
        *,
        rolling_back: bool = False,
        skip: Collection[str] = (),
    ) -> None:
        self.engine = engine
        self.stack = stack
        self.settings = settings
        self.work = work
        self.cause = cause
        self.rolling_back = rolling_back
        self.skipped = frozenset(skip)
        self.scope = TemplateScope(settings.template, settings.parameters, sources(engine, stack, settings))

    def resolved(self, definition: ResourceDefinition) -> dict[str, Any]:
        """A resource's properties as they are now to be. Raises ResourceFailure."""
        try:
            return self.scope.properties(definition)
        except TemplateError as error:
            raise ResourceFailure(str(error)) from error

    def provider(self, resource: Resource) -> Provider:
        """Return the provider of a resource."""
        return self.engine.providers.of(resource.type)

    def request(self, logical_id: str, type_name: str, properties: Mapping[str, Any]) -> ResourceRequest:
        """Return a request for a resource of the stack."""
        stack = self.stack
        return ResourceRequest(
            site=self.engine.site,
            client=self.engine.client,
            work=self.work,
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_id=logical_id,
            type=type_name,
            properties=properties,
            tags={
                **self.settings.tags,
                "aws:cloudformation:stack-name": stack.name,
                "aws:cloudformation:stack-id": stack.stack_id,
                "aws:cloudformation:logical-id": logical_id,
            },
            rolling_back=self.rolling_back,
            skip=self.skipped,
        )

    def describe(self, resource: Resource, definition: ResourceDefinition) -> None:
        """Take over what a definition says beside the properties."""

        def policy(value: Any) -> str:
            return str(self.scope.value(value) or "Delete")

        with self.engine.changed:
            resource.dependencies = self.settings.template.dependencies(definition.logical_id)
            resource.deletion_policy = policy(definition.deletion_policy)
            resource.update_replace_policy = policy(definition.update_replace_policy)
            resource.metadata = definition.metadata

    def status(
        self,
        resource: Resource,
        status: str,
        *,
        reason: str | None = None,
        physical_id: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """Change the status of a resource, and add an event."""
        self.engine.set_resource_status(
            self.stack,
            resource,
            status,
            self.cause,
            reason=reason,
            physical_id=physical_id,
            properties=properties,
        )
