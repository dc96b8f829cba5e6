"""Every rule."""

from __future__ import annotations

from . import chosen_names, families, images, models, places, quantization, techniques, waiting
from .rule import Rule

RULES: tuple[Rule, ...] = (
    *techniques.RULES,
    *families.RULES,
    *quantization.RULES,
    *images.RULES,
    *models.RULES,
    *places.RULES,
    *chosen_names.RULES,
    *waiting.RULES,
)
