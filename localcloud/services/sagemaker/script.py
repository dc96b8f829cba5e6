"""The course of a job, from a test or by default: a small quantization job that succeeds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf
from typing import Literal

Outcome = Literal["COMPLETED", "FAILED", "STOPPED"]

NEVER = inf
"""A runtime without an end: only a limit of the job or a stop ends it."""


@dataclass(frozen=True, slots=True)
class JobScript:
    """The course of one job. All times in clock seconds.

    Attributes:
        starting: How long it stays STARTING, until it has capacity. `NEVER` for one that gets none.
        runtime: How long it then stays INPROGRESS, unless a limit or a stop comes first.
        outcome: The status with which it ends. STOPPED is a job that another caller stopped.
        reason: The FailureReason of a job that does not succeed. The API cuts it at 1,024 characters.
        stopping: How long it stays STOPPING.
        explains_limits: Whether it says so in its FailureReason when it reaches one of its limits.
        require_source: Whether it fails when there is nothing at its model source or its training data.
        recommended_image: Its RecommendedInferenceImage; by default the image it was given, or another.
        writes_artifact: Whether it leaves a model at its output location.
    """

    starting: float = 60
    runtime: float = 25 * 60
    outcome: Outcome = "COMPLETED"
    reason: str | None = None
    stopping: float = 30
    explains_limits: bool = True
    require_source: bool = False
    recommended_image: str | None = None
    writes_artifact: bool = True

    def __post_init__(self) -> None:
        for name in ("starting", "runtime", "stopping"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 clock seconds or more, got {getattr(self, name)}")
        if self.outcome == "COMPLETED" and self.reason is not None:
            raise ValueError("a job that completes has no reason, give outcome='FAILED' or 'STOPPED'")


class Scripts:
    """The scripts that wait for their jobs."""

    def __init__(self) -> None:
        self._next: deque[JobScript] = deque()
        self._named: dict[str, JobScript] = {}

    def add_next(self, script: JobScript) -> None:
        """For one job: the next that is created and has no script by its name."""
        self._next.append(script)

    def add_named(self, name_prefix: str, script: JobScript) -> None:
        """For every job from now on whose name begins with `name_prefix`."""
        self._named[name_prefix] = script

    def take(self, name: str) -> JobScript:
        """The script of a new job: by the longest prefix of its name, else the next, else the default."""
        if prefixes := [prefix for prefix in self._named if name.startswith(prefix)]:
            return self._named[max(prefixes, key=len)]
        return self._next.popleft() if self._next else JobScript()

    def clear(self) -> None:
        self._next.clear()
        self._named.clear()
