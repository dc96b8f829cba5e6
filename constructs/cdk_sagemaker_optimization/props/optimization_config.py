"""The techniques that a job applies to the model."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.checks.kinds import check_kind
from cdk_sagemaker_optimization.checks.tokens import text
from cdk_sagemaker_optimization.checks.validation import check, is_unresolved, plain

from .container_image import check_image, grant_pull
from .enum_like import EnumLike, Member
from .training_data import TrainingData

_QUANTIZE = "OPTION_QUANTIZE"
_TENSOR_PARALLEL_DEGREE = "OPTION_TENSOR_PARALLEL_DEGREE"
_VARIABLES = "a mapping of strings"


class QuantizationTechnique(EnumLike):
    """Method of quantization, which the container reads in lower case from ``OPTION_QUANTIZE``."""

    AWQ = Member("awq")
    FP8 = Member("fp8")
    SMOOTHQUANT = Member("smoothquant")


class SpeculativeDecodingTechnique(EnumLike):
    """Kind of speculative decoding."""

    EAGLE = Member("EAGLE")


class OptimizationConfig(ABC):
    """One technique of a job."""

    @staticmethod
    def quantization(
        *,
        technique: QuantizationTechnique | None = None,
        environment: Mapping[str, str] | None = None,
        image: str | None = None,
    ) -> OptimizationConfig:
        """Return a technique that gives the weights fewer bits, so that they need less memory.

        Args:
            technique: the method, sent as ``OPTION_QUANTIZE``. Default: the variable in the environment, or
                without one AWQ, which the container chooses.
            environment: variables of the container, at most 25, which override the job's. Default: none.
            image: the URI of the container's image in Amazon ECR. Default: SageMaker chooses it.

        Raises:
            ValueError: the API does not allow a value, or ``technique`` and the environment differ.
        """
        if technique is not None:
            check_kind(
                QuantizationTechnique,
                technique,
                "technique",
                "a member of QuantizationTechnique, or QuantizationTechnique.of(…)",
            )
        variables = _with_option(environment, _QUANTIZE, technique.value if technique else None, "technique")
        return _ContainerConfig("ModelQuantizationConfig", variables, image)

    @staticmethod
    def compilation(
        *, environment: Mapping[str, str] | None = None, image: str | None = None
    ) -> OptimizationConfig:
        """Return a technique that compiles the model, with Neuron for inf2 and trn1 or TensorRT-LLM for GPUs.

        Args:
            environment: variables of the container, at most 25, which override the job's. Default: none.
            image: the URI of the container's image in Amazon ECR. Default: SageMaker chooses it.

        Raises:
            ValueError: the API does not allow a value.
        """
        return _ContainerConfig("ModelCompilationConfig", environment, image)

    @staticmethod
    def sharding(
        *,
        tensor_parallel_degree: int | None = None,
        environment: Mapping[str, str] | None = None,
        image: str | None = None,
    ) -> OptimizationConfig:
        """Return a technique that splits the model, so that each accelerator loads its part.

        Args:
            tensor_parallel_degree: the number of accelerators that share the model, sent as
                ``OPTION_TENSOR_PARALLEL_DEGREE``. Default: the variable in an environment.
            environment: variables of the container, at most 25, which override the job's. Default: none.
            image: the URI of the container's image in Amazon ECR. Default: SageMaker chooses it.

        Raises:
            ValueError: the API does not allow a value, or ``tensor_parallel_degree`` and the environment
                differ.
        """
        degree = None if tensor_parallel_degree is None else _degree(tensor_parallel_degree)
        variables = _with_option(environment, _TENSOR_PARALLEL_DEGREE, degree, "tensor_parallel_degree")
        return _ContainerConfig("ModelShardingConfig", variables, image)

    @staticmethod
    def speculative_decoding(
        *,
        technique: SpeculativeDecodingTechnique = SpeculativeDecodingTechnique.EAGLE,
        training_data: TrainingData | None = None,
    ) -> OptimizationConfig:
        """Return a technique that trains a small draft model to predict the output of the model.

        The job writes the draft to ``draft/`` in the output. An endpoint serves it beside the model that it
        was trained for.

        Args:
            technique: the kind of draft.
            training_data: the training data of the draft. Default: SageMaker chooses them.

        Raises:
            ValueError: a value is of another kind, such as a string.
        """
        check_kind(
            SpeculativeDecodingTechnique,
            technique,
            "technique",
            "a member of SpeculativeDecodingTechnique, or SpeculativeDecodingTechnique.of(…)",
        )
        if training_data is not None:
            check_kind(
                TrainingData,
                training_data,
                "training_data",
                "TrainingData.from_bucket(…) or .from_s3_uri(…)",
            )
        return _SpeculativeDecodingConfig(technique, training_data)

    @abstractmethod
    def bind(self, access: RoleAccess) -> dict[str, Any]:
        """Grant the job's role what it needs, and return the API's ``OptimizationConfig``.

        Args:
            access: the access of the job's role.
        """


class _ContainerConfig(OptimizationConfig):
    def __init__(self, member: str, environment: Mapping[str, str] | None, image: str | None) -> None:
        if image is not None:
            check_image(image)
        if environment is not None:
            check_kind(Mapping, environment, "environment", _VARIABLES)
            environment = plain(environment)
            check("OptimizationJobEnvironmentVariables", environment, "environment")
        self._member = member
        self._environment = environment
        self._image = plain(image)

    def bind(self, access: RoleAccess) -> dict[str, Any]:
        grant_pull(access, self._image)
        config: dict[str, Any] = {}
        if self._image is not None:
            config["Image"] = self._image
        if self._environment is not None:
            config["OverrideEnvironment"] = dict(self._environment)
        return {self._member: config}


class _SpeculativeDecodingConfig(OptimizationConfig):
    def __init__(self, technique: SpeculativeDecodingTechnique, training_data: TrainingData | None) -> None:
        self._technique = technique
        self._training_data = training_data

    def bind(self, access: RoleAccess) -> dict[str, Any]:
        grant_pull(access, None)
        config: dict[str, Any] = {"Technique": self._technique.value}
        if self._training_data is not None:
            config["TrainingDataSource"] = self._training_data.bind(access)
        return {"ModelSpeculativeDecodingConfig": config}


def _with_option(
    environment: Mapping[str, str] | None, name: str, value: str | None, prop: str
) -> Mapping[str, str] | None:
    if value is None:
        return environment
    if environment is not None:
        check_kind(Mapping, environment, "environment", _VARIABLES)
    environment = plain(environment or {})
    known: dict[str, str] = plain(environment or {})
    other = known.get(name, value)
    if other != value:
        raise ValueError(f"{prop} must be the same as {name} in the environment, got {value!r} and {other!r}")
    return {**known, name: value}


def _degree(degree: int) -> str:
    number: Any = plain(degree)
    is_whole = isinstance(number, (int, str)) and re.fullmatch(r"[1-9][0-9]*", str(number))
    if not is_unresolved(number) and not is_whole:
        raise ValueError(f"tensor_parallel_degree must be a whole number of at least 1, got {degree!r}")
    return text(number)
