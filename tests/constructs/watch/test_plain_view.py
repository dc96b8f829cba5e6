"""Plain lines, for an output that is no terminal, say what has changed since the look before."""

from __future__ import annotations

import pytest

from cdk_sagemaker_optimization.watch.look import Event, Job, Look, Resource
from cdk_sagemaker_optimization.watch.plain_view import PlainView
from cdk_sagemaker_optimization.watch.prices import Prices
from cdk_sagemaker_optimization.watch.sentences import JOB_LOGS
from tests.constructs.watch.support_watch import JOB_TYPE, LEG_TYPE, NAME, at, failure, job, look, stack


class Log:
    """Somebody who reads the lines."""

    def __init__(self, *names: str, prices: Prices | None = None) -> None:
        self.view = PlainView(self._write, prices or Prices(), names)
        self._lines: list[str] = []

    def _write(self, text: str) -> None:
        self._lines.append(text)

    def after(self, shown: Look) -> list[str]:
        """The lines that a look adds, without the names of the stack."""
        self._lines.clear()
        self.view.show(shown)
        return self._read()

    def at_the_end(self) -> list[str]:
        """The lines that the end adds."""
        self._lines.clear()
        self.view.close()
        return self._read()

    def _read(self) -> list[str]:
        return [line.strip().replace("  Models ", " ") for line in self._lines]


@pytest.fixture
def log() -> Log:
    return Log()


def test_the_first_look_says_how_things_are(log: Log) -> None:
    waiting = Resource("AwqLeg1", "", LEG_TYPE, "CREATE_IN_PROGRESS", "", at(1))
    event = Event(at(1), "Awq", NAME, JOB_TYPE, "CREATE_COMPLETE", "")
    shown = stack(
        "CREATE_IN_PROGRESS", job(), waiting_for=(waiting,), events=(event,), log_groups=("function-logs",)
    )
    assert log.after(look(shown)) == [
        "2026-11-27T08:30:00Z CREATE_IN_PROGRESS",
        "2026-11-27T08:30:00Z log group function-logs",
        "2026-11-27T08:01:00Z event CREATE_COMPLETE Awq",
        "2026-11-27T08:30:00Z waits for AwqLeg1 (CREATE_IN_PROGRESS)",
        f"2026-11-27T08:30:00Z job {NAME}: artifact s3://artifacts/llama/, logs in the {JOB_LOGS}",
        f"2026-11-27T08:30:00Z job {NAME} INPROGRESS, ran 26 min of 4 h, 11 %",
    ]


def test_nothing_is_said_twice(log: Log) -> None:
    shown = stack("CREATE_IN_PROGRESS", job(), events=(failure("no memory"),))
    log.after(look(shown))
    assert log.after(look(shown, minutes=31)) == []


def test_what_an_event_says_is_not_said_again(log: Log) -> None:
    waiting = Resource("AwqLeg1", "", LEG_TYPE, "CREATE_IN_PROGRESS", "", at(1))
    event = Event(at(1), "AwqLeg1", "", LEG_TYPE, "CREATE_IN_PROGRESS", "")
    lines = log.after(look(stack("CREATE_IN_PROGRESS", waiting_for=(waiting,), events=(event,))))
    assert [line for line in lines if "AwqLeg1" in line] == [
        "2026-11-27T08:01:00Z event CREATE_IN_PROGRESS AwqLeg1"
    ]


def test_a_job_that_runs_has_a_line_for_each_tenth_of_its_limit(log: Log) -> None:
    log.after(look(stack("CREATE_COMPLETE", job())))
    counts = [
        len(log.after(look(stack("CREATE_COMPLETE", job()), minutes=minutes))) for minutes in (40, 53, 60)
    ]
    assert counts == [0, 1, 0]


def test_the_end_of_a_job_comes_with_its_reason(log: Log) -> None:
    log.after(look(stack("CREATE_IN_PROGRESS", job())))
    ended = stack("ROLLBACK_IN_PROGRESS", job("FAILED", ended=at(40), reason="AlgorithmError:\nno memory"))
    assert log.after(look(ended, minutes=41)) == [
        "2026-11-27T08:41:00Z ROLLBACK_IN_PROGRESS",
        f"2026-11-27T08:41:00Z job {NAME} FAILED, ran 36 min of 4 h, 15 %: AlgorithmError: no memory",
    ]


def test_a_job_that_waits_says_how_long_and_one_that_does_not_exist_says_why(log: Log) -> None:
    (*_, line) = log.after(look(stack("CREATE_COMPLETE", job("STARTING", started=None))))
    assert line.endswith("STARTING, waited for an instance 29 min of 1 h, 48 %")
    none = Job("", "Awq", "NOT_CREATED", "CREATE_IN_PROGRESS")
    (line,) = log.after(look(stack("CREATE_COMPLETE", none)))
    assert "job Awq NOT_CREATED: there is no job yet: the function starts it as soon as" in line


def test_a_price_makes_a_cost() -> None:
    (*_, line) = Log(prices=Prices(12)).after(look(stack("CREATE_COMPLETE", job())))
    assert line.endswith("cost 5.20 of at most 48.00")


def test_a_problem_is_said_once_and_names_the_time_of_the_state(log: Log) -> None:
    log.after(look(stack("CREATE_COMPLETE", job())))
    throttled = look(stack("CREATE_COMPLETE", job()), problem="Rate exceeded", minutes=31, seen=at(30))
    (line,) = log.after(throttled)
    assert line.startswith("2026-11-27T08:31:00Z  AWS shows nothing newer: Rate exceeded; ")
    assert line.endswith("the state above is of 2026-11-27T08:30:00Z")
    assert log.after(throttled) == []


def test_without_jobs_it_says_so_and_where(log: Log) -> None:
    assert log.after(look()) == ["2026-11-27T08:30:00Z  no stack in us-east-1 has an optimization job"]
    empty = stack("CREATE_IN_PROGRESS", has_jobs=False)
    assert "no optimization job is in Models yet" in Log("Models").after(look(empty))[0]


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ([job(), job()], "2 jobs run"),
        ([job(), job("FAILED")], "1 job runs"),
        ([job("COMPLETED")], "no job runs"),
        ([job("FAILED")], "something failed"),
    ],
)
def test_the_last_line_is_the_result(log: Log, jobs: list[Job], said: str) -> None:
    log.after(look(stack("CREATE_COMPLETE", *jobs)))
    assert log.at_the_end() == [f"2026-11-27T08:30:00Z  {said}"]


def test_a_failed_job_has_logs_and_no_artifact(log: Log) -> None:
    where, _ = log.after(look(stack("CREATE_COMPLETE", job("FAILED", ended=at(20)))))[1:]
    assert where == f"2026-11-27T08:30:00Z job {NAME}: logs in the {JOB_LOGS}"
