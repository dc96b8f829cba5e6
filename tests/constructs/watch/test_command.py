"""The command's exit status says whether something failed, and no mistake ends in a stack trace."""

from __future__ import annotations

import io
import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from rich.console import Console

from cdk_sagemaker_optimization.watch import command
from cdk_sagemaker_optimization.watch.account import Account
from tests.constructs.watch.support_watch import (
    JOB_TYPE,
    NAME,
    FakeAws,
    at,
    described,
    error,
    event,
    resource,
)


class Shell:
    """Somebody who runs the command."""

    def __init__(self, *, terminal: bool = False, term: str = "xterm") -> None:
        self.aws = FakeAws()
        self.screen: IO[str] = io.StringIO()
        self._environment = {"TERM": term}
        self.pauses: list[float] = []
        self.in_pause: list[Callable[[], None]] = []
        self._terminal = terminal

    def run(self, *arguments: str, answer: str | None = None) -> int:
        def ask(_question: str) -> str:
            if answer is None:
                raise EOFError
            return answer

        return command.main(
            arguments,
            account=lambda *_: self.aws.account,
            now=lambda: at(30),
            pause=self._pause,
            console=Console(
                file=self.screen,
                force_terminal=self._terminal,
                width=110,
                height=60,
                color_system=None,
                _environ=self._environment,
            ),
            ask=ask,
        )

    def has(self, status: str, job_status: str) -> None:
        """Have a stack with a job."""
        self.aws.jobs[NAME] = described(status=job_status)
        self.aws.add_stack("Models", status, resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME))

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.in_pause.pop(0)()


def screen_of(shell: Shell) -> str:
    assert isinstance(shell.screen, io.StringIO)
    return shell.screen.getvalue()


class Refusing(io.StringIO):
    """An output that takes nothing any more."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, _text: str) -> int:
        raise self.error


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.mark.parametrize(
    ("status", "job_status", "code"),
    [
        ("CREATE_COMPLETE", "COMPLETED", 0),
        ("CREATE_COMPLETE", "INPROGRESS", 0),
        ("CREATE_COMPLETE", "FAILED", 1),
        ("CREATE_COMPLETE", "STOPPED", 1),
        ("UPDATE_ROLLBACK_COMPLETE", "COMPLETED", 1),
    ],
)
def test_one_look_ends_in_what_it_has_seen(shell: Shell, status: str, job_status: str, code: int) -> None:
    shell.has(status, job_status)
    assert shell.run("watch", "--once") == code
    assert shell.pauses == []


def test_it_looks_until_nothing_runs(shell: Shell) -> None:
    shell.has("CREATE_IN_PROGRESS", "INPROGRESS")
    shell.in_pause = [
        lambda: shell.has("CREATE_IN_PROGRESS", "FAILED"),
        lambda: shell.has("ROLLBACK_COMPLETE", "FAILED"),
    ]
    assert shell.run("watch", "Models", "--interval", "30") == 1
    assert shell.pauses == [30, 30]


def test_it_looks_on_forever_until_ctrl_c(shell: Shell) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    shell.in_pause = [lambda: None, interrupt]
    assert shell.run("watch", "--forever") == 130
    assert shell.pauses == [10, 10]


def test_ctrl_c_leaves_the_terminal_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    shell = Shell(terminal=True)
    shell.has("CREATE_IN_PROGRESS", "INPROGRESS")
    shell.in_pause = [interrupt]
    assert shell.run("watch") == 130
    assert screen_of(shell).rstrip().endswith("\x1b[?25h")
    assert "Traceback" not in screen_of(shell) + capsys.readouterr().err


class Interrupted(io.StringIO):
    """A screen during whose nth write the user presses Ctrl-C.

    Attributes:
        left: The writes until then.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    def write(self, text: str) -> int:
        # The thread that renews the ages never gets the signal.
        if threading.current_thread() is threading.main_thread():
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return super().write(text)


def test_ctrl_c_at_any_moment_leaves_the_cursor_on_the_screen() -> None:
    codes = []
    for number in range(1, 100):
        shell = Shell(terminal=True)
        shell.screen = screen = Interrupted(number)
        shell.has("CREATE_COMPLETE", "COMPLETED")
        codes.append(shell.run("watch"))
        hidden, shown = (screen.getvalue().rfind(f"\x1b[?25{letter}") for letter in "lh")
        assert shown >= hidden, f"the cursor is hidden after a Ctrl-C during write {number}"
        if screen.left > 0:
            break
    assert set(codes[:-1]) == {130}
    assert codes[-1] == 0


