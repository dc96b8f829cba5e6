"""Compares the recorded requests with the assumptions. Nothing here calls AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tools.live import steps as at
from tools.live.report import Report
from tools.live.steps import Step

Request = dict[str, Any]

_WAYS_BACK = (at.ROLLED_BACK, at.CANCELLED, at.DELETED, at.CREATE_ROLLED_BACK, at.OVERTAKEN)
"""The steps in which a Delete, or an Update to older properties, comes from a stack that is rolling back."""

_RETURN = ("ROLLBACK", "DELETE")


class Findings:
    """Adds findings to a report. A step that was not taken adds none.

    Args:
        report: The report.
        steps: The steps that were taken.
        names: The job names that the function described, with the spelling of each in its policy.
    """

    def __init__(self, report: Report, steps: list[Step], names: Mapping[str, str]) -> None:
        self._report = report
        self._steps = {step.name: step for step in steps}
        self._names = names

    def find_all(self) -> None:
        """Add every finding to the report."""
        for find in (
            self._status_before_return,
            self._which_updates,
            self._times,
            self._stack_policy,
            self._failed_create,
            self._event_conditions,
            self._failed_update,
            self._cleanup,
            self._service_timeout,
            self._spelling,
        ):
            find()

    def _status_before_return(self) -> None:
        lags: list[float] = []
        for name in _WAYS_BACK:
            for request in self._requests(name):
                if request["kind"] != "Delete" and (name == at.DELETED or not request["goes_back"]):
                    continue
                readable = _readable(request)
                at_once = bool(readable) and _turned(readable[0])
                self._report.find(5, at_once if readable else None, f"{name}: {_shown(request)}")
                turned = [look["after"] for look in readable if _turned(look)]
                lags += [0.0] if at_once else turned[:1]
        if lags:
            self._report.dialect["stack_read_lag"] = max(lags)

    def _which_updates(self) -> None:
        if at.UPDATED not in self._steps:
            return
        updated = sorted(
            {request["resource"] for request in self._requests(at.UPDATED) if request["kind"] == "Update"}
        )
        evidence = (
            f"Source changed, Follower refers to it, Later depends on it; updated: {', '.join(updated)}"
        )
        self._report.find(10, updated == ["Follower", "Source"], evidence)

    def _times(self) -> None:
        for name in (at.CREATED, at.UPDATED, at.ROLLED_BACK, at.CANCELLED):
            for request in self._requests(name):
                address = request["address"]
                self._report.dialect["response_url"] = _dated(address)
                if name == at.CREATED:
                    continue
                if address["signed"] is None:
                    self._report.find(11, False, f"{name}: the address has {', '.join(address['names'])}")
                for look in request["looks"][:1]:
                    if address["signed"] is None or look.get("updated") is None:
                        continue
                    late = address["signed"] - look["updated"]
                    evidence = (
                        f"{name}: {request['kind']} signed {late:.1f} s after the stack's LastUpdatedTime"
                    )
                    # The date in the URL has whole seconds.
                    self._report.find(11, late > -1, evidence)

    def _stack_policy(self) -> None:
        requests = self._requests(at.CREATED)
        for request in requests:
            last = request["looks"][-1]
            evidence = f"after {last['after']:g} s: {last.get('error') or last.get('status')}"
            self._report.find(13, "error" not in last, f"DescribeStacks by the stack's own ARN, {evidence}")
        delays = [
            look["after"] for request in requests[:1] for look in request["looks"] if "error" not in look
        ]
        if delays:
            self._report.dialect["permissions_come_after"] = delays[0]

    def _failed_create(self) -> None:
        if at.CREATED_AGAIN not in self._steps:
            return
        course = [request["kind"] for request in self._steps[at.CREATED_AGAIN].of("Again")]
        later = [request["kind"] for request in self._of(at.LEFT_UPDATED, "Again")]
        evidence = (
            f"the create that failed, then: {', '.join(course)}; in the next update: {later or 'nothing'}"
        )
        self._report.find(14, course == ["Delete", "Create"] and not later, evidence)
        if course[:1] == ["Delete"]:
            self._report.dialect["failed_create_is_deleted"] = "before"
        elif "Delete" in course:
            self._report.dialect["failed_create_is_deleted"] = "after"

    def _event_conditions(self) -> None:
        for request in self._of(at.CREATED, "Source"):
            for source, words in request.get("events", {}).items():
                expected = words == "put" if source == "live.allowed" else "not authorized" in words
                self._report.find(16, expected, f"PutEvents with the source {source}: {words}")

    def _failed_update(self) -> None:
        if at.LEFT_UPDATED not in self._steps or at.DELETED not in self._steps:
            return
        # CloudFormation may send more after the stack's status shows the end: then it is in the next step.
        sent = self._requests(at.LEFT_UPDATED) + self._requests(at.DELETED)
        back = [request for request in sent if request["goes_back"]]
        status = _status(back[0]) if back else "never"
        if status != "unknown":
            self._report.dialect["failed_update_goes_back"] = status
        deletes = self._steps[at.DELETED].of("Bystander", "Delete")
        for request in deletes[:1]:
            of_update = request["properties"]["Revision"] == "7"
            seen = request["looks"][0]["resource"].get("id")
            evidence = (
                f"deleted as {request['id']!r} with Revision {request['properties']['Revision']} (7 is the"
                f" update's); DescribeStackResource shows {seen!r}; updated back before: {status}"
            )
            holds = request["id"] == seen == "Bystander" and of_update and not back
            self._report.find(19, holds, evidence)
            whose = "properties of the update" if of_update else "properties of the resource"
            self._report.dialect["deleted_with"] = whose

    def _cleanup(self) -> None:
        for request in self._of(at.UPDATED, "Removed", "Delete"):
            status = _status(request)
            right = status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            self._report.find(20, right, f"what left the template: {_shown(request)}")
        for request in self._requests(at.ROLLED_BACK):
            if request["kind"] == "Delete":
                status = _status(request)
                right = status.startswith("UPDATE_ROLLBACK_")
                self._report.find(20, right, f"what a rolled-back update made: {_shown(request)}")
                if request["resource"] == "New" and right:
                    self._report.dialect["new_is_deleted_in"] = status

    def _service_timeout(self) -> None:
        for request in self._of(at.CREATED, "Source"):
            sent = "ServiceTimeout" in request["properties"]
            self._report.dialect["service_timeout_is_sent"] = sent
            shown = ", ".join(sorted(request["properties"]))
            self._report.find(23, sent, f"the template has a ServiceTimeout; sent: {shown}")

    def _spelling(self) -> None:
        for request in self._of(at.CREATED, "Source"):
            asked = request.get("asked", {})
            denied = {name: "not authorized to perform" in words for name, words in asked.items()}
            for name, words in asked.items():
                exact = self._names[name] == name
                spelling = "as it is written" if exact else "in lower case"
                self._report.find(21, denied[name] != exact, f"a policy names the job {spelling}: {words}")
            if len(set(denied.values())) == 2:
                written = next(name for name, spelt in self._names.items() if name == spelt)
                self._report.dialect["lower_case_arns"] = denied[written]

    # --- reading --------------------------------------------------------------------------------------------

    def _requests(self, name: str) -> list[Request]:
        return self._steps[name].requests if name in self._steps else []

    def _of(self, name: str, resource: str, kind: str = "") -> Iterator[Request]:
        if name in self._steps:
            yield from self._steps[name].of(resource, kind)


def _readable(request: Request) -> list[Request]:
    """Select the reads that the function's policy allowed; a new policy is not effective at once."""
    return [look for look in request["looks"] if "error" not in look]


def _status(request: Request) -> str:
    """Return the stack's status when the request arrived."""
    return next((str(look["status"]) for look in _readable(request)), "unknown")


def _turned(look: Request) -> bool:
    return any(word in str(look.get("status")) for word in _RETURN)


def _dated(address: Mapping[str, Any]) -> str:
    if address["signed"] is not None:
        return "X-Amz-Date"
    return "Expires" if address["expires"] is not None else "neither"


def _shown(request: Request) -> str:
    looks = [
        f"{look.get('status') or look.get('error')} after {look['after']:g} s" for look in request["looks"]
    ]
    return f"{request['kind']} of {request['resource']}, DescribeStacks says {', then '.join(looks)}"
