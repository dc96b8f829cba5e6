"""Assemblies of app.py in the making, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.demo.cdk_cli import ROOT, search_path

JOB_STACK = "OptimizedModel"
"""The job's stack."""

SERVING_STACK = f"{JOB_STACK}Serving"
"""The endpoint's stack."""

STACKS = (JOB_STACK, SERVING_STACK)
"""The stacks of the app, in the order in which they are deployed."""

_PROGRAM = Path(__file__).with_name("synthesize_app.py")
_SOURCE_ROOTS = (ROOT / "constructs", ROOT / "lambda", ROOT)


class Synthesis:
    """Begins to synthesize as soon as it is made.

    Args:
        directory: Where the assemblies go.
        contexts: The context values of each.
    """

    def __init__(self, directory: Path, contexts: Sequence[Mapping[str, str]]) -> None:
        self._directory = directory
        self._log = (directory / "synthesis.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), str(directory), *map(json.dumps, contexts)],
            cwd=ROOT,
            env={
                **os.environ,
                "PATH": search_path(),
                "PYTHONPATH": os.pathsep.join(map(str, _SOURCE_ROOTS)),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        self._done = 0

    def assembly(self, number: int) -> Path:
        """The n-th assembly, as soon as it is there. Raises RuntimeError if the app cannot be synthesized."""
        assert self._process.stdout is not None
        while self._done <= number:
            if not self._process.stdout.readline():
                self._log.seek(0)
                raise RuntimeError(f"app.py could not be synthesized:\n{self._log.read()[-4000:]}")
            self._done += 1
        return self._directory / str(number)

    def stop(self) -> None:
        """End it, whether it is done or not."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._log.close()


def template(assembly: Path, stack: str) -> dict[str, Any]:
    """The template of a stack of an assembly."""
    document: dict[str, Any] = json.loads((assembly / f"{stack}.template.json").read_text())
    return document
