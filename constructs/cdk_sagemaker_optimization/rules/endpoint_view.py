"""The view that rules have of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from constructs import Construct

from cdk_sagemaker_optimization.props.technique import Technique

from .instance_type import InstanceTypeView
from .known import known
from .serving_view import ServedModelView


@dataclass(frozen=True, kw_only=True)
class EndpointView:
    """The parts of an endpoint that rules read."""

    #: The construct of the endpoint.
    scope: Construct
    #: The models of the variants.
    models: tuple[ServedModelView, ...]
    #: The name of the instance type, which may be a token.
    type_name: str
    #: The Region of the stack, which may be a token.
    region_name: str
    #: True if the user chose what the endpoint runs on.
    has_hosting: bool = False
    #: True if the endpoint runs an inference component.
    has_component: bool = False
    #: The accelerators that the user gave each copy. None without a component, or for the default.
    accelerators: int | None = None
    #: The copies that the user gave the component. None without one, or for the default.
    copies: int | None = None
    #: The strategy of updates, such as ``CANARY``. None for SageMaker's own.
    update: str | None = None
    #: True if an update leaves time in which alarms can go off.
    watches: bool = True
    #: The number of alarms that roll an update back.
    alarms: int = 0
    #: The least number of instances, or of copies of the component, that an update finds, by the name of the
    #: variant. A number may be a token.
    fewest: Mapping[str, int] = field(default_factory=dict)
    #: True for asynchronous inference.
    is_asynchronous: bool = False
    #: True if requests or responses are captured.
    captures: bool = False
    #: True if the user gave a key for the volumes of the instances.
    has_key: bool = False
    #: True if the user gave the size of the volumes.
    has_volume_size: bool = False
    #: The name of the machine image that the user gave, which may be a token. None for SageMaker's own.
    ami_name: str | None = None
    #: The least and the greatest capacity of each variant or component that scales, by its name.
    capacities: tuple[tuple[str, int, int], ...] = ()
    #: The names of the variants or components that scale on nothing.
    idle_scalings: tuple[str, ...] = ()
    #: The ids of the policies on a metric that an asynchronous endpoint does not have.
    policies_without_metric: tuple[str, ...] = ()

    @property
    def variants(self) -> int:
        """The number of variants."""
        return len(self.models)

    @property
    def instance_type(self) -> InstanceTypeView:
        """The instance type that serves.

        Raises:
            NotKnown: it is a token.
        """
        return InstanceTypeView(known(self.type_name))

    @property
    def has_disk(self) -> bool:
        """True if the instance type has a disk of its own, which SageMaker encrypts by itself.

        Raises:
            NotKnown: the type is a token.
        """
        return self.instance_type.has_disk

    @property
    def ami_version(self) -> str | None:
        """The name of the machine image that the user gave. None for SageMaker's own.

        Raises:
            NotKnown: it is a token.
        """
        return None if self.ami_name is None else known(self.ami_name)

    @property
    def region(self) -> str:
        """The Region.

        Raises:
            NotKnown: it is a token.
        """
        return known(self.region_name)

    @property
    def is_of_newer_family(self) -> bool:
        """True if SageMaker's SDK does not know the family of the instance type."""
        return self.instance_type.is_of_newer_family

    def models_with(self, technique: Technique) -> list[ServedModelView]:
        """Return the models that a technique was applied to."""
        return [model for model in self.models if model.uses(technique)]
