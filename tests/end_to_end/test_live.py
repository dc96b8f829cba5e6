"""`make live` asks AWS. Here the local cloud answers, so that it works on the day somebody has an account."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from localcloud.kernel.dialect import Dialect, Wording
from localcloud.services.iam import Decision
from tests.end_to_end.support_account import inventory, make_role
from tests.end_to_end.support_cli import ROOT, own_variables
from tests.end_to_end.support_live import ApiInsteadOfCli
from tests.end_to_end.support_waiting import advance
from tools.live import __main__ as live
from tools.live.account import TAG
from tools.live.consent import Consent
from tools.live.first_part import FirstPart
from tools.live.journal import Journal
from tools.live.report import FAILS, UNSEEN, as_markdown, dialect_of

NOT_SEEN_HERE = {
    "8": "a role is effective at once in the local cloud",
    "12": "its jobs publish no metrics",
    **dict.fromkeys(("36", "37"), "the local cloud has no schemas of types"),
}
"""What AWS can show and the local cloud cannot, by the numbers of docs/assumptions.md."""

OTHER = Dialect(
    missing_job=Wording("ValidationException", "Requested resource not found."),
    out_of_turn=Wording("ConflictException", "The job is {status}"),
    status_at_limit="FAILED",
    reason_at_limit="ClientError: TimeOut",
    failed_create_is_deleted="after",
    deleted_with="properties of the resource",
    failed_update_goes_back="UPDATE_FAILED",
    new_is_deleted_in="UPDATE_ROLLBACK_IN_PROGRESS",
    response_url="Expires",
    service_timeout_is_sent=False,
    lower_case_arns=True,
    model_data_is_checked="by the first container",
)
"""All that a run can see, the other way; but no lags, which would take real time here."""

Run = Callable[..., int]


@pytest.fixture
def live_run(cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`python -m tools.live`, with the local cloud's time."""
    for name, value in (own_variables() | cloud.environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LIVE_YES", raising=False)
    monkeypatch.delenv("LIVE_MODEL_URI", raising=False)

    def run(
        *arguments: str, consent: Consent | None = None, meanwhile: Callable[[], object] = lambda: None
    ) -> int:
        def sleep(seconds: float) -> None:
            meanwhile()
            pass_time(cloud, seconds)

        return live.main(
            ["--pause", "0.2", "--directory", str(tmp_path / "live"), *arguments],
            consent=consent,
            sleep=sleep,
            now=cloud.clock.time,
        )

    return run


def pass_time(cloud: LocalCloud, seconds: float) -> None:
    """Let what goes on by itself go on, or else the clock."""
    if cloud.cloudformation.engine.operations:
        time.sleep(0.05)
    else:
        advance(cloud, max(seconds, 10.0))


def agreeing(questions: list[str]) -> Consent:
    """A person at a terminal, who says yes to everything."""

    def ask(question: str) -> str:
        questions.append(question)
        return "y"

    return Consent(given=False, has_terminal=lambda: True, ask=ask)


def reports(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in (directory / "live").glob("*.json")]


def interrupt_when(condition: Callable[[], bool], number: int = signal.SIGINT, process: int = 0) -> None:
    """Send a signal as soon as something is so, as a person does who sees it."""

    def watch() -> None:
        for _ in range(6_000):
            if condition():
                os.kill(process or os.getpid(), number)
                return
            time.sleep(0.02)

    threading.Thread(target=watch, daemon=True).start()


def stack_in_progress(cloud: LocalCloud, part: str, status: str) -> bool:
    """Whether a run's stack with this at the end of its name has a status."""
    return any(
        stack.name.startswith("live-") and stack.name.endswith(part) and stack.status == status
        for stack in cloud.cloudformation.stacks
    )


def give_model(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a model for the second part, whose job would run for ever."""
    monkeypatch.setenv("LIVE_MODEL_URI", "s3://secret-models/tiny/")
    cloud.client("s3").create_bucket(Bucket="secret-models")
    cloud.client("s3").put_object(Bucket="secret-models", Key="tiny/config.json", Body=b"{}")
    cloud.optimization_jobs.never_finish(name_prefix="live-")


def live_checks() -> dict[str, str]:
    """The last column of the assumptions by their numbers: the part of a run that settles one."""
    document = (ROOT / "docs" / "assumptions.md").read_text()
    return dict(re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", document, re.MULTILINE))


def make_model(cloud: LocalCloud, name: str, run: str) -> None:
    """A model with the tag of a run."""
    cloud.client("sagemaker").create_model(
        ModelName=name,
        ExecutionRoleArn=make_role(cloud, f"{name}-role"),
        PrimaryContainer={"Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/lmi:1"},
        Tags=[{"Key": TAG, "Value": run}],
    )


# --- a whole run --------------------------------------------------------------------------------------------


def test_a_run_settles_what_the_local_cloud_can_show_and_leaves_nothing(
    cloud: LocalCloud, live_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_model(cloud, monkeypatch)
    cloud.optimization_jobs.quota(0, instance_type="ml.p5.48xlarge")
    before, questions = inventory(cloud), list[str]()

    assert live_run(consent=agreeing(questions)) == 0

    assert inventory(cloud) == before
    assert [
        bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"] if "live" in bucket["Name"]
    ] == []
    assert cloud.optimization_jobs.running() == []
    assert list((tmp_path / "live").glob("*.jsonl")) == [], "the journal of a run that left nothing is gone"
    roles = {str(call.parameters["RoleArn"]) for call in cloud.calls.of("sts", "AssumeRole")}
    assert not any("cdk-hnb659fds" in role for role in roles), "the account needs no bootstrap"
    (report,) = reports(tmp_path)
    assert report["parts"] == ["first", "second"]
    verdicts = {row["number"]: row["verdict"] for row in report["rows"]}
    assert {number for number, verdict in verdicts.items() if verdict == FAILS} == set()
    checks = live_checks()
    nowhere = {number for number, check in checks.items() if check in ("-", "none")}
    assert {number for number, verdict in verdicts.items() if verdict == UNSEEN} == nowhere | set(
        NOT_SEEN_HERE
    )
    assert checks.keys() == verdicts.keys() - {"reads", "times"}
    assert len(questions) == 3, "one for each part, and one for what only a person sees"

    text = json.dumps(report) + as_markdown(report)
    for secret in (cloud.account, "secret-models", "X-Amz-Signature=", "RequestId: 1"):
        assert secret not in text
    _expect_dialect_of(cloud, dialect_of(report))


def _expect_dialect_of(cloud: LocalCloud, seen: Dialect) -> None:
    """Expect what was seen to be the dialect that the cloud speaks, in the words that it answers with."""
    with pytest.raises(ClientError) as missing:
        cloud.client("sagemaker").describe_optimization_job(OptimizationJobName="other")
    error = missing.value.response["Error"]
    assert (seen.missing_job.code, seen.missing_job.text(name="other")) == (error["Code"], error["Message"])
    spoken = getattr(cloud, "dialect", Dialect())
    assert seen.out_of_turn.code == spoken.out_of_turn.code
    wordings = ("missing_job", "out_of_turn", "reason_at_limit")
    assert {name: value for name, value in vars(seen).items() if name not in wordings} == {
        name: value for name, value in vars(spoken).items() if name not in wordings
    }


def test_the_dialect_of_a_report_is_the_one_that_was_spoken(
    cloud: LocalCloud, live_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_model(cloud, monkeypatch)
    monkeypatch.setattr(cloud, "dialect", OTHER)
    monkeypatch.setattr(live, "Cli", lambda directory: ApiInsteadOfCli(directory, cloud))
    assert live_run("--yes") == 0
    (report,) = reports(tmp_path)
    assert dialect_of(report) == OTHER
    verdicts = {row["number"]: row["verdict"] for row in report["rows"]}
    assert {number for number, verdict in verdicts.items() if verdict == FAILS} >= {
        "4",
        "11",
        "14",
        "19",
        "27",
    }


def test_a_trust_policy_that_lambda_does_not_meet_is_reported_and_done_without(
    cloud: LocalCloud, live_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorization = cloud.authorization
    plain = authorization.may_assume

    def may_assume(
        role_arn: str, service: str, account: str | None = None, arn: str | None = None
    ) -> Decision:
        return plain(role_arn, service, None if service == "lambda.amazonaws.com" else account, arn)

    monkeypatch.setattr(authorization, "may_assume", may_assume)
    interrupt_when(lambda: any(job.name.startswith("live-") for job in cloud.optimization_jobs.jobs))
    assert live_run("--yes") == live.INTERRUPTED
    (report,) = reports(tmp_path)
    (row,) = [row for row in report["rows"] if row["number"] == "17"]
    assert row["verdict"] == FAILS
    assert "cannot be assumed by Lambda" in row["evidence"][0]


# --- consent ------------------------------------------------------------------------------------------------


def test_without_a_yes_nothing_is_called_but_the_question_who_one_is(
    cloud: LocalCloud, live_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(cloud.calls.all())
    nobody = Consent(given=False, has_terminal=lambda: False)
    assert live_run(consent=nobody) == 2
    assert [call.operation for call in cloud.calls.all()[before:]] == ["GetCallerIdentity"]
    shown = capsys.readouterr()
    assert f"Account ********{cloud.account[-4:]}, Region {cloud.region}" in shown.out
    assert cloud.account not in shown.out
    assert "Costs: less than" in shown.out
    assert "LIVE_YES=1" in shown.err


def test_ctrl_c_at_the_question_is_a_no(cloud: LocalCloud, live_run: Run) -> None:
    def ask(question: str) -> str:
        raise KeyboardInterrupt

    before = len(cloud.calls.all())
    assert live_run(consent=Consent(given=False, has_terminal=lambda: True, ask=ask)) == live.INTERRUPTED
    assert [call.operation for call in cloud.calls.all()[before:]] == ["GetCallerIdentity"]


# --- after Ctrl-C -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    ["while the recorder is deployed", "when a job runs", "while a probe is created"],
)
def test_a_run_that_is_interrupted_deletes_what_it_made_and_nothing_else(
    cloud: LocalCloud, live_run: Run, tmp_path: Path, moment: str
) -> None:
    conditions: dict[str, Callable[[], bool]] = {
        "while the recorder is deployed": lambda: stack_in_progress(cloud, "", "CREATE_IN_PROGRESS"),
        "when a job runs": lambda: any(job.name.startswith("live-") for job in cloud.optimization_jobs.jobs),
        "while a probe is created": lambda: stack_in_progress(cloud, "-probe", "CREATE_IN_PROGRESS"),
    }
    before = inventory(cloud)
    interrupt_when(conditions[moment])
    assert live_run("--yes") == live.INTERRUPTED
    assert inventory(cloud) == before
    assert cloud.optimization_jobs.running() == []
    assert Journal.left(tmp_path / "live") == []
    assert len(reports(tmp_path)) == 1, "what was seen until then is kept"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_ctrl_c_in_a_finalizer_ends_the_run_all_the_same(
    cloud: LocalCloud, live_run: Run, tmp_path: Path
) -> None:
    """Python only prints what a finalizer raises."""

    class Connection:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    before, connections = inventory(cloud), [Connection()]
    assert live_run("--yes", meanwhile=connections.clear) == live.INTERRUPTED
    assert inventory(cloud) == before
    assert Journal.left(tmp_path / "live") == []


def test_an_error_that_nobody_has_thought_of_leaves_nothing_either(
    cloud: LocalCloud, live_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FirstPart, "_take_steps", fail)
    before = inventory(cloud)
    with pytest.raises(ZeroDivisionError):
        live_run("--yes")
    assert inventory(cloud) == before
    assert cloud.optimization_jobs.running() == []
    assert Journal.left(tmp_path / "live") == []


def test_what_a_killed_run_has_left_is_deleted_by_the_next(
    cloud: LocalCloud, live_run: Run, tmp_path: Path
) -> None:
    before = inventory(cloud)
    command = [sys.executable, "-m", "tools.live", "--yes", "--pause", "0.2"]
    with subprocess.Popen([*command, "--directory", str(tmp_path / "live")], cwd=ROOT) as process:
        interrupt_when(
            lambda: stack_in_progress(cloud, "", "CREATE_IN_PROGRESS"), signal.SIGKILL, process.pid
        )
        assert process.wait() == -signal.SIGKILL
    assert len(Journal.left(tmp_path / "live")) == 1
    assert live_run("--clean") == 0
    assert inventory(cloud) == before
    assert Journal.left(tmp_path / "live") == []


def test_what_has_not_the_runs_tag_is_left_alone(
    cloud: LocalCloud, live_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal.begin(tmp_path / "live", run="0a1b", account=cloud.account, region=cloud.region)
    template = {"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    cloud.cloudformation.deploy(json.dumps(template), "live-0a1b")
    make_role(cloud, "live-0a1b-role")
    cloud.client("iam").tag_role(RoleName="live-0a1b-role", Tags=[{"Key": TAG, "Value": "another"}])
    make_model(cloud, "live-0a1b-model", "another")
    things = {"stack": "live-0a1b", "role": "live-0a1b-role", "model": "live-0a1b-model"}
    for kind, name in [*things.items(), ("job", "live-0a1b-never-there"), ("model", "live-0a1b-never-there")]:
        journal.making(kind, name)
    before = inventory(cloud)
    assert live_run("--clean") == 1
    assert inventory(cloud) == before
    assert {thing.kind: thing.name for thing in journal.present()} == things
    assert capsys.readouterr().err.count("does not have the tag of this run") == 3


def test_a_model_that_a_killed_run_has_left_is_deleted_by_the_next(
    cloud: LocalCloud, live_run: Run, tmp_path: Path
) -> None:
    journal = Journal.begin(tmp_path / "live", run="0a1b", account=cloud.account, region=cloud.region)
    journal.making("model", "live-0a1b-model")
    make_model(cloud, "live-0a1b-model", "0a1b")
    assert live_run("--clean") == 0
    assert cloud.endpoints.names("Model") == []
    assert Journal.left(tmp_path / "live") == []


def test_a_run_of_another_account_is_left_alone(cloud: LocalCloud, live_run: Run, tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "live", run="0a1b", account="999988887777", region=cloud.region)
    journal.making("stack", "live-0a1b")
    assert live_run("--clean") == 1
    assert journal.path.exists()
