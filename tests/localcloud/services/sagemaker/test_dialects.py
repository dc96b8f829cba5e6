"""What optimization jobs answer where that is not known of AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.kernel.dialect import MISSING_WORDINGS, OUT_OF_TURN_WORDINGS, Dialect, Wording
from tests.localcloud.services.sagemaker.account import TRUST
from tests.localcloud.services.sagemaker.refusals import refusal

NAME = "llama-awq"
Create = Callable[..., str]


def shown(sagemaker: Any) -> str:
    return str(sagemaker.describe_optimization_job(OptimizationJobName=NAME)["OptimizationJobStatus"])


def is_missing(sagemaker: Any) -> bool:
    error = refusal(sagemaker.describe_optimization_job, OptimizationJobName=NAME)
    return error["Code"] == "ResourceNotFound"


def error_of(call: Any, **parameters: Any) -> Wording:
    error = refusal(call, **parameters)
    return Wording(error["Code"], error["Message"])


@pytest.mark.parametrize("wording", MISSING_WORDINGS)
def test_every_operation_words_a_missing_job_as_the_dialect_does(
    cloud: LocalCloud, sagemaker: Any, wording: Wording
) -> None:
    cloud.dialect = Dialect(missing_job=wording)
    expected = Wording(wording.code, wording.text(name=NAME))
    arn = f"arn:aws:sagemaker:us-east-1:{cloud.account}:optimization-job/{NAME}"

    for operation in ("describe", "stop", "delete"):
        call = getattr(sagemaker, f"{operation}_optimization_job")
        assert error_of(call, OptimizationJobName=NAME) == expected
    assert error_of(sagemaker.list_tags, ResourceArn=arn) == expected
    assert error_of(sagemaker.delete_tags, ResourceArn=arn, TagKeys=["team"]) == expected


@pytest.mark.parametrize("wording", OUT_OF_TURN_WORDINGS)
def test_a_call_out_of_turn_is_refused_as_the_dialect_does(
    cloud: LocalCloud, sagemaker: Any, create: Create, wording: Wording
) -> None:
    cloud.dialect = Dialect(out_of_turn=wording)
    create()
    starting = Wording(wording.code, wording.text(status="STARTING"))
    assert error_of(sagemaker.delete_optimization_job, OptimizationJobName=NAME) == starting
    cloud.clock.advance(3600)
    ended = Wording(wording.code, wording.text(status="COMPLETED"))
    assert error_of(sagemaker.stop_optimization_job, OptimizationJobName=NAME) == ended


def test_a_read_may_be_of_before(cloud: LocalCloud, sagemaker: Any, create: Create) -> None:
    cloud.dialect = Dialect(job_read_lag=20)
    arn = create(Tags=[{"Key": "team", "Value": "blue"}])
    assert (
        refusal(sagemaker.describe_optimization_job, OptimizationJobName=NAME)["Code"] == "ResourceNotFound"
    )
    assert refusal(sagemaker.list_tags, ResourceArn=arn)["Code"] == "ResourceNotFound"

    cloud.clock.advance(20)
    assert shown(sagemaker) == "STARTING"
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "red"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "blue"}]

    cloud.clock.advance(50)
    assert cloud.optimization_jobs.job(NAME).status == "INPROGRESS"
    assert shown(sagemaker) == "STARTING"
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "red"}]
    cloud.clock.advance(20)
    assert shown(sagemaker) == "INPROGRESS"

    cloud.clock.advance(3600)
    sagemaker.delete_optimization_job(OptimizationJobName=NAME)
    assert shown(sagemaker) == "COMPLETED"
    cloud.clock.advance(20)
    assert (
        refusal(sagemaker.describe_optimization_job, OptimizationJobName=NAME)["Code"] == "ResourceNotFound"
    )


@pytest.mark.parametrize(("shows_deleting", "status"), [(True, "DELETING"), (False, "COMPLETED")])
def test_the_record_of_a_deleted_job_may_stay_for_a_while(
    cloud: LocalCloud, sagemaker: Any, create: Create, shows_deleting: bool, status: str
) -> None:
    cloud.dialect = Dialect(delete_lag=30, shows_deleting=shows_deleting)
    create()
    cloud.clock.advance(3600)

    sagemaker.delete_optimization_job(OptimizationJobName=NAME)
    assert shown(sagemaker) == status
    assert refusal(create)["Code"] == "ResourceInUse"
    if shows_deleting:
        error = error_of(sagemaker.delete_optimization_job, OptimizationJobName=NAME)
        assert error.message.endswith("DELETING.")
    else:
        sagemaker.delete_optimization_job(OptimizationJobName=NAME)

    cloud.clock.advance(30)
    assert (
        refusal(sagemaker.describe_optimization_job, OptimizationJobName=NAME)["Code"] == "ResourceNotFound"
    )
    create()


def test_a_stop_may_show_no_effect_yet(cloud: LocalCloud, sagemaker: Any, create: Create) -> None:
    cloud.dialect = Dialect(stop_lag=15)
    create()
    cloud.clock.advance(100)

    sagemaker.stop_optimization_job(OptimizationJobName=NAME)
    cloud.clock.advance(10)
    sagemaker.stop_optimization_job(OptimizationJobName=NAME)
    assert shown(sagemaker) == "INPROGRESS"
    cloud.clock.advance(5)
    assert shown(sagemaker) == "STOPPING"
    cloud.clock.advance(30)
    assert shown(sagemaker) == "STOPPED"


@pytest.mark.parametrize("status", ["STOPPED", "FAILED"])
@pytest.mark.parametrize("reason", ["TimeOut", ""])
def test_a_job_at_its_limit_ends_as_the_dialect_says(
    cloud: LocalCloud, sagemaker: Any, create: Create, status: Any, reason: str
) -> None:
    cloud.dialect = Dialect(status_at_limit=status, reason_at_limit=reason)
    cloud.optimization_jobs.never_finish()
    create()
    cloud.clock.advance(3 * 3600)

    job = sagemaker.describe_optimization_job(OptimizationJobName=NAME)
    assert job["OptimizationJobStatus"] == status
    explained = "The job was stopped because it exceeded MaxRuntimeInSeconds (7200 seconds)"
    assert job.get("FailureReason") == (reason or (explained if status == "STOPPED" else None))


def test_iam_may_see_a_job_s_name_in_lower_case(cloud: LocalCloud) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sagemaker:*",
        "Resource": "arn:aws:sagemaker:*:*:optimization-job/Llama-*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = cloud.client("iam")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="policy", PolicyDocument=policy)
    reader = cloud.client("sagemaker", role_arn=role)
    code = "ResourceNotFound"
    assert refusal(reader.describe_optimization_job, OptimizationJobName="Llama-AWQ")["Code"] == code

    cloud.dialect = replace(cloud.dialect, lower_case_arns=True)
    error = refusal(reader.describe_optimization_job, OptimizationJobName="Llama-AWQ")
    assert error["Code"] == "AccessDeniedException"
    assert "optimization-job/llama-awq " in error["Message"]


def test_a_reset_brings_back_the_first_dialect(cloud: LocalCloud) -> None:
    cloud.dialect = Dialect(job_read_lag=20)
    cloud.reset()
    assert cloud.dialect == Dialect()
