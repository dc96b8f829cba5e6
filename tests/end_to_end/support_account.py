"""What there is in the account, and what must not be left in it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from localcloud import LocalCloud
from localcloud.services.cloudformation import Response
from localcloud.services.sagemaker import Job


def inventory(cloud: LocalCloud) -> set[str]:
    """Everything a stack could leave behind, as `<kind> <name>`, but buckets, because models are kept."""
    iam = cloud.client("iam")
    machines = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    found = {
        "stack": [stack.name for stack in cloud.cloudformation.stacks],
        "job": list(recorded_jobs(cloud)),
        "function": [
            function["FunctionName"] for function in cloud.client("lambda").list_functions()["Functions"]
        ],
        "state machine": [machine["name"] for machine in machines],
        "log group": [
            group["logGroupName"] for group in cloud.client("logs").describe_log_groups()["logGroups"]
        ],
        "role": [role["RoleName"] for role in iam.list_roles()["Roles"]],
        "policy": [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]],
        "parameter": [
            parameter["Name"] for parameter in cloud.client("ssm").describe_parameters()["Parameters"]
        ],
        "alarm": [
            alarm["AlarmName"] for alarm in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
        ],
        **{
            kind: cloud.endpoints.names(kind)
            for kind in ("Model", "EndpointConfig", "Endpoint", "InferenceComponent")
        },
        **_scaling(cloud),
    }
    return {f"{kind} {name}" for kind, names in found.items() for name in names}


def _scaling(cloud: LocalCloud) -> dict[str, list[str]]:
    """The scalable targets of SageMaker and their policies."""
    client = cloud.client("application-autoscaling")
    targets = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    policies = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    return {
        "scalable target": [target["ResourceId"] for target in targets],
        "scaling policy": [policy["PolicyName"] for policy in policies],
    }


def recorded_jobs(cloud: LocalCloud) -> dict[str, str]:
    """The jobs that the API knows, oldest first: their statuses by their names."""
    return {job.name: str(job.status) for job in cloud.optimization_jobs.jobs if job.deleted is None}


def running_executions(cloud: LocalCloud) -> list[str]:
    """The names of the executions that have not ended."""
    return [item.name for item in cloud.state_machines.executions() if item.status == "RUNNING"]


def created(cloud: LocalCloud) -> list[dict[str, Any]]:
    """The parameters of every call that created a job, in order, as they arrived at the API."""
    calls = cloud.calls.of("sagemaker", "CreateOptimizationJob")
    return [dict(call.parameters) for call in calls if call.error is None]


def artifact_files(cloud: LocalCloud, location: str) -> set[str]:
    """The names of the files of an artifact, below its location."""
    uri = urlsplit(location)
    prefix = uri.path.lstrip("/")
    answer = cloud.client("s3").list_objects_v2(Bucket=uri.netloc, Prefix=prefix)
    return {entry["Key"].removeprefix(prefix) for entry in answer.get("Contents", [])}


def parameter(cloud: LocalCloud, name: str) -> str:
    """The value of a parameter of the parameter store."""
    return str(cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])


def answers_to(cloud: LocalCloud, logical_id: str) -> list[tuple[str, str]]:
    """What was answered for a resource whose logical id begins like this: kind and status of each."""
    return [
        (answer.kind, str(answer.body and answer.body["Status"]))
        for answer in cloud.cloudformation.responses
        if answer.logical_id.startswith(logical_id)
    ]


def wrong_answers(answers: list[Response]) -> list[str]:
    """Answers that CloudFormation could not have used: too long, repeated, or of the wrong form."""
    return [
        f"{answer.kind} {answer.logical_id}: {answer.size} bytes, number {answer.number}"
        for answer in answers
        if answer.size > 4096 or answer.number > 1 or answer.body is None
    ]


def log_lines(cloud: LocalCloud) -> list[str]:
    """Every line in every log group."""
    groups = cloud.client("logs").describe_log_groups()["logGroups"]
    return [line for group in groups for line in cloud.logs.lines(group["logGroupName"])]


def decisions(cloud: LocalCloud) -> list[dict[str, Any]]:
    """What the function wrote into its log."""
    return [json.loads(line) for line in log_lines(cloud) if line.startswith("{")]


def make_role(cloud: LocalCloud, name: str) -> str:
    """A role for jobs that may do everything. Answers its ARN."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    access = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam = cloud.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=_policy(access))
    return str(role["Role"]["Arn"])


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def foreign_job(cloud: LocalCloud, name: str) -> Job:
    """Somebody else's job in the same account; it runs until it is stopped."""
    cloud.optimization_jobs.never_finish(name_prefix=name)
    cloud.client("sagemaker").create_optimization_job(
        OptimizationJobName=name,
        RoleArn=make_role(cloud, f"{name}-role"),
        ModelSource={"S3": {"S3Uri": "s3://theirs/model/"}},
        DeploymentInstanceType="ml.g5.2xlarge",
        OptimizationConfigs=[{"ModelQuantizationConfig": {}}],
        OutputConfig={"S3OutputLocation": "s3://theirs/output/"},
        StoppingCondition={"MaxRuntimeInSeconds": 10 * 86_400},
    )
    return cloud.optimization_jobs.job(name)


def fill_quota(cloud: LocalCloud) -> Job:
    """Let somebody else's job take all that the account's quota allows."""
    theirs = foreign_job(cloud, "theirs")
    cloud.optimization_jobs.quota(1)
    return theirs


def stop_foreign_job(cloud: LocalCloud, job: Job) -> None:
    """Let its owner stop a job."""
    cloud.client("sagemaker").stop_optimization_job(OptimizationJobName=job.name)
