"""SageMaker's inference-optimization jobs, and the faults that a test asks for."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.kernel.api import ApiError, ApiRequest, ResponseLost
from localcloud.kernel.faults import error_of
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.sagemaker.faults import CallRate, Fault
from localcloud.services.sagemaker.job import Job
from localcloud.services.sagemaker.script import NEVER, JobScript, Outcome
from localcloud.services.sagemaker.service import SageMakerService
from localcloud.services.sagemaker.tags import subject_name


class OptimizationJobs:
    """The optimization jobs of a local cloud: their courses, their faults and their records.

    By default a job is STARTING for a minute, INPROGRESS for 25, and then COMPLETED.
    All times are clock seconds. What a job does by itself happens at exactly its time on the clock, whether
    a call looks at it or not. The faults of calls strike every operation of SageMaker, also those of models
    and endpoints.

    Args:
        served_tags: The tags of a model, an endpoint configuration, an endpoint or a component, by its ARN;
            None if the ARN is of nothing there.
    """

    def __init__(
        self,
        site: Site,
        server: Server,
        permissions: Permissions,
        served_tags: Callable[[str], dict[str, str] | None],
    ) -> None:
        self._clock = site.clock
        self._call_rate = CallRate()
        self._service = service = SageMakerService(site, permissions, served_tags)
        server.register(service)
        server.observe(before=self._before_call, after=self._after_call)
        site.clock.watch(lambda now: service.store.settle(now, service.work))

    # --- records --------------------------------------------------------------------------------------------

    @property
    def jobs(self) -> list[Job]:
        """Every job there ever was, in the order of their creation, also those whose record is deleted."""
        store = self._service.store
        with store.lock:
            store.settle(self._clock.time(), self._service.work)
            return store.ever()

    def job(self, name: str) -> Job:
        """The latest job of a name. Raises KeyError if there never was one."""
        for job in reversed(self.jobs):
            if job.name == name:
                return job
        raise KeyError(
            f"there never was an optimization job {name!r}, only {[job.name for job in self.jobs]}"
        )

    def running(self) -> list[Job]:
        """The jobs that still cost money: every job that is STARTING, INPROGRESS or STOPPING."""
        return [job for job in self.jobs if job.is_running]

    # --- courses --------------------------------------------------------------------------------------------

    def script(self, script: JobScript, *, name_prefix: str | None = None) -> None:
        """Let the next job run by `script`, or every job from now on whose name begins with `name_prefix`."""
        if name_prefix is None:
            self._service.scripts.add_next(script)
        else:
            self._service.scripts.add_named(name_prefix, script)

    def next_job(
        self,
        *,
        starting: float = 60,
        runtime: float = 25 * 60,
        outcome: Outcome = "COMPLETED",
        reason: str | None = None,
        stopping: float = 30,
        require_source: bool = False,
        recommended_image: str | None = None,
        name_prefix: str | None = None,
    ) -> None:
        """Say how the next job runs, or every job whose name begins with `name_prefix`. See `JobScript`."""
        script = JobScript(
            starting=starting,
            runtime=runtime,
            outcome=outcome,
            reason=reason,
            stopping=stopping,
            require_source=require_source,
            recommended_image=recommended_image,
        )
        self.script(script, name_prefix=name_prefix)

    def never_finish(self, *, name_prefix: str | None = None) -> None:
        """Let the next job (or those with a prefix) run until a stop or one of its limits ends it."""
        self.next_job(runtime=NEVER, name_prefix=name_prefix)

    def slow_stop(self, seconds: float, *, name_prefix: str = "") -> None:
        """Let every job, also one that runs already, take so long to stop."""
        self._service.slow_stops.set(seconds, name_prefix)

    def allow_foreign_buckets(self, allowed: bool = True) -> None:
        """Let a job write to a bucket that is not in this cloud (and so to nowhere) instead of failing."""
        self._service.work.foreign_outputs = allowed

    def look_at_buckets(self, look: bool) -> None:
        """Let jobs and endpoints ask for a bucket as a whole before they use its objects. By default they do.

        AWS documents the permissions for that, but not which calls are made.
        """
        self._service.work.looks_at_buckets = look

    def looks_at_buckets(self) -> bool:
        """Return whether jobs and endpoints ask for a bucket as a whole."""
        return self._service.work.looks_at_buckets

    # --- faults of calls ------------------------------------------------------------------------------------

    def quota(self, limit: int | None, *, instance_type: str | None = None) -> None:
        """Let at most `limit` jobs run at a time, in all or of one instance type; None lifts the quota."""
        self._service.quotas.set(limit, instance_type)

    def throttle(
        self,
        operation: str | None = None,
        times: int | None = None,
        *,
        rate: float = 1.0,
        name_prefix: str = "",
    ) -> None:
        """Throttle calls of an operation (None: of any).

        Args:
            times: How many of them; None for no end.
            rate: The share of calls that is throttled, more than 0 and at most 1.
        """
        self._service.faults.add(Fault("before", _throttled, operation, name_prefix, rate=rate), times)

    def limit_rate(self, limit: float | None) -> None:
        """Throttle what exceeds so many calls of SageMaker in a clock second; None lifts the limit.

        A call's own retries come within the same clock second, because work takes no clock time.
        """
        self._call_rate.set(limit, self._clock.time())

    def fail_call(
        self,
        operation: str | None,
        code: str = "InternalFailure",
        times: int | None = 1,
        *,
        message: str | None = None,
        status: int | None = None,
        name_prefix: str = "",
    ) -> None:
        """Let calls do nothing but fail. The message and the HTTP status fit the code by default."""
        fault = Fault("before", lambda: error_of(code, message, status), operation, name_prefix)
        self._service.faults.add(fault, times)

    def lose_response(
        self, operation: str, times: int | None = 1, *, internal_error: bool = False, name_prefix: str = ""
    ) -> None:
        """Carry calls out, and then close the connection without a response (or respond with a 500)."""
        error = _internal_failure if internal_error else ResponseLost
        self._service.faults.add(Fault("after", error, operation, name_prefix), times)

    def role_not_assumable(
        self, times: int | None = None, *, seconds: float | None = None, name_prefix: str = ""
    ) -> None:
        """Refuse execution roles as SageMaker refuses one that is too new, for so many calls or so long."""
        if times is None and seconds is None:
            raise ValueError(
                "times or seconds must be given, for how many calls or how long no role can be assumed"
            )
        until = None if seconds is None else self._clock.time() + seconds
        fault = Fault("role", _internal_failure, name_prefix=name_prefix, until=until)
        self._service.faults.add(fault, times)

    def role_fails(self, name: str) -> bool:
        """Decide whether `role_not_assumable` strikes something of this name, and count it."""
        now = self._clock.time()
        return self._service.faults.take(lambda each: each.fits("role", "", name, now)) is not None

    # --- for the local cloud --------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget every job, script and fault."""
        service = self._service
        service.store.clear()
        for part in (service.scripts, service.faults, service.quotas, service.slow_stops, self._call_rate):
            part.clear()
        self._service.work.foreign_outputs = False
        self._service.work.looks_at_buckets = True

    def _before_call(self, request: ApiRequest) -> None:
        if request.service == "sagemaker" and not self._call_rate.passes(self._clock.time()):
            raise _throttled()
        self._strike(request, "before")

    def _after_call(self, request: ApiRequest) -> None:
        self._strike(request, "after")

    def _strike(self, request: ApiRequest, point: str) -> None:
        if request.service != "sagemaker":
            return
        name, now = subject_name(request.parameters), self._clock.time()
        if fault := self._service.faults.take(lambda each: each.fits(point, request.operation, name, now)):
            raise fault.error()


def _throttled() -> ApiError:
    return error_of("ThrottlingException")


def _internal_failure() -> ApiError:
    return error_of("InternalFailure")
