"""The API's face: one method for each operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from localcloud.api import ApiError, ApiRequest
from localcloud.optimization_jobs.errors import role_not_assumable
from localcloud.optimization_jobs.execution_role import SERVICE
from localcloud.optimization_jobs.faults import NewRoles, SlowStops
from localcloud.optimization_jobs.images import default_image, given_images
from localcloud.optimization_jobs.job import Job, Status
from localcloud.optimization_jobs.listing import list_jobs, moment
from localcloud.optimization_jobs.quota import Quotas
from localcloud.optimization_jobs.rules import check_creation
from localcloud.optimization_jobs.script import Scripts
from localcloud.optimization_jobs.service_model import JOB_OPERATIONS, TAG_OPERATIONS, operation
from localcloud.optimization_jobs.store import Store
from localcloud.optimization_jobs.tags import Tags
from localcloud.optimization_jobs.validation import validate
from localcloud.optimization_jobs.work import JobWork

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud

_ECHOED = (
    "OptimizationJobName",
    "ModelSource",
    "OptimizationEnvironment",
    "DeploymentInstanceType",
    "MaxInstanceCount",
    "OptimizationConfigs",
    "OutputConfig",
    "RoleArn",
    "StoppingCondition",
    "VpcConfig",
    "TrainingPlanArns",
)
"""Members of the request that DescribeOptimizationJob gives back."""


class SageMakerService:
    """Optimization jobs and the tags of SageMaker, on the local cloud's port."""

    service = "sagemaker"
    operations: frozenset[str] | None = JOB_OPERATIONS | TAG_OPERATIONS

    def __init__(
        self,
        cloud: LocalCloud,
        *,
        store: Store,
        work: JobWork,
        scripts: Scripts,
        quotas: Quotas,
        new_roles: NewRoles,
        slow_stops: SlowStops,
    ) -> None:
        self._cloud = cloud
        self._store = store
        self._work = work
        self._scripts = scripts
        self._quotas = quotas
        self._new_roles = new_roles
        self._slow_stops = slow_stops
        self._tags = Tags(store)
        self._handlers: dict[str, Callable[[ApiRequest], Mapping[str, Any]]] = {
            "CreateOptimizationJob": self._create,
            "DescribeOptimizationJob": self._describe,
            "ListOptimizationJobs": self._list,
            "StopOptimizationJob": self._stop,
            "DeleteOptimizationJob": self._delete,
            "AddTags": lambda request: self._tags.add(request.parameters, request.region),
            "DeleteTags": lambda request: self._tags.delete(request.parameters, request.region),
            "ListTags": lambda request: self._tags.list(request.parameters, request.region),
        }

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        validate(operation(request.operation), request.parameters)
        with self._store.lock:
            self._store.settle(self._cloud.clock.time(), self._work)
            return self._handlers[request.operation](request)

    # --- operations -----------------------------------------------------------------------------------------

    def _create(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        check_creation(parameters)
        name, role_arn = parameters["OptimizationJobName"], parameters["RoleArn"]
        partition = role_arn.split(":")[1]
        arn = f"arn:{partition}:sagemaker:{request.region}:{request.account}:optimization-job/{name}"
        self._store.check_free(request.account, request.region, name)
        self._check_role(name, role_arn, request.account, arn)
        self._quotas.check(
            parameters["DeploymentInstanceType"], self._store.current(request.account, request.region)
        )
        job = Job(
            name=name,
            arn=arn,
            account=request.account,
            region=request.region,
            request=dict(parameters),
            created=self._cloud.clock.time(),
            script=self._scripts.take(name),
            tags={tag["Key"]: tag["Value"] for tag in parameters.get("Tags") or ()},
        )
        self._store.add(job)
        return {"OptimizationJobArn": arn}

    def _describe(self, request: ApiRequest) -> Mapping[str, Any]:
        job = self._job(request)
        times = {
            "CreationTime": job.created,
            "LastModifiedTime": job.modified,
            "OptimizationStartTime": job.started,
            "OptimizationEndTime": job.ended,
        }
        answer: dict[str, Any] = {
            "OptimizationJobArn": job.arn,
            "OptimizationJobStatus": str(job.status),
            **{name: moment(time) for name, time in times.items() if time is not None},
            **{name: job.request[name] for name in _ECHOED if job.request.get(name) is not None},
            "OptimizationOutput": {},
        }
        if job.reason is not None:
            answer["FailureReason"] = job.reason
        if job.status is Status.COMPLETED:
            answer["OptimizationOutput"] = {"RecommendedInferenceImage": recommended_image(job)}
        return answer

    def _list(self, request: ApiRequest) -> Mapping[str, Any]:
        return list_jobs(self._store.current(request.account, request.region), request.parameters)

    def _stop(self, request: ApiRequest) -> Mapping[str, Any]:
        job = self._job(request)
        if job.status.is_terminal:
            raise ApiError(
                "ValidationException",
                f"The request was rejected because the optimization job is in status {job.status}.",
            )
        job.stop(self._cloud.clock.time(), self._slow_stops.seconds(job.name))
        return {}

    def _delete(self, request: ApiRequest) -> Mapping[str, Any]:
        job = self._job(request)
        if job.is_running:
            raise ApiError(
                "ValidationException",
                f"The request was rejected because the optimization job is in status {job.status}. "
                "Only a job that is completed, failed or stopped can be deleted.",
            )
        self._store.delete(job, self._cloud.clock.time())
        return {}

    # --- what they share ------------------------------------------------------------------------------------

    def _job(self, request: ApiRequest) -> Job:
        return self._store.get(request.account, request.region, request.parameters["OptimizationJobName"])

    def _check_role(self, name: str, role_arn: str, account: str, job_arn: str) -> None:
        trust = self._cloud.authorization.may_assume(role_arn, SERVICE, account, job_arn)
        if not trust.allowed or self._new_roles.refuses(name, self._cloud.clock.time()):
            raise role_not_assumable(role_arn)


def recommended_image(job: Job) -> str:
    """The image to serve the job's model with: its script's, else the one it was given, else a default."""
    if job.script.recommended_image is not None:
        return job.script.recommended_image
    given = given_images(job.request)
    return given[0] if given else default_image(job)
