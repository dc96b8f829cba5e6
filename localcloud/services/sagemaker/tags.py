"""AddTags, DeleteTags and ListTags. The tags of what the local cloud does not keep itself are moto's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.exceptions import ServiceException

from localcloud.kernel.api import ApiError
from localcloud.kernel.dialect import Dialect
from localcloud.kernel.moto_app import backend
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

    def add(self, request: Mapping[str, Any], region: str, now: float) -> Mapping[str, Any]:
        check_tags(tag["Key"] for tag in request["Tags"])
        arn = request["ResourceArn"]
        job = self._job(arn)
        present = self._served(arn) if job is None else job.tags
        if present is None:
            return {"Tags": _moto(region, "add_tags", arn, list(request["Tags"]))}
        merged = present | {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        if len(merged) > MOST_TAGS:
            raise ApiError("ValidationException", f"The resource {arn} can have at most {MOST_TAGS} tags")
        if job is None:
            present.update(merged)
        else:
            job.tag(merged, now)
        return {"Tags": _as_list(merged)}

    def delete(self, request: Mapping[str, Any], region: str, now: float) -> Mapping[str, Any]:
        job = self._job(request["ResourceArn"])
        if job is None:
            served = self._served(request["ResourceArn"])
            if served is None:
                _moto(region, "delete_tags", request["ResourceArn"], list(request["TagKeys"]))
            else:
                for key in request["TagKeys"]:
                    served.pop(key, None)
            return {}
        job.tag({key: value for key, value in job.tags.items() if key not in request["TagKeys"]}, now)
        return {}

    def list(self, request: Mapping[str, Any], region: str, now: float) -> Mapping[str, Any]:
        job = self._job(request["ResourceArn"], now - self._dialect().job_read_lag)
        if job is not None:
            # One page always holds them: it has at least 50, and there are no more.
            return {"Tags": _as_list(job.tags)}
        if (served := self._served(request["ResourceArn"])) is not None:
            return {"Tags": _as_list(served)}
        page, token = _moto(
            region,
            "list_tags",
            arn=request["ResourceArn"],
            MaxResults=request.get("MaxResults"),
            NextToken=request.get("NextToken"),
        )
        return {"Tags": page, **({"NextToken": token} if token else {})}

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


def _moto(region: str, method: str, *arguments: Any, **named: Any) -> Any:
    try:
        return getattr(backend("sagemaker", region), method)(*arguments, **named)
    except ServiceException as error:
        raise ApiError(error.code or "ValidationException", error.message) from error
