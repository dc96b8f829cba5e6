"""What the demo promises after each step, and that it notices what is not so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localcloud import LocalCloud
from localcloud.demo.account import Account, look
from localcloud.demo.cdk_cli import CliResult
from localcloud.demo.steps import REASON, STEPS, UNHEALTHY, StepResult
from localcloud.demo.synthesis import JOB_STACK, SERVING_STACK, STACKS

EMPTY = Account(parts=frozenset({"role bootstrap"}))
FIRST = Account(
    stacks=dict.fromkeys(STACKS, "CREATE_COMPLETE"),
    outputs={
        "JobName": "job-1",
        "JobArn": "arn:aws:sagemaker:us-east-1:123456789012:optimization-job/job-1",
        "ArtifactLocation": "s3://models/job-1/",
        "RecommendedImage": "image",
        "EndpointName": "endpoint",
    },
    jobs={"job-1": "COMPLETED"},
    ever=1,
    endpoint="InService",
    artifact="s3://models/job-1/",
    parts=frozenset({"role bootstrap", "role execution"}),
)
UNHEALTHY_SECOND = replace(
    FIRST,
    stacks={JOB_STACK: "UPDATE_COMPLETE", SERVING_STACK: "UPDATE_ROLLBACK_COMPLETE"},
    outputs={**FIRST.outputs, "JobName": "job-2", "ArtifactLocation": "s3://models/job-2/"},
    jobs={"job-2": "COMPLETED"},
    ever=2,
)
SECOND = replace(
    UNHEALTHY_SECOND, stacks=dict.fromkeys(STACKS, "UPDATE_COMPLETE"), artifact="s3://models/job-2/"
)
ROLLED_BACK = replace(SECOND, stacks={**SECOND.stacks, JOB_STACK: "UPDATE_ROLLBACK_COMPLETE"}, ever=3)
DELETED = replace(EMPTY, ever=3)

OLD, NEW = ("s3://models/job-1/",) * 3, ("s3://models/job-2/",) * 3


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


FAILED = f"UPDATE_FAILED Job FAILED after 14 min:\n  {REASON}"
DID_NOT_START = f"UPDATE_FAILED Endpoint the container {UNHEALTHY}"


@pytest.mark.parametrize(
    ("step", "before", "after", "cli", "responses"),
    [
        (0, EMPTY, FIRST, result(), ("", "", *OLD)),
        (1, FIRST, UNHEALTHY_SECOND, result(1, DID_NOT_START), OLD),
        (2, UNHEALTHY_SECOND, SECOND, result(), (*OLD, *NEW)),
        (3, SECOND, ROLLED_BACK, result(1, FAILED), NEW),
        (4, ROLLED_BACK, DELETED, result(), (*NEW, "")),
    ],
)
def test_when_all_goes_well_every_promise_is_kept(
    models: LocalCloud,
    step: int,
    before: Account,
    after: Account,
    cli: CliResult,
    responses: tuple[str, ...],
) -> None:
    assert broken(step, StepResult(models, EMPTY, before, after, cli, responses)) == []


@pytest.mark.parametrize(
    ("step", "before", "after", "cli", "promise"),
    [
        (0, EMPTY, FIRST, result(1), "both stacks are CREATE_COMPLETE"),
        (0, EMPTY, replace(FIRST, stacks={JOB_STACK: "CREATE_COMPLETE"}), result(), "both stacks are"),
        (0, EMPTY, replace(FIRST, jobs={"job-1": "INPROGRESS"}), result(), "its stack waited for it"),
        (0, EMPTY, replace(FIRST, endpoint="Creating"), result(), "the endpoint serves it"),
        (0, EMPTY, replace(FIRST, artifact=""), result(), "the endpoint serves it"),
        (0, EMPTY, replace(FIRST, outputs={**FIRST.outputs, "JobArn": ""}), result(), "every output"),
        (1, FIRST, UNHEALTHY_SECOND, result(0, DID_NOT_START), "the CLI says that the update failed"),
        (1, FIRST, SECOND, result(1, DID_NOT_START), "the endpoint's stack rolled back"),
        (1, FIRST, UNHEALTHY_SECOND, result(1, "it failed"), "the CLI says why"),
        (1, FIRST, replace(UNHEALTHY_SECOND, jobs=FIRST.jobs), result(1), "the new job is kept"),
        (1, FIRST, replace(UNHEALTHY_SECOND, outputs=FIRST.outputs), result(1), "the new job is kept"),
        (1, FIRST, SECOND, result(1), "requests with the model that it had before"),
        (2, UNHEALTHY_SECOND, replace(SECOND, ever=3), result(), "no job ran"),
        (2, UNHEALTHY_SECOND, replace(SECOND, outputs=FIRST.outputs), result(), "the outputs are what"),
        (2, UNHEALTHY_SECOND, replace(SECOND, artifact=FIRST.artifact), result(), "then with the new one"),
        (3, SECOND, ROLLED_BACK, result(0, FAILED), "the CLI says that the update failed"),
        (3, SECOND, replace(ROLLED_BACK, stacks=SECOND.stacks), result(1, FAILED), "stack rolled back"),
        (3, SECOND, ROLLED_BACK, result(1, "it failed"), "the CLI says why"),
        (3, SECOND, replace(ROLLED_BACK, jobs={}), result(1, FAILED), "the failed job is gone"),
        (3, SECOND, replace(ROLLED_BACK, ever=4), result(1, FAILED), "the good one was not run again"),
        (3, SECOND, replace(ROLLED_BACK, outputs={}), result(1, FAILED), "the outputs are what they were"),
        (4, SECOND, replace(DELETED, stacks={JOB_STACK: "DELETE_FAILED"}), result(1), "both stacks are gone"),
        (4, SECOND, replace(DELETED, jobs=SECOND.jobs), result(), "no job runs, and none is left"),
        (4, SECOND, replace(DELETED, running=("job-3",)), result(), "no job runs, and none is left"),
        (4, SECOND, replace(DELETED, parts=FIRST.parts), result(), "is left, but role execution"),
    ],
)
def test_what_is_not_as_promised_is_noticed(
    models: LocalCloud, step: int, before: Account, after: Account, cli: CliResult, promise: str
) -> None:
    responses = (before.artifact, after.artifact) if step == 2 else (before.artifact,)
    found = broken(step, StepResult(models, EMPTY, before, after, cli, responses))
    assert any(promise in text for text in found)


@pytest.mark.parametrize(
    ("step", "before", "after", "responses"),
    [
        (1, FIRST, UNHEALTHY_SECOND, (*OLD, "", *OLD)),
        (1, FIRST, UNHEALTHY_SECOND, (*OLD, *NEW, *OLD)),
        (2, UNHEALTHY_SECOND, SECOND, (*OLD, "", *NEW)),
        (3, SECOND, ROLLED_BACK, (*NEW, "", *NEW)),
    ],
)
def test_a_request_that_failed_or_that_another_model_served_is_noticed(
    models: LocalCloud, step: int, before: Account, after: Account, responses: tuple[str, ...]
) -> None:
    cli = result() if step == 2 else result(1, f"{FAILED} {DID_NOT_START}")
    (text,) = broken(step, StepResult(models, EMPTY, before, after, cli, responses))
    assert f"the endpoint served each of {len(responses)} requests" in text


def test_a_model_that_is_not_there_is_noticed(cloud: LocalCloud) -> None:
    cloud.client("s3").create_bucket(Bucket="models")
    assert broken(0, StepResult(cloud, EMPTY, EMPTY, FIRST, result())) == ["its model is in the bucket"]


def test_an_account_is_compared_by_what_a_stack_could_leave(cloud: LocalCloud) -> None:
    before = look(cloud, STACKS)
    cloud.client("logs").create_log_group(logGroupName="left-behind")
    cloud.client("iam").create_role(RoleName="left-behind", AssumeRolePolicyDocument="{}")
    cloud.client("ssm").put_parameter(Name="left-behind", Value="s3://models/", Type="String")
    after = look(cloud, STACKS)
    assert after.parts - before.parts == {
        "log group left-behind",
        "role left-behind",
        "parameter left-behind",
    }
    assert (after.stacks, after.jobs, after.running, after.endpoint) == ({}, {}, (), None)


def test_the_command_shows_what_a_person_would_type() -> None:
    assert [step.command for step in STEPS] == [
        "cdk deploy --all -c serve=true",
        "cdk deploy --all -c serve=true -c instance_type=ml.g6.12xlarge",
        "cdk deploy --all -c serve=true -c instance_type=ml.g6.12xlarge -c max_runtime_hours=3",
        "cdk deploy --all -c serve=true -c instance_type=ml.g6.12xlarge -c technique=fp8",
        "cdk destroy --all -c serve=true",
    ]
