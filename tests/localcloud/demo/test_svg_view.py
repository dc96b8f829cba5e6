"""`python -m localcloud.demo --svg FILE` draws what a terminal shows of the demo into a file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.demo.steps import STEPS, Promise
from localcloud.demo.svg_view import SHOWN, SvgView
from tests.localcloud.demo.snapshots import event, job, serving, snapshot
from tests.project import checkout


@pytest.fixture
def view(tmp_path: Path) -> Iterator[SvgView]:
    view = SvgView(tmp_path / "demo.svg")
    yield view
    view.close()


def texts(file: Path) -> str:
    """The texts in an SVG file."""
    parts = re.findall(r"<text [^>]*>([^<]*)</text>", file.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", html.unescape(" ".join(parts)))


def run(view: SvgView, *seconds: float) -> None:
    """Two steps; in the second, the job is looked at after so many seconds."""
    view.begin(1, STEPS[0])
    view.show(snapshot(0, event(0, "Stack", "CREATE_IN_PROGRESS"), of=job(1200)))
    view.end(1.0, [Promise("one job ran", kept=True)])
    view.begin(2, STEPS[1])
    for each in (0, *seconds):
        update = event(each, "Stack", "UPDATE_IN_PROGRESS")
        moment = snapshot(each, update, of=job(each), served=serving("job-1", "InService"))
        view.show(replace(moment, status="UPDATE_IN_PROGRESS"))


def test_it_shows_a_step_that_has_ended_and_one_whose_job_runs(view: SvgView, tmp_path: Path) -> None:
    run(view, 300, 900, 1200)
    view.end(1.0, [Promise("another job ran", kept=True)])
    view.conclude({}, 2.0)
    shown = texts(tmp_path / "demo.svg")
    assert "✔ one job ran" in shown
    assert "◐ UPDATE_IN_PROGRESS" in shown
    assert "● endpoint InService , serves job-1" in shown
    assert re.findall(r"(\d+) min on the clock", shown)[-1:] == ["15"]
    assert "another job ran" not in shown


def test_it_fetches_nothing(view: SvgView, tmp_path: Path) -> None:
    run(view, 900)
    view.conclude({}, 2.0)
    assert "url(" not in (tmp_path / "demo.svg").read_text().replace("url(#", "")


def test_without_a_running_job_there_is_no_picture(view: SvgView, tmp_path: Path) -> None:
    run(view, 300)
    with pytest.raises(RuntimeError, match="was not seen running: use a lower --speed"):
        view.conclude({}, 2.0)
    assert not (tmp_path / "demo.svg").exists()


def test_the_picture_of_the_readme_shows_the_demo_as_it_is() -> None:
    shown = texts(checkout.ROOT / "docs" / "demo.svg")
    for step in STEPS[:SHOWN]:
        assert step.title in shown, "run: python -m localcloud.demo --svg docs/demo.svg"
        assert f"$ {step.command}" in shown
    assert "● endpoint InService , serves optimizedmodel-" in shown
