"""Counts each run of a job that has ended once, whether its tracker or a deletion sees the end.

The tracker sees most ends. A deployment that fails with its job deletes the record at once, often before the
tracker looks again; then only the deletion has seen the end. Both start an execution, whose name
follows from the run, and Step Functions starts only one of a name: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..errors import CallError
from ..log import log
from ..sagemaker.calls import SageMaker
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from ..step_executions import start_step
from .measurement import Measurement

#: A record that is deleted later than this after the job's end was counted by its tracker. Step Functions
#: forgets the name of an execution after 90 days.
_STILL_TO_COUNT = timedelta(days=1)


class Counter:
    """Starts the executions that write the measurements."""

    def __init__(self, client: Any, state_machine_arn: str, function_arn: str) -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn
        self._function_arn = function_arn

    def count(self, measurement: Measurement) -> None:
        """Counts the end of a run. One that was counted before is found, and nothing else happens.

        Raises:
            CallError: Step Functions did not start the execution, or did not say that it did.
        """
        name, state = execution_name(measurement), {"Measurement": measurement.as_state()}
        start_step(self._client, self._state_machine_arn, self._function_arn, name, "measure", state)


def execution_name(measurement: Measurement) -> str:
    """At most 80 characters, and never the name of a tracker: no job has an underscore in its name."""
    created = int(datetime.fromisoformat(measurement.run).timestamp())
    return f"ended_{measurement.job_name}-{created}"


class CountedJobs(SageMaker):
    """Calls to SageMaker that count the end of a job before its record goes.

    Metrics fail no deployment: an end that cannot be counted is only logged.

    Args:
        client: the client of SageMaker.
        kind: the kind of the jobs.
        counter: counts.
        seen: returns a job as it was seen last in this step.
        resource: the ids of the stack and of the resource.
        now: returns the time.
    """

    def __init__(
        self,
        client: Any,
        kind: JobKind,
        counter: Counter,
        *,
        seen: Callable[[str], Job | None],
        resource: tuple[str, str],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(client, kind)
        self._counter = counter
        self._seen = seen
        self._resource = resource
        self._now = now

    def delete(self, name: str) -> None:
        """Deletes the record of a job, whose end is counted first."""
        job = self._seen(name)
        if job is not None and job.kind.runs and job.has_ended and self._now() - _end(job) < _STILL_TO_COUNT:
            measurement = Measurement.of(job, *self._resource)
            try:
                self._counter.count(measurement)
            except CallError as trouble:
                log(
                    "not counted",
                    level="WARNING",
                    job=name,
                    logical_resource_id=measurement.logical_resource_id,
                    stack=measurement.stack_name,
                    why=str(trouble),
                    kind=trouble.kind.value,
                )
        super().delete(name)


def _end(job: Job) -> datetime:
    return job.end_time or job.last_modified_time
