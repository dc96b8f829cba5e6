"""The examples, deployed by the real CDK CLI on MiniStack, an emulator of AWS that others have written.

Where MiniStack is not like CloudFormation, the expectation here says so in words. docs/independent.md says
what these tests show and what they cannot.
"""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.independent.conftest import Synthesize
from tests.independent.stub import FAILS, REASON
from tests.independent.support_cli import CdkCli
from tests.independent.support_ministack import MiniStack

STACK = "OptimizedModel"
JOBS_OF_EXAMPLES = {"quantize": 1, "several_jobs": 3, "train_draft_model": 1}


def started(cloud: MiniStack, *, after: int = 0) -> list[str]:
    """The names of the jobs that were started, beginning with the n-th."""
    return [call.name for call in cloud.calls("CreateOptimizationJob") if not call.code][after:]


def deleted(cloud: MiniStack) -> set[str]:
    """The names of the jobs whose records were deleted."""
    return {call.name for call in cloud.calls("DeleteOptimizationJob") if not call.code}


def running(cloud: MiniStack) -> dict[str, str]:
    """The jobs that cost money."""
    return {
        name: status
        for name, status in cloud.jobs().items()
        if status in ("STARTING", "INPROGRESS", "STOPPING")
    }


def test_the_example_is_created_replaced_rolled_back_and_destroyed(
    cloud: MiniStack, cli: CdkCli, synthesize: Synthesize
) -> None:
    before = len(started(cloud))

    created = cli.deploy(synthesize("app"), STACK)
    assert created.succeeded, created.printed
    first = created.outputs["JobName"]
    assert cloud.jobs()[first] == "COMPLETED"
    assert created.outputs["ArtifactLocation"].endswith(f"/{first}/")

    replaced = cli.deploy(synthesize("app", instance_type="ml.g5.48xlarge"), STACK)
    assert replaced.succeeded, replaced.printed
    second = replaced.outputs["JobName"]
    assert second != first
    assert cloud.jobs()[second] == "COMPLETED"
    # CloudFormation deletes the first job's record in the cleanup phase. MiniStack does it while the stack is
    # UPDATE_IN_PROGRESS, in which CloudFormation deletes only what it makes anew at once. So the function
    # looks for a minute whether that status is true, and may keep the record.
    assert cloud.jobs().get(first, "COMPLETED") in ("COMPLETED", "DELETING")

    failed = cli.deploy(synthesize("app", model_uri=f"s3://models{FAILS}llama/"), STACK)
    assert not failed.succeeded
    assert REASON in failed.printed
    assert cloud.stack_status(STACK) == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.jobs()[second] == "COMPLETED"
    assert running(cloud) == {}

    destroyed = cli.destroy(synthesize("app"), STACK)
    assert destroyed.succeeded, destroyed.printed
    assert second in deleted(cloud)
    assert running(cloud) == {}
    jobs = started(cloud, after=before)
    assert jobs[:2] == [first, second]
    assert len(jobs) == 3, "each of the three definitions is paid for once"


@pytest.mark.parametrize("example", JOBS_OF_EXAMPLES)
def test_another_example_is_deployed_and_destroyed(
    cloud: MiniStack, cli: CdkCli, synthesize: Synthesize, example: str
) -> None:
    before = len(started(cloud))
    assembly = synthesize(f"examples.{example}")
    stack = example.title().replace("_", "")

    deployed = cli.deploy(assembly, stack)
    assert deployed.succeeded, deployed.printed
    jobs = started(cloud, after=before)
    assert len(jobs) == JOBS_OF_EXAMPLES[example]
    assert {cloud.jobs()[name] for name in jobs} == {"COMPLETED"}

    destroyed = cli.destroy(assembly, stack)
    assert destroyed.succeeded, destroyed.printed
    assert set(jobs) <= deleted(cloud)
    assert started(cloud, after=before) == jobs


def test_a_caller_without_permission_is_refused_by_the_emulator(cloud: MiniStack) -> None:
    user = f"user-{uuid.uuid4().hex[:8]}"
    iam = cloud.client("iam")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    sagemaker = cloud.client(
        "sagemaker",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    with pytest.raises(ClientError, match="not authorized to perform: sagemaker:DescribeOptimizationJob"):
        sagemaker.describe_optimization_job(OptimizationJobName="a-job")
    statement = {"Effect": "Allow", "Action": "sagemaker:DescribeOptimizationJob", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=user, PolicyName="Describe", PolicyDocument=document)
    with pytest.raises(ClientError) as caught:
        sagemaker.describe_optimization_job(OptimizationJobName="a-job")
    assert "not authorized" not in str(caught.value)
