"""AddTags, DeleteTags and ListTags. The tags of everything but optimization jobs are moto's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException

from localcloud.api import ApiError
from localcloud.moto_app import backend
from localcloud.optimization_jobs.rules import MOST_TAGS, check_tags
from localcloud.optimization_jobs.store import Store

_JOB_ARN = re.compile(
    r"arn:[a-z-]+:sagemaker:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):optimization-job/(?P<name>.+)"
)


def job_name(request: Mapping[str, Any]) -> str:
    """The name of the job that a request is about; empty if it is about none."""
    match = _JOB_ARN.fullmatch(str(request.get("ResourceArn")))
    return match["name"] if match else str(request.get("OptimizationJobName") or "")


class Tags:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        check_tags(tag["Key"] for tag in request["Tags"])
        arn = request["ResourceArn"]
        tags = self._of_job(arn)
        if tags is None:
            return {"Tags": _moto(region, "add_tags", arn, list(request["Tags"]))}
        merged = tags | {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        if len(merged) > MOST_TAGS:
            raise ApiError("ValidationException", f"The resource {arn} can have at most {MOST_TAGS} tags")
        tags.update(merged)
        return {"Tags": _as_list(tags)}

    def delete(self, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        tags = self._of_job(request["ResourceArn"])
        if tags is None:
            _moto(region, "delete_tags", request["ResourceArn"], list(request["TagKeys"]))
            return {}
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return {}

    def list(self, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        tags = self._of_job(request["ResourceArn"])
        if tags is not None:
            # One page always holds them: it has at least 50, and there are no more.
            return {"Tags": _as_list(tags)}
        page, token = _moto(
            region,
            "list_tags",
            arn=request["ResourceArn"],
            MaxResults=request.get("MaxResults"),
            NextToken=request.get("NextToken"),
        )
        return {"Tags": page, **({"NextToken": token} if token else {})}

    def _of_job(self, arn: str) -> dict[str, str] | None:
        match = _JOB_ARN.fullmatch(arn)
        return self._store.get(match["account"], match["region"], match["name"]).tags if match else None


def _as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _moto(region: str, method: str, *arguments: Any, **named: Any) -> Any:
    try:
        return getattr(backend("sagemaker", region), method)(*arguments, **named)
    except ServiceException as error:
        raise ApiError(error.code or "ValidationException", error.message) from error
