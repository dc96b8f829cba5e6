"""The checkout that the tests of the project look at."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files() -> list[Path]:
    """Every file of the project, tracked or new and not ignored. What a link leads to is listed by itself."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return sorted({path for path in paths if path.is_file() and not path.is_symlink()})


def normalized(requirement: str) -> str:
    """The name in a requirement, as package indexes compare names: `PyYAML>=6` is `pyyaml`."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, f"not a requirement: {requirement!r}"
    return re.sub(r"[-_.]+", "-", name[0]).lower()
