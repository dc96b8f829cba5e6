"""A release has one version: that of its tag, of pyproject.toml and of the changelog."""

from __future__ import annotations

import re

import pytest

from tests.project import checkout
from tools import check_release

CHANGELOG = "# Changelog\n\n## 1.2.0\n\n- New.\n\n## 1.1.0\n"


def test_a_tag_that_agrees_with_everything_is_released() -> None:
    assert check_release.find_problems("v1.2.0", version="1.2.0", changelog=CHANGELOG) == []


def test_a_tag_of_another_version_is_not_released() -> None:
    assert check_release.find_problems("v1.3.0", version="1.2.0", changelog=CHANGELOG) == [
        "the tag must be v1.2.0, the version of pyproject.toml, got v1.3.0"
    ]


@pytest.mark.parametrize(
    ("changelog", "newest"), [("## Unreleased\n\n## 1.2.0\n", "Unreleased"), ("", "nothing")]
)
def test_a_version_that_the_changelog_does_not_begin_with_is_not_released(
    changelog: str, newest: str
) -> None:
    assert check_release.find_problems("v1.2.0", version="1.2.0", changelog=changelog) == [
        f"CHANGELOG.md must begin with the section 1.2.0, got {newest}"
    ]


def test_the_checkout_itself_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_release.main(["v0.0.0"]) == 1
    assert "the tag must be v" in capsys.readouterr().err


def test_a_call_without_a_tag_says_what_it_expects(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_release.main([]) == 2
    assert "expected a tag such as v0.1.0, got nothing" in capsys.readouterr().err


def test_the_version_stands_in_one_place() -> None:
    written = re.compile(r"^(?:__version__|version) *= *[\"']\d+\.\d+", re.MULTILINE)
    sources = [path for path in checkout.files() if path.suffix in {".cfg", ".py", ".toml"}]
    places = [path.name for path in sources for _ in written.findall(path.read_text())]
    assert places == ["pyproject.toml"]
