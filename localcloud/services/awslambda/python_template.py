"""A Python that has imported boto3 already, and forks into the processes of functions.

A process that starts from nothing takes a fifth of a second for that, and most functions do nothing else that
takes long.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

PYTHON_RUNTIME = Path(__file__).with_name("python_runtime.py")

_INHERITED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV", "SSL_CERT_FILE")
"""Variables of ours without which Python may not start; a function sees none of the others."""

VARIABLES = {"PYTHONUNBUFFERED": "1", "TZ": ":UTC"}
"""Variables that the process of a function has beside them, and that Python reads at its start."""

_IMPORTED = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
"""The packages of boto3. A function may bring its own."""

_READ_EARLY = ("BOTO", "LD_", "PYTHON", "SSL")
"""The beginnings of the variables that Python and boto3 read at their start."""


def inherited_variables() -> dict[str, str]:
    """Our own variables that the process of a function has, too."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


class ForkedProcess:
    """A process that a template has forked: the part of `subprocess.Popen` that a function needs.

    Args:
        reports: The template writes its id here, and its exit status when it has ended.
    """

    def __init__(self, reports: int) -> None:
        self._reports = os.fdopen(reports, "rb")
        self._lock = threading.Lock()
        self._code: int | None = None
        self.pid = int(self._reports.readline())

    def poll(self) -> int | None:
        """Return its exit status; None while it runs."""
        return self.wait() if self._code is not None or self._has_ended() else None

    def wait(self) -> int:
        """Wait until it has ended, and return its exit status; a signal is a negative number."""
        with self._lock:
            if self._code is None:
                # Nothing, if the template was killed.
                self._code = int(self._reports.readline() or -signal.SIGKILL)
                self._reports.close()
            return self._code

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def _has_ended(self) -> bool:
        """Ask the system, which knows sooner than the template."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        return state in "ZX"


class PythonTemplate:
    """Starts the processes of Python functions: as forks where that makes no difference to the function."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(
        self, handler: str, directory: Path, variables: Mapping[str, str], log: IO[bytes]
    ) -> ForkedProcess | subprocess.Popen[bytes]:
        """Start a process, in a group of its own.

        Args:
            handler: `module.function`.
            directory: The function's code, in which it begins.
            variables: All that it finds in its environment.
            log: What it prints goes there.
        """
        if _can_be_forked(directory, variables):
            with self._lock:
                return self._fork([handler], directory, variables, log)
        return subprocess.Popen(
            # With -P, so that the script's own neighbours are no modules of the function's.
            [sys.executable, "-P", PYTHON_RUNTIME, handler],
            cwd=directory,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A signal at the terminal ends the local cloud, which then ends its processes itself.
            start_new_session=True,
        )

    def stop(self) -> None:
        """End the template, and the processes that it has forked."""
        with self._lock:
            if self._control is not None and self._process is not None:
                self._control.close()
                self._process.wait()
            self._control = self._process = None

    def _fork(
        self, arguments: list[str], directory: Path, variables: Mapping[str, str], log: IO[bytes]
    ) -> ForkedProcess:
        control = self._started()
        reports, report = os.pipe()
        with TemporaryFile() as order:
            order.write(
                json.dumps(
                    {"arguments": arguments, "directory": str(directory), "variables": dict(variables)}
                ).encode()
            )
            order.seek(0)
            socket.send_fds(control, [b"."], [order.fileno(), log.fileno(), report])
            os.close(report)
            return ForkedProcess(reports)

    def _started(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", PYTHON_RUNTIME, "--fork", str(theirs.fileno())],
                    env={**inherited_variables(), **VARIABLES},
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
        return self._control


def _can_be_forked(directory: Path, variables: Mapping[str, str]) -> bool:
    """Return whether a process cannot tell that it was forked.

    It could if it had another boto3 than ours, or a variable that Python reads before all else. On other
    systems than Linux, libraries may not survive a fork.
    """
    own = {path.name.partition(".")[0] for path in directory.iterdir()}
    ours = {**inherited_variables(), **VARIABLES, "PYTHONPATH": variables.get("PYTHONPATH")}
    early = [name for name in variables if name.startswith(_READ_EARLY)]
    return (
        sys.platform == "linux"
        and not own & _IMPORTED
        and all(variables[name] == ours.get(name) for name in early)
    )
