"""The stacks of a run: one with the recording function, and those whose requests it records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn

from cdk_sagemaker_optimization import OptimizationBucket, OptimizationRole, ServingRole
from tools.live.account import TAG, Account

LONGEST_WAIT = 300
"""Seconds of a Wait state of the probe's state machine: the longest wait of the library."""


@dataclass(frozen=True)
class Probe:
    """A custom resource without an effect.

    Attributes:
        revision: The property Revision; a new value makes CloudFormation send an Update.
        answer: How the function responds: see recorder.py.
        id: The physical id in the response. Default: the logical id.
        refers_to: The probe whose value is one of its properties.
        after: The probes that it depends on without referring to them.
        timeout: The ServiceTimeout in seconds.
        asks: The names of jobs that the function describes.
    """

    revision: int = 1
    answer: str = "SUCCESS"
    id: str | None = None
    refers_to: str | None = None
    after: tuple[str, ...] = ()
    timeout: int | None = None
    asks: tuple[str, ...] = ()


def job_names(account: Account) -> dict[str, str]:
    """Make names with capitals, each with its spelling in the recording function's policy.

    No job has these names. Whether the function may describe them shows how IAM compares a name.
    """
    return {
        account.name("As-Written"): account.name("As-Written"),
        account.name("Lower-Case"): account.name("Lower-Case").lower(),
    }


def synthesize_recorder(account: Account, directory: Path, *, source_account: bool) -> Path:
    """Synthesize the stack with the recording function, and with the bucket and the roles of jobs and models.

    Args:
        account: The account of the run.
        directory: The directory of the assembly.
        source_account: Whether the function's role trusts Lambda for this account only.

    Returns:
        The directory.
    """
    app = _app(account, directory)
    stack = cdk.Stack(app, account.name(), synthesizer=cdk.LegacyStackSynthesizer())
    only_here = {"StringEquals": {"aws:SourceAccount": account.number}} if source_account else None
    role = iam.Role(
        stack,
        "RecorderRole",
        role_name=account.name("recorder"),
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com", conditions=only_here),
    )
    log_group = logs.LogGroup(
        stack, "Log", retention=logs.RetentionDays.ONE_WEEK, removal_policy=cdk.RemovalPolicy.DESTROY
    )
    log_group.grant_write(role)
    _allow(role, "sagemaker:DescribeOptimizationJob", *_job_arns(account))
    # The library's two conditions, with a source that the probe may use and one that it may not use.
    _allow(
        role,
        "events:PutEvents",
        account.arn("events", "event-bus/default"),
        conditions={"StringEquals": {"events:source": "live.allowed", "events:detail-type": "Live Check"}},
    )
    lambda_.Function(
        stack,
        "Recorder",
        function_name=account.name(),
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(Path(__file__).with_name("recorder.py").read_text()),
        role=role.without_policy_updates(),
        log_group=log_group,
        timeout=cdk.Duration.minutes(5),
        environment={"PAUSE": str(min(account.settings.pause, 1.0))},
    ).node.add_dependency(role)
    cdk.CfnOutput(stack, "LogGroup", value=log_group.log_group_name)
    _add_what_jobs_need(account, stack)
    app.synth()
    return directory


def synthesize_probes(
    account: Account, directory: Path, stack_name: str, probes: Mapping[str, Probe], *, machine: bool
) -> Path:
    """Synthesize a stack of probes.

    Args:
        account: The account of the run.
        directory: The directory of the assembly.
        stack_name: The stack's name.
        probes: The probes by their logical ids.
        machine: Whether the stack has a state machine, too, whose executions wait forever.

    Returns:
        The directory.
    """
    app = _app(account, directory)
    stack = cdk.Stack(app, stack_name, synthesizer=cdk.LegacyStackSynthesizer())
    role = iam.Role.from_role_name(stack, "RecorderRole", account.name("recorder"))
    # The stack's own ARN, as in the policy of the library's function.
    may_read = iam.Policy(
        stack,
        "MayRead",
        roles=[role],
        statements=[
            iam.PolicyStatement(
                actions=["cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"],
                resources=[stack.stack_id],
            )
        ],
    )
    made: dict[str, cdk.CustomResource] = {}
    for name, probe in probes.items():
        properties: dict[str, Any] = {"Revision": probe.revision, "Answer": probe.answer}
        if probe.id is not None:
            properties["Id"] = probe.id
        if probe.refers_to is not None:
            properties["Value"] = made[probe.refers_to].get_att_string("Value")
        if probe.asks:
            properties["Asks"] = list(probe.asks)
        made[name] = cdk.CustomResource(
            stack,
            name,
            service_token=account.arn("lambda", f"function:{account.name()}"),
            resource_type="Custom::LiveProbe",
            properties=properties,
            service_timeout=None if probe.timeout is None else cdk.Duration.seconds(probe.timeout),
        )
        resource = made[name].node.default_child
        assert isinstance(resource, cdk.CfnResource)
        resource.override_logical_id(name)
        made[name].node.add_dependency(may_read, *[made[other] for other in probe.after])
    if machine:
        _add_machine(account, stack)
    app.synth()
    return directory


def _app(account: Account, directory: Path) -> cdk.App:
    app = cdk.App(outdir=str(directory), analytics_reporting=False)
    cdk.Tags.of(app).add(TAG, account.run)
    return app


def _add_machine(account: Account, stack: cdk.Stack) -> None:
    waits = {"Type": "Wait", "Seconds": LONGEST_WAIT, "Next": "Again"}
    again = {"Type": "Pass", "Next": "Wait"}
    definition = {"StartAt": "Wait", "States": {"Wait": waits, "Again": again}}
    machine = sfn.StateMachine(
        stack,
        "Machine",
        state_machine_name=account.name("machine"),
        definition_body=sfn.DefinitionBody.from_string(json.dumps(definition)),
    )
    resource = machine.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.override_logical_id("Machine")


def _add_what_jobs_need(account: Account, stack: cdk.Stack) -> None:
    bucket = OptimizationBucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY, versioned=False)
    role = OptimizationRole(stack, "JobRole")
    bucket.grant_read_write(role)
    blind = ServingRole(stack, "BlindRole")
    # An image that SageMaker chooses is in a registry of AWS, whose account differs by Region.
    images = f"arn:{account.partition}:ecr:*:*:repository/*"
    pulls = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
    for puller in (role, blind):
        _allow(puller, "ecr:GetAuthorizationToken", "*")
        for action in pulls:
            _allow(puller, f"ecr:{action}", images)
    if account.settings.model_uri is not None:
        name, _, prefix = account.settings.model_uri.removeprefix("s3://").partition("/")
        s3.Bucket.from_bucket_name(stack, "Models", name).grant_read(role, f"{prefix}*")
    cdk.CfnOutput(stack, "BucketName", value=bucket.bucket_name)
    cdk.CfnOutput(stack, "JobRoleArn", value=role.role_arn)
    cdk.CfnOutput(stack, "BlindRoleArn", value=blind.role_arn)


def _job_arns(account: Account) -> list[str]:
    return [account.arn("sagemaker", f"optimization-job/{name}") for name in job_names(account).values()]


def _allow(role: iam.Role, action: str, *resources: str, conditions: dict[str, Any] | None = None) -> None:
    statement = iam.PolicyStatement(actions=[action], resources=list(resources), conditions=conditions)
    role.add_to_policy(statement)
