"""Rules for models that serve an artifact."""

from __future__ import annotations

from .rule import Rule
from .serving_view import ServedModelView

RULES: tuple[Rule[ServedModelView], ...] = ()
