"""On a terminal, the view stays in its place and shows everything that there is to know."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cdk_sagemaker_optimization.watch.live_view import LiveView, picture
from cdk_sagemaker_optimization.watch.look import Event, Look, Resource
from cdk_sagemaker_optimization.watch.prices import Prices
from tests.constructs.watch.support_watch import JOB_TYPE, LEG_TYPE, NAME, at, failure, job, look, stack


def drawn(
    shown: Look, *names: str, prices: Prices | None = None, width: int = 112, minutes: float = 30
) -> str:
    """The picture of a look."""
    console = Console(file=io.StringIO(), record=True, width=width)
    console.print(picture(shown, prices or Prices(), names, at(minutes), width))
    return console.export_text()


def test_a_job_shows_its_status_its_bars_and_its_places() -> None:
    text = drawn(look(stack("CREATE_IN_PROGRESS", job())), prices=Prices(12))
    for part in (
        "us-east-1, 1 job runs, 2026-11-27T08:30:00Z",
        "◐ Models CREATE_IN_PROGRESS for 30 min",
        f"◐ {NAME} INPROGRESS for 29 min",
        "3 min of 1 h, 5 %",
        "26 min of 4 h, 11 %",
        "5.20 of at most 48.00  (1 of ml.g5.12xlarge at 12 an hour)",
        "artifact s3://artifacts/llama/",
        "logs CloudWatch log groups that begin with /aws/sagemaker/",
    ):
        assert part in text


@pytest.mark.parametrize(("minutes", "full"), [(4, 0), (124, 12), (244, 24), (999, 24)])
def test_a_bar_is_as_long_as_the_share_of_the_limit_that_is_gone(minutes: float, full: int) -> None:
    line = next(
        line
        for line in drawn(look(stack("CREATE_COMPLETE", job())), minutes=minutes).splitlines()
        if " ran " in line
    )
    assert line.count("━") == full


def test_a_deployment_shows_what_it_waits_for_and_what_happened() -> None:
    waiting = Resource("AwqLeg1", "", LEG_TYPE, "CREATE_IN_PROGRESS", "", at(2))
    event = Event(at(1), "Awq", NAME, JOB_TYPE, "CREATE_COMPLETE", "")
    text = drawn(
        look(
            stack(
                "CREATE_IN_PROGRESS",
                job(),
                waiting_for=(waiting,),
                events=(event,),
                log_groups=("function-logs",),
            )
        )
    )
    assert "waits for AwqLeg1 CREATE_IN_PROGRESS for 28 min" in text
    assert "events ● CREATE_COMPLETE Awq 29 min ago" in text
    assert "log groups function-logs" in text


def test_an_ended_job_shows_its_reason_and_its_stack_the_failure() -> None:
    ended = job("FAILED", ended=at(20), reason="AlgorithmError: no memory")
    shown = look(stack("ROLLBACK_COMPLETE", ended, failure=failure("the job failed")))
    text = drawn(shown, prices=Prices(12))
    assert f"✘ {NAME} FAILED after 19 min" in text
    assert "reason AlgorithmError: no memory" in text
    assert "failed AwqLeg1 the job failed" in text
    assert "us-east-1, something failed" in text
    assert "cost 3.20  (1 of" in text
    assert "logs CloudWatch" in text
    assert "artifact" not in text


def test_a_stack_at_rest_is_brief_unless_it_was_named() -> None:
    done = job("COMPLETED", ended=at(24), image="registry/djl:1")
    shown = look(stack("CREATE_COMPLETE", done, log_groups=("function-logs",)))
    brief, whole = drawn(shown), drawn(shown, "Models")
    assert len(brief.splitlines()) == 5
    for part in (f"● {NAME} COMPLETED after 23 min", "artifact s3://artifacts/llama/"):
        assert part in brief
        assert part in whole
    for part in ("image registry/djl:1", "20 min of 4 h, 8 %", "log groups function-logs"):
        assert part not in brief
        assert part in whole


def test_a_problem_shows_the_last_state_and_its_time_and_no_time_goes_on() -> None:
    text = drawn(
        look(stack("CREATE_COMPLETE", job()), problem="Rate exceeded", minutes=40, seen=at(30)), minutes=40
    )
    assert "AWS shows nothing newer: Rate exceeded" in text
    assert "This is the state of 2026-11-27T08:30:00Z." in text
    assert "26 min of 4 h" in text


def test_without_jobs_it_says_so() -> None:
    assert "no stack in us-east-1 has an optimization job" in drawn(look())
    assert "no optimization job is in Models" in drawn(
        look(stack("CREATE_COMPLETE", has_jobs=False)), "Models"
    )


@pytest.mark.parametrize("width", [60, 80, 112, 200])
def test_the_view_fits_beside_what_a_terminal_echoes(width: int) -> None:
    text = drawn(look(stack("CREATE_IN_PROGRESS", job(), events=(failure("x" * 300),))), width=width)
    assert max(map(len, text.splitlines())) <= min(width - 2, 110)


def test_a_location_is_whole_even_on_a_narrow_terminal() -> None:
    location = f"s3://artifacts/{'llama' * 20}/"
    text = drawn(look(stack("CREATE_COMPLETE", job(output_location=location))), width=60)
    assert location in "".join(line.strip("│ ") for line in text.splitlines())


def test_until_the_first_look_it_says_what_it_does_and_the_last_picture_stays() -> None:
    screen = io.StringIO()
    console = Console(
        file=screen,
        force_terminal=True,
        width=100,
        height=40,
        color_system=None,
        _environ={"TERM": "xterm"},
    )
    view = LiveView(console, Prices(), (), lambda: at(30))
    assert "asking CloudFormation for the stacks and their jobs" in screen.getvalue()
    view.show(look(stack("CREATE_COMPLETE", job("COMPLETED", ended=at(24)))))
    view.close()
    assert f"{NAME} COMPLETED after 23 min" in screen.getvalue()
    # The cursor is shown again.
    assert screen.getvalue().rstrip().endswith("\x1b[?25h")
