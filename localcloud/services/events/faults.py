"""Faults of PutEvents that a test asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from localcloud.kernel.api import ApiError
from localcloud.kernel.faults import error_of


@dataclass(frozen=True)
class Fault:
    """A failure of a whole call, of one of its entries, or of its response.

    Attributes:
        error: The error of the call or of the entry.
    """

    strikes: Literal["call", "entry", "response"]
    error: ApiError = field(default_factory=lambda: error_of("InternalFailure"))
