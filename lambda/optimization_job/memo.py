"""What one request remembers from step to step. The state machine keeps it; it holds nothing that cannot be
lost or asked again,
but what is here makes a repeated step do the right thing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Memo:
    #: Whether the stack went forward when the request came; None where that does not matter.
    forward: bool | None = None
    #: Whether CreateOptimizationJob was called and may have worked.
    tried: bool = False
    #: Whether the record of a job that failed is being removed, so that it can run again under its name.
    removing: bool = False
    #: Whether the tags have been brought up to date.
    tagged: bool = False
    #: Why the job that this request started must end, if it must; and when that job was created.
    abandoned: str = ""
    abandoned_run: str = ""
    #: What is in the way just now, and since when (seconds after the request).
    obstacle: str = ""
    obstacle_since: float = 0.0

    def as_state(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value != _DEFAULTS[name]}

    @classmethod
    def from_state(cls, state: dict[str, Any] | None) -> Memo:
        return cls(**{name: value for name, value in (state or {}).items() if name in _DEFAULTS})


_DEFAULTS = {field.name: field.default for field in fields(Memo)}
