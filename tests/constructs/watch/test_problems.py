"""An error of AWS is one sentence that says what to do, and says whether another try may help."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    MissingDependencyException,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from cdk_sagemaker_optimization.watch.problems import Missing, problem_of
from tests.constructs.watch.support_watch import error

DENIED = (
    "User: arn:aws:iam::123456789012:user/me is not authorized to perform: sagemaker:DescribeOptimizationJob"
)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (NoCredentialsError(), "there are no AWS credentials: run aws configure or aws sso login"),
        (NoRegionError(), "there is no AWS Region: give --region, for example --region us-east-1"),
        (ProfileNotFound(profile="mine"), "(mine) could not be found: give a --profile of"),
        (
            TokenRetrievalError(provider="sso", error_msg="Token has expired"),
            "Token has expired: run aws configure or aws sso login",
        ),
        (MissingDependencyException(msg="Install botocore[crt]"), "Install botocore[crt]"),
        (error("ExpiredToken", "…"), "the AWS credentials have expired: run"),
        (error("UnrecognizedClientException", "…"), "are not valid in this account and Region: run"),
        (
            error("AccessDeniedException", DENIED),
            "allow sagemaker:DescribeOptimizationJob, see docs/watching.md",
        ),
        (
            error("AccessDenied", f"{DENIED} with an explicit deny in a service control policy"),
            "allow sagemaker:DescribeOptimizationJob",
        ),
    ],
)
def test_a_person_learns_what_to_do(raised: BotoCoreError | ClientError, told: str) -> None:
    problem = problem_of(raised, "sagemaker:DescribeOptimizationJob")
    assert told in str(problem)
    assert not problem.passes
    assert "\n" not in str(problem)
    assert not str(problem).endswith(".")


@pytest.mark.parametrize(
    "raised",
    [
        error("ThrottlingException", "Rate exceeded"),
        error("Throttling", "Rate exceeded"),
        error("InternalFailure", "…", status=500),
        EndpointConnectionError(endpoint_url="https://example.com"),
        ReadTimeoutError(endpoint_url="https://example.com"),
        ResponseParserError("no XML"),
    ],
)
def test_what_passes_by_itself_is_tried_again(raised: Exception) -> None:
    problem = problem_of(raised, "sagemaker:DescribeOptimizationJob")
    assert problem.passes
    assert "try again later, or with a longer --interval" in str(problem)


@pytest.mark.parametrize(
    "raised",
    [
        error("ResourceNotFound", "…", "DescribeOptimizationJob"),
        error("ValidationException", "Requested resource not found.", "DescribeOptimizationJob"),
        error("ValidationError", "Stack with id Models does not exist", "DescribeStacks"),
        error("ValidationError", "Stack 'Models' does not exist", "ListStackResources"),
    ],
)
def test_every_wording_of_something_missing_is_understood(raised: ClientError) -> None:
    assert isinstance(problem_of(raised, "sagemaker:DescribeOptimizationJob"), Missing)
