"""The real CDK CLI, as a user would call it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from localcloud import LocalCloud
from tests.end_to_end.support_waiting import wait_patiently

ROOT = Path(__file__).resolve().parents[2]
_HURRY = Path(__file__).with_name("hurry.cjs")

_LONGEST_SECONDS = 120.0
"""Real seconds after which a `cdk watch` is taken for hung: ten times as long as it takes."""


@dataclass(frozen=True)
class Result:
    """How a run of the CLI ended.

    Attributes:
        output: Everything it printed, with single spaces for all white space, so that no line's end splits a
            text.
    """

    code: int
    output: str

    @property
    def succeeded(self) -> bool:
        return self.code == 0


@dataclass
class CdkRun:
    """A run of the CLI that goes on while the test does something else.

    Attributes:
        printed: The file that it prints into.
    """

    cloud: LocalCloud
    process: subprocess.Popen[bytes]
    printed: Path

    def result(self) -> Result:
        """Wait for its end. Raises AssertionError if it does not end."""
        if not wait_patiently(self.cloud, self._ends_within):
            self.kill()
            raise AssertionError(f"the CLI did not end; it printed:\n{self._text()}")
        return Result(self.process.returncode, " ".join(self._text().split()))

    def kill(self) -> None:
        """End it and everything that it started, as a terminal does that is closed."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _ends_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _text(self) -> str:
        return self.printed.read_text(errors="replace")


@dataclass
class CdkCli:
    """The CLI of this checkout, with the variables that `python -m localcloud` says to set.

    Attributes:
        directory: Where what it prints is kept.
    """

    cloud: LocalCloud
    directory: Path
    runs: list[CdkRun] = field(default_factory=list)

    def start(self, *arguments: str) -> CdkRun:
        """Begin to run a command."""
        printed = self.directory / f"cdk-{len(self.runs)}.log"
        with printed.open("wb") as output:
            process = self._begin(arguments, ROOT, output)
        self.runs.append(CdkRun(self.cloud, process, printed))
        return self.runs[-1]

    def watch_until(self, text: str, *arguments: str, directory: Path) -> str:
        """Run `cdk watch` in a directory until it prints a text, and end it. Answers what it printed.

        Raises:
            AssertionError: It did not print that, or not in time.
        """
        process = self._begin(("watch", *arguments), directory, subprocess.PIPE)
        run = CdkRun(self.cloud, process, Path(os.devnull))
        self.runs.append(run)
        limit = threading.Timer(_LONGEST_SECONDS, run.kill)
        limit.start()
        lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.decode(errors="replace"))
            if text in lines[-1]:
                break
        limit.cancel()
        run.kill()
        process.stdout.close()
        printed = "".join(lines)
        assert text in printed, f"cdk watch did not print {text!r}; it printed:\n{printed}"
        return printed

    def _begin(
        self, arguments: tuple[str, ...], directory: Path, output: BinaryIO | int
    ) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(
            [str(Path(sys.executable).parent), str(ROOT / "node_modules/.bin"), os.environ["PATH"]]
        )
        command = shutil.which("cdk", path=path)
        assert command is not None, "there is no CDK CLI: run make setup"
        return subprocess.Popen(
            [command, *arguments, "--progress", "events", "--no-notices", "--no-version-reporting"],
            cwd=directory,
            env={**own_variables(), **self.cloud.environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def stop(self) -> None:
        """End every run that goes on."""
        for run in self.runs:
            run.kill()
        self.runs.clear()


def own_variables() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    return kept | {
        "NO_COLOR": "1",
        # In quotes, because the checkout's path may have a space.
        "NODE_OPTIONS": f'--require "{_HURRY}"',
        # Node compiles the CLI once for all of its runs. That is a sixth of its start.
        "NODE_COMPILE_CACHE": str(ROOT / "node_modules/.cache/node"),
        # Nothing here may look for the outside world, and wait for it.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # The linter of templates in the CDK takes longer than all else. tests/project has it lint examples.
        "CDK_VALIDATION": "false",
    }
