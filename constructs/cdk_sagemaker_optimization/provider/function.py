"""The function that CloudFormation and the state machine invoke."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.access.encryption_keys import allow_key, explain_key
from cdk_sagemaker_optimization.audit import acknowledge
from cdk_sagemaker_optimization.checks.networks import select_subnets
from cdk_sagemaker_optimization.checks.tokens import text
from cdk_sagemaker_optimization.facts import account_of, once, stack_of
from cdk_sagemaker_optimization.function_source import SOURCE

from .encryption import use_state_machine_key
from .roles import attach_policy, drop_dependencies, new_role

# Only the package itself counts, so that the asset has the same hash from a checkout and from a wheel. Files
# that tools leave there, such as compiled ones, must not deploy the function again.
_EXCLUDE = ["*", "!optimization_job", "!optimization_job/**", "__pycache__", "*.py[cod]", ".*"]

_HANDLER = "optimization_job.handler.handler"
# The name, because the oldest supported CDK has no member for it.
_RUNTIME = "python3.14"
_MEMORY = 256
# A new role may take two minutes before it can start an execution, and the function waits for it.
_TIMEOUT = 180

_USE_VARIABLES = ["kms:Decrypt"]
_SEND_ENCRYPTED = ["kms:Decrypt", "kms:GenerateDataKey"]


class ProviderFunction:
    """The function, its role and its log group.

    The permissions of the role are in policies beside it, because the function waits for its role and
    everything in it, and the state machine that the function starts waits for the function.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        state_machine_arn: str,
        state_machine_key: kms.IKey | None,
        quota_timeout: float | None,
        quota_jitter: float | None,
        log_retention: logs.RetentionDays,
        log_encryption_key: kms.IKey | None,
        vpc: ec2.IVpc | None,
        vpc_subnets: ec2.SubnetSelection | None,
        security_groups: Sequence[ec2.ISecurityGroup] | None,
        environment_encryption: kms.IKey | None,
        dead_letter_queue: sqs.IQueue | None,
        reserved_concurrent_executions: int | None,
        tracing: bool,
        managed_policies: bool,
        restrict_trust_to_account: bool,
    ) -> None:
        needed_by_lambda = _needed_by_lambda(
            vpc=vpc, tracing=tracing, key=environment_encryption, queue=dead_letter_queue
        )
        use_key = use_state_machine_key(scope, state_machine_key, state_machine_arn)
        #: The statements that the role has only because of the provider's props.
        self.optional_statements = [*needed_by_lambda, *use_key]
        log_group = logs.LogGroup(
            scope,
            "FunctionLogs",
            retention=log_retention,
            encryption_key=log_encryption_key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.role = new_role(
            scope,
            "FunctionRole",
            assumed_by=iam.ServicePrincipal(
                "lambda.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": account_of(scope)}}
                if restrict_trust_to_account
                else None,
            ),
            policy="Service",
            statements=needed_by_lambda,
            wildcard="Lambda's network interfaces and X-Ray's traces know no narrower resource.",
            managed=managed_policies,
        )
        explain_key(scope, environment_encryption, _USE_VARIABLES)
        if dead_letter_queue is not None:
            explain_key(scope, dead_letter_queue.encryption_master_key, _SEND_ENCRYPTED)
        environment = {contract.STATE_MACHINE_ARN_VARIABLE: state_machine_arn}
        if quota_timeout is not None:
            environment[contract.QUOTA_TIMEOUT_VARIABLE] = text(quota_timeout)
        if quota_jitter is not None:
            environment[contract.QUOTA_JITTER_VARIABLE] = text(quota_jitter)
        self.function = lambda_.Function(
            scope,
            "Function",
            description="Creates, follows and deletes SageMaker optimization jobs for CloudFormation",
            code=function_code(),
            handler=_HANDLER,
            runtime=lambda_.Runtime(_RUNTIME, lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.ARM_64,
            memory_size=_MEMORY,
            timeout=cdk.Duration.seconds(_TIMEOUT),
            environment=environment,
            environment_encryption=environment_encryption,
            role=self.role.without_policy_updates(),
            log_group=log_group,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            dead_letter_queue=dead_letter_queue,
            reserved_concurrent_executions=reserved_concurrent_executions,
            tracing=lambda_.Tracing.ACTIVE if tracing else None,
        )
        drop_dependencies(self.function)
        _acknowledge_defaults(self.function, tracing=tracing, queue=dead_letter_queue)
        #: The constructs that a request needs before it can leave the VPC.
        self.connectivity = _connectivity(vpc, vpc_subnets)
        self.policy = attach_policy(
            scope,
            "FunctionPolicy",
            self.role,
            [
                iam.PolicyStatement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]
                ),
                iam.PolicyStatement(actions=["states:StartExecution"], resources=[state_machine_arn]),
                _publish_status_changes(stack_of(scope)),
                *use_key,
            ],
            managed=managed_policies,
        )

    @property
    def arn(self) -> str:
        """The function's ARN."""
        return once(self.function, "ARN", lambda: self.function.function_arn)


def _publish_status_changes(stack: cdk.Stack) -> iam.PolicyStatement:
    bus = stack.format_arn(service="events", resource="event-bus", resource_name="default")
    return iam.PolicyStatement(
        actions=["events:PutEvents"],
        resources=[bus],
        conditions={
            "StringEquals": {
                "events:source": contract.EVENT_SOURCE,
                "events:detail-type": contract.STATUS_CHANGE,
            }
        },
    )


def _connectivity(vpc: ec2.IVpc | None, selection: ec2.SubnetSelection | None) -> list[IDependable]:
    return [] if vpc is None else list(select_subnets(vpc, selection).connectivity)


def _acknowledge_defaults(function: lambda_.Function, *, tracing: bool, queue: sqs.IQueue | None) -> None:
    if not tracing:
        reason = (
            "Traces cost something, and the function logs every decision. `tracing` of "
            "OptimizationJobProvider turns them on."
        )
        acknowledge(function, reason, "Serverless-LambdaTracing")
    if queue is None:
        reason = (
            "A request that is lost fails its deployment after an hour, so it does not go unnoticed. "
            "`dead_letter_queue` of OptimizationJobProvider keeps it."
        )
        acknowledge(function, reason, "Serverless-LambdaDLQ")


def _needed_by_lambda(
    *, vpc: ec2.IVpc | None, tracing: bool, key: kms.IKey | None, queue: sqs.IQueue | None
) -> list[iam.PolicyStatement]:
    """Return the permissions that Lambda checks when it creates the function.

    They are a part of the role itself.
    """
    statements = []
    if vpc is not None:
        # Lambda creates the interfaces with the function's role, and no narrower resource passes its check.
        actions = [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ]
        statements.append(iam.PolicyStatement(actions=actions, resources=["*"]))
    if tracing:
        # Neither of these actions supports resources.
        actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        statements.append(iam.PolicyStatement(actions=actions, resources=["*"]))
    if key is not None:
        statements.append(allow_key(key, _USE_VARIABLES))
    if queue is not None:
        statements.append(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn]))
        if queue.encryption_master_key is not None:
            statements.append(allow_key(queue.encryption_master_key, _SEND_ENCRYPTED))
    return statements


def function_code(directory: Path = SOURCE) -> lambda_.AssetCode:
    """Return the code of the function."""
    path = str(directory.resolve())
    return lambda_.Code.from_asset(path, exclude=_EXCLUDE, ignore_mode=cdk.IgnoreMode.GIT)
