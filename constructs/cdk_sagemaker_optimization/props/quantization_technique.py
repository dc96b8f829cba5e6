"""How a model's weights can be quantized."""

from __future__ import annotations

from .enum_like import EnumLike, Member


class QuantizationTechnique(EnumLike):
    """Quantization method, which the container reads from ``OPTION_QUANTIZE``, in lower case."""

    AWQ = Member("awq")
    FP8 = Member("fp8")
    SMOOTHQUANT = Member("smoothquant")
