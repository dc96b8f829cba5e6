"""On a terminal the demo is a view that stays in its place, below what has been reached."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from localcloud.demo.live_view import LiveView
from localcloud.demo.snapshot import LEG_TYPE
from localcloud.demo.steps import STEPS, Promise
from localcloud.services.sagemaker import JobScript
from tests.localcloud.demo.snapshots import event, job, serving, snapshot


class Terminal:
    """A terminal of a width, and what stands on it."""

    def __init__(self, width: int = 100) -> None:
        self.screen = io.StringIO()
        self.console = Console(
            file=self.screen, force_terminal=True, width=width, height=40, color_system=None
        )
        self.view = LiveView(self.console)

    def picture(self) -> str:
        """The picture as it is now, drawn on a sheet of its own."""
        sheet = Console(file=io.StringIO(), width=self.console.width, color_system=None)
        with sheet.capture() as capture:
            sheet.print(self.view.picture())
        return capture.get()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.view.close()


def test_it_says_what_is_being_waited_for(terminal: Terminal) -> None:
    terminal.view.say("Starting a local cloud")
    assert "Starting a local cloud  0 s" in terminal.picture()


def test_until_something_happens_the_cli_is_starting(terminal: Terminal) -> None:
    terminal.view.begin(1, STEPS[0])
    terminal.view.show(snapshot(0))
    assert "the CDK CLI is starting" in terminal.picture()


def test_the_stack_s_resources_the_job_and_its_legs_are_seen(terminal: Terminal) -> None:
    terminal.view.begin(1, STEPS[0])
    terminal.view.show(snapshot(0, event(0, "Stack", "CREATE_IN_PROGRESS")))
    terminal.view.show(snapshot(840, of=job(840)))
    view = terminal.picture()
    assert "Models ◐ CREATE_IN_PROGRESS" in view
    assert "● Bucket" in view
    assert "◐ Stack--Job-0123456789abcdef INPROGRESS" in view
    assert "the stack waits in legs of 55 minutes: ◐ ○" in view
    assert "14 min on the clock" in view


@pytest.mark.parametrize(
    ("job_name", "status", "line"),
    [
        ("", "Creating", "◐ endpoint Creating "),
        ("job-1", "InService", "● endpoint InService, serves job-1 "),
        ("job-1", "RollingBack", "↶ endpoint RollingBack, serves job-1 "),
    ],
)
def test_the_endpoint_is_seen_with_what_it_serves(
    terminal: Terminal, job_name: str, status: str, line: str
) -> None:
    terminal.view.begin(1, STEPS[0])
    terminal.view.show(snapshot(0, event(0, "Stack", "CREATE_IN_PROGRESS")))
    terminal.view.show(snapshot(840, served=serving(job_name, status)))
    assert line in terminal.picture()


def test_the_stack_of_the_endpoint_has_no_legs(terminal: Terminal) -> None:
    terminal.view.begin(1, STEPS[0])
    terminal.view.show(snapshot(0, event(0, "Stack", "CREATE_IN_PROGRESS")))
    moment = snapshot(840, of=job(840))
    others = tuple(resource for resource in moment.resources if resource.type != LEG_TYPE)
    terminal.view.show(replace(moment, resources=others))
    assert "Stack--Job-0123456789abcdef" in terminal.picture()
    assert "waits in legs" not in terminal.picture()


def test_a_failed_job_tells_its_reason(terminal: Terminal) -> None:
    terminal.view.begin(1, STEPS[0])
    terminal.view.show(snapshot(0, event(0, "Stack", "UPDATE_IN_PROGRESS")))
    failing = JobScript(runtime=60, outcome="FAILED", reason="CUDA out of memory")
    terminal.view.show(snapshot(840, of=job(840, failing)))
    assert "✘ Stack--Job-0123456789abcdef FAILED" in terminal.picture()
    assert "CUDA out of memory" in terminal.picture()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_view_fits_beside_what_a_terminal_echoes(width: int) -> None:
    terminal = Terminal(width)
    terminal.view.begin(1, STEPS[0])
    terminal.view.show(snapshot(0, event(0, "Stack", "CREATE_IN_PROGRESS"), of=job(0)))
    lines = terminal.picture().splitlines()
    terminal.view.close()
    assert max(map(len, lines)) <= min(width - 2, 100)


def test_what_has_been_reached_stays_on_the_screen(terminal: Terminal) -> None:
    terminal.view.begin(1, STEPS[0])
    terminal.view.end(7.0, [Promise("the stack is there", True), Promise("its model is there", False)])
    terminal.view.close()
    screen = terminal.screen.getvalue()
    assert f"1 {STEPS[0].title}" in screen
    assert "✔ the stack is there" in screen
    assert "✘ its model is there" in screen


def test_a_value_to_copy_is_never_wrapped() -> None:
    terminal = Terminal(60)
    arn = "arn:aws:sagemaker:us-east-1:123456789012:optimization-job/Stack--Job-0123456789abcdef"
    terminal.view.conclude({"JobArn": arn}, 42)
    assert arn in terminal.screen.getvalue()


def test_a_failure_shows_what_the_cli_said(terminal: Terminal) -> None:
    terminal.view.fail("This is not so: the stack is there", "Error: no such bucket")
    assert "✘ This is not so: the stack is there" in terminal.screen.getvalue()
    assert "Error: no such bucket" in terminal.screen.getvalue()
