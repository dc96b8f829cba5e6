"""The demo as plain lines, for logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.demo.snapshot import Snapshot
from localcloud.demo.steps import Promise, Step
from localcloud.demo.words import duration, folder, one_line

if TYPE_CHECKING:
    from localcloud.demo.serving import Serving
    from localcloud.services.sagemaker import Job

_WIDTH = 200


class PlainView:
    """Prints a line whenever something has happened."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._told: set[tuple[str, int]] = set()
        self._artifact = ""

    def say(self, text: str) -> None:
        print(text, flush=True)

    def begin(self, number: int, step: Step) -> None:
        self._began = None
        print(f"\n{number}. {step.title}\n   $ {step.command}", flush=True)

    def show(self, snapshot: Snapshot) -> None:
        if self._began is None:
            self._began = snapshot.time
        for event in snapshot.events:
            reason = f"  {event.reason}" if event.reason else ""
            self._line(event.time, f"{event.status:<28} {event.label}{reason}")
        if snapshot.job is not None:
            self._tell_job(snapshot.job)
        if snapshot.serving is not None:
            self._tell_endpoint(snapshot.serving, snapshot.time)

    def end(self, seconds: float, promises: list[Promise]) -> None:
        for promise in promises:
            print(f"   {'ok' if promise.kept else 'NOT OK'}: {one_line(promise.text, _WIDTH)}")
        print(f"   ({seconds:.1f} s)", flush=True)

    def conclude(self, outputs: dict[str, str], seconds: float) -> None:
        print("\nWhat the deploy gave:")
        for name, value in outputs.items():
            print(f"   {name:<18}{value}")
        print(f"Everything is as promised, and nothing is left running ({seconds:.0f} s).", flush=True)

    def fail(self, message: str, detail: str) -> None:
        print(f"\nFAILED: {message}\n{detail}".rstrip(), flush=True)

    def close(self) -> None:
        """There is nothing to put in order."""

    def _tell_job(self, job: Job) -> None:
        for number, (time, status) in enumerate(job.history):
            if self._is_new(job.name, number):
                reason = f"  {job.reason}" if job.reason and time == job.ended else ""
                self._line(time, f"{status:<28} job {job.name}{reason}")

    def _tell_endpoint(self, serving: Serving, now: float) -> None:
        for number, (time, status) in enumerate(serving.history):
            if self._is_new(serving.name, number):
                self._line(time, f"{status:<28} endpoint {serving.name}")
        if serving.artifact not in ("", self._artifact):
            self._line(now, f"{'serves':<28} endpoint {serving.name}  {folder(serving.artifact)}")
            self._artifact = serving.artifact

    def _is_new(self, name: str, number: int) -> bool:
        """Return whether a status is told for the first time, and remember it."""
        known = (name, number) in self._told
        self._told.add((name, number))
        return not known

    def _line(self, time: float, text: str) -> None:
        assert self._began is not None
        print(f"   {duration(time - self._began):>10}  {one_line(text, _WIDTH)}", flush=True)
