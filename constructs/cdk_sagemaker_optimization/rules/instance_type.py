"""The parts of an instance type's name that rules read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .known import holds_token

#: The families that SageMaker's own SDK optimizes models for.
GPU_FAMILIES = ("p4d", "p4de", "p5", "g5", "g6")
NEURON_FAMILIES = ("inf2", "trn1", "trn1n")
#: The families whose instances have a disk of their own, which is always encrypted:
#: https://aws.amazon.com/ec2/instance-types/accelerated-computing/
FAMILIES_WITH_DISK = ("g4dn", "g5", "g6", "g6e", "p4d", "p4de", "p5", "p5e", "p5en", "trn1", "trn1n")

#: The families whose instances SageMaker starts with a driver that is too old for CUDA 13, unless the user
#: chooses another machine image: https://github.com/autogluon/autogluon-cloud/pull/270
FAMILIES_WITH_OLD_DRIVER = ("g4dn", "g5", "g6", "g6e", "p4d", "p4de", "p5", "p5e", "p5en")
#: The families without a disk of their own that need a volume of Amazon EBS for the model.
FAMILIES_WITH_VOLUME = ("inf2",)

#: The GPUs of the sizes of some families that have more than one, or one in a family of many:
#: https://aws.amazon.com/ec2/instance-types/accelerated-computing/
_SIZES_OF_G = {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8}
_SIZES_OF_P = {"4xlarge": 1, "24xlarge": 8, "48xlarge": 8}
_ONE_GPU_OR_MORE = ("g4dn", "g5", "g6", "g6e")
_EIGHT_GPUS = ("p4d", "p4de", "p5", "p5e", "p5en", "p6-b200")


@dataclass(frozen=True)
class InstanceTypeView:
    """An instance type whose name is known."""

    #: The name, such as ``ml.g5.2xlarge``.
    name: str

    @property
    def family(self) -> str:
        """The middle part of the name, such as ``g5``."""
        return self.name.split(".")[1]

    @property
    def is_of_newer_family(self) -> bool:
        """True if SageMaker's SDK does not know the family."""
        return self.family not in (*GPU_FAMILIES, *NEURON_FAMILIES)

    @property
    def has_gpu(self) -> bool:
        """True if the instance type has GPUs."""
        return re.match(r"[gp]\d", self.family) is not None

    @property
    def has_neuron(self) -> bool:
        """True for an instance type of AWS Inferentia or AWS Trainium."""
        return re.match(r"(inf|trn)\d", self.family) is not None

    @property
    def has_disk(self) -> bool:
        """True if the instance type is known to have a disk of its own."""
        return self.family in FAMILIES_WITH_DISK

    @property
    def has_old_driver(self) -> bool:
        """True if SageMaker's own machine image is known to have a driver that is too old for CUDA 13."""
        return self.family in FAMILIES_WITH_OLD_DRIVER

    @property
    def needs_volume(self) -> bool:
        """True if a volume of Amazon EBS is known to hold the model."""
        return self.family in FAMILIES_WITH_VOLUME

    @property
    def gpus(self) -> int | None:
        """The number of GPUs. None if it is not known."""
        size = self.name.split(".")[-1]
        if self.family in _ONE_GPU_OR_MORE:
            return _SIZES_OF_G.get(size, 1)
        if self.family in _EIGHT_GPUS:
            return _SIZES_OF_P.get(size)
        return None if self.has_gpu else 0


def gpus_of(name: str) -> int | None:
    """Return the number of GPUs of an instance type. None if it is not known.

    Args:
        name: the name, which may be a token.
    """
    return None if holds_token(name) else InstanceTypeView(name).gpus


def has_disk(name: str) -> bool:
    """Tell whether an instance type is known to have a disk of its own.

    Args:
        name: the name, which may be a token.
    """
    return not holds_token(name) and InstanceTypeView(name).has_disk
