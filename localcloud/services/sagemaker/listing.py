"""ListOptimizationJobs: filters, order and pages."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.services.sagemaker.artifacts import techniques
from localcloud.services.sagemaker.job import Job

_DEFAULT_PAGE = 50

_SortKey = tuple[float | str, str]


def list_jobs(jobs: Iterable[Job], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response to a request that has passed validation."""
    order = _ORDERS[request.get("SortBy") or "CreationTime"]
    descending = request.get("SortOrder") == "Descending"
    found = sorted((job for job in jobs if _matches(job, request)), key=order, reverse=descending)
    if token := request.get("NextToken"):
        last = _read_token(token)
        # Not a position: jobs may come and go between two pages.
        found = [job for job in found if (order(job) < last if descending else order(job) > last)]
    size = request.get("MaxResults") or _DEFAULT_PAGE
    page = found[:size]
    response: dict[str, Any] = {"OptimizationJobSummaries": [_summary(job) for job in page]}
    if len(found) > size:
        response["NextToken"] = _token(order(page[-1]))
    return response


_ORDERS: dict[str, Callable[[Job], _SortKey]] = {
    "Name": lambda job: (job.name, ""),
    "CreationTime": lambda job: (job.created, job.name),
    "Status": lambda job: (str(job.status), job.name),
}


def _matches(job: Job, request: Mapping[str, Any]) -> bool:
    return (
        _contains(request.get("NameContains"), [job.name])
        and _contains(request.get("OptimizationContains"), techniques(job.request))
        and request.get("StatusEquals") in (None, job.status)
        and _between(job.created, request.get("CreationTimeAfter"), request.get("CreationTimeBefore"))
        and _between(
            job.modified, request.get("LastModifiedTimeAfter"), request.get("LastModifiedTimeBefore")
        )
    )


def _contains(part: str | None, texts: Iterable[str]) -> bool:
    return part is None or any(part.lower() in text.lower() for text in texts)


def _between(time: float, after: datetime | None, before: datetime | None) -> bool:
    return (after is None or time > after.timestamp()) and (before is None or time < before.timestamp())


def _summary(job: Job) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "OptimizationJobName": job.name,
        "OptimizationJobArn": job.arn,
        "CreationTime": moment(job.created),
        "OptimizationJobStatus": str(job.status),
        "LastModifiedTime": moment(job.modified),
        "DeploymentInstanceType": job.request["DeploymentInstanceType"],
        "OptimizationTypes": techniques(job.request),
    }
    if job.started is not None:
        summary["OptimizationStartTime"] = moment(job.started)
    if job.ended is not None:
        summary["OptimizationEndTime"] = moment(job.ended)
    if (count := job.request.get("MaxInstanceCount")) is not None:
        summary["MaxInstanceCount"] = count
    return summary


def moment(time: float) -> datetime:
    """Clock seconds as the API's timestamps, which have milliseconds."""
    return datetime.fromtimestamp(round(time, 3), UTC)


def _token(key: _SortKey) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read_token(token: str) -> _SortKey:
    try:
        first, second = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, TypeError) as error:
        raise ApiError("ValidationException", "The NextToken is invalid") from error
    return first, second
