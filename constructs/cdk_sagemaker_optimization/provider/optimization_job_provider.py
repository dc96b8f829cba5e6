"""The one function and the one state machine of a stack."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IConstruct

from cdk_sagemaker_optimization.access.encryption_keys import key_behind
from cdk_sagemaker_optimization.checks.durations import seconds
from cdk_sagemaker_optimization.checks.kinds import check_construct, check_flag, check_kind
from cdk_sagemaker_optimization.checks.networks import check_network
from cdk_sagemaker_optimization.checks.validation import is_unresolved, plain

from .checks import IdleProvider, RoomForStacks, check_environment
from .encryption import grant_logs
from .function import ProviderFunction
from .job_permissions import JobPermissions
from .state_machine import ProviderStateMachine

_ID = "OptimizationJobProvider"
_DEFAULT_QUOTA_TIMEOUT = 3_000
_LONGEST_QUOTA_TIMEOUT = 3_300
_DEFAULT_QUOTA_JITTER = 60
_LONGEST_QUOTA_JITTER = 900


class OptimizationJobProvider(Construct):
    """What creates, follows and deletes the jobs of a stack: one function and one state machine.

    A stack gets one by itself. Make one, before the stack's first job, to configure it: the jobs of the stack
    use it. For the jobs of another stack, hand it over as their ``provider``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        environment_encryption: kms.IKey | kms.Key | None = None,
        log_encryption_key: kms.IKey | kms.Key | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        permissions_boundary: iam.IManagedPolicy | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        reserved_concurrent_executions: int | None = None,
        tracing: bool = False,
        state_machine_log_level: sfn.LogLevel = sfn.LogLevel.OFF,
        state_machine_encryption_key: kms.IKey | None = None,
        managed_policies: bool = False,
        restrict_trust_to_account: bool = True,
        quota_timeout: cdk.Duration | None = None,
        quota_jitter: cdk.Duration | None = None,
    ) -> None:
        """
        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            vpc: the VPC that the function runs in. It must reach SageMaker, Step Functions, CloudFormation
                and S3. Default: none.
            vpc_subnets: the subnets of the VPC. Default: its private subnets.
            security_groups: the function's security groups. Default: a new one that lets everything out.
            environment_encryption: the key for the function's environment variables. Default: Lambda's own.
            log_encryption_key: the key for the log groups. Default: CloudWatch's own encryption.
            log_retention: how long logs are kept. Default: three months.
            permissions_boundary: what bounds the permissions of both roles. Default: none.
            dead_letter_queue: where requests go that the function could not take. Default: nowhere; the
                deployment fails after CloudFormation's own timeout of one hour.
            reserved_concurrent_executions: how many of the function may run at once, at least one. Default:
                the account's limit.
            tracing: whether X-Ray traces the function and the state machine. Default: no.
            state_machine_log_level: what the state machine logs, never with its data. Default: nothing; Step
                Functions keeps the history of each execution for 90 days.
            state_machine_encryption_key: the key for the state machine and its executions, which hold the
                jobs' definitions. An imported key must leave permissions to the account's policies, and with
                ``state_machine_log_level`` let ``delivery.logs.amazonaws.com`` decrypt. Default: AWS's key.
            managed_policies: whether the permissions of both roles are managed policies, which some rules
                ask for. IAM attaches ten of them to a role, which bounds the jobs with a name of their own.
                Default: no; they are inline policies, which nobody can attach to another role.
            restrict_trust_to_account: whether Lambda may take on the function's role only for this account
                (a condition on ``aws:SourceAccount``). AWS documents that for roles of services in general
                and shows it for functions, but nobody has tried it here. Turn it off if Lambda cannot take
                the role on ("The role defined for the function cannot be assumed by Lambda"). Default: yes.
            quota_timeout: how long a job waits for room in the account's quota, up to 55 minutes. Default: 50
                minutes.
            quota_jitter: over how long chance spreads the tries of the jobs that wait for room, up to 15
                minutes: each tries again after a minute and a random part of this. Default: a minute.

        Raises:
            ValueError: subnets or security groups without a VPC, a ``quota_timeout``, a ``quota_jitter`` or
                ``reserved_concurrent_executions`` out of its range, names and ARNs instead of constructs, or
                something else than a bool for ``restrict_trust_to_account``.
        """
        super().__init__(scope, id)
        check_flag(restrict_trust_to_account, "restrict_trust_to_account")
        check_network(vpc, vpc_subnets, security_groups)
        _check_constructs(
            "key",
            environment_encryption=environment_encryption,
            log_encryption_key=log_encryption_key,
            state_machine_encryption_key=state_machine_encryption_key,
        )
        _check_constructs("managed policy", permissions_boundary=permissions_boundary)
        _check_constructs("queue", dead_letter_queue=dead_letter_queue)
        environment_encryption, log_encryption_key, state_machine_encryption_key = (
            key and key_behind(key)
            for key in (environment_encryption, log_encryption_key, state_machine_encryption_key)
        )
        if vpc is None and (vpc_subnets is not None or security_groups is not None):
            raise ValueError("vpc_subnets and security_groups need a vpc: give vpc, or leave them out")
        concurrency = plain(reserved_concurrent_executions)
        _check_concurrency(concurrency)
        check_kind(logs.RetentionDays, log_retention, "log_retention", "a member of RetentionDays")
        log_levels = "a member of LogLevel of Step Functions"
        check_kind(sfn.LogLevel, state_machine_log_level, "state_machine_log_level", log_levels)
        self._managed_policies = managed_policies
        self._permissions: dict[str, JobPermissions] = {}
        stack = cdk.Stack.of(self)
        self.node.add_validation(IdleProvider(self, self._permissions, lambda: _PROVIDERS.get(stack)))
        if log_encryption_key is not None:
            grant_logs(self, log_encryption_key)
        self._state_machine = ProviderStateMachine(
            self,
            log_level=state_machine_log_level,
            log_retention=log_retention,
            log_encryption_key=log_encryption_key,
            encryption_key=state_machine_encryption_key,
            tracing=tracing,
            managed_policies=managed_policies,
        )
        self._function = ProviderFunction(
            self,
            state_machine_arn=self._state_machine.arn,
            state_machine_key=state_machine_encryption_key,
            quota_timeout=_unless_default(
                "quota_timeout", quota_timeout, _DEFAULT_QUOTA_TIMEOUT, _LONGEST_QUOTA_TIMEOUT
            ),
            quota_jitter=_unless_default(
                "quota_jitter", quota_jitter, _DEFAULT_QUOTA_JITTER, _LONGEST_QUOTA_JITTER
            ),
            log_retention=log_retention,
            log_encryption_key=log_encryption_key,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            environment_encryption=environment_encryption,
            dead_letter_queue=dead_letter_queue,
            reserved_concurrent_executions=concurrency,
            tracing=tracing,
            managed_policies=managed_policies,
            restrict_trust_to_account=restrict_trust_to_account,
        )
        self._state_machine.allow_to_invoke(self._function.arn)
        self.node.add_validation(RoomForStacks(self, self._function.optional_statements, self._permissions))
        if permissions_boundary is not None:
            iam.PermissionsBoundary.of(self).apply(permissions_boundary)
        _PROVIDERS.setdefault(stack, self)

    @staticmethod
    def get_or_create(scope: IConstruct) -> OptimizationJobProvider:
        """The first provider that was made in the stack of a construct, or a new one with the defaults.

        Args:
            scope: the construct.
        """
        stack = cdk.Stack.of(scope)
        return _PROVIDERS.get(stack) or OptimizationJobProvider(stack, _ID)

    @property
    def service_token(self) -> str:
        """ARN of the function, which never changes for a job that is deployed."""
        return self._function.arn

    @property
    def function(self) -> lambda_.IFunction:
        """The function, for alarms and the like."""
        return self._function.function

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The state machine, for alarms and the like."""
        return self._state_machine.state_machine

    def serve(self, job: Construct, *, resource: cdk.CfnResource, role: iam.IRole, name: str | None) -> None:
        """Give the function what it needs for a job, and let the job's resource wait for that.

        Args:
            job: the construct of the job.
            resource: its resource.
            role: the role that the job runs as.
            name: a name that the user gave the job.

        Raises:
            ValueError: a job of another account or Region.
        """
        check_environment(self, job)
        resource.node.add_dependency(
            self._function.policy, self._state_machine.policy, *self._function.connectivity
        )
        self._permissions_for(job).serve(job, resource, role, name)

    def _permissions_for(self, job: Construct) -> JobPermissions:
        """The permissions for the jobs of a stack. They belong to that stack, as the jobs' roles do."""
        stack = cdk.Stack.of(job)
        address = stack.node.addr
        if address not in self._permissions:
            own = stack is cdk.Stack.of(self)
            self._permissions[address] = JobPermissions(
                self if own else stack,
                # On the function's role the policies of all stacks lie side by side, each under its own name.
                "Jobs" if own else f"OptimizationJobs{_digest(self, stack)}",
                function_role=self._function.role,
                beside=self._function.optional_statements,
                managed=self._managed_policies,
            )
        return self._permissions[address]


# A stack has one provider, wherever in it the user made it.
_PROVIDERS: WeakKeyDictionary[cdk.Stack, OptimizationJobProvider] = WeakKeyDictionary()


def _check_constructs(kind: str, **props: object) -> None:
    for prop, value in props.items():
        if value is not None:
            check_construct(kind, value, prop)


def _check_concurrency(number: object) -> None:
    """
    Raises:
        ValueError: no whole number, or none at all: with 0, Lambda throttles every request.
    """
    if number is None or is_unresolved(number):
        return
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError(
            "reserved_concurrent_executions must be a whole number of at least 1, because with 0 nothing "
            f"answers CloudFormation and each deployment hangs for an hour, got {number!r}: raise it, or "
            "leave it out"
        )


def _digest(*constructs: IConstruct) -> str:
    addresses = "".join(construct.node.addr for construct in constructs)
    return hashlib.sha256(addresses.encode()).hexdigest()[:8]


def _unless_default(prop: str, duration: cdk.Duration | None, default: int, longest: int) -> float | None:
    if duration is None:
        return None
    value = seconds(prop, duration, minimum=0, maximum=longest)
    return None if value == default else value
