"""Rules for the versions of AWS's container."""

from __future__ import annotations

from cdk_sagemaker_optimization.props.optimization_config import QuantizationTechnique
from cdk_sagemaker_optimization.props.technique import Technique

from .image_tag import ImageTag
from .job_view import JobView
from .quantization import method
from .rule import Rule, Severity
from .sources import (
    CONTAINER_FP8,
    CONTAINER_NEURON,
    CONTAINER_QUANTIZATION,
    CONTAINER_SHARDING,
    CONTAINER_TASKS,
    CONTAINER_VERSIONS,
)

_LMI_10 = (0, 28)
_FIRST_THAT_SHARDS, _LAST_THAT_SHARDS = (0, 31), (0, 34)
_FIRST_WITHOUT_NEURON = (0, 35)
_FIRST_LMI_WITHOUT_FP8 = 22


def _sharding(job: JobView) -> str | None:
    for config in job.configs(Technique.SHARDING):
        image = config.image
        if image is None or (
            _is_for("lmi", image) and _FIRST_THAT_SHARDS <= image.version <= _LAST_THAT_SHARDS
        ):
            continue
        return (
            "the image of sharding must be djl-inference 0.31 to 0.34 (LMI 13 to 16), as far as is known, "
            f"got {image.text!r}: give such an image, or leave image out"
        )
    return None


def _neuron_compilation(job: JobView) -> str | None:
    for config in job.configs(Technique.COMPILATION):
        image = config.image
        if image is None or not job.has_neuron:
            continue
        if not _is_for("neuronx", image) or image.version >= _FIRST_WITHOUT_NEURON:
            return (
                f"the image of a compilation for {job.instance_type} must be djl-inference with neuronx and "
                f"older than 0.35, as far as is known, got {image.text!r}: give such an image, or leave "
                "image out"
            )
    return None


def _gpu_compilation(job: JobView) -> str | None:
    for config in job.configs(Technique.COMPILATION):
        image = config.image
        if image is None or not job.has_gpu or _is_for("tensorrtllm", image):
            continue
        return (
            f"the image of a compilation for {job.instance_type} must be djl-inference with tensorrtllm, as "
            f"far as is known, got {image.text!r}: give such an image, or leave image out"
        )
    return None


def _lmi_10(job: JobView) -> str | None:
    for config in job.configs(Technique.QUANTIZATION):
        image = config.image
        if image is None or image.version != _LMI_10 or not _is_for("lmi", image):
            continue
        name = method(config)
        if name != QuantizationTechnique.AWQ.value:
            return (
                f"the technique of a quantization with djl-inference {image.text} (LMI 10) must be awq, as "
                f"far as is known, got {name!r}: give awq, or a newer image"
            )
    return None


def _fp8(job: JobView) -> str | None:
    for config in job.configs(Technique.QUANTIZATION):
        image = config.image
        if image is None or image.lmi is None or image.lmi < _FIRST_LMI_WITHOUT_FP8:
            continue
        if method(config) == QuantizationTechnique.FP8.value:
            return (
                "the image of an fp8 quantization must be older than LMI 22, which no longer lists what "
                f"fp8 needs, as far as is known, got {image.text!r}: give an older image, or leave image out"
            )
    return None


def _is_for(engine: str, image: ImageTag) -> bool:
    """Tell whether an image has an engine. An image that names none may have it."""
    return image.engine in (None, engine)


RULES = (
    Rule(
        id="imageWithoutSharding",
        severity=Severity.WARNING,
        finds="sharding with a `djl-inference` image other than 0.31 to 0.34 (LMI 13 to 16)",
        why=(
            "The container supports sharding since 0.31, and its public branches no longer do from 0.35 on."
        ),
        sources=(CONTAINER_SHARDING, CONTAINER_VERSIONS),
        problem=_sharding,
    ),
    Rule(
        id="imageWithoutNeuron",
        severity=Severity.WARNING,
        finds=(
            "compilation for AWS Inferentia or Trainium with a `djl-inference` image from 0.35 on, or "
            "without `neuronx`"
        ),
        why="The container for Neuron has been discontinued.",
        sources=(CONTAINER_NEURON, CONTAINER_TASKS),
        problem=_neuron_compilation,
    ),
    Rule(
        id="imageWithoutTensorRtLlm",
        severity=Severity.WARNING,
        finds="compilation for GPUs with a `djl-inference` image without `tensorrtllm`",
        why="The other containers do not compile for GPUs; that of LMI quantizes instead.",
        sources=(CONTAINER_TASKS,),
        problem=_gpu_compilation,
    ),
    Rule(
        id="imageForAwqOnly",
        severity=Severity.WARNING,
        finds="a quantization other than awq with `djl-inference` 0.28 (LMI 10)",
        why="That version supports no other method.",
        sources=(CONTAINER_QUANTIZATION, CONTAINER_VERSIONS),
        problem=_lmi_10,
    ),
    Rule(
        id="imageWithoutFp8",
        severity=Severity.WARNING,
        finds="fp8 with a `djl-inference` image from LMI 22 on",
        why="The container's dependencies no longer include what fp8 needs.",
        sources=(CONTAINER_FP8, CONTAINER_VERSIONS),
        problem=_fp8,
    ),
)
