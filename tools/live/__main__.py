"""`make live`: check the assumptions of docs/assumptions.md against AWS.

LIVE_MODEL_URI=s3://…, the location of a small model, adds a second part, which runs a job.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.live import costs
from tools.live.account import Account, Settings
from tools.live.cleaning import Cleaning
from tools.live.cli import Cli
from tools.live.consent import Consent, NotAgreedError
from tools.live.first_part import FirstPart
from tools.live.journal import Journal
from tools.live.masking import Masking
from tools.live.report import Report, write
from tools.live.second_part import SecondPart
from tools.live.steps import StepFailedError

DIRECTORY = Path(__file__).resolve().parents[2] / ".live"

INTERRUPTED = 130


def main(
    arguments: list[str] | None = None,
    *,
    consent: Consent | None = None,
    sleep: Callable[[float], object] | None = None,
    now: Callable[[], float] | None = None,
) -> int:
    """Run both parts, or delete what earlier runs have left.

    Args:
        arguments: The arguments of the command line.
        consent: How a person agrees. Default: on the terminal.
        sleep: Waits for some seconds. Default: `time.sleep`.
        now: Returns the time in seconds since 1970. Default: `time.time`.

    Returns:
        0 if the run asked everything and left nothing. An answer of AWS is never a failure.
    """
    options = _parser().parse_args(arguments)
    try:
        account = _account(options)
    except (BotoCoreError, ClientError) as error:
        print(f"no account: {error}", file=sys.stderr)
        return 2
    seams = {name: value for name, value in (("sleep", sleep), ("now", now)) if value is not None}
    account = Account(**{**vars(account), **seams})
    account = replace(account, sleep=account.interruption.checked(account.sleep))
    with account.interruption:
        return _main(account, options, consent)


def _main(account: Account, options: argparse.Namespace, consent: Consent | None) -> int:
    print(f"Account {account.masked}, Region {account.region}", flush=True)
    directory = Path(options.directory)
    if options.clean:
        return _clean(account, directory)
    if consent is None:
        consent = Consent(given=options.yes or os.environ.get("LIVE_YES") == "1")
    settings = account.settings
    text = costs.FIRST_PART.format(instance_type=settings.instance_type, rare_type=settings.rare_type)
    try:
        consent.require(text)
    except NotAgreedError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    return _run(account, consent, directory)


def _run(account: Account, consent: Consent, directory: Path) -> int:
    journal = Journal.begin(directory, run=account.run, account=account.number, region=account.region)
    report = Report()
    with tempfile.TemporaryDirectory() as work:
        cli = Cli(Path(work))
        try:
            try:
                code = _ask(account, consent, journal, report, cli, Path(work))
            finally:
                # However it ended, also by an unexpected error.
                cli.stop()
                _show(write(report.document(_masking(account), account.region), directory / account.run))
                left = _delete(account, journal)
        except KeyboardInterrupt:
            cli.stop()
            print("\nInterrupted while deleting: run `make live-clean`.", file=sys.stderr)
            return INTERRUPTED
    return code or int(left)


def _ask(
    account: Account, consent: Consent, journal: Journal, report: Report, cli: Cli, directory: Path
) -> int:
    """Run the parts that the person agrees to."""
    try:
        jobs = FirstPart(account, journal, report, cli, directory).run()
        account.interruption.check()
        if account.settings.model_uri is None:
            print("\nLIVE_MODEL_URI is not set, so no job runs.")
            return 0
        values = vars(account.settings) | {"minutes": costs.MINUTES}
        consent.require(costs.SECOND_PART.format(**values))
        SecondPart(account, report, jobs, consent).run()
        account.interruption.check()
    except NotAgreedError as error:
        print(error)
    except (StepFailedError, BotoCoreError, ClientError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        account.interruption.met()
        print("\nInterrupted. The run deletes now what it has created.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _clean(account: Account, directory: Path) -> int:
    journals = Journal.left(directory)
    left = False
    for journal in journals:
        if (journal.account, journal.region) != (account.number, account.region):
            print(f"run {journal.run} was in another account or Region ({journal.region}): not deleted")
            left = True
            continue
        left |= _delete(Account(**{**vars(account), "run": journal.run}), journal)
    if not journals:
        print("No run has left anything.")
    return int(left)


def _delete(account: Account, journal: Journal) -> bool:
    left = Cleaning(account, journal).delete_everything()
    for each in left:
        print(f"LEFT: {each}", file=sys.stderr)
    if left:
        print("Find out why, and run `make live-clean` again.", file=sys.stderr)
    return bool(left)


def _show(written: list[Path]) -> None:
    print(f"\nThe report is in {' and '.join(path.name for path in written)} of {written[0].parent}")


def _account(options: argparse.Namespace) -> Account:
    session = boto3.Session()
    identity = session.client("sts").get_caller_identity()
    settings = Settings(
        model_uri=os.environ.get("LIVE_MODEL_URI"),
        instance_type=os.environ.get("LIVE_INSTANCE_TYPE", Settings.instance_type),
        rare_type=os.environ.get("LIVE_INSTANCE_TYPE_WITHOUT_QUOTA", Settings.rare_type),
        pause=options.pause,
    )
    return Account(
        session=session,
        run=secrets.token_hex(4),
        number=identity["Account"],
        partition=identity["Arn"].split(":")[1],
        region=session.region_name,
        settings=settings,
    )


def _masking(account: Account) -> Masking:
    bucket = (account.settings.model_uri or "").removeprefix("s3://").partition("/")[0]
    return Masking({account.number: "111122223333", account.run: "run", bucket: "<bucket>"})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.live", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="agree to the costs (or LIVE_YES=1)")
    parser.add_argument("--clean", action="store_true", help="delete what an interrupted run has left")
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between two polls (default: 5)")
    parser.add_argument("--directory", default=str(DIRECTORY), help="where the report goes (default: .live)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
