"""What is committed says nothing about the machine it was written on, or where its packages came from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project import checkout

MACHINE_PATH = re.compile(r"(?<![\w.$/~-])/(?:home|root|work|farm|Users|var/folders|tmp)/[\w.]")
REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|registry[.](?:npmjs|yarnpkg)|--(?:extra-)?index[-]url|--find[-]links|_auth[T]oken"
)


def matches(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    found = []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(checkout.ROOT)}:{number}: {line.strip()[:120]}")
    return found


def test_no_file_names_a_path_of_one_machine() -> None:
    assert matches(MACHINE_PATH, checkout.files()) == []


def test_no_file_names_a_package_registry() -> None:
    assert matches(REGISTRY, checkout.files()) == []


@pytest.mark.parametrize("text", ["see " + "/ho" + "me/ann/x", '"/us'.replace("us", "Us") + 'ers/ann"'])
def test_a_machine_path_would_be_found(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file"
    file.write_text(text)
    assert MACHINE_PATH.search(file.read_text())


@pytest.mark.parametrize("text", ["arn:aws:s3:::bucket/home/x", "https://example.com/root/x", "a/work/b"])
def test_a_path_inside_a_name_is_not_a_machine_path(text: str) -> None:
    assert not MACHINE_PATH.search(text)
