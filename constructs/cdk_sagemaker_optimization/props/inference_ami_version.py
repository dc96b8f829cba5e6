"""The machine images that SageMaker starts the instances of an endpoint from."""

from __future__ import annotations

from .enum_like import EnumLike, Member


class InferenceAmiVersion(EnumLike):
    """A machine image of SageMaker for the instances of an endpoint, with a driver for the accelerators.

    Without one, SageMaker chooses an image by the instance type, whose driver may be older than a container
    needs. ``InferenceAmiVersion.of("…")`` returns a version that has no static member.
    """

    #: Driver 535 of NVIDIA, CUDA 12.2.
    GPU_2 = Member("al2-ami-sagemaker-inference-gpu-2")
    #: The same, without the compatibility libraries of the container.
    GPU_2_1 = Member("al2-ami-sagemaker-inference-gpu-2-1")
    #: Driver 550 of NVIDIA, CUDA 12.4, without the compatibility libraries of the container.
    GPU_3_1 = Member("al2-ami-sagemaker-inference-gpu-3-1")
    #: Driver 580 of NVIDIA, CUDA 13.0, without the compatibility libraries of the container.
    GPU_4_1 = Member("al2023-ami-sagemaker-inference-gpu-4-1")
    #: Driver 2.19 of AWS Neuron, for Inferentia2 and Trainium.
    NEURON_2 = Member("al2-ami-sagemaker-inference-neuron-2")
