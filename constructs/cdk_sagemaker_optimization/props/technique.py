"""The techniques that a job applies to a model."""

from __future__ import annotations

from enum import StrEnum


class Technique(StrEnum):
    """A technique of an optimization job. The value is its member of the API's union of configs."""

    #: The weights have fewer bits.
    QUANTIZATION = "ModelQuantizationConfig"
    #: The model is compiled, with TensorRT-LLM for GPUs or with Neuron for inf2 and trn1.
    COMPILATION = "ModelCompilationConfig"
    #: The model is split, so that each accelerator loads its part.
    SHARDING = "ModelShardingConfig"
    #: A small draft predicts the output of the model.
    SPECULATIVE_DECODING = "ModelSpeculativeDecodingConfig"

    @property
    def label(self) -> str:
        """The technique's name in messages."""
        return self.name.lower().replace("_", " ")
