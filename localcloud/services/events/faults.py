"""Faults of PutEvents that a test asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from localcloud.kernel.api import ApiError


@dataclass(frozen=True)
class Fault:
    """A failure of a whole call, or of one of its entries."""

    strikes: Literal["call", "entry"]
    error: ApiError
