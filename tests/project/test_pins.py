"""What a checkout installs is pinned, with hashes, for every machine."""

from __future__ import annotations

import json
import re

from tests.project import checkout

REQUIREMENTS = (checkout.ROOT / "requirements/development.txt").read_text()
PINS = re.findall(r"^([\w.-]+)==([\w.]+)(.*(?:\n    .*)*)", REQUIREMENTS, re.MULTILINE)
LOCK = json.loads((checkout.ROOT / "package-lock.json").read_text())
PACKAGE = json.loads((checkout.ROOT / "package.json").read_text())


def test_every_python_package_is_pinned_with_hashes() -> None:
    assert PINS
    assert [name for name, _, rest in PINS if "--hash=sha256:" not in rest] == []


def test_nothing_but_pinned_packages_is_required() -> None:
    starts = [line for line in REQUIREMENTS.splitlines() if line and not line.startswith(("#", " "))]
    assert len(starts) == len(PINS)


def test_everything_asked_for_is_pinned() -> None:
    lines = (checkout.ROOT / "requirements/development.in").read_text().splitlines()
    asked = {checkout.normalized(line) for line in lines if line and not line.startswith("#")}
    assert asked - {checkout.normalized(name) for name, _, _ in PINS} == set()


def test_the_cdk_cli_is_pinned_to_one_version() -> None:
    wanted = PACKAGE["devDependencies"]["aws-cdk"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", wanted)
    assert LOCK["packages"]["node_modules/aws-cdk"]["version"] == wanted


def test_every_node_package_is_locked_by_its_hash_and_not_by_where_it_came_from() -> None:
    packages = {path: package for path, package in LOCK["packages"].items() if path}
    assert packages
    assert [path for path, package in packages.items() if not package.get("integrity")] == []
    assert [path for path, package in packages.items() if "resolved" in package] == []
