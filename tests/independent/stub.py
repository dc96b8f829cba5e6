"""As much of SageMaker's optimization jobs as a deployment needs, in the dialects of ``localcloud.kernel``.

MiniStack has none. Everything about a job follows from its record and a moment, so a read that lags is a read
of an earlier moment. It runs in MiniStack's environment, so it imports the standard library and the dialect.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import Any

from localcloud.kernel.dialect import Dialect, Wording

#: Seconds in which a job is starting, running, stopping.
STARTING, RUNNING, STOPPING = 0.5, 1.5, 0.5
#: A job whose model's URI has one of these in it leaves no artifact.
FAILS, RUNS_TOO_LONG = "/fails/", "/runs-too-long/"
REASON = "the model could not be read"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.31.0-lmi13.0.0-cu124"
ENDED = ("COMPLETED", "FAILED", "STOPPED")


class ApiError(Exception):
    """What SageMaker answers instead of a result."""

    def __init__(self, wording: Wording, *, name: str = "", status: str = "") -> None:
        super().__init__(wording.text(name=name, status=status))
        self.code = wording.code


@dataclass
class Record:
    """One job. Times are in seconds since 1970."""

    request: dict[str, Any]
    tags: dict[str, str]
    created: float
    stopped: float = inf
    deleted: float = inf
    gone: float = inf
    name: str = field(init=False)
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.request["OptimizationJobName"]
        self.ends = self.created + STARTING + RUNNING


class OptimizationJobs:
    """The optimization jobs of one account and Region.

    Args:
        dialect: How SageMaker answers.
        now: The time in seconds since 1970.
    """

    def __init__(self, dialect: Dialect, *, now: Callable[[], float] = time.time) -> None:
        self._dialect = dialect
        self._now = now
        self._records: list[Record] = []

    def answer(self, operation: str, request: dict[str, Any], arn: str) -> dict[str, Any]:
        """The result of a request about the job that has this ARN.

        Raises:
            ApiError: SageMaker refuses the request.
        """
        name, now = arn.rpartition("/")[2], self._now()
        before = now - self._dialect.job_read_lag
        match operation:
            case "CreateOptimizationJob":
                if self._find(name, now):
                    raise ApiError(
                        Wording("ResourceInUse", "An optimization job {name} exists already"), name=name
                    )
                self._records.append(Record(request, _tags(request), now))
                return {"OptimizationJobArn": arn}
            case "DescribeOptimizationJob":
                return self._description(self._get(name, before), arn, before)
            case "ListTags":
                tags = self._get(name, before).tags
                return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            case "ListOptimizationJobs":
                # Only the tests ask this, to see how things are: it does not lag.
                there = [each for each in self._records if each.created <= now < each.gone]
                return {"OptimizationJobSummaries": [self._summary(each, now) for each in there]}
        record = self._get(name, now)
        status, _ = self._status(record, now)
        match operation:
            case "AddTags":
                record.tags |= _tags(request)
            case "DeleteTags":
                for key in request["TagKeys"]:
                    record.tags.pop(key, None)
            case "StopOptimizationJob" if status not in ENDED:
                record.stopped = min(record.stopped, now)
            case "DeleteOptimizationJob" if status in ENDED:
                record.deleted, record.gone = now, now + self._dialect.delete_lag
            case "StopOptimizationJob" | "DeleteOptimizationJob":
                raise ApiError(self._dialect.out_of_turn, name=name, status=status)
            case _:
                raise ApiError(Wording("UnknownOperationException", f"the stub has no {operation}"))
        return {}

    def _find(self, name: str, moment: float) -> Record | None:
        """The job that had this name at a moment."""
        named = (each for each in self._records if each.name == name)
        return next((each for each in named if each.created <= moment < each.gone), None)

    def _get(self, name: str, moment: float) -> Record:
        if record := self._find(name, moment):
            return record
        raise ApiError(self._dialect.missing_job, name=name)

    def _status(self, record: Record, moment: float) -> tuple[str, str]:
        """The status that a job is shown with at a moment, and its FailureReason."""
        if moment >= record.deleted and self._dialect.shows_deleting:
            return "DELETING", ""
        if record.stopped < record.ends:
            since = moment - record.stopped - self._dialect.stop_lag
            return ("INPROGRESS" if since < 0 else "STOPPING" if since < STOPPING else "STOPPED"), ""
        if moment < record.ends:
            return ("STARTING" if moment < record.created + STARTING else "INPROGRESS"), ""
        source = record.request["ModelSource"].get("S3", {}).get("S3Uri", "")
        if RUNS_TOO_LONG in source:
            return self._dialect.status_at_limit, self._dialect.reason_at_limit
        return ("FAILED", REASON) if FAILS in source else ("COMPLETED", "")

    def _summary(self, record: Record, moment: float) -> dict[str, Any]:
        return {
            "OptimizationJobName": record.name,
            "OptimizationJobStatus": self._status(record, moment)[0],
        }

    def _description(self, record: Record, arn: str, moment: float) -> dict[str, Any]:
        status, reason = self._status(record, moment)
        ended = status in ENDED
        return {
            **{name: value for name, value in record.request.items() if name != "Tags"},
            "OptimizationJobArn": arn,
            "OptimizationJobStatus": status,
            "CreationTime": record.created,
            "LastModifiedTime": record.ends if ended else record.created,
            "OptimizationOutput": {"RecommendedInferenceImage": IMAGE} if status == "COMPLETED" else {},
            **({"OptimizationStartTime": record.created + STARTING} if status != "STARTING" else {}),
            **({"OptimizationEndTime": record.ends} if ended else {}),
            **({"FailureReason": reason} if reason else {}),
        }


@dataclass(frozen=True)
class Permission:
    """What a caller must be allowed to do, with the condition keys of the request."""

    action: str
    resource: str
    keys: dict[str, Any]


def permissions(dialect: Dialect, operation: str, request: dict[str, Any], arn: str) -> list[Permission]:
    """Every permission that a request needs, as IAM sees it."""
    if operation == "ListOptimizationJobs":
        return [Permission("sagemaker:ListOptimizationJobs", "*", {})]
    if dialect.lower_case_arns:
        start, _, name = arn.rpartition("/")
        arn = f"{start}/{name.lower()}"
    tags = _tags(request)
    keys: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    if named := [*tags, *request.get("TagKeys", ())]:
        keys["aws:TagKeys"] = named
    needed = [Permission(f"sagemaker:{operation}", arn, keys)]
    if operation == "CreateOptimizationJob":
        if tags:
            needed.append(Permission("sagemaker:AddTags", arn, keys))
        passed_to = {"iam:PassedToService": "sagemaker.amazonaws.com"}
        needed.append(Permission("iam:PassRole", request["RoleArn"], passed_to))
    return needed


def date_of(dialect: Dialect, sent: float) -> str:
    """The query with which the address of a response says when its request was sent."""
    match dialect.response_url:
        case "X-Amz-Date":
            return f"X-Amz-Date={datetime.fromtimestamp(sent, UTC):%Y%m%dT%H%M%SZ}"
        case "Expires":
            return f"Expires={int(sent) + 7200}"
        case "neither":
            return ""


def _tags(request: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
