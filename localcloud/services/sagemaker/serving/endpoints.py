"""The endpoints of a local cloud: their courses, their faults and their records."""

from __future__ import annotations

from typing import TypeVar

from localcloud.kernel.faults import Faults
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.sagemaker.serving.component import Component
from localcloud.services.sagemaker.serving.containers import Containers
from localcloud.services.sagemaker.serving.endpoint import Endpoint
from localcloud.services.sagemaker.serving.faults import RequestFault, StartFault, When
from localcloud.services.sagemaker.serving.files import Files
from localcloud.services.sagemaker.serving.ports import Ports
from localcloud.services.sagemaker.serving.resources import Kind
from localcloud.services.sagemaker.serving.runtime import RuntimeService
from localcloud.services.sagemaker.serving.service import ServingService
from localcloud.services.sagemaker.serving.starting import Starting

_Kind = TypeVar("_Kind", Endpoint, Component)


class Endpoints:
    """Models, endpoint configurations, endpoints and inference components.

    Containers start in four minutes. All times are clock seconds.
    """

    def __init__(self, site: Site, server: Server, permissions: Permissions, ports: Ports) -> None:
        self._site = site
        self._faults = Faults[StartFault]()
        self._request_faults = Faults[RequestFault]()
        work = Containers(permissions, ports.looks_at_buckets)
        starting = Starting(lambda name: self._service.model(name), work, self._faults)
        self._service = ServingService(site, ports, starting, work)
        server.register(self._service)
        self._runtime = RuntimeService(
            self._service, Files(permissions), site.clock.time, ports.count, self._request_faults
        )
        server.register(self._runtime)
        site.clock.watch(self.settle)
        site.clock.watch(self._runtime.work_off)

    def settle(self, now: float) -> None:
        """Let everything happen that was due until `now`."""
        self._service.settle(now)

    # --- records --------------------------------------------------------------------------------------------

    def endpoint(self, name: str) -> Endpoint:
        """The latest endpoint of a name, also a deleted one. Raises KeyError if there never was one."""
        return self._latest(Endpoint, name)

    def component(self, name: str) -> Component:
        """The latest inference component of a name. Raises KeyError if there never was one."""
        return self._latest(Component, name)

    def names(self, kind: str) -> list[str]:
        """The names of the resources of a kind, such as `Model` or `InferenceComponent`, that there are."""
        return [resource.name for resource in self._service.shelf.of(Kind(kind))]

    def tags_of(self, arn: str) -> dict[str, str] | None:
        """The tags of a resource, which may be changed; None if the ARN is of nothing here."""
        found = self._service.shelf.get(arn)
        return None if found is None else found.tags

    # --- faults ---------------------------------------------------------------------------------------------

    def fail_health_check(
        self,
        times: int | None = 1,
        *,
        when: When | None = None,
        silently: bool = False,
        name_prefix: str = "",
    ) -> None:
        """Let new containers never respond to a ping.

        Args:
            when: `create` or `update`; by default at either.
            silently: An update that this rolls back shows no FailureReason, and CloudFormation is told
                that it succeeded.
            name_prefix: The beginning of the names of the endpoints or components.
        """
        self._faults.add(StartFault("health check", when, name_prefix, silently), times)

    def no_capacity(self, times: int | None = 1, *, when: When | None = None, name_prefix: str = "") -> None:
        """Let there be no instance for new containers."""
        self._faults.add(StartFault("capacity", when, name_prefix), times)

    def slow_start(
        self, seconds: float, times: int | None = 1, *, when: When | None = None, name_prefix: str = ""
    ) -> None:
        """Let new containers take so long until they run."""
        self._faults.add(StartFault("slow", when, name_prefix, seconds=seconds), times)

    def fail_requests(self, times: int | None = 1, *, name_prefix: str = "") -> None:
        """Let the model not respond to requests with 2XX."""
        self._request_faults.add(RequestFault(None, name_prefix), times)

    def slow_requests(self, seconds: float, times: int | None = 1, *, name_prefix: str = "") -> None:
        """Let the model take so long for requests. They return at once, and the metric has the time."""
        self._request_faults.add(RequestFault(seconds, name_prefix), times)

    # --- for the local cloud --------------------------------------------------------------------------------

    def scaled_count(self, resource_id: str) -> int | None:
        """The instances of a variant or the copies of a component that are wanted; None without it."""
        found = self._scaled(resource_id)
        if isinstance(found, Component):
            return found.desired
        if found is None or found.fleet is None:
            return None
        variant = found.fleet.variant(resource_id.split("/")[3])
        return None if variant is None else variant.count

    def scale(self, resource_id: str, count: int, now: float) -> bool:
        """Change such a number. False while something else changes the endpoint or the component."""
        with self._service.lock:
            found = self._scaled(resource_id)
            if found is None or found.status != "InService":
                return False
            if isinstance(found, Component):
                found.update(None, count, None, now)
            else:
                found.rescale({}, {resource_id.split("/")[3]: count}, now)
            return True

    def reset(self) -> None:
        """Forget every resource and fault."""
        with self._service.lock:
            self._service.shelf.clear()
            self._service.ever.clear()
            self._runtime.clear()
            self._faults.clear()
            self._request_faults.clear()

    def _scaled(self, resource_id: str) -> Endpoint | Component | None:
        kind, name, *_ = resource_id.split("/")
        what = Kind.ENDPOINT if kind == "endpoint" else Kind.COMPONENT
        found = self._service.shelf.get(self._service.arn(what, name))
        return found if isinstance(found, Endpoint | Component) else None

    def _latest(self, kind: type[_Kind], name: str) -> _Kind:
        self.settle(self._site.clock.time())
        with self._service.lock:
            for each in reversed(self._service.ever):
                if isinstance(each, kind) and each.name == name:
                    return each
        raise KeyError(f"there never was an {kind.__name__.lower()} {name!r}")
