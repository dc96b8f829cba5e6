"""What the demo promises after each step, and that it notices what is not so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localcloud import LocalCloud
from localcloud.demo.account import Account, look
from localcloud.demo.cdk_cli import CliResult
from localcloud.demo.steps import REASON, STEPS, StepResult

DEPLOY, REPLACE, CHANGE, FAIL, DELETE = STEPS

EMPTY = Account(stack=None, parts=frozenset({"role bootstrap"}))
FIRST = Account(
    stack="CREATE_COMPLETE",
    outputs={
        "JobName": "job-1",
        "JobArn": "arn:aws:sagemaker:us-east-1:123456789012:optimization-job/job-1",
        "ArtifactLocation": "s3://models/job-1/",
        "RecommendedImage": "image",
    },
    jobs={"job-1": "COMPLETED"},
    ever=1,
    parts=frozenset({"role bootstrap", "role execution"}),
)
SECOND = replace(
    FIRST,
    stack="UPDATE_COMPLETE",
    outputs={**FIRST.outputs, "JobName": "job-2", "ArtifactLocation": "s3://models/job-2/"},
    jobs={"job-2": "COMPLETED"},
    ever=2,
)
UNCHANGED = replace(SECOND, stack="UPDATE_COMPLETE")
ROLLED_BACK = replace(SECOND, stack="UPDATE_ROLLBACK_COMPLETE", ever=3)


@pytest.fixture
def models(cloud: LocalCloud) -> LocalCloud:
    """A cloud with the models of two jobs."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="models")
    for job in ("job-1", "job-2"):
        s3.put_object(Bucket="models", Key=f"{job}/config.json", Body=b"{}")
    return cloud


def result(code: int = 0, output: str = "") -> CliResult:
    return CliResult(("deploy",), code, output, 1.0)


def broken(step: int, result: StepResult) -> list[str]:
    return [promise.text for promise in STEPS[step].promises(result) if not promise.kept]


SAID = f"UPDATE_FAILED Job FAILED after 14 min:\n  {REASON}"


@pytest.mark.parametrize(
    ("step", "before", "after", "cli"),
    [
        (0, EMPTY, FIRST, result()),
        (1, FIRST, SECOND, result()),
        (2, SECOND, UNCHANGED, result()),
        (3, SECOND, ROLLED_BACK, result(1, SAID)),
        (4, SECOND, replace(EMPTY, ever=3), result()),
    ],
)
def test_when_all_goes_well_every_promise_is_kept(
    models: LocalCloud, step: int, before: Account, after: Account, cli: CliResult
) -> None:
    assert broken(step, StepResult(models, EMPTY, before, after, cli)) == []


@pytest.mark.parametrize(
    ("step", "before", "after", "cli", "promise"),
    [
        (0, EMPTY, FIRST, result(1), "the stack is CREATE_COMPLETE"),
        (0, EMPTY, replace(FIRST, stack="ROLLBACK_COMPLETE"), result(), "the stack is CREATE_COMPLETE"),
        (0, EMPTY, replace(FIRST, jobs={"job-1": "INPROGRESS"}), result(), "the stack waited for it"),
        (0, EMPTY, replace(FIRST, outputs={**FIRST.outputs, "JobArn": ""}), result(), "every output"),
        (1, FIRST, replace(SECOND, outputs=FIRST.outputs), result(), "a new job ran under a new name"),
        (1, FIRST, replace(SECOND, jobs={**FIRST.jobs, **SECOND.jobs}), result(), "a new job ran"),
        (2, SECOND, replace(UNCHANGED, ever=3), result(), "no job ran"),
        (3, SECOND, ROLLED_BACK, result(0, SAID), "the CLI says that the update failed"),
        (3, SECOND, ROLLED_BACK, result(1, "it failed"), "the CLI says why"),
        (3, SECOND, replace(ROLLED_BACK, jobs={}), result(1, SAID), "the failed job is gone"),
        (3, SECOND, replace(ROLLED_BACK, outputs={}), result(1, SAID), "the outputs are what they were"),
        (4, SECOND, replace(EMPTY, stack="DELETE_FAILED"), result(1), "the stack is gone"),
        (4, SECOND, replace(EMPTY, jobs=SECOND.jobs), result(), "no job runs, and none is left"),
        (4, SECOND, replace(EMPTY, running=("job-3",)), result(), "no job runs, and none is left"),
        (4, SECOND, replace(EMPTY, parts=FIRST.parts), result(), "is left, but role execution"),
    ],
)
def test_what_is_not_as_promised_is_noticed(
    models: LocalCloud, step: int, before: Account, after: Account, cli: CliResult, promise: str
) -> None:
    assert any(promise in text for text in broken(step, StepResult(models, EMPTY, before, after, cli)))


def test_a_model_that_is_not_there_is_noticed(cloud: LocalCloud) -> None:
    cloud.client("s3").create_bucket(Bucket="models")
    assert broken(0, StepResult(cloud, EMPTY, EMPTY, FIRST, result())) == ["its model is in the bucket"]


def test_an_account_is_compared_by_what_a_stack_could_leave(cloud: LocalCloud) -> None:
    before = look(cloud, "Stack")
    cloud.client("logs").create_log_group(logGroupName="left-behind")
    cloud.client("iam").create_role(RoleName="left-behind", AssumeRolePolicyDocument="{}")
    after = look(cloud, "Stack")
    assert after.parts - before.parts == {"log group left-behind", "role left-behind"}
    assert (after.stack, after.jobs, after.running) == (None, {}, ())


def test_the_command_shows_what_a_person_would_type() -> None:
    assert [step.command for step in STEPS] == [
        "cdk deploy",
        "cdk deploy -c instance_type=ml.g6.12xlarge",
        "cdk deploy -c instance_type=ml.g6.12xlarge -c max_runtime_hours=3",
        "cdk deploy -c instance_type=ml.g6.12xlarge -c technique=fp8",
        "cdk destroy",
    ]
