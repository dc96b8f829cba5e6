"""What is deployed already: the templates of the releases, and what today's library makes of the same app.

A file of ``released/`` is the template of the example app as a release synthesized it. It never changes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app import JobStack
from tests.constructs.support import JOB, LEG, new_app, resources_of, template_of

_RELEASED = sorted(path.stem for path in (Path(__file__).parent / "released").glob("*.json"))


def _released(version: str) -> dict[str, Any]:
    path = Path(__file__).parent / "released" / f"{version}.json"
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template


@pytest.fixture(scope="module")
def today() -> dict[str, Any]:
    return template_of(JobStack(new_app(), "OptimizedModel"))


def test_the_first_release_is_here() -> None:
    assert "0.1.0" in _RELEASED


@pytest.mark.parametrize("version", _RELEASED)
def test_an_upgrade_asks_nothing_of_a_job_or_a_leg(today: dict[str, Any], version: str) -> None:
    released = _released(version)
    for resource_type in (JOB, LEG):
        before, after = resources_of(released, resource_type), resources_of(today, resource_type)
        assert {name: body["Properties"] for name, body in before.items()} == {
            name: body["Properties"] for name, body in after.items()
        }


@pytest.mark.parametrize("version", _RELEASED)
def test_an_upgrade_replaces_and_removes_nothing(today: dict[str, Any], version: str) -> None:
    for name, body in _released(version)["Resources"].items():
        assert name in today["Resources"], f"{name} has another logical id"
        assert today["Resources"][name]["Type"] == body["Type"]


@pytest.mark.parametrize("version", _RELEASED)
def test_the_properties_have_the_version_that_the_release_wrote(version: str) -> None:
    versions = {job["Properties"]["Version"] for job in resources_of(_released(version), JOB).values()}
    assert versions == {"1"}
