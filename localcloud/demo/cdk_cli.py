"""Runs the real CDK CLI, with no network but the local cloud."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_GRACE_SECONDS = 2.0
"""The real time that the CLI has to end by itself."""

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class CliResult:
    """The result of a run of the CLI.

    Attributes:
        output: Everything it printed, without colours.
        seconds: How long it took, in real time.
    """

    arguments: tuple[str, ...]
    code: int
    output: str
    seconds: float

    def tail(self, lines: int = 30) -> str:
        """The last lines that are not empty."""
        return "\n".join([line for line in self.output.splitlines() if line.strip()][-lines:])


class CdkCli:
    """The CLI of this checkout (or else the machine's), talking to one endpoint.

    Args:
        environment: The variables that say where the cloud is.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        path = search_path()
        found = shutil.which("cdk", path=path)
        if found is None:
            raise FileNotFoundError("there is no CDK CLI in node_modules/.bin nor on PATH: run make setup")
        self._command = found
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))},
            **environment,
            "PATH": path,
            "NO_COLOR": "1",
            # Nothing here may look for the outside world, and wait for it.
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        }

    def deploy(self, assembly: Path) -> CliResult:
        """Deploy every stack of an app that has been synthesized already."""
        return self._run(
            "deploy", "--all", "--app", str(assembly), "--require-approval", "never", "--method", "direct"
        )

    def destroy(self, assembly: Path) -> CliResult:
        """Delete every stack."""
        return self._run("destroy", "--all", "--app", str(assembly), "--force")

    def _run(self, *arguments: str) -> CliResult:
        began = time.monotonic()
        process = subprocess.Popen(
            [self._command, *arguments, "--no-notices", "--no-version-reporting", "--progress", "events"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Ctrl-C is for the demo alone; it then ends the CLI and whatever that has started.
            start_new_session=True,
        )
        try:
            output, _ = process.communicate()
        except BaseException:
            _end(process)
            raise
        return CliResult(arguments, process.returncode, _ESCAPES.sub("", output), time.monotonic() - began)


def search_path() -> str:
    """PATH with this checkout's Node and CDK CLI in front of the machine's."""
    own = [str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin")]
    return os.pathsep.join([*own, os.environ.get("PATH", os.defpath)])


def _end(process: subprocess.Popen[str]) -> None:
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
            return
