"""`python -m localcloud.demo --svg FILE` draws what a terminal shows of the demo into a file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.demo.picture import STEPS, Picture
from localcloud.demo.steps import CHAPTERS, Promise
from tests.localcloud.demo.snapshots import happening, job, sight
from tests.project import checkout


@pytest.fixture
def picture(tmp_path: Path) -> Iterator[Picture]:
    picture = Picture(tmp_path / "demo.svg")
    yield picture
    picture.close()


def texts(file: Path) -> str:
    """What a person reads in a picture."""
    parts = re.findall(r"<text [^>]*>([^<]*)</text>", file.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", html.unescape(" ".join(parts)))


def play(picture: Picture, *seconds: float) -> None:
    """Two steps; in the second, the job is looked at after so many seconds."""
    picture.begin(1, CHAPTERS[0])
    picture.show(sight(0, happening(0, "Stack", "CREATE_IN_PROGRESS"), of=job(1200)))
    picture.end(1.0, [Promise("one job ran", kept=True)])
    picture.begin(2, CHAPTERS[1])
    for each in (0, *seconds):
        moment = sight(each, happening(each, "Stack", "UPDATE_IN_PROGRESS"), of=job(each))
        picture.show(replace(moment, stack="UPDATE_IN_PROGRESS"))


def test_it_shows_a_step_that_has_ended_and_one_whose_job_runs(picture: Picture, tmp_path: Path) -> None:
    play(picture, 300, 900, 1200)
    picture.end(1.0, [Promise("another job ran", kept=True)])
    picture.conclude({}, 2.0)
    shown = texts(tmp_path / "demo.svg")
    assert "✔ one job ran" in shown
    assert "◐ UPDATE_IN_PROGRESS" in shown
    assert re.findall(r"(\d+) min on the clock", shown)[-1:] == ["15"]
    assert "another job ran" not in shown


def test_it_fetches_nothing(picture: Picture, tmp_path: Path) -> None:
    play(picture, 900)
    picture.conclude({}, 2.0)
    assert "url(" not in (tmp_path / "demo.svg").read_text().replace("url(#", "")


def test_without_a_running_job_there_is_no_picture(picture: Picture, tmp_path: Path) -> None:
    play(picture, 300)
    with pytest.raises(RuntimeError, match="was not seen running: use a lower --speed"):
        picture.conclude({}, 2.0)
    assert not (tmp_path / "demo.svg").exists()


def test_the_picture_of_the_readme_shows_the_demo_as_it_is() -> None:
    shown = texts(checkout.ROOT / "docs" / "demo.svg")
    for step in CHAPTERS[:STEPS]:
        assert step.title in shown, "run: python -m localcloud.demo --svg docs/demo.svg"
        assert f"$ {step.command}" in shown
