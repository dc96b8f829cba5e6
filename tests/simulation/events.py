"""The default event bus, with every event that it took."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.faults import Faults


@dataclass
class SimulatedEvents:
    """A client's methods."""

    faults: Faults
    #: The details, in the order in which they came.
    details: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    #: How many of the next entries are refused in an answer that is none of an error.
    refused: int = 0

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("PutEvents"):
            if self.refused:
                self.refused -= 1
                refusal = {"ErrorCode": "InternalFailure", "ErrorMessage": "the bus is out of order"}
                return {"FailedEntryCount": 1, "Entries": [refusal]}
            self.entries += Entries
            self.details += [json.loads(entry["Detail"]) for entry in Entries]
            return {"FailedEntryCount": 0, "Entries": [{"EventId": "event"} for _ in Entries]}

    def statuses(self, job_name: str) -> list[str]:
        """The statuses that were told of a job, in order."""
        return [
            detail["OptimizationJobStatus"]
            for detail in self.details
            if detail["OptimizationJobName"] == job_name
        ]
