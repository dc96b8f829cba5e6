"""Starts the processes of Python functions as copies of one that has imported the AWS SDK.

To import it takes half of the processor time that a function's process needs to start.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

_PYTHON_RUNTIME = Path(__file__).with_name("python_runtime.py")


class LaunchedProcess:
    """A process that the launcher has started, with what `subprocess.Popen` says of one of its own."""

    def __init__(self) -> None:
        self.pid = 0
        self.started = threading.Event()
        self._code: int | None = None
        self._ended = threading.Event()

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None while it runs."""
        return self._code

    def wait(self) -> int:
        """Wait for its end, and return its exit code."""
        self._ended.wait()
        assert self._code is not None
        return self._code

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)

    def has_ended(self, code: int) -> None:
        """Take note of its end."""
        if self._code is None:
            self._code = code
        self.started.set()
        self._ended.set()


class Launcher:
    """Is there from the first start to `stop`.

    Args:
        variables: Its own environment; the processes get theirs.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._launched: dict[int, LaunchedProcess] = {}
        self._program: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(
        self, handler: str, *, task_root: Path, variables: Mapping[str, str], log: str
    ) -> LaunchedProcess:
        """Start a process that runs a handler, and writes what it prints to the end of a file."""
        launched = LaunchedProcess()
        with self._lock:
            program = self._running()
            number = next(self._numbers)
            self._launched[number] = launched
            order = {
                "number": number,
                "handler": handler,
                "task_root": str(task_root),
                "variables": dict(variables),
                "log": log,
            }
            assert program.stdin is not None
            program.stdin.write(json.dumps(order) + "\n")
            program.stdin.flush()
        launched.started.wait()
        return launched

    def stop(self) -> None:
        """End the launcher itself. Its processes are ended by then."""
        with self._lock:
            program, self._program = self._program, None
        if program is not None:
            assert program.stdin is not None
            program.stdin.close()
            program.wait()
            assert self._reader is not None
            self._reader.join()

    def _running(self) -> subprocess.Popen[str]:
        if self._program is None:
            self._program = subprocess.Popen(
                # With -P, so that the script's own neighbours are no modules of the functions.
                [sys.executable, "-P", str(_PYTHON_RUNTIME)],
                env=self._variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                # A signal at the terminal ends the local cloud, which then ends its processes itself.
                start_new_session=True,
            )
            self._reader = threading.Thread(
                target=self._read, args=(self._program,), name="launcher", daemon=True
            )
            self._reader.start()
        return self._program

    def _read(self, program: subprocess.Popen[str]) -> None:
        """Take note of what it says: of the start and of the end of each process."""
        assert program.stdout is not None
        with program.stdout:
            for line in program.stdout:
                number, what, value = line.split()
                launched = self._launched[int(number)]
                if what == "started":
                    launched.pid = int(value)
                    launched.started.set()
                else:
                    del self._launched[int(number)]
                    launched.has_ended(int(value))
        for launched in self._launched.values():
            launched.has_ended(-signal.SIGKILL)
