"""Measures the calls that it takes to track a job, and how soon the deployment ends after the job."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean

from benchmarks.contenders.contender import Contender
from benchmarks.deployment import Outcome, deploy
from localcloud import LocalCloud
from localcloud.kernel.calls import Call

_SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled")

PHASES = (0, 10, 20)
"""Seconds by which the jobs are longer than a multiple of the poll interval."""


@dataclass(frozen=True)
class Effort:
    """The calls for each hour of a job.

    Attributes:
        invocations: Invocations of functions.
        looks: Calls of DescribeOptimizationJob.
        further_calls: Other calls of SageMaker, and the functions' calls of other services, without the
            invocations.
        executions: Calls of StartExecution.
        transitions: State transitions as Step Functions counts them, including retries.
    """

    invocations: float
    looks: float
    further_calls: float
    executions: float
    transitions: float


def effort(cloud: LocalCloud, contender: Contender, *, seconds: float) -> tuple[Outcome, Effort]:
    """Deploy a stack with one job, and count.

    Args:
        cloud: The local cloud.
        contender: The stack.
        seconds: How long the job runs, in clock seconds.

    Returns:
        The outcome and the counts.

    Raises:
        RuntimeError: The deployment does not succeed.
    """
    outcome = deploy(
        cloud, contender, prepare=lambda cloud: cloud.optimization_jobs.next_job(runtime=seconds)
    )
    if outcome.status != "CREATE_COMPLETE":
        raise RuntimeError(
            f"{contender.name} must be CREATE_COMPLETE, got {outcome.status}: {outcome.reason}"
        )
    (job,) = outcome.jobs
    begin, end = job.created, min(job.ended or outcome.ended, outcome.ended)
    hours = (end - begin) / 3600

    def counted(calls: list[Call]) -> float:
        return len([call for call in calls if begin < call.time <= end]) / hours

    requests = [
        answer
        for answer in cloud.cloudformation.responses
        if answer.kind == "Create" and begin < answer.time <= end
    ]
    by_functions = [
        call
        for call in cloud.calls.by("assumed-role/")
        if call.operation not in ("Invoke", "DescribeOptimizationJob", "StartExecution")
        and call.service in ("sagemaker", "cloudformation", "events", "stepfunctions")
    ]
    return outcome, Effort(
        invocations=counted(cloud.calls.of("lambda", "Invoke")) + len(requests) / hours,
        looks=counted(cloud.calls.of("sagemaker", "DescribeOptimizationJob")),
        further_calls=counted(by_functions),
        executions=counted(cloud.calls.of("stepfunctions", "StartExecution")),
        transitions=_transitions(cloud, begin, end) / hours,
    )


def seconds_until_the_end_is_noticed(cloud: LocalCloud, contender: Contender) -> float:
    """Measure the mean delay for jobs that end at different times between two polls."""
    outcomes = [
        deploy(
            cloud,
            contender,
            prepare=lambda cloud, phase=phase: cloud.optimization_jobs.next_job(runtime=600 + phase),  # type: ignore[misc]
        )
        for phase in PHASES
    ]
    return mean(outcome.seconds_from_job_to_end for outcome in outcomes)


def _transitions(cloud: LocalCloud, begin: float, end: float) -> int:
    """Count the transitions: a task once for each attempt, every other state once each time it is entered."""
    count = 0
    for execution in cloud.state_machines.executions():
        for event in cloud.state_machines.history(execution.arn):
            kind = str(getattr(event["type"], "value", event["type"]))
            entered = kind.endswith("StateEntered") and kind != "TaskStateEntered"
            if (entered or kind in _SCHEDULED) and begin < event["timestamp"].timestamp() <= end:
                count += 1
    return count
