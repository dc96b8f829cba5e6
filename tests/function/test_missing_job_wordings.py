"""A job that is not there, in every wording that SageMaker is known to have for a missing resource."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localcloud.kernel.dialect import MISSING_WORDINGS, OUT_OF_TURN_WORDINGS, Wording
from optimization_job.errors import CallError, ErrorKind
from tests.function.requests import create, delete, deployed, properties, update
from tests.simulation import Script, SimulatedAws
from tests.simulation.faults import client_error

OPERATIONS = ["DescribeOptimizationJob", "StopOptimizationJob", "DeleteOptimizationJob"]
ANOTHER = {"DeploymentInstanceType": "ml.g6.xlarge"}
MALFORMED = "1 validation error detected: Value '-' at 'optimizationJobName' failed to satisfy constraint"

every_wording = pytest.mark.parametrize(
    "wording", MISSING_WORDINGS, ids=lambda wording: f"{wording.code}: {wording.message}"
)


def kind(operation: str, wording: Wording, *, name: str = "my-job", status: str = "STOPPED") -> ErrorKind:
    """What an error in this wording means."""
    error = client_error(operation, wording.code, wording.text(name=name, status=status))
    return CallError.of(error, operation).kind


@every_wording
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_wording_says_that_there_is_no_such_job(operation: str, wording: Wording) -> None:
    assert kind(operation, wording) is ErrorKind.NOT_FOUND


@every_wording
def test_a_first_create_starts_its_job_at_once(
    in_dialect: Callable[..., SimulatedAws], wording: Wording
) -> None:
    aws = in_dialect(missing_job=wording)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "SUCCESS"
    assert aws.sagemaker.running() == [answer["PhysicalResourceId"]]
    assert aws.time == began


@every_wording
def test_a_create_that_fails_is_rolled_back(
    in_dialect: Callable[..., SimulatedAws], wording: Wording
) -> None:
    aws = in_dialect(missing_job=wording)
    aws.faults.fail("CreateOptimizationJob", "ValidationException", "the image is for another accelerator")
    failed = aws.carry_out(create(aws))
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert failed["Reason"].endswith("the image is for another accelerator")
    assert aws.carry_out(delete(aws, failed["PhysicalResourceId"]))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}


@every_wording
def test_a_create_without_a_response_is_rolled_back(
    in_dialect: Callable[..., SimulatedAws], wording: Wording
) -> None:
    aws = in_dialect(missing_job=wording)
    aws.stack_status = "ROLLBACK_IN_PROGRESS"

    assert aws.carry_out(delete(aws, "models-Llama3-1ABCDEFGHIJK"))["Status"] == "SUCCESS"


@every_wording
def test_an_update_replaces_a_job_and_deletes_the_old_one_twice(
    in_dialect: Callable[..., SimulatedAws], wording: Wording
) -> None:
    aws = in_dialect(missing_job=wording)
    old = deployed(aws)
    new = aws.carry_out(update(aws, old, properties(), properties(**ANOTHER)))["PhysicalResourceId"]
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

    assert [aws.carry_out(delete(aws, old))["Status"] for _ in range(2)] == ["SUCCESS"] * 2
    assert list(aws.sagemaker.jobs) == [new]


@every_wording
@pytest.mark.parametrize("operation", ["StopOptimizationJob", "DeleteOptimizationJob"])
def test_a_job_that_goes_just_before_it_is_stopped_or_deleted_is_gone(
    in_dialect: Callable[..., SimulatedAws], wording: Wording, operation: str
) -> None:
    aws = in_dialect(missing_job=wording)
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.faults.meanwhile(operation, aws.sagemaker.jobs.clear)

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"


def test_an_apostrophe_may_be_a_typographic_one() -> None:
    wording = Wording("ValidationException", "Amazon SageMaker can\u2019t find an optimization job")
    assert kind("StopOptimizationJob", wording) is ErrorKind.NOT_FOUND


def test_a_job_that_is_described_as_missing_in_unknown_words_is_missing_and_the_log_has_the_words(
    in_dialect: Callable[..., SimulatedAws], capsys: pytest.CaptureFixture[str]
) -> None:
    aws = in_dialect(missing_job=Wording("ValidationException", "There is nothing of that name"))

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert "There is nothing of that name" in capsys.readouterr().out


def test_known_words_for_a_missing_job_are_no_warning(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.carry_out(create(aws))
    assert "WARNING" not in capsys.readouterr().out


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code", ["ValidationException", "ValidationError"])
@pytest.mark.parametrize("message", [MALFORMED, "Member must satisfy: failed to satisfy constraint: x"])
def test_a_malformed_request_stays_wrong(operation: str, code: str, message: str) -> None:
    assert kind(operation, Wording(code, message)) is ErrorKind.PERMANENT


def test_a_create_whose_job_cannot_be_described_fails_at_once(aws: SimulatedAws) -> None:
    aws.faults.fail("DescribeOptimizationJob", "ValidationException", MALFORMED, times=100)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert MALFORMED in answer["Reason"]
    assert aws.time == began
    assert aws.sagemaker.started == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_validation_error_that_speaks_of_permissions_is_no_missing_job(operation: str) -> None:
    wording = Wording("ValidationException", "x is not authorized to perform: sagemaker:DescribeX; not found")
    assert kind(operation, wording) is ErrorKind.PERMISSION


every_refusal = pytest.mark.parametrize(
    "wording", OUT_OF_TURN_WORDINGS, ids=lambda wording: f"{wording.code}: {wording.message}"
)


@every_refusal
@pytest.mark.parametrize("operation", ["StopOptimizationJob", "DeleteOptimizationJob"])
def test_every_wording_says_that_the_jobs_status_does_not_allow_the_call(
    operation: str, wording: Wording
) -> None:
    assert kind(operation, wording) is ErrorKind.CONFLICT


@every_refusal
def test_a_job_that_ends_just_before_it_is_stopped_is_deleted(
    in_dialect: Callable[..., SimulatedAws], wording: Wording
) -> None:
    aws = in_dialect(out_of_turn=wording)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    aws.stack_status = "DELETE_IN_PROGRESS"

    def ends() -> None:
        aws.sagemaker.jobs[name].script = Script(ends_after=0)

    aws.faults.meanwhile("StopOptimizationJob", ends)

    assert aws.carry_out(delete(aws, name))["Status"] == "SUCCESS"
    assert aws.sagemaker.jobs == {}
