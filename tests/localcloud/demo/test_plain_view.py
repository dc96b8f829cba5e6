"""In a log the demo is a line for everything that happens."""

from __future__ import annotations

import pytest

from localcloud.demo.plain_view import PlainView
from localcloud.demo.steps import STEPS, Promise
from localcloud.services.sagemaker import JobScript
from tests.localcloud.demo.snapshots import event, job, serving, snapshot


@pytest.fixture
def view() -> PlainView:
    view = PlainView()
    view.begin(1, STEPS[0])
    return view


def test_a_step_begins_with_its_title_and_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    PlainView().begin(2, STEPS[1])
    assert capsys.readouterr().out == f"\n2. {STEPS[1].title}\n   $ {STEPS[1].command}\n"


def test_every_event_is_a_line_with_its_time_on_the_clock(
    view: PlainView, capsys: pytest.CaptureFixture[str]
) -> None:
    view.show(snapshot(0, event(0, "Stack", "CREATE_IN_PROGRESS")))
    view.show(snapshot(900, event(840, "Job", "CREATE_FAILED", "out of\nmemory")))
    lines = capsys.readouterr().out.splitlines()[-2:]
    assert [line.split() for line in lines] == [
        ["0", "s", "CREATE_IN_PROGRESS", "Stack"],
        ["14", "min", "CREATE_FAILED", "Job", "out", "of", "memory"],
    ]


def test_each_status_of_a_job_is_told_once(view: PlainView, capsys: pytest.CaptureFixture[str]) -> None:
    failing = JobScript(runtime=600, outcome="FAILED", reason="CUDA out of memory")
    for seconds in (0, 60, 61, 660, 661):
        view.show(snapshot(seconds, of=job(seconds, failing)))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if " job " in line]
    assert [line[2] for line in lines] == ["STARTING", "INPROGRESS", "FAILED"]
    assert lines[-1][-4:] == ["CUDA", "out", "of", "memory"]


def test_each_status_of_the_endpoint_is_told_once(
    view: PlainView, capsys: pytest.CaptureFixture[str]
) -> None:
    view.show(snapshot(0, served=serving("", "Creating")))
    view.show(snapshot(200, served=serving("job-1", "Creating", "InService", "Updating")))
    view.begin(2, STEPS[1])
    view.show(snapshot(300, served=serving("job-1", "Creating", "InService", "Updating", "RollingBack")))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if " endpoint " in line]
    assert [line[2:3] for line in lines if "serves" not in line] == [
        ["Creating"],
        ["InService"],
        ["Updating"],
        ["RollingBack"],
    ]


def test_another_artifact_that_is_served_is_told_once(
    view: PlainView, capsys: pytest.CaptureFixture[str]
) -> None:
    for seconds, name in ((0, ""), (60, "job-1"), (61, "job-1"), (120, "job-2"), (121, "job-2")):
        view.show(snapshot(seconds, served=serving(name, "InService")))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if " serves " in line]
    assert lines == [
        ["1", "min", "serves", "endpoint", "stack--endpoint", "job-1"],
        ["2", "min", "serves", "endpoint", "stack--endpoint", "job-2"],
    ]


def test_a_broken_promise_stands_out(view: PlainView, capsys: pytest.CaptureFixture[str]) -> None:
    view.end(7.04, [Promise("the stack is there", True), Promise("its model is there", False)])
    assert capsys.readouterr().out.endswith(
        "   ok: the stack is there\n   NOT OK: its model is there\n   (7.0 s)\n"
    )


def test_the_outputs_come_last(view: PlainView, capsys: pytest.CaptureFixture[str]) -> None:
    view.conclude({"JobName": "Stack--Job-0"}, 42)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].split() == ["JobName", "Stack--Job-0"]
    assert lines[-1] == "Everything is as promised, and nothing is left running (42 s)."


def test_a_failure_shows_what_the_cli_said(view: PlainView, capsys: pytest.CaptureFixture[str]) -> None:
    view.fail("This is not so: the stack is there", "Error: no such bucket")
    assert capsys.readouterr().out.endswith(
        "FAILED: This is not so: the stack is there\nError: no such bucket\n"
    )
