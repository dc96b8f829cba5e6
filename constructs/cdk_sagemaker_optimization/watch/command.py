"""The arguments of `cdk-sagemaker-optimization`, and its exit status."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import Protocol

from rich.console import Console

from .account import Account
from .json_view import JsonView
from .live_view import LiveView
from .look import Look
from .observer import Observer
from .plain_view import PlainView
from .prices import Prices
from .problems import ERRORS, Problem, problem_of
from .stopping import stop
from .words import one_line

_DISTRIBUTION = "cdk-sagemaker-optimization"

OK, FAILED, USAGE, INTERRUPTED, CLOSED, TERMINATED = 0, 1, 2, 130, 141, 143

_STATUSES = f"""\
exit status:
  {OK}    nothing failed; stop: the job stops or has ended
  {FAILED}    watch: a job failed or was stopped, or the last deployment of a stack failed
       stop: you did not agree
  {USAGE}    wrong arguments, no credentials, no permission, no such stack or job
  {INTERRUPTED}  Ctrl-C
  {CLOSED}  the program that reads the output has ended
"""


class View(Protocol):
    """Shows one look after the other."""

    def show(self, look: Look) -> None:
        """Show a look."""
        ...

    def close(self) -> None:
        """End, and leave the terminal in order."""
        ...


def main(
    arguments: Sequence[str] | None = None,
    *,
    account: Callable[[str | None, str | None], Account] = Account.of,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    pause: Callable[[float], None] = time.sleep,
    console: Console | None = None,
    ask: Callable[[str], str] = input,
) -> int:
    """Run the command.

    Args:
        arguments: Those of the command line by default.
        account: Makes the account of a profile and a Region.
        now: The present time.
        pause: Waits for a number of seconds.
        console: The terminal. By default standard output, whatever that is.
        ask: Asks the user a question.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(arguments)
    # Variables such as FORCE_COLOR make no terminal of a file.
    console = console or Console(force_terminal=sys.stdout is not None and sys.stdout.isatty())
    handler = _end_on_termination()
    try:
        chosen = account(options.profile, options.region)
        if options.command == "stop":
            return _stop(options, chosen, console, ask, now)
        prices = Prices.parse(options.price)
        observer = Observer(chosen, options.stacks, events=options.events, now=now)
        view = _view(options, console, prices, now)
        try:
            return _watch(observer, view, options, pause)
        finally:
            view.close()
    except (Problem, ValueError) as error:
        return _fail(str(error))
    except ERRORS as error:
        return _fail(str(problem_of(error)))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as head, has seen enough.
        _write_no_more(console)
        return CLOSED
    except OSError as error:
        _write_no_more(console)
        # One without a file's name is about the output, such as that of a full disk.
        what = f"{error.filename} cannot be used" if error.filename else "the output cannot be written"
        return _fail(f"{what}: {error.strerror or error}")
    finally:
        handler()


def _watch(
    observer: Observer, view: View, options: argparse.Namespace, pause: Callable[[float], None]
) -> int:
    while True:
        look = observer.look()
        if options.once and look.problem:
            raise Problem(look.problem)
        view.show(look)
        if options.once or (look.is_at_rest and not options.forever):
            return FAILED if look.has_failed else OK
        pause(options.interval)


def _stop(
    options: argparse.Namespace,
    account: Account,
    console: Console,
    ask: Callable[[str], str],
    now: Callable[[], datetime],
) -> int:
    def say(text: str) -> None:
        _write(console, f"{text}\n")

    def answer(question: str) -> str:
        try:
            return ask(question)
        except (EOFError, RuntimeError) as error:
            # A RuntimeError says that the program was started without an input.
            raise Problem("there is nobody to ask: give --yes to stop the job without a question") from error

    stopped = stop(account, options.job, agreed=options.yes, ask=answer, say=say, now=now)
    return OK if stopped else FAILED


def _view(options: argparse.Namespace, console: Console, prices: Prices, now: Callable[[], datetime]) -> View:
    def write(text: str) -> None:
        _write(console, text)

    if options.json:
        return JsonView(write, prices)
    if options.plain or not _can_draw(console):
        return PlainView(write, prices, options.stacks)
    return LiveView(console, prices, options.stacks, now)


def _can_draw(console: Console) -> bool:
    """Tell whether the output can show a picture that stays in its place."""
    return console.is_terminal and not console.is_dumb_terminal and console.encoding.startswith("utf")


def _write(console: Console, text: str) -> None:
    """Write a text at once, with escapes for the signs that the output cannot have."""
    encoding = getattr(console.file, "encoding", None) or "utf-8"
    console.file.write(text.encode(encoding, "backslashreplace").decode(encoding))
    console.file.flush()


def _write_no_more(console: Console) -> None:
    """Let Python write the rest of the output to nowhere when it ends."""
    # An output that is no file of the system has no number.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), console.file.fileno())


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{_DISTRIBUTION}: {one_line(sentence)}\n")
    return USAGE


def _end_on_termination() -> Callable[[], object]:
    """Let SIGTERM leave the terminal in order, and return what takes that back."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)

    try:
        previous = signal.signal(signal.SIGTERM, end)
    except ValueError:
        # Only the main thread may do that.
        return lambda: None
    return lambda: signal.signal(signal.SIGTERM, previous)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--profile", help="profile of the AWS CLI (default: AWS_PROFILE)")
    common.add_argument("--region", help="AWS Region (default: that of the profile, or AWS_REGION)")

    parser = argparse.ArgumentParser(
        prog=_DISTRIBUTION,
        description="Watch and stop the optimization jobs of CloudFormation stacks.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{_DISTRIBUTION} {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    watch = commands.add_parser(
        "watch",
        parents=[common],
        help="show the jobs until none runs",
        description="Show the jobs of stacks until none runs and no stack is in progress.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    watch.add_argument(
        "stacks",
        nargs="*",
        metavar="STACK",
        help="name or id of a stack, with its nested stacks (default: all of the account and Region)",
    )
    how = watch.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one JSON document in a line for each look")
    how.add_argument("--plain", action="store_true", help="plain lines, as when the output is no terminal")
    until = watch.add_mutually_exclusive_group()
    until.add_argument("--once", action="store_true", help="look once")
    until.add_argument("--forever", action="store_true", help="look on when no job runs any more")
    watch.add_argument(
        "--interval",
        type=_interval,
        default=10.0,
        metavar="SECONDS",
        help="time between two looks, 1 or more (default: 10)",
    )
    watch.add_argument(
        "--events", type=_count, default=5, metavar="N", help="stack events to show (default: 5)"
    )
    watch.add_argument(
        "--price",
        action="append",
        default=[],
        metavar="[TYPE=]PRICE",
        help="price of an instance hour, such as 7.09 or ml.g5.12xlarge=7.09; may be repeated",
    )

    stopping = commands.add_parser(
        "stop",
        parents=[common],
        help="stop one job",
        description="Stop one job. A deployment that waits for it fails.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stopping.add_argument("job", metavar="JOB", help="name or ARN of the job")
    stopping.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _version() -> str:
    try:
        return importlib.metadata.version(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return "from a checkout"


def _interval(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"expected a number of seconds from 1 to 86400, got {text}")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected 0 or a positive whole number, got {text}")
    return int(text)
