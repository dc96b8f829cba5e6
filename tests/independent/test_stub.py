"""The stub of SageMaker answers in each dialect, and asks for the permissions that SageMaker needs."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from localcloud.kernel.dialect import MISSING_WORDINGS, OUT_OF_TURN_WORDINGS, Dialect, Wording
from tests.independent.stub import (
    FAILS,
    IMAGE,
    REASON,
    RUNNING,
    RUNS_TOO_LONG,
    STARTING,
    STOPPING,
    ApiError,
    OptimizationJobs,
    date_of,
    permissions,
)

ARN = "arn:aws:sagemaker:us-east-1:000000000000:optimization-job/Stack--Job"
BEGIN = 1_000_000.0
ENDED = STARTING + RUNNING


class SageMaker:
    """The stub at a time of the test's own."""

    def __init__(self, dialect: Dialect | None = None) -> None:
        self.now = BEGIN
        self._jobs = OptimizationJobs(dialect or Dialect(), now=lambda: self.now)

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        return self._jobs.answer(operation, request, ARN)

    def create(self, *, source: str = "s3://models/llama/", **members: Any) -> None:
        self.ask(
            "CreateOptimizationJob",
            OptimizationJobName="Stack--Job",
            ModelSource={"S3": {"S3Uri": source}},
            **members,
        )

    def describe(self) -> dict[str, Any]:
        return self.ask("DescribeOptimizationJob")

    @property
    def status(self) -> str:
        status: str = self.describe()["OptimizationJobStatus"]
        return status

    def refusal(self, operation: str) -> tuple[str, str]:
        with pytest.raises(ApiError) as caught:
            self.ask(operation)
        return caught.value.code, str(caught.value)


@pytest.mark.parametrize("wording", MISSING_WORDINGS, ids=lambda wording: wording.message or wording.code)
@pytest.mark.parametrize(
    "operation",
    ["DescribeOptimizationJob", "StopOptimizationJob", "DeleteOptimizationJob", "ListTags", "AddTags"],
)
def test_a_missing_job_is_missing_in_the_words_of_the_dialect(operation: str, wording: Wording) -> None:
    sagemaker = SageMaker(Dialect(missing_job=wording))
    assert sagemaker.refusal(operation) == (wording.code, wording.text(name="Stack--Job"))


@pytest.mark.parametrize("wording", OUT_OF_TURN_WORDINGS, ids=lambda wording: wording.code)
def test_a_call_out_of_turn_is_refused_in_the_words_of_the_dialect(wording: Wording) -> None:
    sagemaker = SageMaker(Dialect(out_of_turn=wording))
    sagemaker.create()
    assert sagemaker.refusal("DeleteOptimizationJob") == (wording.code, wording.text(status="STARTING"))
    sagemaker.now += ENDED
    assert sagemaker.refusal("StopOptimizationJob") == (wording.code, wording.text(status="COMPLETED"))


def test_a_job_starts_runs_and_completes() -> None:
    sagemaker = SageMaker()
    sagemaker.create()
    statuses = [sagemaker.status]
    for seconds in (STARTING, RUNNING):
        sagemaker.now += seconds
        statuses.append(sagemaker.status)
    assert statuses == ["STARTING", "INPROGRESS", "COMPLETED"]
    assert sagemaker.describe()["OptimizationOutput"] == {"RecommendedInferenceImage": IMAGE}
    assert sagemaker.describe()["OptimizationEndTime"] == BEGIN + ENDED


def test_a_job_of_a_bad_model_fails_with_a_reason() -> None:
    sagemaker = SageMaker()
    sagemaker.create(source=f"s3://models{FAILS}llama/")
    sagemaker.now += ENDED
    assert (sagemaker.status, sagemaker.describe()["FailureReason"]) == ("FAILED", REASON)


def test_a_job_that_runs_too_long_ends_as_the_dialect_says() -> None:
    sagemaker = SageMaker(Dialect(status_at_limit="FAILED", reason_at_limit="timeout"))
    sagemaker.create(source=f"s3://models{RUNS_TOO_LONG}llama/")
    sagemaker.now += ENDED
    assert (sagemaker.status, sagemaker.describe()["FailureReason"]) == ("FAILED", "timeout")


