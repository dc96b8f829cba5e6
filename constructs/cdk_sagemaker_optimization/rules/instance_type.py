"""The parts of an instance type's name that rules read."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The families that SageMaker's own SDK optimizes models for.
GPU_FAMILIES = ("p4d", "p4de", "p5", "g5", "g6")
NEURON_FAMILIES = ("inf2", "trn1", "trn1n")


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
