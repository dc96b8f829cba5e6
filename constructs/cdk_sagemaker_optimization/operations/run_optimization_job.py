"""A job as a state of a user's own state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.checks.durations import seconds
from cdk_sagemaker_optimization.checks.kinds import check_kind, check_list
from cdk_sagemaker_optimization.checks.numbers import whole_number
from cdk_sagemaker_optimization.checks.types import AnyRole
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import once, stack_of
from cdk_sagemaker_optimization.job.cost import remember
from cdk_sagemaker_optimization.job.definition import JobDefinition
from cdk_sagemaker_optimization.job.definition_size import DefinitionSize
from cdk_sagemaker_optimization.job.metrics import JobMetrics, MetricOptions, metric_of
from cdk_sagemaker_optimization.job.request import check_kinds, props_of
from cdk_sagemaker_optimization.job.tags import JobTags
from cdk_sagemaker_optimization.props.completion import Completion
from cdk_sagemaker_optimization.props.cost_guard import CostGuard
from cdk_sagemaker_optimization.props.deployment_instance_type import DeploymentInstanceType
from cdk_sagemaker_optimization.props.model_source import ModelSource
from cdk_sagemaker_optimization.props.optimization_config import OptimizationConfig
from cdk_sagemaker_optimization.props.optimization_output import OptimizationOutput
from cdk_sagemaker_optimization.provider import OptimizationJobProvider
from cdk_sagemaker_optimization.provider.names import name_prefix

from .execution_values import execution_value_problems
from .pipeline_checks import PipelineChecks

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

# The provider looks at a job every five minutes or more often, and a throttled call takes some more.
_HEARTBEAT = 1_800

# The default by AWS's documentation, and the most. The specification of the language has another default.
# https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html, https://states-language.net/#task-state
_NO_TIMEOUT = 99_999_999
_SHORTEST_TIMEOUT = 60

_SHORTEST_POLL_INTERVAL = 5
_LONGEST_QUOTA_TIMEOUT = 28 * 86_400

# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_MOST_RETRIES = 99_999_999

# In a state machine with JSONata, the CDK refuses a state with paths. Older releases know no other language.
_LANGUAGE: dict[str, Any] = (
    {"query_language": sfn.QueryLanguage.JSON_PATH} if hasattr(sfn, "QueryLanguage") else {}
)

# What StartExecution fails with in passing. AWS's pages have the names with and without the last word. Each
# attempt has another token, and an execution of one that is over starts nothing.
_PASSING = [
    f"StepFunctions.{name}{suffix}"
    for name in (
        "AWSStepFunctions",
        "ExecutionLimitExceeded",
        "InternalServer",
        "SdkClient",
        "ServiceUnavailable",
        "Throttling",
    )
    for suffix in ("", "Exception")
]


@jsii.implements(cdk.ITaggableV2, ec2.IConnectable, iam.IGrantable)
class RunOptimizationJob(sfn.StateMachineFragment, JobMetrics):
    """A state that runs a job, waits for it and hands on its artifact, in a pipeline of Step Functions.

    Each execution of the state runs a job with a name of its own. The job ends with the state: if the
    execution is aborted, fails or times out, or if another branch of it fails, the job is stopped within
    ``poll_interval``. Only a standard workflow can wait for a job, and its query language is JSONPath.

    The output of the state has the strings ``OptimizationJobName``, ``OptimizationJobArn``,
    ``OptimizationJobStatus``, ``OutputLocation``, ``RecommendedInferenceImage``, ``OptimizationStartTime``
    and ``OptimizationEndTime``. A state without an artifact fails with the error ``OptimizationJobFailed``,
    ``OptimizationJobStopped``, ``OptimizationJobNotStarted`` or ``OptimizationJobUnknown``, and its cause
    says why.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model_source: ModelSource,
        deployment_instance_type: DeploymentInstanceType,
        optimization_configs: Sequence[OptimizationConfig],
        output: OptimizationOutput,
        role: AnyRole | None = None,
        optimization_environment: Mapping[str, str] | None = None,
        max_instance_count: int | None = None,
        max_runtime: cdk.Duration | None = None,
        max_wait_time: cdk.Duration | None = None,
        max_pending_time: cdk.Duration | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        training_plan_arns: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        provider: OptimizationJobProvider | None = None,
        cost_guard: CostGuard | None = None,
        quota_timeout: cdk.Duration | None = None,
        poll_interval: cdk.Duration | None = None,
        timeout: cdk.Duration | None = None,
        result_path: str | None = None,
    ) -> None:
        """Define the state.

        Args:
            scope: the construct that this one belongs to.
            id: its id there, and the name of the state.
            model_source: the model.
            deployment_instance_type: the instance type that will serve the optimized model.
            optimization_configs: the techniques to apply to the model, from one to ten.
            output: the location of the artifacts. Each job writes to a folder of its own, unless it is
                ``exact``.
            role: the role that SageMaker assumes for the job. It is granted the permissions that the job
                needs. Default: a new :class:`OptimizationRole`.
            optimization_environment: environment variables of the containers, at most 25. Default: none.
            max_instance_count: the most instances that the job may use. Default: SageMaker decides.
            max_runtime: the longest run, after which SageMaker stops the job, which is a failure. Default: 4
                hours.
            max_wait_time: the longest time for waiting and running together. Default: SageMaker decides.
            max_pending_time: the longest wait for an instance, from 30 minutes to 28 days. Default: SageMaker
                decides.
            vpc: the VPC of the job's network interfaces. Default: none.
            vpc_subnets: at most 16 subnets of the VPC. Default: its private subnets.
            security_groups: at most 5 security groups of the VPC. Default: a new one that allows all
                outbound traffic.
            training_plan_arns: the training plan whose capacity the job uses. Default: none.
            tags: the tags of the job, which ``Tags.of(…)`` overrides. Default: the tags of the stack.
            provider: the function and the state machine that run the job. Default: those of the stack.
            cost_guard: the price of an instance, and the most that one run may cost. Default: any cost.
            quota_timeout: the longest wait for room in the account's quota, up to 28 days. Default: a day.
            poll_interval: the time between two looks at the job, from 5 seconds to 5 minutes. A job whose
                state is over runs on for as long. Default: a minute.
            timeout: the longest time of the state, a minute or more. After it the state fails with
                ``States.Timeout``, and the job is stopped. Default: none beside those of the job.
            result_path: the path of the output in the state's input, such as ``$.model``. Default: the output
                takes the place of the input.

        Raises:
            ValueError: the API does not allow a value, or a combination is known not to work (see
                ``docs/rules.md``), or one run can cost more than ``cost_guard`` allows.
        """
        super().__init__(scope, id)
        once(self, "stack", lambda: stack_of(scope))
        check_kinds(
            model_source=model_source,
            output=output,
            role=role,
            optimization_environment=optimization_environment,
            completion=None,
            removal_policy=None,
            provider=provider,
            cost_guard=cost_guard,
        )
        longest = _longest(timeout)
        prefix = name_prefix(self)
        job_tags = JobTags(self, contract.JOB_TYPE, tags)
        self._cdk_tag_manager = job_tags.manager
        definition = JobDefinition(
            self,
            name=None,
            folders=[f"{prefix}-*"],
            # The state waits for as long as the job takes.
            completion=Completion.detached(),
            model_source=model_source,
            deployment_instance_type=deployment_instance_type,
            optimization_configs=optimization_configs,
            output=output,
            role=role,
            optimization_environment=optimization_environment,
            max_instance_count=max_instance_count,
            max_runtime=max_runtime,
            max_wait_time=max_wait_time,
            max_pending_time=max_pending_time,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            training_plan_arns=training_plan_arns,
            triggers=None,
            cost_guard=cost_guard,
        )
        times = _times(poll_interval, quota_timeout)
        problems = execution_value_problems(self, {**props_of(definition.request), **times})
        if problems:
            raise ValueError("; ".join(problems))
        remember(self, definition.cost)
        self._network = definition.network
        self._role = definition.role
        properties: dict[str, Any] = {
            contract.VERSION: contract.PROPERTIES_VERSION,
            contract.NAME_PREFIX: prefix,
            **({contract.EXACT_OUTPUT_LOCATION: True} if output.exact else {}),
            **definition.request,
        }
        DefinitionSize(self, properties, is_text=True).check()
        properties["Tags"] = job_tags.later()
        used = OptimizationJobProvider.for_stack(self) if provider is None else provider
        used.serve_pipeline(self, role=self._role)
        if output.exact:
            warn(
                self,
                "exactPipelineOutput",
                "the output is exact, so each execution overwrites the artifact of the one before, and "
                "executions at the same time mix theirs up: leave exact out, or let one execution run at a "
                "time and acknowledge this warning",
            )
        if used.has_encrypted_state_machine:
            warn(
                self,
                "pipelineKeyNotGranted",
                "the provider's state machine has a key (state_machine_encryption_key), so make sure that "
                "the role of the state machine with this state may do kms:Decrypt and kms:GenerateDataKey "
                "with it",
            )
        stack = stack_of(self)
        self._logical_resource_id = cdk.Names.unique_resource_name(self, max_length=100)
        self._task = tasks.StepFunctionsStartExecution(
            self,
            "Run",
            state_name=id,
            comment="Runs an optimization job of SageMaker, and stops it if this state ends before the job",
            state_machine=used.state_machine,
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            name=sfn.JsonPath.hash(sfn.JsonPath.task_token, "SHA-256"),
            associate_with_parent=True,
            # Less than the timeout of the task, as Step Functions demands.
            heartbeat_timeout=sfn.Timeout.duration(cdk.Duration.seconds(min(_HEARTBEAT, longest - 1))),
            task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(longest)),
            result_path=result_path,
            **_LANGUAGE,
            input=sfn.TaskInput.from_object(
                {
                    "FunctionName": used.service_token,
                    "Request": {},
                    "Error": {},
                    "Now": {
                        "Step": contract.PIPELINE_STEP,
                        "State": {
                            "Run": {
                                "token": sfn.JsonPath.task_token,
                                "properties": stack.to_json_string(properties),
                                "stack_id": stack.stack_id,
                                "logical_resource_id": self._logical_resource_id,
                                **times,
                            }
                        },
                    },
                }
            ),
        )
        self._task.add_retry(
            errors=_PASSING,
            interval=cdk.Duration.seconds(2),
            backoff_rate=2,
            max_delay=cdk.Duration.seconds(60),
            max_attempts=12,
            jitter_strategy=sfn.JitterType.FULL,
        )
        PipelineChecks(self, definition, job_tags)

    @property
    def start_state(self) -> sfn.State:
        """The state, with which the fragment begins."""
        return self._task

    @property
    def end_states(self) -> list[sfn.INextable]:
        """The state, with which the fragment ends."""
        return [self._task]

    def add_catch(
        self,
        handler: sfn.IChainable,
        *,
        errors: Sequence[str] | None = None,
        result_path: str | None = None,
    ) -> RunOptimizationJob:
        """Go on with another state if there is no artifact.

        Args:
            handler: the states to go on with.
            errors: the errors, such as ``OptimizationJobFailed``. Default: all.
            result_path: the path of the error in the input of the handler. Default: the error takes the place
                of the input.

        Returns:
            This fragment.

        Raises:
            ValueError: the errors are no list of strings.
        """
        self._task.add_catch(handler, errors=_errors(errors), result_path=result_path)
        return self

    def add_retry(
        self,
        *,
        errors: Sequence[str] | None = None,
        interval: cdk.Duration | None = None,
        max_attempts: int | None = None,
        backoff_rate: float | None = None,
    ) -> RunOptimizationJob:
        """Run another job if there is no artifact. Each attempt costs a run.

        Args:
            errors: the errors, such as ``OptimizationJobFailed``. Default: all.
            interval: the pause before the first retry. Default: a second.
            max_attempts: the most retries, 0 for none. Default: 3.
            backoff_rate: the factor by which the pause grows. Default: 2.

        Returns:
            This fragment.

        Raises:
            ValueError: the errors are no list of strings, or the number of retries is out of range.
        """
        self._task.add_retry(
            errors=_errors(errors),
            interval=interval,
            max_attempts=None
            if max_attempts is None
            else whole_number("max_attempts", max_attempts, minimum=0, maximum=_MOST_RETRIES),
            backoff_rate=backoff_rate,
        )
        return self

    @property
    def logical_resource_id(self) -> str:
        """The ``LogicalResourceId`` of the jobs in events and metrics."""
        return self._logical_resource_id

    @property
    def role(self) -> iam.IRole:
        """The role that SageMaker assumes for the job."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal of the job's role, for grants beside its own source and output."""
        return self._role.grant_principal

    @property
    def connections(self) -> ec2.Connections:
        """The job's network connections.

        Raises:
            ValueError: the job has no VPC.
        """
        if self._network is None:
            raise ValueError(f"{self.node.path} has no network connections: give it a vpc to control them")
        return self._network.connections

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that ``Tags.of(…)`` adds to the job."""
        return self._cdk_tag_manager

    def _metric(self, name: str, usual: str, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        return metric_of(self, self._logical_resource_id, name, usual, **options)


def _errors(errors: Sequence[str] | None) -> list[str] | None:
    """Return the errors as the CDK takes them.

    Raises:
        ValueError: they are no list of strings, such as one string, whose letters match no error.
    """
    if errors is None:
        return None
    check_list(errors, "errors", 'a list of strings, such as ["OptimizationJobFailed"]')
    for number, error in enumerate(errors):
        check_kind(str, error, f"errors[{number}]", "a string")
    return list(errors)


def _longest(timeout: cdk.Duration | None) -> int:
    """Return the seconds that the state may take."""
    if timeout is None:
        return _NO_TIMEOUT
    value = seconds("timeout", timeout, minimum=_SHORTEST_TIMEOUT, maximum=_NO_TIMEOUT)
    if is_unresolved(value):
        raise ValueError(
            "timeout must be known at synthesis, because the interval of heartbeats depends on it, got a "
            "token: give a Duration of a number"
        )
    return int(value)


def _times(poll_interval: cdk.Duration | None, quota_timeout: cdk.Duration | None) -> dict[str, float]:
    """Return the durations that differ from the function's own."""
    times: dict[str, float] = {}
    if poll_interval is not None:
        times["poll_interval"] = seconds(
            "poll_interval",
            poll_interval,
            minimum=_SHORTEST_POLL_INTERVAL,
            maximum=contract.LONGEST_PIPELINE_POLL_INTERVAL,
        )
    if quota_timeout is not None:
        times["quota_timeout"] = seconds(
            "quota_timeout", quota_timeout, minimum=0, maximum=_LONGEST_QUOTA_TIMEOUT
        )
    return times
