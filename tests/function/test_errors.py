"""What each error of an API means for a deploy: wait, fail at once, or go on."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    DataNotFoundError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
    UnknownServiceError,
)

from localcloud.kernel.dialect import Wording
from optimization_job.errors import CallError, ErrorKind
from tests.simulation.models import TAKEN_WORDINGS


def kind(
    code: str = "ValidationException",
    message: str = "",
    *,
    operation: str = "CreateOptimizationJob",
    status: int = 400,
) -> ErrorKind:
    """What an error means."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return CallError.of(ClientError(response, operation), operation).kind


@pytest.mark.parametrize(
    "code",
    [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ExpiredTokenException",
        "RequestExpired",
    ],
)
def test_a_service_that_is_busy_or_ill_is_waited_for(code: str) -> None:
    assert kind(code) is ErrorKind.TRANSIENT


@pytest.mark.parametrize("status", [429, 500, 503, 599])
def test_an_error_that_no_list_knows_is_judged_by_its_status(status: int) -> None:
    assert kind("Mystery", status=status) is ErrorKind.TRANSIENT
    assert kind("Mystery", status=428) is ErrorKind.PERMANENT
    assert kind("Mystery", status=499) is ErrorKind.PERMANENT


@pytest.mark.parametrize(
    "code", ["AccessDenied", "AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId"]
)
def test_a_permission_that_may_be_new_is_waited_for(code: str) -> None:
    assert kind(code) is ErrorKind.PERMISSION


@pytest.mark.parametrize(
    "message",
    [
        "Could not assume role arn:aws:iam::111122223333:role/Execution",
        "User is NOT AUTHORIZED TO PERFORM: iam:PassRole",
        "Unable to assume role",
        "SageMaker cannot assume role",
    ],
)
def test_a_role_that_may_be_new_is_waited_for_in_whatever_words_it_is_refused(message: str) -> None:
    assert kind("ValidationException", message) is ErrorKind.PERMISSION


def test_a_full_quota_is_waited_for_and_a_quota_of_nothing_is_not() -> None:
    said = "The account-level service limit 'ml.g5.2xlarge for optimization job usage' is {} Instances"
    assert kind("ResourceLimitExceeded", said.format(1)) is ErrorKind.QUOTA
    assert kind("ResourceLimitExceeded", said.format(10)) is ErrorKind.QUOTA
    assert kind("ResourceLimitExceeded", said.format(0)) is ErrorKind.PERMANENT
    assert kind("ValidationException", said.format(0)) is ErrorKind.PERMANENT
    assert kind("ThrottlingException", said.format(0)) is ErrorKind.TRANSIENT


def test_a_name_that_is_taken_and_a_job_that_is_gone_are_told_apart() -> None:
    assert kind("ResourceInUse") is ErrorKind.NAME_TAKEN
    assert kind("ResourceNotFound", operation="DescribeOptimizationJob") is ErrorKind.NOT_FOUND


@pytest.mark.parametrize("wording", TAKEN_WORDINGS, ids=str)
def test_a_model_whose_name_is_taken_is_so_in_every_wording(wording: Wording) -> None:
    message = wording.text(name="arn:aws:sagemaker:us-east-1:111122223333:model/m")
    assert kind(wording.code, message, operation="CreateModel") is ErrorKind.NAME_TAKEN
    assert kind(wording.code, message, operation="DeleteModel") is not ErrorKind.NAME_TAKEN


@pytest.mark.parametrize("code", ["ValidationException", "ValidationError"])
@pytest.mark.parametrize("message", ["Could not find the job", "Stack with id x does not exist"])
def test_what_is_looked_for_and_not_there_is_gone(code: str, message: str) -> None:
    assert kind(code, message, operation="DescribeStacks") is ErrorKind.NOT_FOUND
    assert kind(code, message, operation="CreateOptimizationJob") is ErrorKind.PERMANENT
    assert kind("AnotherException", message, operation="DescribeStacks") is ErrorKind.PERMANENT


@pytest.mark.parametrize("operation", ["StopOptimizationJob", "DeleteOptimizationJob"])
def test_a_job_in_the_wrong_state_is_looked_at_again(operation: str) -> None:
    assert kind(message="the job is in status STOPPING", operation=operation) is ErrorKind.CONFLICT
    assert kind(message="no such tag", operation="AddTags") is ErrorKind.PERMANENT


@pytest.mark.parametrize(
    "error",
    [
        ParamValidationError(report="Missing required parameter"),
        NoRegionError(),
        UnknownServiceError(service_name="x", known_service_names="y"),
        DataNotFoundError(data_path="x"),
    ],
)
def test_a_call_that_cannot_even_be_made_fails_at_once(error: BotoCoreError) -> None:
    assert CallError.of(error, "CreateOptimizationJob").kind is ErrorKind.PERMANENT


@pytest.mark.parametrize(
    "error",
    [EndpointConnectionError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x"), NoCredentialsError()],
)
def test_a_connection_that_breaks_is_tried_again(error: BotoCoreError) -> None:
    trouble = CallError.of(error, "DescribeStacks")
    assert trouble.kind is ErrorKind.TRANSIENT
    assert trouble.operation == "DescribeStacks"
    assert str(trouble) == f"DescribeStacks: {error}"


@pytest.mark.parametrize(
    ("details", "message"),
    [
        (
            {"Code": "ValidationException", "Message": "no such model"},
            "Call: ValidationException: no such model",
        ),
        ({"Code": "InternalFailure", "Message": ""}, "Call: InternalFailure"),
        ({"Code": "InternalFailure"}, "Call: InternalFailure"),
        ({"Message": "what"}, "Call: error: what"),
        ({}, "Call: error"),
    ],
)
def test_an_error_is_told_in_the_words_of_the_api(details: Any, message: str) -> None:
    trouble = CallError.of(ClientError({"Error": details}, "Call"), "Call")
    assert (str(trouble), trouble.operation) == (message, "Call")


def test_an_error_without_details_is_permanent() -> None:
    assert CallError.of(ClientError({}, "Call"), "Call").kind is ErrorKind.PERMANENT
