"""Faults during a deployment, and how each stack should end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from benchmarks.contenders.contender import Contender
from benchmarks.contenders.library import library
from benchmarks.contenders.stock import stock
from benchmarks.deployment import Outcome, deploy
from localcloud import LocalCloud
from localcloud.services.sagemaker import OptimizationJobs

_JOB_SECONDS = 50 * 60
_THROTTLED_CALLS = 20
"""Some ten seconds of a busy account. boto3 by itself makes three attempts."""

_SILENT = """
import json
import urllib.request

def handler(event, context):
    if event["RequestType"] == "Create":
        return
    names = ("StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId")
    answer = json.dumps({"Status": "SUCCESS", **{name: event[name] for name in names}}).encode()
    request = urllib.request.Request(event["ResponseURL"], answer, {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request).close()
"""
"""A function that never responds to a create, so that the create times out."""


def _nothing(_: OptimizationJobs) -> None:
    pass


@dataclass(frozen=True)
class Mishap:
    """A fault while a stack with one job is created.

    Attributes:
        name: The fault, as in the table.
        why: Why the stock stack ends as it does.
        good: The stack's status after a good operation.
        strike: Makes the fault happen to the job or to calls.
        job_seconds: How long the job runs.
        add: Adds constructs to the stack.
        meanwhile: Acts ten minutes after the beginning.
        stock: The stock stack.
    """

    name: str
    why: str
    good: str = "CREATE_COMPLETE"
    strike: Callable[[OptimizationJobs], None] = _nothing
    job_seconds: float = _JOB_SECONDS
    add: Callable[[cdk.Stack], None] | None = None
    meanwhile: Callable[[LocalCloud, str], None] | None = None
    stock: Contender = stock()  # noqa: RUF009 (it is frozen)

    def befall(self, cloud: LocalCloud, contender: Contender) -> Outcome:
        """Deploy one stack with this fault."""
        return deploy(cloud, contender, prepare=self._prepare, add=self.add, meanwhile=self.meanwhile)

    def befall_both(self, cloud: LocalCloud) -> tuple[Outcome, Outcome]:
        """Deploy the stock stack and the library's stack with this fault."""
        return self.befall(cloud, self.stock), self.befall(cloud, library())

    def is_well(self, outcome: Outcome) -> bool:
        """Tell whether the operation ended as it should, and no job ran on."""
        return outcome.status == self.good and outcome.paid_afterwards == 0

    def _prepare(self, cloud: LocalCloud) -> None:
        cloud.optimization_jobs.next_job(runtime=self.job_seconds)
        # On AWS, the first functions of a stack take seconds to start. So CloudFormation's hour begins before
        # theirs.
        cloud.functions.delay_next(2, event=lambda event: event.get("RequestType") == "Create")
        self.strike(cloud.optimization_jobs)


def _delete(cloud: LocalCloud, stack_name: str) -> None:
    cloud.client("cloudformation").delete_stack(StackName=stack_name)


def _add_a_resource_that_fails(stack: cdk.Stack) -> None:
    silent = lambda_.Function(
        stack,
        "Silent",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(_SILENT),
    )
    cdk.CfnCustomResource(stack, "Failing", service_token=silent.function_arn, service_timeout=600)


_TWO_HOURS = Mishap(
    "the job takes two hours",
    "CloudFormation's hour is up before the framework's, and the delete that follows does not name the job",
    job_seconds=2 * 3600,
)

MISHAPS = (
    Mishap("nothing: the job takes 50 minutes", "all is well"),
    _TWO_HOURS,
    replace(
        _TWO_HOURS,
        name="the same, with a `total_timeout` of 55 minutes in the stock stack",
        why="an hour is the most that one custom resource can wait",
        stock=stock(timeout=cdk.Duration.minutes(55)),
    ),
    Mishap(
        "the stack is deleted while the job runs",
        "the create was not answered yet, so the delete does not name the job",
        good="DELETE_COMPLETE",
        meanwhile=_delete,
    ),
    Mishap(
        "another resource of the stack fails while the job runs",
        "as above",
        good="ROLLBACK_COMPLETE",
        add=_add_a_resource_that_fails,
    ),
    Mishap(
        "the answer of CreateOptimizationJob is lost",
        "boto3 tries again and finds the name taken; after a create that failed, the framework ignores the "
        "delete",
        strike=lambda jobs: jobs.lose_response("CreateOptimizationJob"),
    ),
    Mishap(
        f"CreateOptimizationJob is throttled {_THROTTLED_CALLS} times",
        "boto3 tries three times, then the create has failed",
        strike=lambda jobs: jobs.throttle("CreateOptimizationJob", _THROTTLED_CALLS),
    ),
    Mishap(
        f"DescribeOptimizationJob is throttled {_THROTTLED_CALLS} times",
        "one look that fails fails the create, and then the delete",
        strike=lambda jobs: jobs.throttle("DescribeOptimizationJob", _THROTTLED_CALLS),
    ),
    Mishap(
        "the account's quota is full once",
        "neither boto3 nor the framework tries that again",
        strike=lambda jobs: jobs.fail_call("CreateOptimizationJob", "ResourceLimitExceeded"),
    ),
    Mishap(
        "the job's role cannot be assumed yet, once",
        "as above",
        strike=lambda jobs: jobs.role_not_assumable(1),
    ),
)
