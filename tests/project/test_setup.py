"""Setting up says what is wrong with a machine, in words that help."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.project import checkout

SETUP = checkout.ROOT / "tools" / "setup_venv.sh"


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


def set_up(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", SETUP],
        cwd=directory,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_old_python_is_named_with_the_version_that_is_needed(tmp_path: Path) -> None:
    old = program(tmp_path / "python3", '[ "$1" = --version ] && echo Python 3.9.18; exit 1')
    result = set_up(tmp_path, PYTHON=str(old))
    assert result.returncode == 1
    assert result.stderr == f"setup: {old} is Python 3.9.18, but Python 3.11 or newer is needed\n"


def test_a_machine_without_a_new_python_learns_how_to_name_one(tmp_path: Path) -> None:
    program(tmp_path / "python3", '[ "$1" = --version ] && echo Python 3.9.18; exit 1')
    result = set_up(tmp_path, PATH=str(tmp_path))
    assert result.returncode == 1
    assert "python3 is Python 3.9.18; name another one with PYTHON=" in result.stderr


def test_a_python_without_venv_names_the_package_that_brings_it(tmp_path: Path) -> None:
    without = program(tmp_path / "python3", 'case "$2" in *ensurepip*) exit 1;; esac')
    result = set_up(tmp_path, PYTHON=str(without))
    assert result.returncode == 1
    assert "install the package python3-venv" in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_environment_whose_python_has_gone_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((checkout.ROOT / "Makefile").read_text())
    environment = tmp_path / ".venv"
    (environment / "bin").mkdir(parents=True)
    python = environment / "bin" / "python"
    for there, made in ((sys.executable, False), (tmp_path / "gone", True)):
        python.unlink(missing_ok=True)
        python.symlink_to(there)
        for stamp in _stamps(tmp_path):
            stamp.touch()
        assert ("setup_venv.sh" in _would_make(tmp_path)) is made


def _stamps(directory: Path) -> list[Path]:
    """What says that the environment is set up, newer than what it was set up from."""
    for folder in ("requirements", "tools"):
        (directory / folder).mkdir(exist_ok=True)
    for source in ("requirements/development.txt", "tools/setup_venv.sh"):
        (directory / source).touch()
    return [directory / ".venv" / ".requirements"]


def _would_make(directory: Path) -> str:
    return subprocess.check_output(["make", "--dry-run", ".venv/.requirements"], cwd=directory, text=True)
