"""CloudFormation as a part of the local cloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.kernel.api import HttpRequest, HttpResponse
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.cloudformation.admission import Asked, settings_for
from localcloud.services.cloudformation.api.service import CloudFormationService
from localcloud.services.cloudformation.changes import has_changes
from localcloud.services.cloudformation.custom_resources.mailbox import CustomResources
from localcloud.services.cloudformation.custom_resources.response_urls import PATH
from localcloud.services.cloudformation.custom_resources.responses import Response
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.resources.registry import Providers
from localcloud.services.cloudformation.view import StackView

WAIT_CONDITIONS = "/cloudformation-waitcondition/"


class StackNotFound(KeyError):
    """There is no such stack."""


class CloudFormation:
    """Deploys stacks: over HTTP for the CDK CLI and SDKs, and by the methods here for tests.

    Args:
        client: Makes a boto3 client of the administrator of the account.
        invoke: Queues an event for a function.

    Attributes:
        engine: The state of all stacks.
    """

    def __init__(
        self,
        site: Site,
        server: Server,
        client: Callable[[str], Any],
        invoke: Callable[[str, bytes], None],
    ) -> None:
        self._custom_resources = CustomResources(site, invoke)
        self.engine = Engine(site, client)
        self.engine.providers = Providers(self.engine, self._custom_resources)
        self._service = CloudFormationService(self.engine)
        server.register(self._service)
        server.route(PATH, self._custom_resources.receive)
        server.route(WAIT_CONDITIONS, _accept_signal)

    @property
    def responses(self) -> list[Response]:
        """The responses of custom resources in the order of their arrival, also late ones."""
        with self.engine.changed:
            return list(self._custom_resources.responses)

    @property
    def stacks(self) -> list[StackView]:
        """All stacks there are, deleted ones not."""
        with self.engine.changed:
            return [StackView(self.engine, stack) for stack in self.engine.stacks.values() if stack.exists]

    def stack(self, name: str) -> StackView:
        """A stack by its name or its id; by its id also a deleted one. Raises StackNotFound."""
        found = self.engine.find(name)
        if found is None:
            raise StackNotFound(f"there is no stack {name!r}, only {[stack.name for stack in self.stacks]}")
        return StackView(self.engine, found)

    def stack_id(self, name: str) -> str | None:
        """Return the id of a stack; None if there is none of this name."""
        found = self.engine.find(name)
        return None if found is None else found.stack_id

    def deploy(
        self,
        template: Mapping[str, Any] | str,
        stack_name: str,
        *,
        parameters: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        rollback: bool = True,
        wait: bool = True,
    ) -> StackView:
        """Create or update a stack. An update without changes does nothing.

        Args:
            template: As a structure, or its text.
            rollback: Whether a failure is rolled back.
            wait: Whether to wait (real time) until the operation has ended.

        Raises:
            ApiError: CloudFormation does not accept it.
        """
        body = template if isinstance(template, str) else json.dumps(template)
        call: dict[str, Any] = {
            "StackName": stack_name,
            "TemplateBody": body,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()
            ],
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "DisableRollback": not rollback,
        }
        stack = self.engine.find(stack_name)
        if stack is None:
            self.call("CreateStack", call)
        else:
            asked = Asked(body=body, parameters=call["Parameters"], tags=call["Tags"])
            settings = settings_for(self.engine, stack_name, stack, asked)
            if stack.status.endswith("_FAILED") or has_changes(self.engine, stack, settings):
                self.call("UpdateStack", call)
        view = self.stack(stack_name)
        return view.wait() if wait else view

    def delete(self, stack_name: str, *, retain: tuple[str, ...] = (), wait: bool = True) -> StackView:
        """Delete a stack. Raises StackNotFound.

        Args:
            retain: Logical ids that are left alone, for a stack whose deletion has failed before.
        """
        view = self.stack(stack_name)
        self.call("DeleteStack", {"StackName": view.stack_id, "RetainResources": list(retain)})
        return view.wait() if wait else view

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Any other operation of the API, as the account's administrator. Raises ApiError."""
        with self.engine.clock.busy():
            return self._service.call(operation, parameters)

    def reset(self) -> None:
        """Forget every stack."""
        self.engine.reset()
        self._service.change_sets.reset()
        self._custom_resources.reset()


def _accept_signal(http: HttpRequest) -> HttpResponse:
    return HttpResponse(200 if http.method == "PUT" else 405)
