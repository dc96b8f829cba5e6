"""The view that rules have of a job: the parts of its definition that are known at synthesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization.checks.networks import select_subnets
from cdk_sagemaker_optimization.checks.tokens import Masked, readable
from cdk_sagemaker_optimization.checks.validation import is_placeholder, is_unresolved
from cdk_sagemaker_optimization.props.optimization_output import OptimizationOutput
from cdk_sagemaker_optimization.props.technique import Technique

from .image_tag import ImageTag
from .instance_type import InstanceTypeView
from .known import NotKnown, holds_token, known


class TechniqueView:
    """One config of a job."""

    def __init__(self, config: Mapping[str, Any], job_environment: Mapping[str, str]) -> None:
        self._environments = (config.get("OverrideEnvironment") or {}, job_environment)
        self.image: ImageTag | None = ImageTag.of(config.get("Image"))

    def variable(self, name: str) -> str | None:
        """Return the value that the container sees. None if there is none, or an empty one.

        Raises:
            NotKnown: the value is a token, or there is a variable with a token as its name.
        """
        for environment in self._environments:
            if name in environment:
                return known(environment[name]) or None
            if any(holds_token(key) for key in environment):
                raise NotKnown
        return None


class JobView:
    """The view that rules have of a job.

    Args:
        scope: the construct of the job.
        request: the parameters of CreateOptimizationJob.
        output: the job's output.
        vpc: the VPC of the job.
        vpc_subnets: the selected subnets.
        waits: the seconds that the deployment waits for the job; 0 if it does not.
    """

    def __init__(
        self,
        scope: Construct,
        request: Mapping[str, Any],
        *,
        output: OptimizationOutput,
        vpc: ec2.IVpc | None,
        vpc_subnets: ec2.SubnetSelection | None,
        waits: float,
    ) -> None:
        self.scope = scope
        self.writes_to_prefix_itself = output.exact
        self.waits = waits
        self._request = request
        self._output = output
        self._vpc = vpc
        self._vpc_subnets = vpc_subnets

    @property
    def chosen_name(self) -> str | None:
        """The job's explicit name. None if there is none.

        Raises:
            NotKnown: the name is a token.
        """
        name: str | None = self._request.get("OptimizationJobName")
        return None if name is None else known(name)

    @property
    def given_name(self) -> str:
        """The job's explicit name, with its tokens. Empty if there is none, or a placeholder."""
        name: str = self._request.get("OptimizationJobName") or ""
        return "" if is_placeholder(name) else name

    @property
    def instance_type(self) -> str:
        """The name of the instance type.

        Raises:
            NotKnown: the name is a token.
        """
        return known(self.given_instance_type)

    @property
    def given_instance_type(self) -> str:
        """The name of the instance type, which may be a token."""
        name: str = self._request["DeploymentInstanceType"]
        return name

    @property
    def family(self) -> str:
        """The middle part of the instance type, such as ``g5``."""
        return self._type.family

    @property
    def is_of_newer_family(self) -> bool:
        """True if SageMaker's SDK does not know the family."""
        return self._type.is_of_newer_family

    @property
    def has_gpu(self) -> bool:
        """True if the instance type has GPUs."""
        return self._type.has_gpu

    @property
    def has_neuron(self) -> bool:
        """True for an instance type of AWS Inferentia or AWS Trainium."""
        return self._type.has_neuron

    @property
    def _type(self) -> InstanceTypeView:
        return InstanceTypeView(self.instance_type)

    @property
    def number_of_configs(self) -> int:
        """The number of configs of all techniques."""
        return len(self._request["OptimizationConfigs"])

    @property
    def techniques(self) -> list[Technique]:
        """The techniques of the job, each once, in the order in which rules name them."""
        used = {member for config in self._request["OptimizationConfigs"] for member in config}
        return [technique for technique in Technique if technique in used]

    def configs(self, technique: Technique) -> list[TechniqueView]:
        """Return the configs of one technique."""
        environment = self._request.get("OptimizationEnvironment") or {}
        return [
            TechniqueView(config[technique], environment)
            for config in self._request["OptimizationConfigs"]
            if technique in config
        ]

    @property
    def environments(self) -> list[dict[str, str]]:
        """The environment of each config's container, with the tokens in it."""
        common = self._request.get("OptimizationEnvironment") or {}
        return [
            {**common, **(config[technique].get("OverrideEnvironment") or {})}
            for config in self._request["OptimizationConfigs"]
            for technique in config
        ]

    @property
    def model_names(self) -> list[str]:
        """The names of the model in lower case, without tokens."""
        source = self._request["ModelSource"]
        names = [
            source.get("S3", {}).get("S3Uri", ""),
            source.get("SageMakerModel", {}).get("ModelName", ""),
            (self._request.get("OptimizationEnvironment") or {}).get("HF_MODEL_ID", ""),
        ]
        return [Masked(name).text.lower() for name in names if name]

    @property
    def source_folder(self) -> str | None:
        """The URI of the model, with its tokens and a slash at its end. None for a model of SageMaker."""
        uri = self._request["ModelSource"].get("S3", {}).get("S3Uri")
        return None if uri is None else _folder(uri)

    @property
    def output_folder(self) -> str:
        """The URI that the job writes to or below, with its tokens and a slash at its end."""
        return _folder(self._request["OutputConfig"]["S3OutputLocation"])

    @property
    def output_bucket(self) -> s3.IBucket | None:
        """The construct of the bucket that the job writes to, if there is one."""
        return self._output.artifact("job").bucket

    def readable(self, folder: str) -> str:
        """Return the URI of a folder in a readable form, with the path of a bucket that has no name."""
        bucket = self.output_bucket
        if bucket is not None and holds_token(bucket.bucket_name):
            folder = folder.replace(bucket.bucket_name, f"<{bucket.node.path}>")
        return readable(folder)

    @property
    def max_runtime(self) -> float:
        """The seconds that the job may run.

        Raises:
            NotKnown: the number is a token.
        """
        seconds: float = self._request["StoppingCondition"]["MaxRuntimeInSeconds"]
        if is_unresolved(seconds):
            raise NotKnown
        return seconds

    @property
    def subnets_without_internet(self) -> Sequence[str]:
        """Return the paths of the job's subnets if none of them can reach the internet, otherwise nothing.

        A job has no public address, so it cannot reach the internet from a public subnet.

        Raises:
            NotKnown: the VPC has yet to be looked up.
        """
        if self._vpc is None:
            return []
        selected = select_subnets(self._vpc, self._vpc_subnets)
        if selected.is_pending:
            raise NotKnown
        paths = [subnet.node.path for subnet in selected.subnets]
        closed = {subnet.node.path for subnet in (*self._vpc.isolated_subnets, *self._vpc.public_subnets)}
        return paths if closed.issuperset(paths) else []


def _folder(uri: str) -> str:
    return f"{uri.rstrip('/')}/"
