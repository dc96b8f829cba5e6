"""The processes of all functions: kept warm, started when all are busy, replaced when a function changes."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable

from localcloud.services.awslambda.configuration import Configuration
from localcloud.services.awslambda.process import FunctionProcess

_MOST_FOR_A_FUNCTION = 2
"""So many processes of one function run at once; what is more waits. (A laptop had better not start more.)"""


class WarmPool:
    """Hands out processes.

    Args:
        start: Starts a process for a configuration.
    """

    def __init__(self, start: Callable[[Configuration], FunctionProcess]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._idle: defaultdict[str, list[FunctionProcess]] = defaultdict(list)
        self._slots: defaultdict[str, threading.Semaphore] = defaultdict(
            lambda: threading.Semaphore(_MOST_FOR_A_FUNCTION)
        )
        self._all: set[FunctionProcess] = set()

    def acquire(self, configuration: Configuration) -> FunctionProcess:
        """A process for a function as it is now, warm if there is one.

        Waits (real time) while too many are at work.
        """
        arn = configuration.arn
        with self._lock:
            slots = self._slots[arn]
        slots.acquire()
        with self._lock:
            idle = self._idle.pop(arn, [])
            fit = [
                each
                for each in idle
                if each.alive and each.configuration.fingerprint == configuration.fingerprint
            ]
            unfit = [each for each in idle if each not in fit]
            if fit:
                self._idle[arn] = fit[:-1]
        for process in unfit:
            self._discard(process)
        if fit:
            return fit[-1]
        try:
            process = self._start(configuration)
        except BaseException:
            slots.release()
            raise
        with self._lock:
            self._all.add(process)
        return process

    def release(self, process: FunctionProcess) -> None:
        """Take a process back, unless it has ended."""
        arn = process.configuration.arn
        keep = process.alive
        with self._lock:
            if process not in self._all:
                keep = False
            elif keep:
                self._idle[arn].append(process)
        if not keep:
            self._discard(process)
        self._slots[arn].release()

    def using(self, access_key_id: str) -> FunctionProcess | None:
        """The process to which an access key was given."""
        with self._lock:
            return next((process for process in self._all if process.access_key_id == access_key_id), None)

    def count(self) -> int:
        """Return the number of processes, idle ones included."""
        with self._lock:
            return len(self._all)

    def clear(self) -> None:
        """End every process."""
        with self._lock:
            processes = list(self._all)
            self._all.clear()
            self._idle.clear()
        for process in processes:
            process.kill()
        for process in processes:
            process.close()

    def _discard(self, process: FunctionProcess) -> None:
        with self._lock:
            self._all.discard(process)
        process.close()
