"""Measures ``cdk synth`` for one job, from the start of the process to its end."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).parents[1]
_APP = Path(__file__).with_name("app.py")


def compare(pairs: int) -> list[tuple[float, float]]:
    """Synthesize both apps in turn, and return (stock, library) in seconds for each pair.

    Each begins every other pair. The first run of each does not count, because it compiles its imports.
    """
    measured = []
    for number in range(-1, pairs):
        names = ["stock", "library"] if number % 2 else ["library", "stock"]
        seconds = {name: _seconds(name) for name in names}
        if number >= 0:
            measured.append((seconds["stock"], seconds["library"]))
    return measured


def _seconds(contender: str) -> float:
    # The pinned Node and CDK CLI, beside Python, come before the machine's own.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    cli = shutil.which("cdk", path=path)
    if cli is None:
        raise FileNotFoundError("there is no AWS CDK CLI: run make setup")
    sources = os.pathsep.join(str(_ROOT / folder) for folder in (".", "constructs"))
    environment = {**os.environ, "PATH": path, "PYTHONPATH": sources, "CDK_DISABLE_CLI_TELEMETRY": "true"}
    # An installed package is compiled. A variable that some machines set would have the checkout compiled in
    # each run, and the CDK not.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    app = shlex.join([sys.executable, str(_APP), contender])
    with TemporaryDirectory() as directory:
        command = [cli, "synth", "--quiet", "--no-notices", "--no-version-reporting", "--app", app]
        started = time.perf_counter()
        subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True)
        return time.perf_counter() - started
