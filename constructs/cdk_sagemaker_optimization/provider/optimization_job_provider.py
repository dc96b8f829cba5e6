"""The function and the state machine behind the jobs of a stack."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from typing import Unpack

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IConstruct, IDependable

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.access.encryption_keys import key_behind
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.audit import explain_wildcards
from cdk_sagemaker_optimization.checks.durations import seconds
from cdk_sagemaker_optimization.checks.kinds import check_construct, check_flag, check_kind
from cdk_sagemaker_optimization.checks.networks import check_network
from cdk_sagemaker_optimization.checks.types import AnyKey
from cdk_sagemaker_optimization.checks.validation import is_unresolved, plain
from cdk_sagemaker_optimization.facts import address_of, node_of, once, stack_of

from .checks import IdleProvider, RoomForStacks, check_environment
from .encryption import grant_logs
from .function import ProviderFunction
from .job_permissions import JobPermissions
from .provider_props import ProviderProps
from .state_machine import ProviderStateMachine

_ID = "OptimizationJobProvider"
_PROVIDER = "provider"
_LONGEST_QUOTA_JITTER = 900


class OptimizationJobProvider(Construct):
    """One function and one state machine, which create, follow and delete the jobs and models of a stack.

    The first job of a stack defines one with the defaults. :meth:`for_stack` configures it, before the
    stack's first job. The jobs of another stack use it if it is their ``provider``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        environment_encryption: AnyKey | None = None,
        log_encryption_key: AnyKey | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        permissions_boundary: iam.IManagedPolicy | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        reserved_concurrent_executions: int | None = None,
        tracing: bool = False,
        state_machine_log_level: sfn.LogLevel = sfn.LogLevel.OFF,
        state_machine_encryption_key: AnyKey | None = None,
        managed_policies: bool = False,
        restrict_trust_to_account: bool = True,
        quota_timeout: cdk.Duration | None = None,
        quota_jitter: cdk.Duration | None = None,
    ) -> None:
        """Define the provider.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            vpc: the VPC that the function runs in. It must reach SageMaker, Step Functions, CloudFormation
                and S3. Default: none.
            vpc_subnets: the subnets of the VPC. Default: its private subnets.
            security_groups: the function's security groups. Default: a new one that allows all
                outbound traffic.
            environment_encryption: the key for the function's environment variables. Default: Lambda's key.
            log_encryption_key: the key for the log groups. Default: CloudWatch's own encryption.
            log_retention: the time that logs are kept. Default: three months.
            permissions_boundary: the policy that bounds the permissions of both roles. Default: none.
            dead_letter_queue: the queue for requests that Lambda could not deliver to the function. Default:
                none; the deployment fails after CloudFormation's own timeout of one hour.
            reserved_concurrent_executions: the most executions of the function at once, at least one.
                Default: the account's limit.
            tracing: whether X-Ray traces the function and the state machine. Default: no.
            state_machine_log_level: the events that the state machine logs, never with their data. Default:
                none; Step Functions keeps the history of each execution for 90 days.
            state_machine_encryption_key: the key for the state machine and its executions, which hold the
                jobs' definitions. An imported key must leave permissions to the account's policies, and with
                ``state_machine_log_level`` let ``delivery.logs.amazonaws.com`` decrypt. Default: AWS's key.
            managed_policies: whether the permissions of both roles are managed policies, as some audit rules
                demand. IAM attaches ten of them to a role, which limits the number of jobs with an explicit
                name. Default: no; they are inline policies, which nobody can attach to another role.
            restrict_trust_to_account: whether Lambda may assume the function's role only for this account (a
                condition on ``aws:SourceAccount``). AWS documents the condition for the roles of services and
                shows it for functions, but it has not been tried in an account. Turn it off if the deployment
                says "The role defined for the function cannot be assumed by Lambda". Default: yes.
            quota_timeout: the longest wait of a job for room in the account's quota, up to 55 minutes.
                Default: 50 minutes.
            quota_jitter: the longest random pause, up to 15 minutes, that a job which waits for room adds to
                the minute between two tries. Default: a minute.

        Raises:
            ValueError: there are subnets or security groups without a VPC, ``quota_timeout``,
                ``quota_jitter`` or ``reserved_concurrent_executions`` is out of range, a value is a name or
                an ARN instead of a construct, or ``restrict_trust_to_account`` is no bool.
        """
        configuration = _comparable({prop: value for prop, value in locals().items() if prop in _DEFAULTS})
        # All that can be wrong is checked before the construct exists, so that nothing half-made remains.
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
        timeout = _unless_default(
            "quota_timeout", quota_timeout, contract.DEFAULT_QUOTA_TIMEOUT, contract.LONGEST_WAIT
        )
        jitter = _unless_default(
            "quota_jitter", quota_jitter, contract.DEFAULT_QUOTA_JITTER, _LONGEST_QUOTA_JITTER
        )
        super().__init__(scope, id)
        once(self, "stack", lambda: stack_of(scope))
        self._managed_policies = managed_policies
        self._configuration = configuration
        #: The construct that asked for this one with the defaults, such as the stack's first job.
        self._asked_for_by: IConstruct | None = None
        self._permissions: dict[str, JobPermissions] = {}
        node_of(self).add_validation(
            IdleProvider(self, self._permissions, lambda: OptimizationJobProvider.for_stack(self))
        )
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
            quota_timeout=timeout,
            quota_jitter=jitter,
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
        node_of(self).add_validation(
            RoomForStacks(self, self._function.optional_statements, self._permissions)
        )
        if permissions_boundary is not None:
            iam.PermissionsBoundary.of(self).apply(permissions_boundary)
        # A stack has one provider, wherever in the stack a user defines it.
        once(stack_of(self), _PROVIDER, lambda: self)

    @staticmethod
    def for_stack(scope: IConstruct, **props: Unpack[ProviderProps]) -> OptimizationJobProvider:
        """Give a stack its provider, which its jobs use unless they have another one.

        A new provider always has the same id, because CloudFormation does not let a deployed job change its
        function.

        Args:
            scope: a construct of the stack.
            props: the configuration, as the constructor takes it. Default: the configuration that the stack's
                provider has, and for a new one the defaults of the constructor.

        Returns:
            The stack's provider, which is a new one if the stack has none.

        Raises:
            ValueError: the stack has a provider with another configuration, such as the defaults of the one
                that its first job defined (the error names the job), or the constructor does not accept a
                prop.
        """
        check_kind(Construct, scope, "scope", "a construct of the stack")
        try:
            stack = stack_of(scope)
        except RuntimeError:
            path = scope.node.path or "the app"
            raise ValueError(f"scope must be a stack or in a stack, got {path!r}") from None

        def define() -> OptimizationJobProvider:
            defined = OptimizationJobProvider(stack, _ID, **props)
            defined._asked_for_by = None if props else scope
            return defined

        provider: OptimizationJobProvider = once(stack, _PROVIDER, define)
        wanted = _comparable(dict(props))
        others = [prop for prop, value in wanted.items() if provider._configuration[prop] != value]
        if others:
            raise ValueError(_two_configurations(provider, provider._asked_for_by, others))
        return provider

    @property
    def service_token(self) -> str:
        """ARN of the function, which never changes for a deployed job."""
        return self._function.arn

    @property
    def function(self) -> lambda_.IFunction:
        """The function, for alarms and the like."""
        return self._function.function

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The state machine, for alarms and the like."""
        return self._state_machine.state_machine

    def serve(self, job: Construct, *, role: iam.IRole, name: str | None) -> list[IDependable]:
        """Grant the function the permissions for a job.

        Args:
            job: the construct of the job.
            role: the job's role.
            name: the job's explicit name, if it has one.

        Returns:
            The constructs that the job's resource must depend on.

        Raises:
            ValueError: the job is in another account or Region.
        """
        check_environment(self, job)
        return [*self._always_needed, *self._permissions_for(job).serve(job, role, name)]

    def serve_model(self, model: Construct, *, role: iam.IRole) -> list[IDependable]:
        """Grant the function the permissions for a model, whose name the function generates.

        Args:
            model: the construct of the model.
            role: the model's role.

        Returns:
            The constructs that the model's resource must depend on.

        Raises:
            ValueError: the model is in another account or Region.
        """
        check_environment(self, model)
        return [*self._always_needed, *self._permissions_for(model).serve_model(role)]

    def register(self, version: Construct, *, group: str) -> tuple[list[IDependable], RoleAccess]:
        """Grant the function the permissions for a version of a model package group.

        Args:
            version: the construct of the version.
            group: the name of the group, or its ARN.

        Returns:
            The constructs that the version's resource must depend on, and the access of the function's role,
            which needs to read what the version is made of.

        Raises:
            ValueError: the version is in another account or Region.
        """
        check_environment(self, version)
        permissions = self._permissions_for(version)
        needed = [*self._always_needed, *permissions.register(version, group)]
        access = RoleAccess(
            version, self._function.role, managed=self._managed_policies, apart=True, what="version"
        )
        if access.own_policy is not None:
            permissions.count(access.own_policy)
        return needed, access

    def verify(
        self, verification: Construct, *, endpoint_arn: str, component_arns: Sequence[str] = ()
    ) -> list[IDependable]:
        """Grant the function the permissions to look at what an endpoint serves.

        Args:
            verification: the construct of the verification.
            endpoint_arn: the ARN of the endpoint.
            component_arns: the ARNs of the inference components that are verified with it. Default: none.

        Returns:
            The constructs that the verification's resource must depend on. One of them depends on the
            endpoint and the components, if the ARNs are references to them.

        Raises:
            ValueError: the verification is in another account or Region.
        """
        check_environment(self, verification)
        permissions = self._permissions_for(verification)
        return [*self._always_needed, *permissions.verify(verification, endpoint_arn, component_arns)]

    def serve_pipeline(self, job: Construct, *, role: iam.IRole) -> None:
        """Grant the function the permissions for the jobs of a pipeline's state.

        Args:
            job: the construct of the state.
            role: the role of the jobs.

        Raises:
            ValueError: the state is in another account or Region.
        """
        check_environment(self, job)
        self._permissions_for(job).serve_pipeline(role)
        once(self, "pipelines", self._allow_tokens)

    @property
    def has_encrypted_state_machine(self) -> bool:
        """True if a role needs a key to start the state machine."""
        return self._configuration["state_machine_encryption_key"] is not None

    def _allow_tokens(self) -> bool:
        statement = iam.PolicyStatement(
            actions=["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"],
            resources=["*"],
        )
        # The checks of the room on the role count it.
        self._function.optional_statements.append(statement)
        self._function.policy.add_statements(statement)
        explain_wildcards(
            self._function.policy,
            "The calls with a task token know no resource of the state that waits; the token, which only "
            "that state hands out, is what permits them.",
            actions=statement.actions,
            resources=statement.resources,
        )
        return True

    @property
    def _always_needed(self) -> list[IDependable]:
        """The constructs that every resource depends on."""
        return [self._function.policy, self._state_machine.policy, *self._function.connectivity]

    def _permissions_for(self, job: Construct) -> JobPermissions:
        """Return the permissions for the jobs of a stack, which belong to that stack."""
        stack = stack_of(job)
        address = address_of(stack)
        if address not in self._permissions:
            own = stack is stack_of(self)
            self._permissions[address] = JobPermissions(
                self if own else stack,
                # The function's role has a policy for each stack, and each needs its own name.
                "Jobs" if own else f"OptimizationJobs{_digest(self, stack)}",
                function_role=self._function.role,
                beside=self._function.optional_statements,
                managed=self._managed_policies,
            )
        return self._permissions[address]


def _comparable(props: Mapping[str, object]) -> dict[str, object]:
    """Return props that can be compared, which durations and lists of the CDK cannot, by their meaning."""
    compared = {}
    for prop, value in props.items():
        if value is None:
            value = _DEFAULTS.get(prop)
        if isinstance(value, cdk.Duration) and not value.is_unresolved():
            value = value.to_seconds()
        elif isinstance(value, list | tuple):
            value = tuple(value)
        compared[prop] = value
    return compared


def _two_configurations(
    provider: OptimizationJobProvider, asked_for_by: IConstruct | None, others: Sequence[str]
) -> str:
    """Return the error for props that differ from those that a stack's provider has."""
    stack, path, props = stack_of(provider).node.path, provider.node.path, ", ".join(others)
    if asked_for_by is None:
        return (
            f"the provider of the stack {stack} must have one configuration, and {path} is defined already "
            f"with another {props}: give these props where it is defined, or the same values here"
        )
    return (
        f"the provider of the stack {stack} must have one configuration, and {path} has had the defaults "
        f"since {asked_for_by.node.path} asked for it, got another {props}: move this call of "
        f"OptimizationJobProvider.for_stack(…) before {asked_for_by.node.path} is defined"
    )


