"""How a draft model for speculative decoding can be made."""

from __future__ import annotations

from .enum_like import EnumLike, Member


class SpeculativeDecodingTechnique(EnumLike):
    """Kind of speculative decoding that a job prepares a model for."""

    EAGLE = Member("EAGLE")
