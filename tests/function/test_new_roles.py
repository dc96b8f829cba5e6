"""What SageMaker says in the first minutes of a role's life passes by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.function.requests import create
from tests.function.stale import refuse_while
from tests.simulation import SimulatedAws

ROLE = "arn:aws:iam::111122223333:role/SageMakerExecutionRole"

SAID_OF_A_NEW_ROLE = {
    "exists": f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal "
    "'sagemaker.amazonaws.com' to assume the role.",
    "unable": f"SageMaker was unable to assume the role '{ROLE}'",
    "invalid": f'The execution role ARN "{ROLE}" is invalid. Please ensure that the role exists and that its '
    'trust relationship policy allows the action "sts:AssumeRole" for the service principal '
    '"sagemaker.amazonaws.com".',
    "perform": f"SageMaker is unable to perform: sts:AssumeRole on {ROLE}.",
    "model data": f'Could not access model data at s3://models/llama/. Please ensure that the role "{ROLE}" '
    "exists and that its trust relationship policy allows the action.",
    "no objects": f'No S3 objects found under S3 URL "s3://models/llama/". Please ensure that the bucket '
    f'exists, and that the role "{ROLE}" has "s3:ListBucket" permissions on it.',
    "list": "Unauthorized to List objects under S3 URL: s3://models/llama/",
    "output": "Access denied to OutputDataConfig S3 bucket: artifacts",
    "identity": f"{ROLE} may not: no identity-based policy allows the s3:ListBucket action",
    "repository": "Access denied for repository: djl-inference in registry: 763104351884",
    "layers": "The repository policy does not grant ecr:GetDownloadUrlForLayer to the role",
    "access key": "The AWS Access Key Id you provided does not exist in our records.",
}

every_saying = pytest.mark.parametrize("message", SAID_OF_A_NEW_ROLE.values(), ids=SAID_OF_A_NEW_ROLE)


@every_saying
def test_a_role_that_is_a_minute_old_fails_no_deploy(aws: SimulatedAws, message: str) -> None:
    effective = aws.time + 60
    refuse_while(aws, "CreateOptimizationJob", lambda: aws.time < effective, "ValidationException", message)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert effective <= aws.time <= effective + 10
    assert len(aws.sagemaker.started) == 1


@every_saying
def test_what_is_still_so_after_two_minutes_is_told_in_the_words_of_the_api(
    aws: SimulatedAws, message: str
) -> None:
    """One of these is also what SageMaker says of a path that is wrong."""
    aws.faults.fail("CreateOptimizationJob", "ValidationException", message, times=1000)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"CreateOptimizationJob: ValidationException: {message}")
    assert "the same error after 2 min" in answer["Reason"]
    assert 120 <= aws.time - began <= 130


@pytest.mark.parametrize("seconds", [30, 100])
def test_a_new_stack_whose_function_has_no_permission_yet_starts_its_job(
    in_dialect: Callable[..., SimulatedAws], seconds: float
) -> None:
    aws = in_dialect(permissions_come_after=seconds)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1


def test_a_permission_that_comes_and_goes_before_it_stays_fails_no_deploy(aws: SimulatedAws) -> None:
    """It may work, and then not, in one place after the other."""
    began = aws.time
    answers = iter([True, False, True, False, False])

    def is_refused() -> bool:
        return next(answers, False) and aws.time - began < 120

    for operation in ("DescribeOptimizationJob", "DescribeStacks", "CreateOptimizationJob"):
        refuse_while(aws, operation, is_refused, "AccessDeniedException", "is not authorized to perform it")

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1