def test_a_termination_leaves_the_terminal_in_order_too() -> None:
    shell = Shell(terminal=True)
    shell.has("CREATE_IN_PROGRESS", "INPROGRESS")
    before = signal.getsignal(signal.SIGTERM)
    shell.in_pause = [lambda: signal.raise_signal(signal.SIGTERM)]
    with pytest.raises(SystemExit) as ended:
        shell.run("watch")
    assert ended.value.code == 143
    assert screen_of(shell).rstrip().endswith("\x1b[?25h")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_terminal_shows_a_live_view_and_anything_else_lines() -> None:
    for terminal, arguments, begins in (
        (True, (), "╭─"),
        (True, ("--plain",), "2026-11-27T08:30:00Z  Models"),
        (False, (), "2026-11-27T08:30:00Z  Models"),
        (True, ("--json",), '{"version": 1'),
    ):
        shell = Shell(terminal=terminal)
        shell.has("CREATE_COMPLETE", "COMPLETED")
        shell.run("watch", *arguments)
        assert begins in screen_of(shell)


def test_a_terminal_that_cannot_redraw_shows_lines_while_the_job_runs() -> None:
    shell = Shell(terminal=True, term="dumb")
    shell.has("CREATE_IN_PROGRESS", "INPROGRESS")
    seen: list[str] = []

    def complete() -> None:
        seen.append(screen_of(shell))
        shell.has("CREATE_COMPLETE", "COMPLETED")

    shell.in_pause = [complete]
    assert shell.run("watch") == 0
    assert "INPROGRESS" in seen[0]


def test_a_terminal_without_unicode_shows_lines() -> None:
    shell = Shell(terminal=True)
    output = io.BytesIO()
    shell.screen = io.TextIOWrapper(output, encoding="latin-1")
    shell.has("CREATE_COMPLETE", "COMPLETED")
    assert shell.run("watch") == 0
    assert f"job {NAME} COMPLETED".encode() in output.getvalue()
    assert b"\x1b" not in output.getvalue()


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_no_variable_makes_a_terminal_of_a_file(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "1")
    shell = Shell()
    shell.has("CREATE_COMPLETE", "COMPLETED")
    assert command.main(["watch", "--once"], account=lambda *_: shell.aws.account, now=lambda: at(30)) == 0
    output = capsys.readouterr().out
    assert f"job {NAME} COMPLETED" in output
    assert "\x1b" not in output


