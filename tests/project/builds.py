"""Builds of the library, as its users install them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(command: list[str | Path], directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that succeeds."""
    result = subprocess.run(
        command, cwd=directory, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def build(source: Path, kind: str, directory: Path) -> Path:
    """Build a `wheel` or an `sdist` of a source into an empty directory."""
    run([sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", directory, source], source)
    (archive,) = directory.iterdir()
    return archive
