"""When `make live` takes a job for gone, in whatever words SageMaker says so."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.live.account import Account
from tools.live.calls import is_missing


class Sagemaker:
    """Answers each Describe with the same words, in which the job is named; some jobs are there."""

    class meta:  # noqa: N801 (botocore's name)
        method_to_api_mapping = {"describe_optimization_job": "DescribeOptimizationJob"}  # noqa: RUF012

    def __init__(self, code: str, message: str, *present: str) -> None:
        self._error = {"Code": code, "Message": message}
        self._present = present

    def describe_optimization_job(self, *, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803
        if OptimizationJobName in self._present:
            return {"OptimizationJobStatus": "COMPLETED"}
        message = self._error["Message"].format(name=OptimizationJobName)
        error: Any = {"Error": self._error | {"Message": message}}
        raise ClientError(error, "DescribeOptimizationJob")


def account(sagemaker: Sagemaker) -> Account:
    class Session:
        def client(self, service: str) -> Sagemaker:
            return sagemaker

    return Account(session=Session(), run="0a1b", number="1", partition="aws", region="us-east-1")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceNotFound", "Could not find optimization job {name}"),
        ("ValidationException", "Requested resource not found."),
        ("SomethingElse", "There is no {name} here"),
    ],
)
def test_a_job_is_gone_when_it_is_described_as_one_that_never_was(code: str, message: str) -> None:
    assert is_missing(account(Sagemaker(code, message)), "live-0a1b-Job")
    assert not is_missing(account(Sagemaker(code, message, "live-0a1b-Job")), "live-0a1b-Job")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_job_that_may_not_be_looked_at_is_not_gone(code: str) -> None:
    assert not is_missing(account(Sagemaker(code, "not {name}")), "live-0a1b-Job")
