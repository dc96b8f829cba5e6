"""The content of the account, to compare before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from localcloud.demo.serving import invoke

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud


@dataclass(frozen=True)
class Account:
    """A moment of the account.

    Attributes:
        stacks: The status of each of the app's stacks that there is, by its name.
        outputs: The outputs of these stacks.
        jobs: The status of every job that the API knows, by its name, oldest first.
        running: The names of the jobs that still cost money.
        ever: How many jobs were created so far.
        endpoint: The endpoint's status; None without an endpoint.
        artifact: The S3 URI of the artifact that the endpoint serves; empty if it serves none.
        parts: Everything else that a stack could leave behind, as `<kind> <name>`.
    """

    stacks: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    running: tuple[str, ...] = ()
    ever: int = 0
    endpoint: str | None = None
    artifact: str = ""
    parts: frozenset[str] = frozenset()


def look(cloud: LocalCloud, stacks: Sequence[str]) -> Account:
    """The account as it is now, with the stacks of these names."""
    found = [stack for name in stacks if (stack := _stack(cloud, name)) is not None]
    outputs = [output for stack in found for output in stack.get("Outputs", [])]
    summaries = cloud.client("sagemaker").list_optimization_jobs()["OptimizationJobSummaries"]
    serving = invoke(cloud)
    return Account(
        stacks={stack["StackName"]: stack["StackStatus"] for stack in found},
        outputs={output["OutputKey"]: output["OutputValue"] for output in outputs},
        jobs={summary["OptimizationJobName"]: summary["OptimizationJobStatus"] for summary in summaries},
        running=tuple(job.name for job in cloud.optimization_jobs.running()),
        ever=len(cloud.optimization_jobs.jobs),
        endpoint=serving.status if serving else None,
        artifact=serving.artifact if serving else "",
        parts=_parts(cloud),
    )


def files(cloud: LocalCloud, location: str) -> list[str]:
    """The keys of the objects below an S3 URI."""
    uri = urlsplit(location)
    response = cloud.client("s3").list_objects_v2(Bucket=uri.netloc, Prefix=uri.path.lstrip("/"))
    return [entry["Key"] for entry in response.get("Contents", [])]


def _stack(cloud: LocalCloud, name: str) -> dict[str, Any] | None:
    try:
        stacks = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return dict(stacks[0])


def _parts(cloud: LocalCloud) -> frozenset[str]:
    functions = cloud.client("lambda").list_functions()["Functions"]
    machines = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    groups = cloud.client("logs").describe_log_groups()["logGroups"]
    parameters = cloud.client("ssm").describe_parameters()["Parameters"]
    iam = cloud.client("iam")
    return frozenset(
        [
            *(f"function {function['FunctionName']}" for function in functions),
            *(f"state machine {machine['name']}" for machine in machines),
            *(f"log group {group['logGroupName']}" for group in groups),
            *(f"parameter {parameter['Name']}" for parameter in parameters),
            *(f"model {name}" for name in cloud.endpoints.names("Model")),
            *(f"endpoint config {name}" for name in cloud.endpoints.names("EndpointConfig")),
            *(f"endpoint {name}" for name in cloud.endpoints.names("Endpoint")),
            *(f"role {role['RoleName']}" for role in iam.list_roles()["Roles"]),
            *(f"policy {policy['PolicyName']}" for policy in iam.list_policies(Scope="Local")["Policies"]),
        ]
    )
