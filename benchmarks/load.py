"""Deploys many jobs in one stack at once, against an API that throttles.

    python benchmarks/load.py [--jobs 60] [--rate 5]

The deployments run on the local cloud. A row shows the number of calls, the throttled ones, the busiest
second, and how long after its last job a deployment ended. All times are those of the local cloud's clock.
Work takes no time of this clock, so all calls of a moment, including botocore's retries, come in the same
second: the local cloud throttles more calls than AWS.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.provider.names import name_part
from localcloud import LocalCloud
from localcloud.kernel.calls import Call
from tests.end_to_end.support_project import publish_assets, reasons

_STACK = "Load"
_FUNCTIONS_CALLS = {"sagemaker": None, "cloudformation": "DescribeStacks"}


@dataclass(frozen=True)
class Scenario:
    """A deployment.

    Attributes:
        name: The scenario in a few words.
        jobs: The number of jobs.
        minutes: The shortest and the longest run of a job. The others lie evenly between them.
        rate: The calls of SageMaker that pass in a second. None means any number.
        quota: The jobs that may run at once. None means any number.
    """

    name: str
    jobs: int = 60
    minutes: tuple[int, int] = (25, 120)
    rate: int | None = None
    quota: int | None = None


@dataclass(frozen=True)
class Load:
    """The figures of a deployment.

    Attributes:
        scenario: The deployment.
        status: The stack's status.
        completed: The number of completed jobs.
        calls: The function's calls of SageMaker and CloudFormation.
        seconds: The time from the beginning of the deployment to its end.
        seconds_after_the_last_job: The time from the end of the last job to the end of the deployment.
        reason: The failures in the stack's events.
    """

    scenario: Scenario
    status: str
    completed: int
    calls: list[Call]
    seconds: float
    seconds_after_the_last_job: float
    reason: str

    @property
    def by_operation(self) -> dict[str, tuple[int, int]]:
        """The number of calls of each operation, and of the throttled ones among them."""
        every, throttled = Counter[str](), Counter[str]()
        for call in self.calls:
            every[call.operation] += 1
            throttled[call.operation] += call.error == "ThrottlingException"
        return {name: (every[name], throttled[name]) for name in sorted(every)}

    @property
    def calls_in_the_busiest_second(self) -> int:
        """The largest number of SageMaker calls in a second."""
        return max(Counter(int(call.time) for call in self.calls if call.service == "sagemaker").values())

    def calls_for_a_job(self) -> list[int]:
        """Count the calls for each job, the fewest first."""
        named = Counter(call.parameters.get("OptimizationJobName") for call in self.calls)
        return sorted(count for name, count in named.items() if name)


def deploy(cloud: LocalCloud, scenario: Scenario) -> Load:
    """Create a stack with all jobs of a scenario in an empty account."""
    cloud.reset()
    cloud.bootstrap()
    first, last = scenario.minutes
    for number in range(scenario.jobs):
        minutes = first + (last - first) * number / max(1, scenario.jobs - 1)
        prefix = f"{name_part(_STACK)}--job{number}-"
        cloud.optimization_jobs.next_job(runtime=minutes * 60, name_prefix=prefix)
    cloud.optimization_jobs.quota(scenario.quota)
    cloud.optimization_jobs.limit_rate(scenario.rate)
    with TemporaryDirectory() as directory:
        app = cdk.App(outdir=directory, analytics_reporting=False)
        _fill(cdk.Stack(app, _STACK), scenario)
        app.synth()
        publish_assets(cloud, Path(directory))
        template = (Path(directory) / f"{_STACK}.template.json").read_text()
    began = cloud.clock.time()
    stack = cloud.cloudformation.deploy(template, _STACK)
    jobs = cloud.optimization_jobs.jobs
    ended = stack.events[-1].time.timestamp()
    return Load(
        scenario=scenario,
        status=stack.status,
        completed=sum(job.status == "COMPLETED" for job in jobs),
        calls=[
            call
            for call in cloud.calls.all()
            if call.service in _FUNCTIONS_CALLS
            and _FUNCTIONS_CALLS[call.service] in (None, call.operation)
            and "assumed-role" in call.principal
        ],
        seconds=ended - began,
        seconds_after_the_last_job=ended - max(job.ended or began for job in jobs),
        reason=reasons(stack),
    )


def _fill(stack: cdk.Stack, scenario: Scenario) -> None:
    models = optimization.OptimizationBucket(stack, "Models")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    for number in range(scenario.jobs):
        optimization.OptimizationJob(
            stack,
            f"Job{number}",
            role=role,
            model_source=optimization.ModelSource.from_bucket(models, "llama/"),
            deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
            optimization_configs=[optimization.OptimizationConfig.quantization()],
            output=optimization.OptimizationOutput.to_bucket(models, f"{number}/"),
            max_runtime=cdk.Duration.minutes(scenario.minutes[1] + 5),
        )


def show(load: Load) -> str:
    """Render the figures of a deployment for people."""
    scenario = load.scenario
    lines = [
        f"{scenario.name}: {load.status}, {load.completed} of {scenario.jobs} jobs completed",
        f"  {load.seconds / 60:.0f} minutes, {load.seconds_after_the_last_job:.0f} s of them after all jobs",
        f"  calls that name a job: {load.calls_for_a_job()[0]} to {load.calls_for_a_job()[-1]} for each",
        f"  calls of SageMaker in the busiest second: {load.calls_in_the_busiest_second}",
        f"  {'operation':<26}{'calls':>8}{'for each job':>14}{'throttled':>11}",
    ]
    for name, (calls, throttled) in load.by_operation.items():
        lines.append(f"  {name:<26}{calls:>8}{calls / scenario.jobs:>14.1f}{throttled:>11}")
    failed = [line for line in load.reason.splitlines() if "_FAILED: " in line and "cancelled" not in line]
    return "\n".join([*lines, *failed[:1]])


def main() -> int:
    """Run every scenario; 0 if all jobs complete, otherwise 1."""
    parser = argparse.ArgumentParser(prog="python benchmarks/load.py", description=__doc__)
    parser.add_argument("--jobs", type=int, default=60, help="jobs in the stack (default: 60)")
    parser.add_argument("--rate", type=int, default=5, help="calls that pass in a second (default: 5)")
    options = parser.parse_args()
    jobs, rate = options.jobs, options.rate
    scenarios = [
        Scenario("Not throttled", jobs),
        Scenario(f"{rate} calls a second", jobs, rate=rate),
        Scenario(
            f"{rate} calls a second, a third at once, 10 to 20 minutes", jobs, (10, 20), rate, jobs // 3
        ),
    ]
    succeeded = True
    with LocalCloud() as cloud:
        for scenario in scenarios:
            began = time.monotonic()
            load = deploy(cloud, scenario)
            print(show(load), f"  (measured in {time.monotonic() - began:.0f} s)\n", sep="\n", flush=True)
            succeeded = succeeded and load.completed == jobs
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
