"""Rules for methods of quantization."""

from __future__ import annotations

import json

from cdk_sagemaker_optimization.props.optimization_config import QuantizationTechnique
from cdk_sagemaker_optimization.props.technique import Technique

from .job_view import JobView, TechniqueView
from .rule import Rule, Severity
from .sources import CONTAINER_FP8, CONTAINER_QUANTIZATION, NEO_VPC, SDK_COMBINATIONS

_METHODS = QuantizationTechnique.known_values()
_FP8_SETTINGS = "AUTOFP8_CONFIG"


def method(config: TechniqueView) -> str:
    """Return the method that the container uses, which is AWQ by default."""
    return config.variable("OPTION_QUANTIZE") or QuantizationTechnique.AWQ.value


def _wrong_case(job: JobView) -> str | None:
    for config in job.configs(Technique.QUANTIZATION):
        name = method(config)
        if name not in _METHODS and name.lower() in _METHODS:
            return f"OPTION_QUANTIZE must be in lower case, got {name!r}: give {name.lower()!r}"
    return None


def _unknown_method(job: JobView) -> str | None:
    for config in job.configs(Technique.QUANTIZATION):
        name = method(config)
        if name.lower() not in _METHODS:
            return (
                f"OPTION_QUANTIZE {name!r} is none of {', '.join(_METHODS)}, which containers are known to "
                "accept; it goes to the container as it is, which may refuse it"
            )
    return None


def _smoothquant_without_compilation(job: JobView) -> str | None:
    if Technique.COMPILATION in job.techniques:
        return None
    for config in job.configs(Technique.QUANTIZATION):
        if method(config) == QuantizationTechnique.SMOOTHQUANT.value and job.has_gpu:
            return (
                f"the technique of a quantization for {job.instance_type} without compilation must be awq "
                "or fp8, got 'smoothquant': give one of these, or add OptimizationConfig.compilation()"
            )
    return None


def _fp8_without_internet(job: JobView) -> str | None:
    for config in job.configs(Technique.QUANTIZATION):
        if method(config) == QuantizationTechnique.FP8.value and not _is_dynamic(config):
            subnets = job.subnets_without_internet
            if subnets:
                return (
                    "fp8 downloads a calibration data set from the internet, which the job's subnets cannot "
                    f"reach, got {', '.join(subnets)}: give vpc_subnets that a NAT gateway serves, or "
                    "leave vpc out"
                )
    return None


def _is_dynamic(config: TechniqueView) -> bool:
    """Tell whether the scales are computed when the model is served, which needs no data."""
    try:
        settings = json.loads(config.variable(_FP8_SETTINGS) or "{}")
    except ValueError:
        return False
    return isinstance(settings, dict) and settings.get("activation_scheme") == "dynamic"


RULES = (
    Rule(
        id="quantizationTechniqueCase",
        severity=Severity.ERROR,
        finds="`OPTION_QUANTIZE` in upper case, such as `AWQ`",
        why="The container compares the exact letters, and refuses an unknown method.",
        sources=(CONTAINER_QUANTIZATION,),
        problem=_wrong_case,
    ),
    Rule(
        id="unknownQuantizationTechnique",
        severity=Severity.WARNING,
        finds=f"an `OPTION_QUANTIZE` that is none of {', '.join(_METHODS)}",
        why="No container is known to accept it.",
        sources=(CONTAINER_QUANTIZATION, SDK_COMBINATIONS),
        problem=_unknown_method,
    ),
    Rule(
        id="smoothquantWithoutCompilation",
        severity=Severity.ERROR,
        by_family=True,
        finds="smoothquant without compilation, for GPUs",
        why="Only the container that compiles with TensorRT-LLM supports it.",
        sources=(CONTAINER_QUANTIZATION, SDK_COMBINATIONS),
        problem=_smoothquant_without_compilation,
    ),
    Rule(
        id="fp8WithoutInternet",
        severity=Severity.WARNING,
        finds="fp8 in a VPC, in subnets that are all isolated or public",
        why=(
            "The container downloads a data set from the internet to calibrate static scales. A "
            f"job has no public address. With `activation_scheme` `dynamic` in `{_FP8_SETTINGS}` no data "
            "are needed."
        ),
        sources=(CONTAINER_QUANTIZATION, CONTAINER_FP8, NEO_VPC),
        problem=_fp8_without_internet,
    ),
)
