"""What passes and what never does: limits, denials, and the codes that AWS's own client tries again."""

from __future__ import annotations

import pytest
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from optimization_job.errors import CallError, ErrorKind
from tests.function.requests import create
from tests.function.stale import refuse_while
from tests.simulation import SimulatedAws
from tests.simulation.faults import client_error

LIMIT = "The account-level service limit 'ml.g5.2xlarge for optimization job usage' is"

PASSES = {
    "full": f"{LIMIT} 1 Instances, with current utilization of 1 Instances and a request delta of 1 "
    "Instances. Please use AWS Service Quotas to request an increase for this quota.",
    "nearly full": f"{LIMIT} 4 Instances, with current utilization of 2 Instances and a request delta of 4 "
    "Instances.",
    "ten": f"{LIMIT} 10 Instances, with current utilization of 10 Instances and a request delta of 1 "
    "Instances.",
    "in other words": "You have reached the limit of jobs that run at a time.",
}

NEVER_PASSES = {
    "more than all": f"{LIMIT} 4 Instances, with current utilization of 0 Instances and a request delta of "
    "11 Instances.",
    "none": f"{LIMIT} 0 Instances, with current utilization of 0 Instances and a request delta of 1 "
    "Instances.",
    "none of another unit": "The account-level service limit 'x' is 0 FeatureGroups, with current "
    "utilization of 0 FeatureGroups and a request delta of 1 FeatureGroups.",
    "too little of another unit": "The account-level service limit 'memory' is 3072 MBs, with current "
    "utilization of 0 MBs and a request delta of 6144 MBs.",
    "not here": "The requested resource optimization-job/ml.t3.medium is not available in this region",
    "not supported": "ml.t3.medium is not supported in this Region",
}


def kind(code: str, message: str = "", *, operation: str = "CreateOptimizationJob") -> ErrorKind:
    return CallError.of(client_error(operation, code, message), operation).kind


@pytest.mark.parametrize("message", PASSES.values(), ids=PASSES)
def test_a_limit_that_another_job_fills_is_waited_for(aws: SimulatedAws, message: str) -> None:
    free = aws.time + 900
    refuse_while(aws, "CreateOptimizationJob", lambda: aws.time < free, "ResourceLimitExceeded", message)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert aws.time >= free


@pytest.mark.parametrize("message", NEVER_PASSES.values(), ids=NEVER_PASSES)
def test_a_limit_that_no_end_of_a_job_can_help_fails_at_once_in_the_words_of_the_api(
    aws: SimulatedAws, message: str
) -> None:
    aws.faults.fail("CreateOptimizationJob", "ResourceLimitExceeded", message)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"CreateOptimizationJob: ResourceLimitExceeded: {message}"
    assert aws.time == began


@pytest.mark.parametrize("policy", ["a service control policy", "an identity-based policy"])
@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_an_explicit_denial_fails_at_once_for_no_other_policy_can_allow_it(
    aws: SimulatedAws, code: str, policy: str
) -> None:
    message = f"x is not authorized to perform: iam:PassRole on y with an explicit deny in {policy}"
    aws.faults.fail("CreateOptimizationJob", code, message)
    began = aws.time

    answer = aws.carry_out(create(aws))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"CreateOptimizationJob: {code}: {message}"
    assert aws.time == began


def test_an_implicit_denial_may_be_a_policy_that_is_new(aws: SimulatedAws) -> None:
    message = (
        "x is not authorized to perform: sagemaker:CreateOptimizationJob because no identity-based policy "
        "allows the sagemaker:CreateOptimizationJob action"
    )
    aws.faults.fail("CreateOptimizationJob", "AccessDeniedException", message, times=5)

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"


#: botocore's own lists, which have no public name: a newer botocore with more of them is noticed here.
CODES_OF_BOTOCORE = sorted(
    {
        *vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"],
        *vars(TransientRetryableChecker)["_TRANSIENT_ERROR_CODES"],
    }
)


@pytest.mark.parametrize("code", CODES_OF_BOTOCORE)
def test_every_code_that_botocore_tries_again_passes(code: str) -> None:
    assert kind(code) is ErrorKind.TRANSIENT


def test_botocore_has_a_list_to_compare_with() -> None:
    assert {"ThrottlingException", "SlowDown", "RequestTimeout"} <= set(CODES_OF_BOTOCORE)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("KmsAccessDeniedException", ErrorKind.PERMISSION),
        ("KmsThrottlingException", ErrorKind.TRANSIENT),
        ("ExecutionLimitExceeded", ErrorKind.TRANSIENT),
    ],
)
def test_an_execution_that_its_key_or_a_limit_keeps_from_starting_is_started_later(
    aws: SimulatedAws, code: str, expected: ErrorKind
) -> None:
    aws.faults.fail("StartExecution", code, "not now", times=3)

    assert kind(code, operation="StartExecution") is expected
    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert len(aws.sagemaker.started) == 1
