"""The real CDK CLI, with the credentials of the person who starts the run."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from localcloud.demo.cdk_cli import ROOT, search_path

_GRACE_SECONDS = 5.0

_QUIETLY = ("--progress", "events", "--no-notices", "--no-version-reporting")


@dataclass
class Run:
    """A command of the CLI that may still be running."""

    process: subprocess.Popen[bytes]
    printed: Path

    def wait(self) -> bool:
        """Wait until the command ends.

        Returns:
            Whether it succeeded.
        """
        return self.process.wait() == 0

    def output(self) -> str:
        """Read what the command has printed."""
        return self.printed.read_text(errors="replace")

    def stop(self) -> None:
        """End the command and its child processes, if it is still running."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_GRACE_SECONDS)


class Cli:
    """Runs commands on synthesized apps.

    Args:
        directory: The directory for the output of the commands.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._runs: list[Run] = []

    def start(self, command: str, assembly: Path, *options: str) -> Run:
        """Start a command."""
        path = search_path()
        cdk = shutil.which("cdk", path=path)
        if cdk is None:
            raise FileNotFoundError("there is no CDK CLI in node_modules/.bin nor on PATH: run make setup")
        printed = self._directory / f"cdk-{len(self._runs)}.log"
        with printed.open("wb") as output:
            process = subprocess.Popen(
                [cdk, command, "--all", "--app", str(assembly), *options, *_QUIETLY],
                cwd=ROOT,
                env={**os.environ, "PATH": path, "NO_COLOR": "1", "CDK_DISABLE_CLI_TELEMETRY": "true"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches this program only, which then ends the CLI.
                start_new_session=True,
            )
        self._runs.append(Run(process, printed))
        return self._runs[-1]

    def start_deploy(self, assembly: Path, *options: str) -> Run:
        """Start `cdk deploy`."""
        return self.start("deploy", assembly, "--require-approval", "never", *options)

    def stop(self) -> None:
        """End every command that is still running."""
        for run in self._runs:
            run.stop()
