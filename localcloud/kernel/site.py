"""The facts about a local cloud that every service needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcloud.kernel.clock import Clock
from localcloud.kernel.dialect import Dialect


@dataclass
class Site:
    """One account in one region.

    Attributes:
        endpoint_url: The address of every service.
        dialect: The behaviour where that of AWS is not known. It may change, so read it at each use.
    """

    account: str
    region: str
    endpoint_url: str
    clock: Clock
    dialect: Dialect = field(default_factory=Dialect)