def test_a_name_is_taken_until_its_job_is_deleted() -> None:
    sagemaker = SageMaker()
    sagemaker.create()
    with pytest.raises(ApiError, match="exists already") as caught:
        sagemaker.create()
    assert caught.value.code == "ResourceInUse"
    sagemaker.now += ENDED
    sagemaker.ask("DeleteOptimizationJob")
    sagemaker.create()
    assert sagemaker.status == "STARTING"


def test_a_read_that_lags_is_of_an_earlier_moment() -> None:
    sagemaker = SageMaker(Dialect(job_read_lag=3))
    sagemaker.create()
    sagemaker.now += 2.9
    assert sagemaker.refusal("DescribeOptimizationJob")[0] == "ResourceNotFound"
    assert sagemaker.refusal("ListTags")[0] == "ResourceNotFound"
    sagemaker.now += 0.1
    assert sagemaker.status == "STARTING"
    sagemaker.ask("DeleteOptimizationJob")
    assert sagemaker.status == "STARTING"
    sagemaker.now += 3
    assert sagemaker.refusal("DescribeOptimizationJob")[0] == "ResourceNotFound"


@pytest.mark.parametrize(("shows_deleting", "status"), [(False, "COMPLETED"), (True, "DELETING")])
def test_a_deletion_that_lags_shows_the_job_for_a_while(shows_deleting: bool, status: str) -> None:
    sagemaker = SageMaker(Dialect(delete_lag=3, shows_deleting=shows_deleting))
    sagemaker.create()
    sagemaker.now += ENDED
    sagemaker.ask("DeleteOptimizationJob")
    assert sagemaker.status == status
    with pytest.raises(ApiError, match="exists already"):
        sagemaker.create()
    sagemaker.now += 3
    assert sagemaker.refusal("DescribeOptimizationJob")[0] == "ResourceNotFound"


def test_a_stop_that_lags_shows_the_job_running_for_a_while() -> None:
    sagemaker = SageMaker(Dialect(stop_lag=2))
    sagemaker.create()
    sagemaker.ask("StopOptimizationJob")
    statuses = []
    for seconds in (0, 2, STOPPING):
        sagemaker.now += seconds
        statuses.append(sagemaker.status)
    assert statuses == ["INPROGRESS", "STOPPING", "STOPPED"]


def test_tags_are_kept_changed_and_taken_away() -> None:
    sagemaker = SageMaker()
    sagemaker.create(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    assert "Tags" not in sagemaker.describe()
    sagemaker.ask("AddTags", Tags=[{"Key": "b", "Value": "3"}])
    sagemaker.ask("DeleteTags", TagKeys=["a"])
    assert sagemaker.ask("ListTags") == {"Tags": [{"Key": "b", "Value": "3"}]}


def test_an_operation_that_the_stub_does_not_have_is_refused() -> None:
    sagemaker = SageMaker()
    sagemaker.create()
    assert sagemaker.refusal("DescribeTrainingJob")[0] == "UnknownOperationException"


def test_a_job_with_tags_needs_three_permissions() -> None:
    request = {"RoleArn": "arn:aws:iam::000000000000:role/R", "Tags": [{"Key": "a", "Value": "1"}]}
    needed = permissions(Dialect(), "CreateOptimizationJob", request, ARN)
    keys = {"aws:RequestTag/a": "1", "aws:TagKeys": ["a"]}
    assert [(each.action, each.resource, each.keys) for each in needed] == [
        ("sagemaker:CreateOptimizationJob", ARN, keys),
        ("sagemaker:AddTags", ARN, keys),
        ("iam:PassRole", request["RoleArn"], {"iam:PassedToService": "sagemaker.amazonaws.com"}),
    ]


def test_iam_sees_a_name_in_lower_case_where_the_dialect_says_so() -> None:
    (needed,) = permissions(Dialect(lower_case_arns=True), "DescribeOptimizationJob", {}, ARN)
    assert needed.resource == "arn:aws:sagemaker:us-east-1:000000000000:optimization-job/stack--job"


@pytest.mark.parametrize("form", ["X-Amz-Date", "Expires", "neither"])
def test_an_address_says_when_its_request_was_sent_in_the_form_of_the_dialect(
    form: Literal["X-Amz-Date", "Expires", "neither"],
) -> None:
    query = date_of(Dialect(response_url=form), BEGIN)
    assert (
        query
        == {"X-Amz-Date": "X-Amz-Date=19700112T134640Z", "Expires": "Expires=1007200", "neither": ""}[form]
    )
