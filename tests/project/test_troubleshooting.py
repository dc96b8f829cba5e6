"""docs/troubleshooting.md has the messages of the function, word for word."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdk_sagemaker_optimization.serving.image_rule import no_image_recommended
from optimization_job.cloudformation.properties import definition_is_too_large
from optimization_job.cloudformation.request import Request, RequestType
from optimization_job.cloudformation.response import Response
from optimization_job.contract import JOB_TYPE
from optimization_job.deciding import messages
from optimization_job.sagemaker import endpoint as kinds
from optimization_job.sagemaker.job import Job
from optimization_job.sagemaker.optimization_job import OPTIMIZATION_JOB
from tests.project import checkout

_CREATED = datetime(2026, 11, 2, tzinfo=UTC)
_HOUR = 3600


_JOB = Job(
    kind=OPTIMIZATION_JOB,
    name="Llama--Awq-0123456789abcdef",
    arn="",
    status="STOPPED",
    output_location="s3://artifacts/llama/",
    creation_time=_CREATED,
    last_modified_time=_CREATED + timedelta(seconds=_HOUR),
)


def job(**is_so: Any) -> Job:
    return replace(_JOB, **is_so)


REQUEST = Request(
    request_type=RequestType.CREATE,
    request_id="1",
    resource_type=JOB_TYPE,
    logical_resource_id="Awq",
    stack_id="arn:aws:cloudformation:us-east-1:111122223333:stack/Llama/1",
    properties={},
    old_properties={},
    physical_resource_id=None,
    response_url="https://example.com/",
)
DENIED = "CreateOptimizationJob: ValidationException: User … is not authorized to perform: iam:PassRole"

ENDPOINT = job(kind=kinds.ENDPOINT, name="llama", status="InService", failure_reason="health check")
COMPONENT = job(kind=kinds.INFERENCE_COMPONENT, name="llama", status="InService")

MESSAGES = {
    "failed": messages.job_ended_without_artifact(job(status="FAILED", failure_reason="no memory"), REQUEST),
    "too long": messages.job_ended_without_artifact(job(start_time=_CREATED, max_runtime=_HOUR), REQUEST),
    "no capacity": messages.job_ended_without_artifact(job(max_pending_time=_HOUR), REQUEST),
    "no image": messages.no_image_recommended(job(status="COMPLETED"), REQUEST),
    "no image in another stack": no_image_recommended("Models/Job"),
    "rolled back": messages.config_was_rolled_back(ENDPOINT, "old", "new"),
    "component rolled back": messages.model_was_rolled_back(COMPONENT, ["old"], "new"),
    "component as before": messages.settings_were_rolled_back(
        COMPONENT, {"MinMemoryRequiredInMb": 24_576}, {"MinMemoryRequiredInMb": 8_192}
    ),
    "endpoint failed": messages.does_not_serve(kinds.ENDPOINT, "llama", "is Failed", "no room", REQUEST),
    "no endpoint": messages.does_not_serve(kinds.ENDPOINT, "llama", "does not exist", "", REQUEST),
    "never settled": messages.never_settled("endpoint llama is Updating", 3300),
    "outlasted": messages.job_outlasted_the_waiting(job(status="INPROGRESS"), REQUEST, 3300),
    "gone": messages.job_is_gone(OPTIMIZATION_JOB, "Llama--Awq-0123456789abcdef"),
    "name must change": messages.name_must_change(OPTIMIZATION_JOB, "llama"),
    "name is taken": messages.name_is_taken(OPTIMIZATION_JOB, "llama"),
    "turned back": messages.stack_turned_back(OPTIMIZATION_JOB, "llama"),
    "late": messages.request_is_late(OPTIMIZATION_JOB, "llama"),
    "nobody's": messages.nobodys_job(OPTIMIZATION_JOB, "llama"),
    "too large": definition_is_too_large(100_001, OPTIMIZATION_JOB),
    "quota": messages.quota_stayed_full("optimization job llama", "ResourceLimitExceeded", 3000),
    "not permitted": messages.not_permitted(DENIED, 120),
    "time is up": messages.time_is_up("the job is stopping", 3300),
    "cut": Response("FAILED", "llama", "x" * 5000).document(REQUEST).decode(),
}

#: What others say: SageMaker of a role (see `errors.py`), and CloudFormation.
OTHERS = ["Could not assume role", "Modifying service token is not allowed"]


def rows() -> list[list[str]]:
    """The messages in the first cell of each row, as they stand there."""
    page = (checkout.ROOT / "docs" / "troubleshooting.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith("| ") and "`" in line]
    return [re.findall(r"`([^`]+)`", line.split(" | ")[0]) for line in lines]


def is_in(shown: str, message: str) -> bool:
    """Whether a message holds what the table shows of it. An ellipsis stands for anything."""
    parts = [part for part in re.split("…|<reason>", shown) if part.strip()]
    return re.search(".*".join(map(re.escape, parts)), message) is not None


@pytest.mark.parametrize("shown", [shown for row in rows() for shown in row])
def test_what_a_row_shows_is_what_somebody_says(shown: str) -> None:
    assert any(is_in(shown, message) for message in [*MESSAGES.values(), *OTHERS])


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_each_message_of_the_function_has_a_row(message: str) -> None:
    assert any(is_in(shown, message) for row in rows() for shown in row)


def test_an_ellipsis_stands_for_anything_and_the_rest_for_itself() -> None:
    assert is_in("… STOPPED after …. It ran", "job x STOPPED after 4 h. It ran as long")
    assert not is_in("… STOPPED after …: It ran", "job x STOPPED after 4 h. It ran as long")
