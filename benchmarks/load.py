"""Many jobs in one stack, deployed at once against an API that throttles.

    python benchmarks/load.py [--jobs 60] [--rate 5]

Each deployment is made on the local cloud, and a row says what it took: how many calls, how many of them
throttled, how many in the busiest second, and how long after its last job the deployment ended. All times are
clock times. The local cloud's work takes no clock time, so what a deployment does at a moment, botocore's own
retries included, comes in one second: more calls are throttled here than at AWS.
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
        minutes: The shortest and the longest run of a job; the others are spread evenly between them.
        rate: How many calls of SageMaker pass in a second; None for any number.
        quota: How many jobs run at once; None for any number.
    """

    name: str
    jobs: int = 60
    minutes: tuple[int, int] = (25, 120)
    rate: int | None = None
    quota: int | None = None


@dataclass(frozen=True)
class Load:
    """What a deployment took.

    Attributes:
        calls: Those of the function, to SageMaker and CloudFormation.
        seconds: From the beginning of the deployment to its end.
        seconds_after_the_last_job: How long the end of the last job was not noticed.
        reason: Why it failed, in the words of the stack's events.
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
        """How many calls of each operation there were, and how many of them were throttled."""
        every, throttled = Counter[str](), Counter[str]()
        for call in self.calls:
            every[call.operation] += 1
            throttled[call.operation] += call.error == "ThrottlingException"
        return {name: (every[name], throttled[name]) for name in sorted(every)}

    @property
    def calls_in_the_busiest_second(self) -> int:
        return max(Counter(int(call.time) for call in self.calls if call.service == "sagemaker").values())

    def calls_for_a_job(self) -> list[int]:
        """How many calls named each job, the fewest first."""
        named = Counter(call.parameters.get("OptimizationJobName") for call in self.calls)
        return sorted(count for name, count in named.items() if name)


def deploy(cloud: LocalCloud, scenario: Scenario) -> Load:
    """Create a stack with all of a scenario's jobs, in an empty account."""
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
    """What a deployment took, for people."""
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
    """0 if every deployment that should succeed did."""
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