def _check_constructs(kind: str, **props: object) -> None:
    for prop, value in props.items():
        if value is not None:
            check_construct(kind, value, prop)


def _check_concurrency(number: object) -> None:
    """Check the number of concurrent executions.

    Raises:
        ValueError: it is no whole number, or it is 0, with which Lambda throttles every request.
    """
    if number is None or is_unresolved(number):
        return
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError(
            "reserved_concurrent_executions must be a whole number of at least 1, because with 0 the "
            f"function never responds to CloudFormation and each deployment takes an hour, got {number!r}: "
            "raise it, or leave it out"
        )


def _digest(*constructs: IConstruct) -> str:
    addresses = "".join(construct.node.addr for construct in constructs)
    return hashlib.sha256(addresses.encode()).hexdigest()[:8]


def _unless_default(prop: str, duration: cdk.Duration | None, default: int, longest: int) -> float | None:
    if duration is None:
        return None
    value = seconds(prop, duration, minimum=0, maximum=longest)
    return None if value == default else value


#: The props of the constructor, and what those that a user leaves out mean.
_DEFAULTS: dict[str, object] = {
    **{
        prop: parameter.default
        for prop, parameter in inspect.signature(OptimizationJobProvider.__init__).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    },
    "quota_timeout": contract.DEFAULT_QUOTA_TIMEOUT,
    "quota_jitter": contract.DEFAULT_QUOTA_JITTER,
}
