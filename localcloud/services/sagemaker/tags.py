"""AddTags, DeleteTags and ListTags."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.kernel.dialect import Dialect
from localcloud.services.sagemaker.errors import no_such_job
from localcloud.services.sagemaker.job import Job
from localcloud.services.sagemaker.rules import MOST_TAGS, check_tags
from localcloud.services.sagemaker.store import Store

_JOB_ARN = re.compile(
    r"arn:[a-z-]+:sagemaker:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):optimization-job/(?P<name>.+)"
)


_NAMES = ("OptimizationJobName", "ModelName", "InferenceComponentName", "EndpointName", "EndpointConfigName")


def subject_name(request: Mapping[str, Any]) -> str:
    """The name of the job, model or endpoint that a request is about; empty if it is about none."""
    match = _JOB_ARN.fullmatch(str(request.get("ResourceArn")))
    return match["name"] if match else next((str(request[name]) for name in _NAMES if request.get(name)), "")


class Tags:
    """The tags of jobs, and of what serves their models.

    Args:
        dialect: Asks for the present dialect.
        served: The tags of a model, an endpoint configuration, an endpoint or a component, by its ARN; None
            if the ARN is of nothing there.
    """

    def __init__(
        self, store: Store, dialect: Callable[[], Dialect], served: Callable[[str], dict[str, str] | None]
    ) -> None:
        self._store = store
        self._dialect = dialect
        self._served = served

    def add(self, request: Mapping[str, Any], now: float) -> Mapping[str, Any]:
        check_tags(tag["Key"] for tag in request["Tags"])
        present = self._tags(request["ResourceArn"])
        merged = present | {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        if len(merged) > MOST_TAGS:
            raise ApiError(
                "ValidationException",
                f"The resource {request['ResourceArn']} can have at most {MOST_TAGS} tags",
            )
        self._keep(request["ResourceArn"], merged, now)
        return {"Tags": _as_list(merged)}

    def delete(self, request: Mapping[str, Any], now: float) -> Mapping[str, Any]:
        present = self._tags(request["ResourceArn"])
        kept = {key: value for key, value in present.items() if key not in request["TagKeys"]}
        self._keep(request["ResourceArn"], kept, now)
        return {}

    def list(self, request: Mapping[str, Any], now: float) -> Mapping[str, Any]:
        # One page always holds them: it has at least 50, and there are no more.
        return {"Tags": _as_list(self._tags(request["ResourceArn"], now - self._dialect().job_read_lag))}

    def _tags(self, arn: str, time: float | None = None) -> dict[str, str]:
        """The tags of an ARN, those of a job as they were at a time. Raises ApiError for an unknown ARN."""
        job = self._job(arn, time)
        found = self._served(arn) if job is None else job.tags
        if found is None:
            raise ApiError("ResourceNotFound", f"the local cloud has nothing in SageMaker with the ARN {arn}")
        return found

    def _keep(self, arn: str, tags: dict[str, str], now: float) -> None:
        if (job := self._job(arn)) is not None:
            job.tag(tags, now)
        elif (served := self._served(arn)) is not None:
            served.clear()
            served.update(tags)

    def _job(self, arn: str, time: float | None = None) -> Job | None:
        """The job of an ARN, as it was at a time; None if the ARN is of something else."""
        match = _JOB_ARN.fullmatch(arn)
        if match is None:
            return None
        place = (match["account"], match["region"], match["name"])
        job = self._store.get(*place) if time is None else self._store.seen(*place, time)
        if job is None:
            raise no_such_job(self._dialect(), match["name"])
        return job


def _as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
