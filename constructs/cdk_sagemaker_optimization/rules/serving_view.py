"""The view that rules have of a model that serves an artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization.props.technique import Technique

from .image_tag import ImageTag, cuda_of
from .instance_type import InstanceTypeView
from .known import NotKnown, holds_token, known


@dataclass(frozen=True, kw_only=True)
class ServedModelView:
    """The parts of a served model, and of the job behind it, that rules read."""

    #: The construct of the model.
    scope: Construct
    #: The path of the job's construct, for messages.
    job: str
    #: The techniques of the job.
    techniques: tuple[Technique, ...]
    #: The instance type that the job optimized for. None if it is not known, and it may be a token.
    optimized_for: str | None = None
    #: The environment of each container of the job. Empty for an imported job.
    job_environments: tuple[Mapping[str, str], ...] = ()
    #: The variables that the user gave the model. None for one that is taken away.
    given_environment: Mapping[str, str | None] = field(default_factory=dict)
    #: The URI of the image that the user gave. None if the recommended one is used.
    given_image: str | None = None
    #: True if nothing in the container may use the network.
    network_isolation: bool = False
    #: True if the user gave a speculation.
    has_speculation: bool = False
    #: The S3 URI of the base model beside a draft. None without one.
    base_uri: str | None = None
    #: True if the user gave the base model.
    base_is_given: bool = False
    #: The S3 URI of the artifact as far as it is known at synthesis: without the folder of the job's name, or
    #: exact. None if it is not known.
    artifact_uri: str | None = None
    #: True if the job writes to the output's prefix itself.
    exact: bool = False
    #: True if a deployment goes on before the artifact is there.
    detached: bool = False
    #: True for an imported job.
    imported: bool = False
    #: The construct of the bucket with the artifact, if there is one.
    output_bucket: s3.IBucket | None = None

    def uses(self, technique: Technique) -> bool:
        """Tell whether the job applied a technique."""
        return technique in self.techniques

    @property
    def has_draft(self) -> bool:
        """True if the artifact is a draft, which is served beside its base model."""
        return self.uses(Technique.SPECULATIVE_DECODING)

    @property
    def instance_type(self) -> InstanceTypeView:
        """The instance type that the job optimized for.

        Raises:
            NotKnown: it is not known, or a token.
        """
        if self.optimized_for is None:
            raise NotKnown
        return InstanceTypeView(known(self.optimized_for))

    @property
    def is_of_newer_family(self) -> bool:
        """True if SageMaker's SDK does not know the family of the instance type."""
        return self.instance_type.is_of_newer_family

    @property
    def image(self) -> ImageTag | None:
        """The tag of the image that the user gave, if it is one of AWS's for large models."""
        return ImageTag.of(self.given_image)

    @property
    def cuda(self) -> int | None:
        """The major version of CUDA in the tag of the image that the user gave. None if it has none."""
        return cuda_of(self.given_image)

    def job_values(self, name: str) -> set[str]:
        """Return the values that the job's containers saw for a variable, without empty ones.

        Raises:
            NotKnown: a value, or the name of a variable, is a token.
        """
        found = set()
        for environment in self.job_environments:
            if name in environment:
                found.add(known(environment[name]))
            elif any(holds_token(key) for key in environment):
                raise NotKnown
        return found - {""}

    def given_value(self, name: str) -> str | None:
        """Return the value that the user gave a variable. None if there is none.

        Raises:
            NotKnown: it is a token.
        """
        value = self.given_environment.get(name)
        return None if value is None else known(value)
