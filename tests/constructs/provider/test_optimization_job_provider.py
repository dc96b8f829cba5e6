"""The one function and the one state machine of a stack."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_sagemaker_optimization import Completion, OptimizationJobProvider
from cdk_sagemaker_optimization.provider.provider_props import ProviderProps
from tests.constructs.support import (
    JOB,
    LEG,
    allowed,
    deployed,
    flat,
    inline_policy_size,
    make_job,
    minified,
    new_app,
    properties_of,
    resources_of,
    statements_of,
    template_of,
    warnings_of,
)

_FUNCTION = "AWS::Lambda::Function"
_STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_LOG_GROUP = "AWS::Logs::LogGroup"
_FUNCTION_ROLE = "OptimizationJobProviderFunctionRole"
_STATE_MACHINE_ROLE = "OptimizationJobProviderStateMachineRole"


def _with_provider(stack: cdk.Stack, **props: Any) -> dict[str, Any]:
    OptimizationJobProvider(stack, "OptimizationJobProvider", **props)
    make_job(stack)
    return template_of(stack)


def test_all_jobs_of_a_stack_share_one_function_and_one_state_machine(stack: cdk.Stack) -> None:
    for name in ("One", "Two", "Three"):
        make_job(stack, name)
    template = template_of(stack)
    (function,) = resources_of(template, _FUNCTION)
    assert len(resources_of(template, _STATE_MACHINE)) == 1
    resources = {**resources_of(template, JOB), **resources_of(template, LEG)}.values()
    assert {flat(resource["Properties"]["ServiceToken"]) for resource in resources} == {
        f"${{{function}.Arn}}"
    }


def test_a_provider_with_an_id_of_its_own_is_the_stacks(stack: cdk.Stack) -> None:
    provider = OptimizationJobProvider(stack, "Mine")
    assert OptimizationJobProvider.for_stack(stack) is provider
    make_job(stack)
    assert len(resources_of(template_of(stack), _FUNCTION)) == 1


def test_a_stack_is_given_its_provider_before_its_first_job(stack: cdk.Stack) -> None:
    inside = Construct(stack, "Inside")
    provider = OptimizationJobProvider.for_stack(inside, tracing=True)
    make_job(stack)
    template = template_of(stack)
    assert provider.node.path == "Stack/OptimizationJobProvider"
    assert properties_of(template, _FUNCTION)["TracingConfig"] == {"Mode": "Active"}


def test_a_stack_is_given_the_provider_of_its_first_job(stack: cdk.Stack) -> None:
    make_job(stack)
    provider = OptimizationJobProvider.for_stack(stack)
    (function,) = resources_of(template_of(stack), _FUNCTION)
    assert stack.resolve(provider.service_token) == {"Fn::GetAtt": [function, "Arn"]}


def test_the_function_of_a_job_is_the_same_one_before_and_after_the_provider_is_configured(
    app: cdk.App,
) -> None:
    before, after = cdk.Stack(app, "Before"), cdk.Stack(app, "After")
    OptimizationJobProvider.for_stack(after, quota_timeout=cdk.Duration.minutes(20), tracing=True)
    for each in (before, after):
        make_job(each)
    functions = [list(resources_of(template_of(each), _FUNCTION)) for each in (before, after)]
    assert functions[0] == functions[1]


def test_a_stack_may_be_given_its_provider_twice_with_one_configuration(stack: cdk.Stack) -> None:
    first, second = (
        OptimizationJobProvider.for_stack(stack, quota_timeout=cdk.Duration.minutes(minutes), tracing=True)
        for minutes in (20, 20)
    )
    assert first is second is OptimizationJobProvider.for_stack(stack)


def test_two_configurations_of_a_stacks_provider_are_an_error(stack: cdk.Stack) -> None:
    OptimizationJobProvider.for_stack(stack, tracing=True)
    with pytest.raises(
        ValueError,
        match=r"of the stack Stack must have one configuration, and Stack/OptimizationJobProvider is defined "
        r"already with another tracing: give these props where it is defined",
    ):
        OptimizationJobProvider.for_stack(stack, tracing=False)


def test_a_configuration_after_the_first_job_is_an_error_that_names_the_job(stack: cdk.Stack) -> None:
    make_job(stack, "First")
    make_job(stack, "Second")
    with pytest.raises(
        ValueError,
        match=r"has had the defaults since Stack/First asked for it, got another tracing, quota_jitter: move "
        r"this call of OptimizationJobProvider.for_stack\(…\) before Stack/First is defined",
    ):
        OptimizationJobProvider.for_stack(stack, tracing=True, quota_jitter=cdk.Duration.minutes(2))


def test_a_stack_can_be_given_a_provider_with_every_prop() -> None:
    props = inspect.signature(OptimizationJobProvider.__init__).parameters
    assert {"self", "scope", "id", *ProviderProps.__annotations__} == set(props)


def test_a_provider_that_comes_after_the_first_job_is_warned_of(stack: cdk.Stack) -> None:
    make_job(stack)
    OptimizationJobProvider(stack, "Late", tracing=True)
    template_of(stack)
    (warning,) = warnings_of(stack)
    assert warning.startswith(
        "the provider Stack/Late serves no job, because Stack/OptimizationJobProvider was defined before it"
    )
    assert "cdk-sagemaker-optimization:idleProvider" in warning


def test_a_second_provider_that_serves_a_job_and_one_without_any_jobs_are_not(app: cdk.App) -> None:
    two, none = cdk.Stack(app, "Two"), cdk.Stack(app, "None")
    for number in ("1", "2"):
        provider = OptimizationJobProvider(two, f"Provider{number}")
        make_job(two, f"Job{number}", provider=provider, completion=Completion.detached())
    OptimizationJobProvider(none, "Provider")
    for stack in (two, none):
        template_of(stack)
        assert warnings_of(stack) == []


def test_each_stack_has_its_own(app: cdk.App) -> None:
    first, second = cdk.Stack(app, "First"), cdk.Stack(app, "Second")
    nested = cdk.NestedStack(first, "Nested")
    providers = {OptimizationJobProvider.for_stack(stack) for stack in (first, second, nested)}
    assert len(providers) == 3


@pytest.mark.newest_cdk  # an older one knows no newer Python than its own time did
def test_the_function_runs_the_newest_python_on_arm(stack: cdk.Stack) -> None:
    properties = properties_of(_with_provider(stack), _FUNCTION)
    known = [name for name in vars(lambda_.Runtime) if re.fullmatch(r"PYTHON_3_\d+", name)]
    newest = max(int(name.rsplit("_", 1)[1]) for name in known)
    assert properties["Runtime"] == f"python3.{newest}"
    assert properties["Architectures"] == ["arm64"]
    assert properties["Handler"] == "optimization_job.handler.handler"
    assert properties["Timeout"] == 180
    assert list(properties["Environment"]["Variables"]) == ["STATE_MACHINE_ARN"]


def test_the_functions_role_may_do_this_and_no_more(stack: cdk.Stack) -> None:
    template = _with_provider(stack)
    statements = statements_of(template, _FUNCTION_ROLE)
    assert [statement["Action"] for statement in statements] == [
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        "states:StartExecution",
        "events:PutEvents",
        [
            "sagemaker:AddTags",
            "sagemaker:CreateOptimizationJob",
            "sagemaker:DeleteOptimizationJob",
            "sagemaker:DeleteTags",
            "sagemaker:DescribeOptimizationJob",
            "sagemaker:StopOptimizationJob",
        ],
        ["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"],
        "iam:PassRole",
    ]
    (log_group,) = resources_of(template, _LOG_GROUP)
    (state_machine,) = resources_of(template, _STATE_MACHINE)
    assert allowed(statements, "logs:PutLogEvents") == [f"${{{log_group}.Arn}}"]
    assert allowed(statements, "states:StartExecution") == [f"${{{state_machine}}}"]
    assert allowed(statements, "cloudformation:DescribeStacks") == ["${AWS::StackId}"]
    assert allowed(statements, "cloudformation:DescribeStackResource") == ["${AWS::StackId}"]
    assert allowed(statements, "sagemaker:StopOptimizationJob") == [
        "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:optimization-job/stack-e55164--*"
    ]


def test_only_the_roles_of_the_jobs_may_be_passed_and_only_to_sagemaker(stack: cdk.Stack) -> None:
    imported = iam.Role.from_role_arn(stack, "Imported", "arn:aws:iam::111122223333:role/mine", mutable=False)
    make_job(stack, "One")
    make_job(stack, "Two", role=imported)
    make_job(stack, "Three", role=imported)
    (statement,) = [
        statement
        for statement in statements_of(template_of(stack), _FUNCTION_ROLE)
        if statement["Action"] == "iam:PassRole"
    ]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    own, other = (flat(resource) for resource in statement["Resource"])
    assert own.startswith("${OneRole")
    assert other == "arn:aws:iam::111122223333:role/mine"


def test_the_state_machines_role_may_invoke_the_function_and_no_more(stack: cdk.Stack) -> None:
    template = _with_provider(stack)
    (function,) = resources_of(template, _FUNCTION)
    assert statements_of(template, _STATE_MACHINE_ROLE) == [
        {
            "Action": "lambda:InvokeFunction",
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [function, "Arn"]},
        }
    ]


def test_no_role_has_a_managed_policy_of_aws(stack: cdk.Stack) -> None:
    roles = resources_of(_with_provider(stack), "AWS::IAM::Role").values()
    assert all("ManagedPolicyArns" not in role["Properties"] for role in roles)


def test_the_state_machine_is_the_definition_of_the_function(stack: cdk.Stack) -> None:
    text = flat(properties_of(_with_provider(stack), _STATE_MACHINE)["DefinitionString"])
    root = Path(__file__).parents[3] / "constructs" / "cdk_sagemaker_optimization" / "provider"
    definition = json.loads((root / "state_machine.asl.json").read_text(encoding="utf-8"))
    assert json.loads(text.replace("${AWS::Partition}", "${Partition}")) == definition


def test_logs_are_kept_for_three_months_and_go_with_the_stack(stack: cdk.Stack) -> None:
    (log_group,) = resources_of(_with_provider(stack), _LOG_GROUP).values()
    assert log_group["Properties"] == {"RetentionInDays": 90}
    assert log_group["DeletionPolicy"] == "Delete"


def test_logs_can_be_kept_longer_and_encrypted(stack: cdk.Stack) -> None:
    template = _with_provider(
        stack, log_retention=logs.RetentionDays.ONE_YEAR, log_encryption_key=kms.Key(stack, "Key")
    )
    (log_group,) = resources_of(template, _LOG_GROUP).values()
    assert log_group["Properties"]["RetentionInDays"] == 365
    assert "KmsKeyId" in log_group["Properties"]
    statement = properties_of(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"][-1]
    assert flat(statement["Principal"]["Service"]) == "logs.${AWS::Region}.${AWS::URLSuffix}"
    assert "kms:EncryptionContext:aws:logs:arn" in statement["Condition"]["ArnLike"]


@pytest.mark.parametrize("level", [sfn.LogLevel.ALL, sfn.LogLevel.ERROR])
def test_the_state_machine_logs_without_its_data(stack: cdk.Stack, level: sfn.LogLevel) -> None:
    template = _with_provider(stack, state_machine_log_level=level)
    configuration = properties_of(template, _STATE_MACHINE)["LoggingConfiguration"]
    assert configuration["Level"] == level.name
    # The data holds the URL that CloudFormation takes the answer at.
    assert configuration["IncludeExecutionData"] is False
    assert len(resources_of(template, _LOG_GROUP)) == 2
    assert allowed(statements_of(template, _STATE_MACHINE_ROLE), "logs:CreateLogDelivery") == ["*"]


def test_both_can_be_traced(stack: cdk.Stack) -> None:
    template = _with_provider(stack, tracing=True)
    assert properties_of(template, _FUNCTION)["TracingConfig"] == {"Mode": "Active"}
    assert properties_of(template, _STATE_MACHINE)["TracingConfiguration"] == {"Enabled": True}
    for role in (_FUNCTION_ROLE, _STATE_MACHINE_ROLE):
        assert allowed(statements_of(template, role), "xray:PutTraceSegments") == ["*"]


def test_the_function_can_run_in_a_vpc(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    template = _with_provider(stack, vpc=vpc)
    assert len(properties_of(template, _FUNCTION)["VpcConfig"]["SubnetIds"]) == 2
    assert allowed(statements_of(template, _FUNCTION_ROLE), "ec2:CreateNetworkInterface") == ["*"]
    (job,) = resources_of(template, JOB).values()
    assert any("DefaultRoute" in name for name in job["DependsOn"])


def test_the_function_can_have_subnets_and_security_groups_of_a_choice(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, one_per_az=True)
    template = _with_provider(stack, vpc=vpc, vpc_subnets=subnets, security_groups=[group])
    assert properties_of(template, _FUNCTION)["VpcConfig"]["SecurityGroupIds"] == ["sg-1"]


def test_the_subnets_of_the_function_may_be_known_by_their_ids(stack: cdk.Stack) -> None:
    subnets = [ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-1")]
    template = _with_provider(
        stack, vpc=ec2.Vpc(stack, "Vpc"), vpc_subnets=ec2.SubnetSelection(subnets=subnets)
    )
    assert properties_of(template, _FUNCTION)["VpcConfig"]["SubnetIds"] == ["subnet-1"]


def test_environment_queue_and_concurrency_can_be_set(stack: cdk.Stack) -> None:
    template = _with_provider(
        stack,
        environment_encryption=kms.Key(stack, "Key"),
        dead_letter_queue=sqs.Queue(stack, "Queue"),
        reserved_concurrent_executions=10,
    )
    properties = properties_of(template, _FUNCTION)
    assert "KmsKeyArn" in properties
    assert "TargetArn" in properties["DeadLetterConfig"]
    assert properties["ReservedConcurrentExecutions"] == 10
    statements = statements_of(template, _FUNCTION_ROLE)
    assert allowed(statements, "kms:Decrypt")[0].startswith("${Key")
    assert allowed(statements, "sqs:SendMessage")[0].startswith("${Queue")


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "2"])
def test_a_concurrency_with_which_nothing_answers_is_an_error(stack: cdk.Stack, number: Any) -> None:
    message = r"^reserved_concurrent_executions must be a whole number of at least 1, .*, got {}: raise it"
    with pytest.raises(ValueError, match=message.format(re.escape(repr(number)))):
        OptimizationJobProvider(stack, "Provider", reserved_concurrent_executions=number)


@pytest.mark.parametrize("restricted", [True, False])
def test_the_account_in_the_trust_of_the_functions_role_can_be_left_out(
    stack: cdk.Stack, restricted: bool
) -> None:
    template = _with_provider(stack, restrict_trust_to_account=restricted)
    roles = resources_of(template, "AWS::IAM::Role")
    without = {
        name
        for name, role in roles.items()
        if "Condition" not in role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    }
    assert without == (set() if restricted else {"OptimizationJobProviderFunctionRole1741243E"})


@pytest.mark.parametrize("prop", ["log_retention", "state_machine_log_level"])
def test_a_string_is_no_retention_and_no_level(stack: cdk.Stack, prop: str) -> None:
    props: Any = {prop: "ALL"}
    with pytest.raises(ValueError, match=rf"^{prop} must be a member of .*, got 'ALL'$"):
        OptimizationJobProvider(stack, "Provider", **props)


def test_a_boundary_bounds_both_roles(stack: cdk.Stack) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    template = _with_provider(stack, permissions_boundary=boundary)
    roles = resources_of(template, "AWS::IAM::Role")
    bounded = {name for name, role in roles.items() if "PermissionsBoundary" in role["Properties"]}
    assert bounded == {name for name in roles if name.startswith("OptimizationJobProvider")}


@pytest.mark.parametrize(("minutes", "expected"), [(50, None), (0, "0"), (55, "3300")])
def test_the_wait_for_the_quota_can_be_set(stack: cdk.Stack, minutes: int, expected: str | None) -> None:
    template = _with_provider(stack, quota_timeout=cdk.Duration.minutes(minutes))
    variables = properties_of(template, _FUNCTION)["Environment"]["Variables"]
    assert variables.get("QUOTA_TIMEOUT") == expected


@pytest.mark.parametrize(("seconds", "expected"), [(60, None), (0, "0"), (900, "900")])
def test_the_spread_of_those_who_wait_for_the_quota_can_be_set(
    stack: cdk.Stack, seconds: int, expected: str | None
) -> None:
    template = _with_provider(stack, quota_jitter=cdk.Duration.seconds(seconds))
    variables = properties_of(template, _FUNCTION)["Environment"]["Variables"]
    assert variables.get("QUOTA_JITTER") == expected


def test_a_spread_that_leaves_no_time_to_try_again_is_an_error(stack: cdk.Stack) -> None:
    with pytest.raises(
        ValueError, match=r"^quota_jitter must be between 0 seconds and 15 minutes, got 20 minutes$"
    ):
        OptimizationJobProvider(stack, "Provider", quota_jitter=cdk.Duration.minutes(20))


def test_a_wait_for_the_quota_that_no_request_survives_is_an_error(stack: cdk.Stack) -> None:
    with pytest.raises(
        ValueError, match=r"^quota_timeout must be between 0 seconds and 55 minutes, got 1 hour$"
    ):
        OptimizationJobProvider(stack, "Provider", quota_timeout=cdk.Duration.hours(1))


def test_subnets_without_a_vpc_are_an_error(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"^vpc_subnets and security_groups need a vpc"):
        OptimizationJobProvider(stack, "Provider", security_groups=[])


def test_a_provider_serves_the_jobs_of_another_stack(app: cdk.App) -> None:
    platform, models = cdk.Stack(app, "Platform"), cdk.Stack(app, "Models")
    provider = OptimizationJobProvider(platform, "Provider")
    make_job(models, provider=provider, completion=Completion.detached())
    template = template_of(models)
    assert resources_of(template, _FUNCTION) == {}
    statements = [
        statement
        for name, policy in resources_of(template, "AWS::IAM::Policy").items()
        if name.startswith("OptimizationJobs")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert allowed(statements, "sagemaker:CreateOptimizationJob")[0].endswith(
        ":optimization-job/models-d17d2d--*"
    )
    assert "Fn::ImportValue" in properties_of(template)["ServiceToken"]
    assert template_of(platform)["Outputs"]


def test_a_name_of_the_users_own_has_a_policy_that_outlives_its_job(stack: cdk.Stack) -> None:
    make_job(stack, optimization_job_name="mine")
    template = template_of(stack)
    (policy,) = [name for name in resources_of(template, "AWS::IAM::Policy") if "NamePermissions" in name]
    (job,) = resources_of(template, JOB).values()
    assert policy in job["DependsOn"]
    document = template["Resources"][policy]["Properties"]["PolicyDocument"]
    assert allowed(document["Statement"], "sagemaker:DeleteOptimizationJob")[0].endswith(
        "optimization-job/mine"
    )


def test_only_of_a_name_of_the_users_own_the_tags_say_whose_it_is(stack: cdk.Stack) -> None:
    make_job(stack, "Generated")
    make_job(stack, "Chosen", optimization_job_name="mine")
    statements = statements_of(template_of(stack), _FUNCTION_ROLE)
    (names,) = allowed(statements, "sagemaker:ListTags")
    assert names.endswith("optimization-job/mine")


def test_another_name_has_another_policy() -> None:
    names = []
    for job_name in ("first", "second"):
        stack = cdk.Stack(new_app(), "Stack")
        make_job(stack, optimization_job_name=job_name)
        policies = resources_of(template_of(stack), "AWS::IAM::Policy")
        names += [name for name in policies if "NamePermissions" in name]
    assert len(set(names)) == 2


def test_another_name_that_only_the_deployment_knows_has_another_policy(stack: cdk.Stack) -> None:
    """CloudFormation replaces a managed policy whose description changes, and deletes the old one last."""
    name = cdk.CfnParameter(stack, "Name").value_as_string
    make_job(stack, optimization_job_name=name)
    template = template_of(stack)
    ((policy_id, policy),) = resources_of(template, "AWS::IAM::ManagedPolicy").items()
    (job,) = resources_of(template, JOB).values()
    assert policy_id in job["DependsOn"]
    assert policy["Properties"]["Description"]["Fn::Join"][1][-1] == {"Ref": "Name"}
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    (resource,) = allowed(statements, "sagemaker:DeleteOptimizationJob")
    assert str(resource).endswith("optimization-job/${Name}")


def test_more_names_that_only_the_deployment_knows_than_the_role_takes_are_an_error(stack: cdk.Stack) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    for number in range(11):
        named = f"{name}-{number}"
        make_job(stack, f"Job{number}", optimization_job_name=named, completion=Completion.detached())
    with pytest.raises(RuntimeError, match=r"11 jobs with an optimization_job_name: IAM attaches 10 managed"):
        template_of(stack)


def test_names_of_the_users_own_fit_as_long_as_nothing_is_said(stack: cdk.Stack) -> None:
    for number in range(14):
        name = f"{number:02}".ljust(63, "x")
        make_job(stack, f"Job{number}", optimization_job_name=name, completion=Completion.detached())
    assert inline_policy_size(template_of(stack), _FUNCTION_ROLE) <= 10_240


def test_a_nested_stack_has_names_and_permissions_of_its_own(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    make_job(nested)
    template = template_of(nested)
    prefix = properties_of(template)["NamePrefix"]
    assert re.fullmatch(r"stack-nested-[0-9a-f]{6}--job", prefix)
    statements = statements_of(template, _FUNCTION_ROLE)
    (resource,) = allowed(statements, "sagemaker:StopOptimizationJob")
    assert resource.endswith(f":optimization-job/{prefix.partition('--')[0]}--*")


def test_more_names_of_the_users_own_than_the_role_has_room_for_are_an_error(stack: cdk.Stack) -> None:
    for number in range(20):
        make_job(
            stack, f"Job{number}", optimization_job_name=f"job-{number}", completion=Completion.detached()
        )
    with pytest.raises(RuntimeError, match=r"no room for 20 jobs with an optimization_job_name"):
        template_of(stack)


def _configured(stack: cdk.Stack) -> dict[str, Any]:
    """What each of these adds to the role of the function."""
    queue = sqs.Queue(stack, "Queue", encryption_master_key=kms.Key(stack, "QueueKey"))
    return {
        "tracing": True,
        "vpc": ec2.Vpc(stack, "Vpc"),
        "environment_encryption": kms.Key(stack, "Variables"),
        "state_machine_encryption_key": kms.Key(stack, "Executions"),
        "dead_letter_queue": queue,
    }


def _many_roles_and_names(stack: cdk.Stack, names: int) -> None:
    for number in range(60):
        role = iam.Role.from_role_arn(
            stack,
            f"Role{number}",
            f"arn:aws:iam::111122223333:role/{number:02}".ljust(95, "r"),
            mutable=False,
        )
        name = f"N-{number:02}-".ljust(63, "X") if number < names else None
        make_job(
            stack, f"Job{number}", role=role, optimization_job_name=name, completion=Completion.detached()
        )


def test_the_names_that_fit_beside_a_configured_provider_fit(stack: cdk.Stack) -> None:
    OptimizationJobProvider(stack, "OptimizationJobProvider", **_configured(stack))
    _many_roles_and_names(stack, 2)
    template = template_of(stack)
    (role,) = (
        body for id, body in resources_of(template, "AWS::IAM::Role").items() if id.startswith(_FUNCTION_ROLE)
    )
    own = sum(len(minified(deployed(each["PolicyDocument"]))) for each in role["Properties"]["Policies"])
    assert 8_000 < own + inline_policy_size(template, _FUNCTION_ROLE) <= 10_240


def test_what_a_configured_provider_adds_takes_room_from_the_names(stack: cdk.Stack) -> None:
    OptimizationJobProvider(stack, "OptimizationJobProvider", **_configured(stack))
    _many_roles_and_names(stack, 4)
    with pytest.raises(
        RuntimeError, match=r"no room for 4 jobs with an optimization_job_name: .* the provider's props"
    ):
        template_of(stack)


def test_what_is_the_default_anyway_is_no_other_configuration(stack: cdk.Stack) -> None:
    make_job(stack)
    wait = cdk.Duration.minutes(50)
    provider = OptimizationJobProvider.for_stack(stack, tracing=False, vpc=None, quota_timeout=wait)

    assert provider is OptimizationJobProvider.for_stack(stack)


def test_the_same_configuration_is_the_same_provider_in_whatever_way_it_was_defined(stack: cdk.Stack) -> None:
    provider = OptimizationJobProvider(stack, "Mine", tracing=True)

    assert OptimizationJobProvider.for_stack(stack, tracing=True) is provider


def test_a_provider_that_was_refused_can_be_defined_again(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="reserved_concurrent_executions"):
        OptimizationJobProvider.for_stack(stack, reserved_concurrent_executions=0)
    with pytest.raises(ValueError, match="quota_timeout"):
        OptimizationJobProvider.for_stack(stack, quota_timeout=cdk.Duration.hours(5))

    provider = OptimizationJobProvider.for_stack(stack, reserved_concurrent_executions=1)
    assert provider.node.id == "OptimizationJobProvider"


@pytest.mark.parametrize("scope", ["Stack", None, new_app()], ids=["a name", "nothing", "an app"])
def test_the_provider_of_no_stack_is_an_error(scope: Any) -> None:
    with pytest.raises(ValueError, match="scope must be"):
        OptimizationJobProvider.for_stack(scope)
