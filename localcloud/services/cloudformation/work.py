"""Work on many resources at once, in the order in which they depend on each other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from localcloud.kernel.clock import Clock, ClockStopped
from localcloud.services.cloudformation.errors import Cancelled, ResourceFailure

_LOG = logging.getLogger(__name__)

FOREVER = 10 * 365 * 86_400.0
"""Clock seconds that never pass. A thread that waits so long waits for another that waits less."""


@dataclass
class Outcome:
    """The outcome of a piece of work.

    Attributes:
        failed: The keys that failed, with the reasons, in the order of the failures.
        cancelled: The keys that were given up because of that.
        done: The keys that succeeded.
    """

    failed: dict[str, str] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


class Work:
    """One phase of an operation.

    Args:
        changed: Notified whenever anything in the engine changes.
    """

    def __init__(self, clock: Clock, changed: threading.Condition) -> None:
        self.clock = clock
        self.changed = changed
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        """Give everything up that is not finished."""
        self.cancelled.set()
        with self.changed:
            self.changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Let clock time pass. Raises Cancelled."""
        if not self.clock.sleep(seconds, self.cancelled) or self.cancelled.is_set():
            raise Cancelled

    def wait(self, predicate: Callable[[], bool], seconds: float = FOREVER) -> bool:
        """Wait for something that others change, who then notify `changed`. Raises Cancelled.

        Returns:
            False if the time is up.
        """
        with self.changed:
            came = self.clock.wait(self.changed, lambda: predicate() or self.cancelled.is_set(), seconds)
            if self.cancelled.is_set():
                raise Cancelled
            return came

    def run(
        self,
        needs: Mapping[str, frozenset[str]],
        act: Callable[[str], None],
        *,
        stop_on_failure: bool,
        time_limit: float | None = None,
    ) -> Outcome:
        """Act on every key as soon as all that it needs is done, each on a thread of its own.

        Args:
            needs: For each key, the keys that must be done before it. Circles are the caller's mistake.
            stop_on_failure: Whether the first failure cancels the rest; otherwise only what needs the
                failed key is left out.
            time_limit: Clock seconds after which everything is cancelled.
        """
        outcome = Outcome()
        waiting = {key: set(required) & needs.keys() for key, required in needs.items()}
        running: set[str] = set()

        def attempt(key: str) -> None:
            failure: str | None = None
            cancelled = False
            try:
                act(key)
            except Cancelled:
                cancelled = True
            except ResourceFailure as error:
                failure = error.reason
            except ClockStopped:
                raise
            except Exception as error:  # noqa: BLE001 (a mistake of ours must not leave a stack in progress forever)
                _LOG.exception("%s failed in the local cloud itself", key)
                failure = f"Internal Failure: {error!r}"
            with self.changed:
                running.discard(key)
                if cancelled:
                    outcome.cancelled.append(key)
                elif failure is not None:
                    outcome.failed[key] = failure
                    if stop_on_failure:
                        self.cancelled.set()
                else:
                    outcome.done.append(key)
                    for required in waiting.values():
                        required.discard(key)
                self.changed.notify_all()

        def ready() -> list[str]:
            return (
                [] if self.cancelled.is_set() else [key for key, required in waiting.items() if not required]
            )

        deadline = None if time_limit is None else self.clock.time() + time_limit
        with self.changed:
            while ready() or running:
                for key in ready():
                    del waiting[key]
                    running.add(key)
                    self.clock.start_thread(attempt, key, name=f"cloudformation {key}")
                remaining = FOREVER if deadline is None else max(0.0, deadline - self.clock.time())
                self.clock.wait(self.changed, lambda: bool(ready()) or not running, remaining)
                if deadline is not None and self.clock.time() >= deadline:
                    self.cancelled.set()
                    deadline = None
                    self.changed.notify_all()
        return outcome
