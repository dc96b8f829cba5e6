"""The state machine that runs the steps of a request."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_sagemaker_optimization.audit import acknowledge
from cdk_sagemaker_optimization.facts import account_of, once, partition

from .encryption import send_logs_encrypted, use_state_machine_key
from .roles import attach_policy, drop_dependencies, new_role

_DEFINITION = Path(__file__).parent / "state_machine.asl.json"


class ProviderStateMachine:
    """A state machine that may invoke one function.

    The input of each execution has the function's ARN, because the function refers to the state machine and a
    template has no cycles. For the same reason the role's policy is not a part of the role.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        log_level: sfn.LogLevel,
        log_retention: logs.RetentionDays,
        log_encryption_key: kms.IKey | None,
        encryption_key: kms.IKey | None,
        tracing: bool,
        managed_policies: bool,
    ) -> None:
        self._scope = scope
        self._role = new_role(
            scope,
            "StateMachineRole",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": account_of(scope)}},
            ),
            policy="Observability",
            statements=_needed_to_observe(log_level, tracing=tracing),
            wildcard="The delivery of logs and X-Ray's traces know no narrower resource.",
            managed=managed_policies,
        )
        self.policy = attach_policy(scope, "StateMachinePolicy", self._role, managed=managed_policies)
        self.state_machine = sfn.StateMachine(
            scope,
            "StateMachine",
            definition_body=sfn.DefinitionBody.from_string(_definition()),
            role=self._role.without_policy_updates(),
            tracing_enabled=tracing or None,
            logs=_log_options(scope, log_level, log_retention, log_encryption_key),
            encryption_configuration=sfn.CustomerManagedEncryptionConfiguration(encryption_key)
            if encryption_key is not None
            else None,
        )
        drop_dependencies(self.state_machine)
        _acknowledge_defaults(self.state_machine, log_level, tracing=tracing)
        statements = use_state_machine_key(scope, encryption_key, self.arn)
        if log_level is not sfn.LogLevel.OFF:
            statements += send_logs_encrypted(scope, encryption_key)
        if statements:
            self.policy.add_statements(*statements)

    @property
    def arn(self) -> str:
        """The state machine's ARN."""
        return once(self.state_machine, "ARN", lambda: self.state_machine.state_machine_arn)

    def allow_to_invoke(self, function_arn: str) -> None:
        """Let the state machine invoke the function."""
        self.policy.add_statements(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function_arn])
        )


def _definition() -> str:
    """Return the definition for the stack's partition, without white space, to keep the template small."""
    text = json.dumps(json.loads(_DEFINITION.read_text(encoding="utf-8")), separators=(",", ":"))
    return text.replace("${Partition}", partition())


def _acknowledge_defaults(state_machine: sfn.StateMachine, log_level: sfn.LogLevel, *, tracing: bool) -> None:
    if log_level is not sfn.LogLevel.ALL:
        reason = (
            "The function logs every decision, and Step Functions keeps the history of each execution for 90 "
            "days. `state_machine_log_level` of OptimizationJobProvider adds a log of its own."
        )
        acknowledge(state_machine, reason, "AwsSolutions-SF1")
    if not tracing:
        reason = (
            "Traces cost something, and the function logs every decision. `tracing` of "
            "OptimizationJobProvider turns them on."
        )
        rules = ("AwsSolutions-SF2", "Serverless-StepFunctionStateMachineXray")
        acknowledge(state_machine, reason, *rules)


def _needed_to_observe(log_level: sfn.LogLevel, *, tracing: bool) -> list[iam.PolicyStatement]:
    """Return the permissions for logs and traces, whose actions support no narrower resource."""
    actions = []
    if log_level is not sfn.LogLevel.OFF:
        actions += [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ]
    if tracing:
        actions += [
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ]
    return [iam.PolicyStatement(actions=actions, resources=["*"])] if actions else []


def _log_options(
    scope: Construct, level: sfn.LogLevel, retention: logs.RetentionDays, key: kms.IKey | None
) -> sfn.LogOptions | None:
    if level is sfn.LogLevel.OFF:
        return None
    name = cdk.Names.unique_resource_name(scope, max_length=100, separator="-")
    log_group = logs.LogGroup(
        scope,
        "StateMachineLogs",
        # Step Functions adds itself to the log group's policy only for names like this.
        log_group_name=f"/aws/vendedlogs/states/{name}",
        retention=retention,
        encryption_key=key,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    # The state has the URL for the response to CloudFormation, which is a credential.
    return sfn.LogOptions(destination=log_group, level=level, include_execution_data=False)
