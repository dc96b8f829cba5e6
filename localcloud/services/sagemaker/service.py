"""The API, with one method for each operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.kernel.api import ApiRequest
from localcloud.kernel.dialect import Dialect
from localcloud.kernel.faults import Faults
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.site import Site
from localcloud.services.sagemaker.errors import no_such_job, out_of_turn, role_not_assumable
from localcloud.services.sagemaker.execution_role import SERVICE
from localcloud.services.sagemaker.faults import Fault, SlowStops
from localcloud.services.sagemaker.images import default_image, given_images
from localcloud.services.sagemaker.job import Job, Status
from localcloud.services.sagemaker.listing import list_jobs, moment
from localcloud.services.sagemaker.quota import Quotas
from localcloud.services.sagemaker.rules import check_creation
from localcloud.services.sagemaker.script import Scripts
from localcloud.services.sagemaker.service_model import JOB_OPERATIONS, TAG_OPERATIONS, operation
from localcloud.services.sagemaker.store import Store
from localcloud.services.sagemaker.tags import Tags
from localcloud.services.sagemaker.validation import validate
from localcloud.services.sagemaker.work import JobWork

_DELETING = "DELETING"
"""A status that is in no list of the service model."""

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
    """Optimization jobs and the tags of SageMaker, on the local cloud's port.

    Attributes:
        store: The jobs.
        work: The work of running jobs.
        scripts: The scripts that wait for their jobs.
        quotas: The account's quotas.
        faults: The faults of calls that are still to strike.
        slow_stops: The times that jobs take to stop.
    """

    service = "sagemaker"
    operations: frozenset[str] | None = JOB_OPERATIONS | TAG_OPERATIONS

    def __init__(
        self,
        site: Site,
        permissions: Permissions,
        served_tags: Callable[[str], dict[str, str] | None],
    ) -> None:
        self._site = site
        self._permissions = permissions
        self.store = Store()
        self.work = JobWork(permissions)
        self.scripts = Scripts()
        self.quotas = Quotas()
        self.faults = Faults[Fault]()
        self.slow_stops = SlowStops()
        self._tags = Tags(self.store, lambda: site.dialect, served_tags)
        self._handlers: dict[str, Callable[[ApiRequest], Mapping[str, Any]]] = {
            "CreateOptimizationJob": self._create,
            "DescribeOptimizationJob": self._describe,
            "ListOptimizationJobs": self._list,
            "StopOptimizationJob": self._stop,
            "DeleteOptimizationJob": self._delete,
            "AddTags": lambda request: self._tags.add(request.parameters, self._now),
            "DeleteTags": lambda request: self._tags.delete(request.parameters, self._now),
            "ListTags": lambda request: self._tags.list(request.parameters, self._now),
        }

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        validate(operation(request.operation), request.parameters)
        with self.store.lock:
            self.store.settle(self._now, self.work)
            return self._handlers[request.operation](request)

    # --- operations -----------------------------------------------------------------------------------------

    def _create(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        check_creation(parameters)
        name, role_arn = parameters["OptimizationJobName"], parameters["RoleArn"]
        partition = role_arn.split(":")[1]
        arn = f"arn:{partition}:sagemaker:{request.region}:{request.account}:optimization-job/{name}"
        self.store.check_free(request.account, request.region, name)
        self._check_role(name, role_arn, request.account, arn)
        self.quotas.check(
            parameters["DeploymentInstanceType"], self.store.current(request.account, request.region)
        )
        job = Job(
            name=name,
            arn=arn,
            account=request.account,
            region=request.region,
            request=dict(parameters),
            created=self._now,
            at_limit=(self._dialect.status_at_limit, self._dialect.reason_at_limit),
            script=self.scripts.take(name),
            tags={tag["Key"]: tag["Value"] for tag in parameters.get("Tags") or ()},
        )
        self.store.add(job)
        return {"OptimizationJobArn": arn}

    def _describe(self, request: ApiRequest) -> Mapping[str, Any]:
        job = self._seen(request)
        times = {
            "CreationTime": job.created,
            "LastModifiedTime": job.modified,
            "OptimizationStartTime": job.started,
            "OptimizationEndTime": job.ended,
        }
        response: dict[str, Any] = {
            "OptimizationJobArn": job.arn,
            "OptimizationJobStatus": self._shown_status(job),
            **{name: moment(time) for name, time in times.items() if time is not None},
            **{name: job.request[name] for name in _ECHOED if job.request.get(name) is not None},
            "OptimizationOutput": {},
        }
        if job.reason is not None:
            response["FailureReason"] = job.reason
        if job.status is Status.COMPLETED:
            response["OptimizationOutput"] = {"RecommendedInferenceImage": recommended_image(job)}
        return response

    def _list(self, request: ApiRequest) -> Mapping[str, Any]:
        return list_jobs(self.store.current(request.account, request.region), request.parameters)

    def _stop(self, request: ApiRequest) -> Mapping[str, Any]:
        job = self._job(request)
        if job.status.is_terminal:
            raise out_of_turn(self._dialect, job.name, self._shown_status(job))
        job.stop(self._now, self.slow_stops.seconds(job.name), lag=self._dialect.stop_lag)
        return {}

    def _delete(self, request: ApiRequest) -> Mapping[str, Any]:
        job = self._job(request)
        status = self._shown_status(job)
        if job.is_running or status == _DELETING:
            raise out_of_turn(self._dialect, job.name, status)
        self.store.delete(job, self._now, self._dialect.delete_lag)
        return {}

    # --- what they share ------------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return self._site.clock.time()

    @property
    def _dialect(self) -> Dialect:
        return self._site.dialect

    def _job(self, request: ApiRequest) -> Job:
        """The job as it is, for a call that changes it."""
        name = request.parameters["OptimizationJobName"]
        job = self.store.get(request.account, request.region, name)
        if job is None:
            raise no_such_job(self._dialect, name)
        return job

    def _seen(self, request: ApiRequest) -> Job:
        """The job as a read shows it."""
        name, time = request.parameters["OptimizationJobName"], self._now - self._dialect.job_read_lag
        job = self.store.seen(request.account, request.region, name, time)
        if job is None:
            raise no_such_job(self._dialect, name)
        return job

    def _shown_status(self, job: Job) -> str:
        is_deleting = job.deleting is not None and self._dialect.shows_deleting
        return _DELETING if is_deleting else str(job.status)

    def _check_role(self, name: str, role_arn: str, account: str, job_arn: str) -> None:
        trust = self._permissions.may_assume(role_arn, SERVICE, account, job_arn)
        now = self._now
        if not trust.allowed or self.faults.take(lambda each: each.fits("role", "", name, now)):
            raise role_not_assumable(role_arn)


def recommended_image(job: Job) -> str:
    """The image to serve the job's model with: its script's, else the one it was given, else a default."""
    if job.script.recommended_image is not None:
        return job.script.recommended_image
    given = given_images(job.request)
    return given[0] if given else default_image(job)
