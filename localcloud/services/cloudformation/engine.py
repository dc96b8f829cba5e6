"""The state that the operations of all stacks share: the stacks, their events, and their exports."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from botocore.exceptions import ClientError

from localcloud.kernel.clock import Clock
from localcloud.kernel.site import Site
from localcloud.services.cloudformation.errors import stack_does_not_exist
from localcloud.services.cloudformation.names import stack_arn
from localcloud.services.cloudformation.provider import Provider
from localcloud.services.cloudformation.stacks import Cause, Event, Output, Resource, Stack

STACK_TYPE = "AWS::CloudFormation::Stack"


class Providers(Protocol):
    """The providers of all resource types."""

    def of(self, type_name: str, /) -> Provider:
        """Return the provider of a type."""
        ...

    def attributes_of(self, type_name: str, /) -> Collection[str] | None:
        """Return the attributes of a type that Fn::GetAtt reads; None if they are not known in advance."""
        ...


class Running(Protocol):
    """An operation on a stack that is under way."""

    ended: bool

    def give_way(self) -> bool:
        """Stop going forward and leave the rest to the caller. False if it is past that."""
        ...

    def cancel_update(self, token: str | None = None) -> bool:
        """Stop going forward and go back. False if it is past that."""
        ...


class Engine:
    """The state of CloudFormation.

    Args:
        client: Makes a boto3 client of the administrator of the account.

    Attributes:
        providers: Set once, before the first stack. A nested stack needs the engine, so they come after it.
        changed: Held to read or write anything here, and notified after every write.
        stacks: By id; deleted ones too.
        operations: The operation that is under way, by stack id.
    """

    providers: Providers

    def __init__(self, site: Site, client: Callable[[str], Any]) -> None:
        self.site = site
        self.client = client
        self.changed = threading.Condition(threading.RLock())
        self.stacks: dict[str, Stack] = {}
        self.operations: dict[str, Running] = {}

    @property
    def clock(self) -> Clock:
        return self.site.clock

    def reset(self) -> None:
        """Forget every stack. The threads of their operations end with the clock's own reset."""
        with self.changed:
            self.stacks.clear()
            self.operations.clear()
            self.changed.notify_all()

    # --- stacks ---------------------------------------------------------------------------------------------

    def find(self, name: str) -> Stack | None:
        """The stack of this name, unless it was deleted, or of this id, even then."""
        with self.changed:
            if name in self.stacks:
                return self.stacks[name]
            living = (stack for stack in self.stacks.values() if stack.exists and stack.name == name)
            return next(living, None)

    def stack(self, name: str) -> Stack:
        """As `find`. Raises ApiError if there is none."""
        found = self.find(name)
        if found is None:
            raise stack_does_not_exist(name)
        return found

    def seen(self, name: str) -> Stack | None:
        """As `find`, with the stack as reads show it, which may be as it was before."""
        lag = self.site.dialect.stack_read_lag
        if not lag:
            return self.find(name)
        with self.changed:
            time = self.clock.time() - lag
            named = (stack for stack in self.stacks.values() if name in (stack.stack_id, stack.name))
            past = (stack.as_of(time) for stack in named)
            return next((each for each in past if each and (each.exists or each.stack_id == name)), None)

    def new_stack(self, name: str, status: str, *, parent: Stack | None = None) -> Stack:
        """Make a stack without resources."""
        region, account = self.site.region, self.site.account
        stack = Stack(stack_arn(region, account, name), name, region, account, self.clock.now(), status)
        if parent is not None:
            stack.parent_id, stack.root_id = parent.stack_id, parent.root_id or parent.stack_id
        with self.changed:
            self.stacks[stack.stack_id] = stack
        return stack

    # --- events ---------------------------------------------------------------------------------------------

    def set_status(self, stack: Stack, status: str, cause: Cause, reason: str | None = None) -> None:
        """Change the status of a stack, and add an event."""
        with self.changed:
            stack.status, stack.reason = status, reason
            self.add_event(stack, cause, (stack.name, stack.stack_id, STACK_TYPE), status, reason)

    def set_resource_status(
        self,
        stack: Stack,
        resource: Resource,
        status: str,
        cause: Cause,
        *,
        reason: str | None = None,
        physical_id: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """Change the status of a resource, and add an event."""
        item = (resource.logical_id, physical_id or resource.shown_id or "", resource.type)
        with self.changed:
            resource.status, resource.reason = status, reason
            resource.updated = self.add_event(stack, cause, item, status, reason, properties).time

    def add_event(
        self,
        stack: Stack,
        cause: Cause,
        item: tuple[str, str, str],
        status: str,
        reason: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Event:
        """Add an event.

        Args:
            item: The logical id, the physical id and the type.
        """
        logical_id, physical_id, type_name = item
        event_id = str(uuid.uuid4())
        if physical_id != stack.stack_id:
            event_id = f"{logical_id}-{status}-{event_id}"
        text = None if properties is None else json.dumps(properties, default=str)
        with self.changed:
            time = self.next_event_time(stack)
            event = Event(event_id, logical_id, physical_id, type_name, time, status, cause, reason, text)
            stack.events.append(event)
            if self.site.dialect.stack_read_lag:
                stack.remember(self.clock.time())
            self.changed.notify_all()
        return event

    def next_event_time(self, stack: Stack) -> datetime:
        """Return the present time, but later than all events.

        No two events have the same time, so that sorting by time keeps their order.
        """
        now = self.clock.now()
        return max(now, stack.events[-1].time + timedelta(milliseconds=1)) if stack.events else now

    # --- what stacks share ----------------------------------------------------------------------------------

    def exports(self) -> list[tuple[Stack, Output]]:
        """Every output that has an export name, with its stack."""
        with self.changed:
            return [
                (stack, output)
                for stack in self.stacks.values()
                if stack.exists
                for output in stack.outputs
                if output.export_name is not None
            ]

    def importers(self, export_name: str | None) -> list[str]:
        """The names of the stacks that import an export."""
        with self.changed:
            return [each.name for each in self.stacks.values() if each.exists and export_name in each.imports]

    def read_ssm(self, name: str) -> str | None:
        """The value of a parameter of the parameter store, None if there is none."""
        try:
            return str(self.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise
