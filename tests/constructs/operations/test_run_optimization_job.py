"""A state of a state machine that runs a job."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import (
    allowed,
    flat,
    info_of,
    make_job,
    new_app,
    resources_of,
    statements_of,
    template_of,
    warnings_of,
)

STATE_MACHINE = "AWS::StepFunctions::StateMachine"


def run_job(scope: Any, id: str = "Optimize", **props: Any) -> optimization.RunOptimizationJob:
    defaults: dict[str, Any] = {
        "model_source": optimization.ModelSource.from_s3_uri("s3://models/llama/"),
        "deployment_instance_type": optimization.DeploymentInstanceType.ML_G5_2XLARGE,
        "optimization_configs": [
            optimization.OptimizationConfig.quantization(technique=optimization.QuantizationTechnique.AWQ)
        ],
        "output": optimization.OptimizationOutput.to_s3_uri("s3://artifacts/llama-awq/"),
    }
    return optimization.RunOptimizationJob(scope, id, **{**defaults, **props})


def pipeline(stack: cdk.Stack, first: sfn.IChainable, **props: Any) -> sfn.StateMachine:
    body = sfn.DefinitionBody.from_chainable(first)
    return sfn.StateMachine(stack, "Pipeline", definition_body=body, **props)


def state_of(stack: cdk.Stack, name: str = "Optimize") -> dict[str, Any]:
    """The state as the template has it, with tokens as text."""
    machines = resources_of(template_of(stack), STATE_MACHINE)
    (machine,) = [each for logical_id, each in machines.items() if logical_id.startswith("Pipeline")]
    text = machine["Properties"]["DefinitionString"]
    state: dict[str, Any] = json.loads(flat(text))["States"][name]
    return state


def run_of(stack: cdk.Stack) -> dict[str, Any]:
    run: dict[str, Any] = state_of(stack)["Parameters"]["Input"]["Now"]["State"]["Run"]
    return run


def properties_of(stack: cdk.Stack) -> dict[str, Any]:
    properties: dict[str, Any] = json.loads(run_of(stack)["properties"])
    return properties


def test_the_state_hands_a_token_to_the_provider_and_waits() -> None:
    stack = cdk.Stack(new_app(), "models")
    pipeline(stack, run_job(stack).next(sfn.Pass(stack, "After")))

    state = state_of(stack)
    assert state["Type"] == "Task"
    assert state["Resource"].endswith(":states:::states:startExecution.waitForTaskToken")
    assert state["Next"] == "After"
    parameters = state["Parameters"]
    assert parameters["Name.$"] == "States.Hash($$.Task.Token, 'SHA-256')"
    assert parameters["Input"]["Now"]["Step"] == "run"
    run = parameters["Input"]["Now"]["State"]["Run"]
    assert run["token.$"] == "$$.Task.Token"
    assert run["stack_id"] == "${AWS::StackId}"


def test_the_job_is_that_of_the_props() -> None:
    stack = cdk.Stack(new_app(), "models")
    settings = {"OPTION_SPECULATIVE_CONFIG": '{"path": "C:\\models"}'}
    pipeline(stack, run_job(stack, optimization_environment=settings, max_instance_count=2))

    properties = properties_of(stack)
    role = properties.pop("RoleArn")
    assert role.startswith("${OptimizeRole")
    assert properties == {
        "Version": "1",
        "NamePrefix": "models--optimize",
        "ModelSource": {"S3": {"S3Uri": "s3://models/llama/"}},
        "DeploymentInstanceType": "ml.g5.2xlarge",
        "MaxInstanceCount": 2,
        "OptimizationEnvironment": settings,
        "OptimizationConfigs": [
            {"ModelQuantizationConfig": {"OverrideEnvironment": {"OPTION_QUANTIZE": "awq"}}}
        ],
        "OutputConfig": {"S3OutputLocation": "s3://artifacts/llama-awq/"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 14_400},
    }


def test_the_request_is_that_of_a_job_with_the_same_props() -> None:
    one, other = cdk.Stack(new_app(), "models"), cdk.Stack(new_app(), "models")
    pipeline(one, run_job(one, max_pending_time=cdk.Duration.hours(1)))
    make_job(other, "Optimize", max_pending_time=cdk.Duration.hours(1))

    resource = template_of(other)["Resources"]
    (job,) = [each["Properties"] for each in resource.values() if each["Type"].endswith("OptimizationJob")]
    own = ("ServiceToken", "RoleArn")
    wanted = {name: value for name, value in job.items() if name not in own}
    assert {name: value for name, value in properties_of(one).items() if name not in own} == wanted


def test_the_role_of_the_job_gets_what_a_job_needs() -> None:
    one, other = cdk.Stack(new_app(), "models"), cdk.Stack(new_app(), "models")
    pipeline(one, run_job(one))
    make_job(other, "Optimize")

    granted = [statements_of(template_of(stack), "OptimizeRole") for stack in (one, other)]
    assert granted[0] == granted[1]


def test_the_pipeline_may_start_the_provider_and_nothing_else() -> None:
    stack = cdk.Stack()
    pipeline(stack, run_job(stack))

    statements = statements_of(template_of(stack), "PipelineRole")
    (provider,) = [
        name
        for name in resources_of(template_of(stack), STATE_MACHINE)
        if name.startswith("OptimizationJobProvider")
    ]
    assert statements == [
        {"Action": "states:StartExecution", "Effect": "Allow", "Resource": {"Ref": provider}}
    ]


def test_the_function_may_answer_tokens_only_if_a_pipeline_needs_it() -> None:
    with_pipeline, without = cdk.Stack(), cdk.Stack()
    pipeline(with_pipeline, sfn.Chain.start(run_job(with_pipeline)).next(run_job(with_pipeline, "Again")))
    make_job(without)

    function = "OptimizationJobProviderFunctionRole"
    for action in ("SendTaskHeartbeat", "SendTaskSuccess", "SendTaskFailure"):
        assert allowed(statements_of(template_of(with_pipeline), function), f"states:{action}") == ["*"]
        assert allowed(statements_of(template_of(without), function), f"states:{action}") == []


_OF_RESOURCES = [
    "sagemaker:DeleteOptimizationJob",
    "sagemaker:DeleteTags",
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackResource",
]


@pytest.mark.parametrize("action", _OF_RESOURCES)
def test_what_only_a_resource_needs_the_function_may_only_if_there_is_one(action: str) -> None:
    function = "OptimizationJobProviderFunctionRole"
    first, last, alone = cdk.Stack(), cdk.Stack(), cdk.Stack()
    make_job(first)
    for stack in (first, last, alone):
        pipeline(stack, run_job(stack))
    make_job(last)

    assert allowed(statements_of(template_of(alone), function), action) == []
    for stack in (first, last):
        # In whatever order they are defined.
        assert len(allowed(statements_of(template_of(stack), function), action)) == 1


def test_the_function_may_create_the_job_and_pass_its_role() -> None:
    stack = cdk.Stack(new_app(), "models")
    pipeline(stack, run_job(stack))

    statements = statements_of(template_of(stack), "OptimizationJobProviderFunctionRole")
    (jobs,) = allowed(statements, "sagemaker:CreateOptimizationJob")
    assert jobs.endswith(":optimization-job/models--*")
    assert [role.startswith("${OptimizeRole") for role in allowed(statements, "iam:PassRole")] == [True]


def test_tags_of_the_stack_and_of_aspects_are_those_of_the_job() -> None:
    app = new_app()
    stack = cdk.Stack(app, "models", tags={"team": "search", "stage": "test"})
    run = run_job(stack, tags={"stage": "prod", "model": "llama"})
    cdk.Tags.of(run).add("model", "mistral")
    pipeline(stack, run)

    tags = {tag["Key"]: tag["Value"] for tag in properties_of(stack)["Tags"]}
    assert tags == {"model": "mistral", "stage": "prod", "team": "search"}


def test_a_tag_that_no_job_can_have_is_an_error() -> None:
    stack = cdk.Stack()
    pipeline(stack, run_job(stack, tags={"aws:team": "search"}))
    with pytest.raises(RuntimeError, match="must not begin with 'aws:'"):
        template_of(stack)


def test_the_task_has_a_timeout_and_hears_of_its_job() -> None:
    stack = cdk.Stack()
    pipeline(stack, run_job(stack))
    state = state_of(stack)
    assert (state["TimeoutSeconds"], state["HeartbeatSeconds"]) == (99_999_999, 1_800)


@pytest.mark.parametrize(("minutes", "heartbeat"), [(10, 599), (30, 1_799), (31, 1_800)])
def test_the_heartbeat_is_shorter_than_the_timeout(minutes: int, heartbeat: int) -> None:
    stack = cdk.Stack()
    pipeline(stack, run_job(stack, timeout=cdk.Duration.minutes(minutes)))
    state = state_of(stack)
    assert (state["TimeoutSeconds"], state["HeartbeatSeconds"]) == (minutes * 60, heartbeat)


def test_only_what_passes_is_tried_again() -> None:
    stack = cdk.Stack()
    pipeline(stack, run_job(stack))
    (retry,) = state_of(stack)["Retry"]
    assert all(error.startswith("StepFunctions.") for error in retry["ErrorEquals"])


def test_a_pipeline_can_catch_and_retry_an_error() -> None:
    stack = cdk.Stack()
    run = run_job(stack, result_path="$.model")
    run.add_catch(sfn.Pass(stack, "Caught"), errors=["OptimizationJobFailed"], result_path="$.error")
    run.add_retry(errors=["OptimizationJobStopped"], max_attempts=1, interval=cdk.Duration.minutes(1))
    pipeline(stack, run)

    state = state_of(stack)
    assert state["ResultPath"] == "$.model"
    assert state["Catch"] == [
        {"ErrorEquals": ["OptimizationJobFailed"], "ResultPath": "$.error", "Next": "Caught"}
    ]
    assert state["Retry"][1] == {
        "ErrorEquals": ["OptimizationJobStopped"],
        "MaxAttempts": 1,
        "IntervalSeconds": 60,
    }


def test_a_fragment_can_stand_in_a_single_state() -> None:
    stack = cdk.Stack()
    pipeline(stack, run_job(stack).to_single_state())
    assert state_of(stack)["Type"] == "Parallel"


def test_times_that_differ_from_the_default_go_to_the_function() -> None:
    stack = cdk.Stack()
    pipeline(
        stack,
        run_job(stack, poll_interval=cdk.Duration.minutes(5), quota_timeout=cdk.Duration.hours(2)),
    )
    run = run_of(stack)
    assert (run["poll_interval"], run["quota_timeout"]) == (300, 7_200)


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"poll_interval": cdk.Duration.minutes(6)}, "poll_interval must be between 5 seconds and 5 minutes"),
        ({"quota_timeout": cdk.Duration.days(29)}, "quota_timeout must be between 0 seconds and 28 days"),
        ({"timeout": cdk.Duration.seconds(30)}, "timeout must be between 1 minute and"),
        ({"timeout": 30}, "timeout must be a Duration"),
        (
            {"timeout": cdk.Duration.seconds(cdk.Token.as_number({"Ref": "Time"}))},
            "timeout must be known at synthesis",
        ),
        ({"model_source": "s3://models/"}, "model_source must be"),
        ({"optimization_configs": []}, "optimization_configs must have between 1 and 10"),
        (
            {"cost_guard": optimization.CostGuard(hourly_price=10, max_cost=1)},
            "can cost 40.00, which is more than the max_cost 1.00",
        ),
    ],
)
def test_a_wrong_prop_is_the_error_of_a_job(props: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run_job(cdk.Stack(), **props)


def test_a_rule_that_a_job_breaks_is_broken_here_as_well() -> None:
    twice = [optimization.OptimizationConfig.sharding(environment={})] * 2
    messages = []
    for make in (run_job, make_job):
        with pytest.raises(ValueError, match="sharding") as error:
            make(cdk.Stack(), optimization_configs=twice)
        messages.append(str(error.value))
    assert messages[0] == messages[1]


def test_a_key_of_the_provider_is_a_warning() -> None:
    stack = cdk.Stack()
    key = kms.Key(stack, "Key")
    optimization.OptimizationJobProvider.for_stack(stack, state_machine_encryption_key=key)
    pipeline(stack, run_job(stack))
    assert ["pipelineKeyNotGranted" in warning for warning in warnings_of(stack)] == [True]


def test_a_job_in_a_vpc_has_connections() -> None:
    stack = cdk.Stack()
    run = run_job(stack, vpc=ec2.Vpc(stack, "Vpc"))
    run.connections.allow_to_any_ipv4(ec2.Port.HTTPS)
    pipeline(stack, run)
    assert set(properties_of(stack)["VpcConfig"]) == {"SecurityGroupIds", "Subnets"}


def test_a_job_without_a_vpc_has_no_connections() -> None:
    run = run_job(cdk.Stack())
    with pytest.raises(ValueError, match="has no network connections: give it a vpc"):
        _ = run.connections


def test_the_metrics_are_those_of_the_jobs_of_this_state() -> None:
    stack = cdk.Stack(new_app(), "models")
    run = run_job(stack)
    dimensions = run.metric_failures().dimensions
    assert dimensions == {"StackName": "models", "LogicalResourceId": run.logical_resource_id}
    pipeline(stack, run)
    assert run_of(stack)["logical_resource_id"] == run.logical_resource_id


@pytest.mark.newest_cdk  # the modules of an older one load those that they refer to
def test_a_program_that_runs_no_pipeline_does_not_load_its_tasks() -> None:
    code = (
        "import sys, cdk_sagemaker_optimization as o; o.OptimizationJob; "
        "print('aws_cdk.aws_stepfunctions_tasks' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_the_cost_of_a_stack_counts_the_jobs_of_its_pipelines() -> None:
    stack = cdk.Stack(new_app(), "Models")
    price = optimization.CostGuard(hourly_price=2)
    first = run_job(stack, "First", cost_guard=price, max_runtime=cdk.Duration.hours(1), max_instance_count=1)
    make_job(stack, "Awq", cost_guard=price, max_runtime=cdk.Duration.hours(3), max_instance_count=1)
    pipeline(stack, first)

    (information,) = info_of(stack)
    assert information.startswith("one run of each job of this stack costs at most 8.00 for instances (")
    assert "Models/First: 2.00 = max_runtime of 1 hour x 1 instance x 2.00 an hour" in information


def test_executions_that_write_to_one_prefix_are_warned_about() -> None:
    stack = cdk.Stack()
    output = optimization.OptimizationOutput.to_s3_uri("s3://artifacts/llama-awq/", exact=True)
    pipeline(stack, run_job(stack, output=output))
    assert ["exactPipelineOutput" in warning for warning in warnings_of(stack)] == [True]


def test_executions_with_folders_of_their_own_are_fine() -> None:
    stack = cdk.Stack()
    pipeline(stack, run_job(stack))
    assert warnings_of(stack) == []


_PATH = sfn.JsonPath.string_at("$.model")


@pytest.mark.parametrize(
    ("prop", "value"),
    [
        pytest.param("output", lambda: optimization.OptimizationOutput.to_s3_uri(_PATH), id="whole"),
        pytest.param(
            "output",
            lambda: optimization.OptimizationOutput.to_s3_uri(
                f"s3://artifacts/{sfn.JsonPath.format('{}', _PATH)}/"
            ),
            id="part",
        ),
        pytest.param("model_source", lambda: optimization.ModelSource.from_s3_uri(_PATH), id="source"),
        pytest.param("optimization_environment", lambda: {"MODEL": _PATH}, id="environment"),
        pytest.param("max_instance_count", lambda: sfn.JsonPath.number_at("$.count"), id="number"),
        pytest.param("training_plan_arns", lambda: sfn.JsonPath.list_at("$.plans"), id="list"),
        pytest.param(
            "poll_interval", lambda: cdk.Duration.seconds(sfn.JsonPath.number_at("$.pause")), id="duration"
        ),
    ],
)
def test_a_value_of_the_input_of_an_execution_is_an_error(prop: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{prop} of models/Optimize must be the same in every execution"):
        run_job(cdk.Stack(new_app(), "models"), **{prop: value()})


def test_so_is_one_in_a_tag_whoever_adds_it() -> None:
    stack = cdk.Stack(new_app(), "models")
    job = run_job(stack)
    pipeline(stack, job)
    cdk.Tags.of(job).add("model", _PATH)
    with pytest.raises(RuntimeError, match="tags of models/Optimize must be the same in every execution"):
        template_of(stack)


def test_a_value_that_is_known_at_deployment_is_none() -> None:
    stack = cdk.Stack(new_app(), "models")
    parameter = cdk.CfnParameter(stack, "Model").value_as_string
    pipeline(stack, run_job(stack, optimization_environment={"MODEL": parameter}))
    assert properties_of(stack)["OptimizationEnvironment"] == {"MODEL": "${Model}"}


@pytest.mark.newest_cdk  # an older one knows no JSONata
def test_a_state_machine_with_jsonata_is_an_error() -> None:
    stack = cdk.Stack(new_app(), "models")
    with pytest.raises(RuntimeError, match="'queryLanguage' can not be 'JSONPath'"):
        pipeline(stack, run_job(stack), query_language=sfn.QueryLanguage.JSONATA)


def test_a_definition_that_an_execution_has_no_room_for_is_an_error() -> None:
    # Each quote takes two bytes as JSON, and four in the text that the state hands on.
    environment = {f"KEY_{number}": '"' * 256 for number in range(25)}
    configs = [optimization.OptimizationConfig.quantization(environment=environment)] * 7
    make_job(cdk.Stack(), optimization_configs=configs)
    with pytest.raises(ValueError, match="must have at most 100,000 bytes as a text in JSON") as error:
        run_job(cdk.Stack(), optimization_configs=configs)
    assert "because an execution has it twice after each look at the job" in str(error.value)


@pytest.mark.parametrize("method", ["add_catch", "add_retry"])
@pytest.mark.parametrize(
    ("errors", "says"),
    [
        ("OptimizationJobFailed", "errors must be a list of strings, .* got 'OptimizationJobFailed'"),
        ([5], r"errors\[0\] must be a string, got 5"),
    ],
)
def test_errors_that_are_no_list_of_names_are_an_error(method: str, errors: Any, says: str) -> None:
    stack = cdk.Stack()
    run = run_job(stack)
    handler = [sfn.Pass(stack, "Caught")] if method == "add_catch" else []
    with pytest.raises(ValueError, match=says):
        getattr(run, method)(*handler, errors=errors)


def test_a_number_of_retries_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="max_attempts must be a whole number from 0 to 99999999, got -1"):
        run_job(cdk.Stack()).add_retry(max_attempts=-1)