def test_json_has_a_document_for_each_look(shell: Shell) -> None:
    shell.has("CREATE_IN_PROGRESS", "INPROGRESS")
    shell.in_pause = [lambda: shell.has("CREATE_COMPLETE", "COMPLETED")]
    assert shell.run("watch", "--json", "--price", "ml.g5.12xlarge=12") == 0
    documents = [json.loads(line) for line in screen_of(shell).splitlines()]
    assert [document["at_rest"] for document in documents] == [False, True]
    assert documents[0]["stacks"][0]["jobs"][0]["max_cost"] == 48


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["watch", "Nowhere"], "there is no stack Nowhere in us-east-1: give the name or the id"),
        (["watch", "--price", "much"], "--price must be the price of an instance hour, such as 7.09 or"),
        (["stop", "nobody"], "there is no optimization job nobody in us-east-1"),
    ],
)
def test_a_mistake_is_one_sentence(
    shell: Shell, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert shell.run(*arguments) == 2
    errors = capsys.readouterr().err
    assert told in errors
    assert errors.startswith("cdk-sagemaker-optimization: ")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["look"],
        ["stop"],
        ["watch", "--interval", "0"],
        ["watch", "--interval", "often"],
        ["watch", "--events", "-1"],
        ["watch", "--once", "--forever"],
        ["watch", "--json", "--plain"],
    ],
)
def test_wrong_arguments_are_a_usage_error(shell: Shell, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        shell.run(*arguments)
    assert ended.value.code == 2


def test_one_look_that_is_throttled_is_an_error_and_many_go_on(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.aws.failures = {"describe_stacks": error("Throttling", "Rate exceeded")}
    assert shell.run("watch", "--once") == 2
    assert "Rate exceeded: try again later" in capsys.readouterr().err
    shell.in_pause = [shell.aws.failures.clear]
    assert shell.run("watch") == 0
    assert "AWS shows nothing newer" in screen_of(shell)


def test_a_machine_without_credentials_region_or_profile_is_told_what_to_give(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for arguments, told in (
        (["watch"], "there is no AWS Region: give --region"),
        (["watch", "--region", "us-east-1"], "there are no AWS credentials: run aws configure"),
        (["watch", "--region", "not a region"], "give a --region such as us-east-1"),
        (["watch", "--profile", "mine"], "give a --profile of aws configure list-profiles"),
        (["stop", NAME, "--region", "us-east-1"], "there are no AWS credentials: run aws configure"),
    ):
        assert command.main(arguments) == 2
        errors = capsys.readouterr().err
        assert told in errors
        assert "Traceback" not in errors


def test_clients_try_again_more_slowly_after_they_were_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
    account = Account.of(None, "us-east-1")
    for client in (account._cloudformation, account._sagemaker):  # noqa: SLF001
        retries = client.meta.config.retries
        assert retries["mode"] == "adaptive"
        assert retries["total_max_attempts"] == 7


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("watch",), id="watch"),
        pytest.param(("watch", "--json"), id="watch --json"),
        pytest.param(("stop", NAME), id="stop"),
    ],
)
def test_a_reader_that_ends_first_does_not_make_it_a_success(
    shell: Shell, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    shell.has("CREATE_IN_PROGRESS", "INPROGRESS")
    shell.screen = Refusing(BrokenPipeError(32, "Broken pipe"))
    assert shell.run(*arguments, answer="n") == 141
    assert capsys.readouterr().err == ""
    assert shell.aws.calls["stop_optimization_job"] == 0


def test_a_full_disk_is_one_sentence_and_no_failed_job(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.has("CREATE_IN_PROGRESS", "INPROGRESS")
    shell.screen = Refusing(OSError(28, "No space left on device"))
    assert shell.run("watch") == 2
    errors = capsys.readouterr().err
    assert errors == ("cdk-sagemaker-optimization: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_stop_asks(shell: Shell, answer: str, code: int) -> None:
    shell.has("CREATE_COMPLETE", "INPROGRESS")
    assert shell.run("stop", NAME, answer=answer) == code


def test_stop_without_anybody_to_ask_stops_nothing(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.has("CREATE_COMPLETE", "INPROGRESS")
    assert shell.run("stop", NAME) == 2
    assert "there is nobody to ask: give --yes" in capsys.readouterr().err
    assert shell.aws.calls["stop_optimization_job"] == 0
    assert shell.run("stop", NAME, "--yes") == 0


def test_stop_without_an_input_stops_nothing(
    shell: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    shell.has("CREATE_COMPLETE", "INPROGRESS")
    account = shell.aws.account
    assert command.main(["stop", NAME], account=lambda *_: account, now=lambda: at(30)) == 2
    assert "there is nobody to ask: give --yes" in capsys.readouterr().err
    assert shell.aws.calls["stop_optimization_job"] == 0


#: Clears the screen, sets the title, and writes over the line.
_HOSTILE = "\x1b[2J\x1b]0;gone\x07\x9b1A\rall is well"


@pytest.mark.parametrize("terminal", [False, True])
def test_no_reason_or_place_of_a_job_controls_the_terminal(terminal: bool) -> None:
    shell = Shell(terminal=terminal)
    shell.aws.jobs[NAME] = described(
        status="COMPLETED",
        FailureReason=_HOSTILE,
        OutputConfig={"S3OutputLocation": f"s3://artifacts/{_HOSTILE}"},
        OptimizationOutput={"RecommendedInferenceImage": f"image{_HOSTILE}"},
    )
    shell.aws.add_stack(
        "Models",
        "ROLLBACK_COMPLETE",
        resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME),
        resource("Bad", JOB_TYPE, "CREATE_FAILED", reason=_HOSTILE),
        resource("Logs", "AWS::Logs::LogGroup", "CREATE_COMPLETE", f"logs{_HOSTILE}"),
        events=(event("Bad", JOB_TYPE, "CREATE_FAILED", reason=_HOSTILE),),
        StackStatusReason=_HOSTILE,
    )
    shell.run("watch", "--once")

    text = screen_of(shell)
    assert "all is well" in text
    assert not [sign for sign in ("\x1b[2J", "\x1b]0", "\x07", "\x9b", "\rall") if sign in text]


def test_no_error_of_aws_controls_the_terminal(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.aws.failures = {"describe_stacks": error("ValidationError", _HOSTILE)}
    assert shell.run("watch", "--once") == 2
    assert "\\x1b[2J" in (said := capsys.readouterr().err)
    assert "\x1b" not in said


def test_signs_that_the_output_cannot_have_do_not_end_the_command() -> None:
    shell = Shell()
    output = io.BytesIO()
    shell.screen = io.TextIOWrapper(output, encoding="ascii")
    shell.aws.jobs[NAME] = described(status="FAILED", FailureReason="the GPU\u2019s memory")
    shell.aws.add_stack("Models", "CREATE_COMPLETE", resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME))
    assert shell.run("watch", "--once") == 1
    assert b"the GPU\\u2019s memory" in output.getvalue()
