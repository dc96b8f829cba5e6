"""What rules see of a job: as much of its definition as is known at synthesis."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization.checks.networks import select_subnets
from cdk_sagemaker_optimization.checks.tokens import Masked, readable
from cdk_sagemaker_optimization.checks.validation import is_placeholder, is_unresolved
from cdk_sagemaker_optimization.props.optimization_output import OptimizationOutput

from .image_tag import ImageTag

#: The families that SageMaker's own SDK optimizes models for.
GPU_FAMILIES = ("p4d", "p4de", "p5", "g5", "g6")
NEURON_FAMILIES = ("inf2", "trn1", "trn1n")


class NotKnown(Exception):
    """What a rule asks for is known only at deployment, so the rule has nothing to say."""


class Technique(StrEnum):
    """A member of the API's union of configs."""

    QUANTIZATION = "ModelQuantizationConfig"
    COMPILATION = "ModelCompilationConfig"
    SHARDING = "ModelShardingConfig"
    SPECULATIVE_DECODING = "ModelSpeculativeDecodingConfig"

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.name.lower().replace("_", " ")


class TechniqueView:
    """One config of a job."""

    def __init__(self, config: Mapping[str, Any], job_environment: Mapping[str, str]) -> None:
        self._environments = (config.get("OverrideEnvironment") or {}, job_environment)
        self.image: ImageTag | None = ImageTag.of(config.get("Image"))

    def variable(self, name: str) -> str | None:
        """The value that the container sees; none if there is none, or an empty one.

        Raises:
            NotKnown: it is a token, or a variable whose name is a token may be the one.
        """
        for environment in self._environments:
            if name in environment:
                if _holds_token(environment[name]):
                    raise NotKnown
                return environment[name] or None
            if any(_holds_token(key) for key in environment):
                raise NotKnown
        return None


class JobView:
    """A job, for rules.

    Args:
        scope: the construct of the job.
        request: the parameters of CreateOptimizationJob.
        output: where the job writes.
        vpc: the VPC of the job.
        vpc_subnets: the subnets that were asked for.
        waits: how many seconds the deployment waits for the job; 0 if it does not.
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
        """The name that the user gave the job; none if there is none.

        Raises:
            NotKnown: it is a token.
        """
        name: str | None = self._request.get("OptimizationJobName")
        if name is not None and _holds_token(name):
            raise NotKnown
        return name

    @property
    def given_name(self) -> str:
        """The name that the user gave the job, tokens and all; empty if there is none, or none yet."""
        name: str = self._request.get("OptimizationJobName") or ""
        return "" if is_placeholder(name) else name

    @property
    def instance_type(self) -> str:
        """The name of the instance type.

        Raises:
            NotKnown: it is a token.
        """
        name: str = self._request["DeploymentInstanceType"]
        if _holds_token(name):
            raise NotKnown
        return name

    @property
    def family(self) -> str:
        """The middle part of the instance type, such as ``g5``."""
        return self.instance_type.split(".")[1]

    @property
    def is_of_newer_family(self) -> bool:
        """Whether SageMaker's SDK does not know the family, and so nor what works there."""
        return self.family not in (*GPU_FAMILIES, *NEURON_FAMILIES)

    @property
    def has_gpu(self) -> bool:
        """Whether the instance type has GPUs."""
        return re.match(r"[gp]\d", self.family) is not None

    @property
    def has_neuron(self) -> bool:
        """Whether the instance type is one of AWS Inferentia or AWS Trainium."""
        return re.match(r"(inf|trn)\d", self.family) is not None

    @property
    def number_of_configs(self) -> int:
        """How many configs there are, of whatever technique."""
        return len(self._request["OptimizationConfigs"])

    @property
    def techniques(self) -> list[Technique]:
        """The techniques of the job, each once, in the order in which rules name them."""
        used = {member for config in self._request["OptimizationConfigs"] for member in config}
        return [technique for technique in Technique if technique in used]

    def configs(self, technique: Technique) -> list[TechniqueView]:
        """The configs of one technique."""
        environment = self._request.get("OptimizationEnvironment") or {}
        return [
            TechniqueView(config[technique], environment)
            for config in self._request["OptimizationConfigs"]
            if technique in config
        ]

    @property
    def model_names(self) -> list[str]:
        """What the model is called, where it is called anything, in lower case. Tokens are left out."""
        source = self._request["ModelSource"]
        names = [
            source.get("S3", {}).get("S3Uri", ""),
            source.get("SageMakerModel", {}).get("ModelName", ""),
            (self._request.get("OptimizationEnvironment") or {}).get("HF_MODEL_ID", ""),
        ]
        return [Masked(name).text.lower() for name in names if name]

    @property
    def source_folder(self) -> str | None:
        """The URI of the model, with a slash at its end, tokens and all; none for a model of SageMaker."""
        uri = self._request["ModelSource"].get("S3", {}).get("S3Uri")
        return None if uri is None else _folder(uri)

    @property
    def output_folder(self) -> str:
        """The URI that the job writes to or below, with a slash at its end, tokens and all."""
        return _folder(self._request["OutputConfig"]["S3OutputLocation"])

    @property
    def output_bucket(self) -> s3.IBucket | None:
        """The bucket that the job writes to, if it was given as a construct."""
        return self._output.artifact("job").bucket

    def readable(self, folder: str) -> str:
        """The URI of a folder as a person can read it, with the path of an output bucket that has no name."""
        bucket = self.output_bucket
        if bucket is not None and _holds_token(bucket.bucket_name):
            folder = folder.replace(bucket.bucket_name, f"<{bucket.node.path}>")
        return readable(folder)

    @property
    def max_runtime(self) -> float:
        """The seconds that the job may run.

        Raises:
            NotKnown: it is a token.
        """
        seconds: float = self._request["StoppingCondition"]["MaxRuntimeInSeconds"]
        if is_unresolved(seconds):
            raise NotKnown
        return seconds

    @property
    def subnets_without_internet(self) -> Sequence[str]:
        """The paths of the job's subnets if none of them has a way to the internet; otherwise empty.

        A job has no public address, so a public subnet is no way out.

        Raises:
            NotKnown: the VPC is yet to be looked up.
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


def _holds_token(string: str) -> bool:
    return Masked(string).text != string or is_placeholder(string)
