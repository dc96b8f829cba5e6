"""Rules for techniques that do not work together, or not without a setting."""

from __future__ import annotations

from collections.abc import Sequence

from cdk_sagemaker_optimization.props.technique import Technique

from .job_view import JobView
from .rule import Rule, Severity
from .sources import CONTAINER_TASKS, NEURON_NOTEBOOK, SDK_COMBINATIONS

_DEGREE = "OPTION_TENSOR_PARALLEL_DEGREE"


def _no_config(job: JobView) -> str | None:
    if job.number_of_configs:
        return None
    return "optimization_configs must have between 1 and 10 items, got 0 items: []"


def _sharding_not_alone(job: JobView) -> str | None:
    others = [technique for technique in job.techniques if technique is not Technique.SHARDING]
    if Technique.SHARDING not in job.techniques or not others:
        return None
    return (
        f"optimization_configs must hold sharding alone, got sharding and {_labels(others)}: give "
        f"{_labels(others)} to a job of its own, and shard its artifact"
    )


def _sharding_without_degree(job: JobView) -> str | None:
    for config in job.configs(Technique.SHARDING):
        degree = config.variable(_DEGREE)
        if not _is_positive(degree):
            return (
                "sharding needs a tensor parallel degree, a whole number of at least 1, got "
                f"{degree or 'none'}: give OptimizationConfig.sharding(tensor_parallel_degree=…), or "
                f"{_DEGREE} in the environment"
            )
    return None


def _sharding_of_quantized(job: JobView) -> str | None:
    for config in job.configs(Technique.SHARDING):
        method = config.variable("OPTION_QUANTIZE")
        if method is not None:
            return (
                "sharding must come without OPTION_QUANTIZE in its environment, which its container "
                f"refuses, got {method!r}: leave it out"
            )
    return None


def _gpu_compilation_with_speculative_decoding(job: JobView) -> str | None:
    both = {Technique.COMPILATION, Technique.SPECULATIVE_DECODING}
    if not both.issubset(job.techniques) or not job.has_gpu:
        return None
    return (
        f"optimization_configs for {job.instance_type} must not hold both compilation and speculative "
        f"decoding, got {_labels(job.techniques)}: leave one of the two out"
    )


def _neuron_beside_compilation(job: JobView) -> str | None:
    others = [technique for technique in job.techniques if technique is not Technique.COMPILATION]
    if not others or not job.has_neuron:
        return None
    return (
        f"optimization_configs for {job.instance_type} must hold compilation alone, got "
        f"{_labels(job.techniques)}: leave {_labels(others)} out, or choose an instance type with GPUs"
    )


def _neuron_compilation_without_degree(job: JobView) -> str | None:
    for config in job.configs(Technique.COMPILATION):
        if job.has_neuron and config.variable(_DEGREE) is None:
            return (
                f"compilation for {job.instance_type} needs {_DEGREE}, the number of Neuron cores that "
                "share the model, as far as is known, got none: give "
                f"OptimizationConfig.compilation(environment={{{_DEGREE!r}: …}})"
            )
    return None


def _labels(techniques: Sequence[Technique]) -> str:
    *first, last = (technique.label for technique in techniques)
    return f"{', '.join(first)} and {last}" if first else last


def _is_positive(degree: str | None) -> bool:
    try:
        return degree is not None and int(degree) > 0
    except ValueError:
        return False


RULES = (
    Rule(
        id="noConfigs",
        severity=Severity.ERROR,
        finds="a job without any config",
        why="It has nothing to do.",
        sources=(SDK_COMBINATIONS,),
        problem=_no_config,
    ),
    Rule(
        id="shardingNotAlone",
        severity=Severity.ERROR,
        finds="sharding together with another technique",
        why="A container does one of its tasks: it shards, or it does something else.",
        sources=(CONTAINER_TASKS, SDK_COMBINATIONS),
        problem=_sharding_not_alone,
    ),
    Rule(
        id="shardingWithoutDegree",
        severity=Severity.ERROR,
        finds=f"sharding without `{_DEGREE}`, in the job's environment or the config's",
        why=(
            "The container refuses to shard without a degree. If the model has a `serving.properties` with "
            "the degree, give the same degree here as well."
        ),
        sources=(CONTAINER_TASKS,),
        problem=_sharding_without_degree,
    ),
    Rule(
        id="shardingOfQuantized",
        severity=Severity.WARNING,
        finds="sharding with `OPTION_QUANTIZE` in its environment",
        why="The container refuses to shard and quantize at once.",
        sources=(CONTAINER_TASKS,),
        problem=_sharding_of_quantized,
    ),
    Rule(
        id="compilationWithSpeculativeDecoding",
        severity=Severity.ERROR,
        by_family=True,
        finds="compilation together with speculative decoding, for GPUs",
        why=(
            "The container that compiles with TensorRT-LLM does nothing else, and the draft is made for a "
            "model that is not compiled."
        ),
        sources=(SDK_COMBINATIONS, CONTAINER_TASKS),
        problem=_gpu_compilation_with_speculative_decoding,
    ),
    Rule(
        id="neuronNotCompilationAlone",
        severity=Severity.ERROR,
        by_family=True,
        finds="anything but compilation, for AWS Inferentia or Trainium",
        why="The container for Neuron compiles, and does nothing else.",
        sources=(SDK_COMBINATIONS, CONTAINER_TASKS),
        problem=_neuron_beside_compilation,
    ),
    Rule(
        id="neuronCompilationWithoutDegree",
        severity=Severity.WARNING,
        finds=f"compilation for AWS Inferentia or Trainium without `{_DEGREE}`",
        why="The model is compiled for a fixed number of Neuron cores. Not every container has a default.",
        sources=(NEURON_NOTEBOOK,),
        problem=_neuron_compilation_without_degree,
    ),
)
