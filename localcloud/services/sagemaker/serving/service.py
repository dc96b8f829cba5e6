"""The API of models, endpoint configurations, endpoints and inference components."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.site import Site
from localcloud.services.sagemaker.errors import role_not_assumable
from localcloud.services.sagemaker.listing import moment
from localcloud.services.sagemaker.rules import check_tags
from localcloud.services.sagemaker.service_model import operation
from localcloud.services.sagemaker.serving.component import Component
from localcloud.services.sagemaker.serving.containers import Containers
from localcloud.services.sagemaker.serving.deployment import check_batch, check_deployment
from localcloud.services.sagemaker.serving.endpoint import Endpoint, Fleet, Status
from localcloud.services.sagemaker.serving.ports import Ports
from localcloud.services.sagemaker.serving.resources import Kind, Resource, Shelf, invalid, members, missing
from localcloud.services.sagemaker.serving.shown import component_shown, endpoint_shown, summaries
from localcloud.services.sagemaker.serving.starting import Starting
from localcloud.services.sagemaker.validation import validate

_UPDATES = (
    "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities",
    "UpdateInferenceComponent",
    "UpdateInferenceComponentRuntimeConfig",
)
OPERATIONS = frozenset(
    {f"{verb}{kind}" for verb in ("Create", "Describe", "Delete") for kind in Kind}
    | {f"List{kind}s" for kind in Kind}
    | set(_UPDATES)
)

_Found = TypeVar("_Found", bound=Resource)
_Changeable = TypeVar("_Changeable", Endpoint, Component)


class ServingService:
    """Models, configurations, endpoints and components, on the local cloud's port.

    Attributes:
        lock: Held to look at a resource or to change one.
        shelf: The resources that there are.
        ever: Every endpoint and component there ever was, in the order of their creation.
    """

    service = "sagemaker"
    operations: frozenset[str] | None = OPERATIONS

    def __init__(self, site: Site, ports: Ports, starting: Starting, work: Containers) -> None:
        self._site = site
        self._ports = ports
        self._starting = starting
        self._work = work
        self.lock = threading.RLock()
        self.shelf = Shelf()
        self.ever: list[Endpoint | Component] = []
        self._handlers: dict[str, Callable[[ApiRequest], Mapping[str, Any]]] = {
            "CreateModel": self._create_model,
            "CreateEndpointConfig": self._create_config,
            "CreateEndpoint": self._create_endpoint,
            "CreateInferenceComponent": self._create_component,
            "UpdateEndpoint": self._update_endpoint,
            "UpdateEndpointWeightsAndCapacities": self._rescale,
            "UpdateInferenceComponent": self._update_component,
            "UpdateInferenceComponentRuntimeConfig": self._update_component,
            "DeleteEndpoint": self._delete_endpoint,
            "DeleteInferenceComponent": self._delete_component,
            **{f"Delete{kind}": partial(self._delete, kind) for kind in (Kind.MODEL, Kind.CONFIG)},
            **{f"Describe{kind}": partial(self._describe, kind) for kind in Kind},
            **{f"List{kind}s": partial(self._list, kind) for kind in Kind},
        }

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        validate(operation(request.operation), request.parameters)
        try:
            with self.lock:
                self._settle(self._now)
                return self._handlers[request.operation](request)
        finally:
            self._tell()

    def settle(self, now: float) -> None:
        """Let everything happen that was due until `now`, and tell of it."""
        self._settle(now)
        self._tell()

    def _settle(self, now: float) -> None:
        with self.lock:
            alarms = self._ports.alarms() if self.ever else frozenset()
            for resource in self.ever:
                resource.settle(now, alarms)
                if resource.deleted is not None and self.shelf.get(resource.arn) is resource:
                    self.shelf.remove(resource, resource.deleted)

    def _tell(self) -> None:
        """Send the events of what has happened. Without the lock: a target may be a service that waits."""
        with self.lock:
            endpoints = [each for each in self.ever if isinstance(each, Endpoint) and each.news]
            news = [one for endpoint in endpoints for one in endpoint.news]
            for endpoint in endpoints:
                endpoint.news.clear()
        for one in news:
            self._ports.tell(one)

    def model(self, name_or_arn: str) -> Resource | None:
        """The model of a name; None if there is none."""
        return self.shelf.get(self.arn(Kind.MODEL, name_or_arn))

    def arn(self, kind: Kind, name_or_arn: str) -> str:
        """The ARN of a resource; the API takes either."""
        if name_or_arn.startswith("arn:"):
            return name_or_arn
        name = name_or_arn.lower() if self._site.dialect.lower_case_arns else name_or_arn
        return f"arn:aws:sagemaker:{self._site.region}:{self._site.account}:{kind.in_arns}/{name}"

    def components(self, endpoint: Endpoint) -> list[Component]:
        """The components of an endpoint."""
        found = self.shelf.of(Kind.COMPONENT)
        return [each for each in found if isinstance(each, Component) and each.endpoint is endpoint]

    # --- creating -------------------------------------------------------------------------------------------

    def _create_model(self, request: ApiRequest) -> Mapping[str, Any]:
        model = Resource(**self._new(Kind.MODEL, request))
        self.shelf.check_free(model)
        self._check_role(model)
        if self._site.dialect.model_data_is_checked == "by CreateModel":
            problem = self._work.check_data(model)
            if problem is not None:
                raise invalid(problem)
        self.shelf.add(model)
        return {"ModelArn": model.arn}

    def _create_config(self, request: ApiRequest) -> Mapping[str, Any]:
        config = Resource(**self._new(Kind.CONFIG, request))
        self.shelf.check_free(config)
        for variant in config.request["ProductionVariants"]:
            name = variant.get("ModelName")
            if name is not None:
                self.shelf.find(Resource, self.arn(Kind.MODEL, name), Kind.MODEL)
                if "ManagedInstanceScaling" in variant:
                    # https://github.com/hashicorp/terraform-provider-aws/pull/45926
                    raise invalid(
                        "ManagedInstanceScaling is only supported for inference component endpoints."
                    )
            elif config.request.get("ExecutionRoleArn") is None:
                raise invalid(
                    f"ExecutionRoleArn is required, because production variant {variant['VariantName']} "
                    "has no ModelName and so hosts inference components"
                )
        self._check_role(config)
        self.shelf.add(config)
        return {"EndpointConfigArn": config.arn}

    def _create_endpoint(self, request: ApiRequest) -> Mapping[str, Any]:
        endpoint = Endpoint(**self._new(Kind.ENDPOINT, request), starting=self._starting)
        self.shelf.check_free(endpoint)
        config = self._config(request.parameters["EndpointConfigName"])
        check_deployment(
            request.parameters.get("DeploymentConfig"), len(config.request["ProductionVariants"])
        )
        endpoint.deployment_config = request.parameters.get("DeploymentConfig")
        self.shelf.add(endpoint)
        self.ever.append(endpoint)
        endpoint.create(config)
        return {"EndpointArn": endpoint.arn}

    def _create_component(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        endpoint = self._found(Endpoint, Kind.ENDPOINT, parameters)
        component = Component(
            **self._new(Kind.COMPONENT, request), endpoint=endpoint, starting=self._starting
        )
        self.shelf.check_free(component)
        if endpoint.status is not Status.IN_SERVICE or endpoint.fleet is None:
            raise invalid(f'Endpoint "{endpoint.arn}" is {endpoint.status}, and must be InService.')
        variant = endpoint.fleet.variant(str(parameters.get("VariantName")))
        if variant is None or not variant.hosts_components:
            raise invalid(
                f"VariantName {parameters.get('VariantName')!r} is not a production variant of "
                f'"{endpoint.arn}" that hosts inference components'
            )
        self._check_specification(parameters.get("Specification"))
        if parameters.get("RuntimeConfig", {}).get("CopyCount") == 0:
            # Only scaling takes the last copy away: https://github.com/stdapi-ai/stdapi.ai/issues/43
            raise invalid("Inference components copy count an integer larger than 0")
        self.shelf.add(component)
        self.ever.append(component)
        component.create()
        return {"InferenceComponentArn": component.arn}

    # --- updating -------------------------------------------------------------------------------------------

    def _update_endpoint(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        endpoint = self._changeable(Endpoint, Kind.ENDPOINT, parameters)
        fleet = endpoint.fleet
        if endpoint.status is Status.FAILED or fleet is None:
            raise invalid(
                f'Cannot update endpoint "{endpoint.arn}" in status Failed; it can only be deleted.'
            )
        # SageMaker looks at the configuration that runs as well: without it, no update is possible.
        config, _ = self._config(parameters["EndpointConfigName"]), self._config(fleet.config.arn)
        if config is fleet.config and self._site.dialect.update_to_same_config == "refused":
            raise invalid(f'Endpoint "{endpoint.arn}" already uses endpoint configuration "{config.arn}".')
        wanted = Fleet.of(config)
        if (
            wanted.runs_components != fleet.runs_components
            and self._site.dialect.update_to_other_hosting == "refused"
        ):
            raise invalid(
                f'Endpoint "{endpoint.arn}" cannot be updated between variants with a model and variants '
                "that run inference components."
            )
        deployment = parameters.get("DeploymentConfig")
        check_deployment(deployment, len(wanted.variants))
        self._check_scaled_variants(endpoint, fleet, wanted)
        if parameters.get("RetainAllVariantProperties"):
            excluded = [
                each["VariantPropertyType"]
                for each in parameters.get("ExcludeRetainedVariantProperties") or ()
            ]
            wanted.retain(fleet, excluded)
        if parameters.get("RetainDeploymentConfig"):
            deployment = endpoint.deployment_config
        bakes_in = self._site.dialect.all_at_once_bakes_in
        endpoint.update(wanted, deployment, self._now, bakes_in=bakes_in)
        return {"EndpointArn": endpoint.arn}

    def _rescale(self, request: ApiRequest) -> Mapping[str, Any]:
        endpoint = self._changeable(Endpoint, Kind.ENDPOINT, request.parameters)
        wanted = request.parameters["DesiredWeightsAndCapacities"]
        for each in wanted:
            if endpoint.fleet is None or endpoint.fleet.variant(each["VariantName"]) is None:
                raise invalid(f'Endpoint "{endpoint.arn}" has no production variant {each["VariantName"]}.')
        weights = {each["VariantName"]: each["DesiredWeight"] for each in wanted if "DesiredWeight" in each}
        counts = {
            each["VariantName"]: each["DesiredInstanceCount"]
            for each in wanted
            if "DesiredInstanceCount" in each
        }
        endpoint.rescale(weights, counts, self._now)
        return {"EndpointArn": endpoint.arn}

    def _update_component(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        component = self._changeable(Component, Kind.COMPONENT, parameters)
        specification = parameters.get("Specification")
        if specification is not None:
            self._check_specification(specification)
        check_deployment(parameters.get("DeploymentConfig"))
        check_batch(parameters.get("DeploymentConfig"), component.desired)
        runtime = parameters.get("RuntimeConfig") or parameters.get("DesiredRuntimeConfig") or {}
        component.update(
            specification, runtime.get("CopyCount"), parameters.get("DeploymentConfig"), self._now
        )
        return {"InferenceComponentArn": component.arn}

    # --- deleting -------------------------------------------------------------------------------------------

    def _delete(self, kind: Kind, request: ApiRequest) -> Mapping[str, Any]:
        """A model and a configuration may go although they are in use: what runs goes on."""
        self.shelf.remove(self._found(Resource, kind, request.parameters), self._now)
        return {}

    def _delete_endpoint(self, request: ApiRequest) -> Mapping[str, Any]:
        endpoint = self._changeable(Endpoint, Kind.ENDPOINT, request.parameters)
        if self.components(endpoint):
            raise invalid(
                "Cannot delete endpoint with inference component associated. "
                "Please delete inference component and try it again."
            )
        endpoint.delete(self._now)
        for variant in endpoint.fleet.variants if endpoint.fleet else ():
            self._ports.deregister(f"endpoint/{endpoint.name}/variant/{variant.name}")
        return {}

    def _delete_component(self, request: ApiRequest) -> Mapping[str, Any]:
        self._changeable(Component, Kind.COMPONENT, request.parameters).delete(self._now)
        return {}

    # --- reading --------------------------------------------------------------------------------------------

    def _describe(self, kind: Kind, request: ApiRequest) -> Mapping[str, Any]:
        if kind is Kind.MODEL:
            found = self._seen(request.parameters["ModelName"])
        else:
            found = self._found(Resource, kind, request.parameters)
        if isinstance(found, Endpoint):
            return endpoint_shown(found, self.components(found))
        if isinstance(found, Component):
            return component_shown(found)
        shown = {name: value for name, value in found.request.items() if name != "Tags" and value is not None}
        return {**shown, f"{kind}Arn": found.arn, "CreationTime": moment(found.created)}

    def _list(self, kind: Kind, request: ApiRequest) -> Mapping[str, Any]:
        return summaries(kind, self.shelf.of(kind), request.parameters)

    # --- what they share ------------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return self._site.clock.time()

    def _new(self, kind: Kind, request: ApiRequest) -> dict[str, Any]:
        name, tags = request.parameters[kind.member], request.parameters.get("Tags") or ()
        check_tags(tag["Key"] for tag in tags)
        return {
            "kind": kind,
            "name": name,
            "arn": self.arn(kind, name),
            "account": request.account,
            "region": request.region,
            "request": members(request.parameters, *request.parameters),
            "created": self._now,
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
        }

    def _check_role(self, new: Resource) -> None:
        role_arn = new.request.get("ExecutionRoleArn")
        if role_arn is not None and (
            self._ports.role_fails(new.name) or not self._work.may_assume(role_arn, new)
        ):
            raise role_not_assumable(role_arn)

    def _check_specification(self, specification: Mapping[str, Any] | None) -> None:
        name = (specification or {}).get("ModelName")
        if name is None:
            raise ApiError(
                "ValidationException",
                "the local cloud only serves a component of a model: give Specification.ModelName",
            )
        self.shelf.find(Resource, self.arn(Kind.MODEL, name), Kind.MODEL)

    def _check_scaled_variants(self, endpoint: Endpoint, old: Fleet, new: Fleet) -> None:
        for variant in old.variants:
            if not self._ports.is_scaled(f"endpoint/{endpoint.name}/variant/{variant.name}"):
                continue
            same = new.variant(variant.name)
            if same is None or same.request.get("InstanceType") != variant.request.get("InstanceType"):
                raise invalid(
                    f"Production variant {variant.name} of endpoint {endpoint.name} is registered as "
                    "a scalable target. Deregister it before you remove it or change its instance type."
                )

    def _seen(self, name: str) -> Resource:
        """A model as a read shows it, which may be late."""
        arn = self.arn(Kind.MODEL, name)
        found = self.shelf.seen(arn, self._now - self._site.dialect.job_read_lag)
        if found is None:
            raise missing(Kind.MODEL, arn)
        return found

    def _config(self, name_or_arn: str) -> Resource:
        return self.shelf.find(Resource, self.arn(Kind.CONFIG, name_or_arn), Kind.CONFIG)

    def _found(self, what: type[_Found], kind: Kind, parameters: Mapping[str, Any]) -> _Found:
        return self.shelf.find(what, self.arn(kind, parameters[kind.member]), kind)

    def _changeable(self, what: type[_Changeable], kind: Kind, parameters: Mapping[str, Any]) -> _Changeable:
        found = self._found(what, kind, parameters)
        if not found.status.is_settled:
            raise invalid(f'Cannot update in-progress {kind.in_messages} "{found.arn}".')
        return found
