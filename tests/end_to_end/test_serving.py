"""What a job made is served, changes without an outage, and goes back if it does not work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from localcloud.kernel.api import ApiError
from localcloud.kernel.dialect import Dialect
from tests.end_to_end.support_account import created, inventory, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_serving import (
    JOBS,
    SERVING,
    Served,
    delete_stacks,
    deploy_stacks,
    endpoint_of,
    given_stacks,
    invoke,
    serve,
    serving_resources,
    statuses_of,
)
from tests.end_to_end.support_stacks import AWQ, FP8, add_job
from tests.end_to_end.support_waiting import advance, settle

_FIRST = Served({"optimization_configs": [AWQ]})
_SECOND = Served({"optimization_configs": [FP8]})
_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128"


def _artifact(cloud: LocalCloud) -> str:
    return str(invoke(cloud)["Artifact"])


def test_a_new_artifact_reaches_the_endpoint_while_it_serves(cloud: LocalCloud, project: Project) -> None:
    before = inventory(cloud)
    project.synthesize_stacks(_FIRST)
    deployed = project.run("deploy", "--all", "--require-approval", "never")
    assert deployed.succeeded, deployed.output
    endpoint, first = endpoint_of(cloud), _artifact(cloud)
    (job,) = recorded_jobs(cloud)
    assert job in first

    # The serving stack's template is the same. The CLI deploys it, because it reads parameters.
    project.synthesize_stacks(_SECOND)
    deployed = project.run("deploy", "--all", "--require-approval", "never")
    assert deployed.succeeded, deployed.output
    (job,) = recorded_jobs(cloud)
    assert job in _artifact(cloud) != first
    assert endpoint_of(cloud) is endpoint
    assert statuses_of(endpoint) == ["Creating", "InService", "Updating", "InService"]
    assert serving_resources(cloud) == {
        "Model": 1,
        "EndpointConfig": 1,
        "Endpoint": 1,
        "InferenceComponent": 0,
    }

    destroyed = project.run("destroy", "--all", "--force")
    assert destroyed.succeeded, destroyed.output
    assert inventory(cloud) == before


def _moved(name: str) -> Callable[[cdk.App], None]:
    """An app whose job is in a stack of a name."""

    def build(app: cdk.App) -> None:
        job = add_job(cdk.Stack(app, JOBS, stack_name=name))
        stack = cdk.Stack(app, SERVING)
        cdk.CfnOutput(stack, "EndpointName", value=serve(stack, job).endpoint_name)

    return build


def test_an_endpoint_follows_a_job_that_moves_to_a_stack_of_another_name(
    cloud: LocalCloud, project: Project
) -> None:
    for name in ("jobs-one", "jobs-two"):
        project.synthesize_stacks(_moved(name))
        # The CLI keeps what a parameter of the stack was, whatever its default is now.
        deployed = project.run("deploy", "--all", "--require-approval", "never")
        assert deployed.succeeded, deployed.output
        assert f"/{name}-" in _artifact(cloud)


def test_a_job_that_fails_leaves_the_old_model_serving(cloud: LocalCloud, project: Project) -> None:
    given_stacks(project, _FIRST)
    first = _artifact(cloud)
    cloud.optimization_jobs.next_job(outcome="FAILED", reason="CUDA out of memory")
    assert deploy_stacks(project, _SECOND) == {JOBS: "UPDATE_ROLLBACK_COMPLETE"}
    assert _artifact(cloud) == first
    assert statuses_of(endpoint_of(cloud)) == ["Creating", "InService"]


@pytest.mark.promise("Nothing is paid for twice: the endpoint cannot serve what the job made")
@pytest.mark.parametrize("together", [False, True], ids=["two stacks", "one stack"])
def test_an_update_of_the_endpoint_that_fails_returns_and_the_next_try_pays_nothing(
    cloud: LocalCloud, project: Project, together: bool
) -> None:
    first = Served({"optimization_configs": [AWQ]}, together=together)
    second = Served({"optimization_configs": [FP8]}, together=together)
    names = [JOBS] if together else [JOBS, SERVING]
    deploy_stacks(project, first, names=names)
    endpoint = endpoint_of(cloud, names[-1])
    served = invoke(cloud, endpoint)["Artifact"]

    cloud.endpoints.fail_health_check(when="update")
    statuses = deploy_stacks(project, second, names=names)
    assert statuses[names[-1]] == "UPDATE_ROLLBACK_COMPLETE"
    assert "ping health check" in reasons(cloud.cloudformation.stack(names[-1]))
    assert invoke(cloud, endpoint)["Artifact"] == served
    assert len(created(cloud)) == 2

    statuses = deploy_stacks(project, second, names=names)
    assert statuses[names[-1]] == "UPDATE_COMPLETE"
    assert len(created(cloud)) == 2
    assert invoke(cloud, endpoint)["Artifact"] != served


@pytest.mark.promise("Nothing is paid for twice: the first deployment of the endpoint fails")
def test_a_first_deployment_of_the_endpoint_that_fails_is_paid_for_once(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.endpoints.fail_health_check(when="create")
    project.synthesize_stacks(_FIRST)
    failed = project.run("deploy", "--all", "--require-approval", "never")
    assert not failed.succeeded
    assert "ping health check" in failed.output
    assert cloud.cloudformation.stack(JOBS).status == "CREATE_COMPLETE"
    assert serving_resources(cloud)["Endpoint"] == 0

    deployed = project.run("deploy", "--all", "--require-approval", "never")
    assert deployed.succeeded, deployed.output
    (job,) = recorded_jobs(cloud)
    assert job in _artifact(cloud)
    assert len(created(cloud)) == 1


@pytest.mark.parametrize(
    ("silently", "notices"),
    [(True, True), (False, False)],
    ids=["SageMaker hides it", "CloudFormation does not notice"],
)
@pytest.mark.parametrize("same", ["accepted", "refused"])
def test_an_update_that_was_rolled_back_silently_fails_the_deployment(
    cloud: LocalCloud, project: Project, silently: bool, notices: bool, same: Any
) -> None:
    cloud.dialect = Dialect(cloudformation_notices_rollback=notices, update_to_same_config=same)
    given_stacks(project, _FIRST)
    first = _artifact(cloud)
    cloud.endpoints.fail_health_check(when="update", silently=silently)
    assert deploy_stacks(project, _SECOND)[SERVING] == "UPDATE_ROLLBACK_COMPLETE"
    assert "SageMaker has rolled the update back" in reasons(cloud.cloudformation.stack(SERVING))
    assert _artifact(cloud) == first
    described = cloud.client("sagemaker").describe_endpoint(EndpointName=endpoint_of(cloud).name)
    assert described["EndpointConfigName"] in cloud.endpoints.names("EndpointConfig")

    assert deploy_stacks(project, _SECOND)[SERVING] == "UPDATE_COMPLETE"
    assert _artifact(cloud) != first
    assert len(created(cloud)) == 2


@pytest.mark.parametrize("same", ["accepted", "refused"])
def test_another_way_to_update_reaches_an_endpoint_whose_model_stays(
    cloud: LocalCloud, project: Project, same: Any
) -> None:
    """AWS does not document whether an endpoint may be updated to the config that it has."""

    def scaled(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
        endpoint = optimization.OptimizedEndpoint(
            stack,
            "Endpoint",
            model=optimization.OptimizedModel(stack, "Model", job=job),
            update=optimization.EndpointUpdate.canary(50, cdk.Duration.minutes(5)),
        )
        endpoint.auto_scale(min_capacity=1, max_capacity=2).scale_on_concurrency("Load", target=8)
        return endpoint

    def config() -> str:
        described = cloud.client("sagemaker").describe_endpoint(EndpointName=endpoint_of(cloud).name)
        return str(described["EndpointConfigName"])

    cloud.dialect = Dialect(update_to_same_config=same)
    given_stacks(project, _FIRST)
    served, before = _artifact(cloud), config()
    assert deploy_stacks(project, Served({"optimization_configs": [AWQ]}, scaled))[SERVING] == (
        "UPDATE_COMPLETE"
    )
    assert (_artifact(cloud), config() == before) == (served, False)
    assert deploy_stacks(project, _FIRST)[SERVING] == "UPDATE_COMPLETE"
    assert len(created(cloud)) == 1


def _hosted(on: str, **props: Any) -> Served:
    """An app whose endpoint runs on instances of its own, or on an inference component."""

    def serve(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
        hosting = {
            "instances": optimization.Hosting.instances(),
            "components": optimization.Hosting.components(min_memory=cdk.Size.gibibytes(24)),
        }[on]
        model = optimization.OptimizedModel(stack, "Model", job=job)
        endpoint = optimization.OptimizedEndpoint(stack, "Endpoint", model=model, hosting=hosting, **props)
        endpoint.auto_scale(min_capacity=1, max_capacity=2).scale_on_concurrency("Load", target=8)
        return endpoint

    return Served({"optimization_configs": [AWQ]}, serve)


def _runs(cloud: LocalCloud) -> dict[str, int]:
    return {
        kind: count for kind, count in serving_resources(cloud).items() if "Component" in kind or count != 1
    }


@pytest.mark.parametrize("update", ["accepted", "refused"])
def test_the_hosting_can_change_whether_or_not_an_endpoint_may(
    cloud: LocalCloud, project: Project, update: Any
) -> None:
    """AWS does not document whether an endpoint may move between instances and inference components."""
    cloud.dialect = Dialect(update_to_other_hosting=update)
    given_stacks(project, _hosted("instances"))
    first = endpoint_of(cloud)
    assert deploy_stacks(project, _hosted("components"))[SERVING] == "UPDATE_COMPLETE"
    assert endpoint_of(cloud).name == f"{first.name}-ic"
    # The old endpoint serves until the new one does.
    assert first.deleted is not None
    assert _runs(cloud) == {"InferenceComponent": 1}
    assert deploy_stacks(project, _hosted("instances"))[SERVING] == "UPDATE_COMPLETE"
    assert endpoint_of(cloud).name == first.name
    assert _runs(cloud) == {"InferenceComponent": 0}
    assert len(created(cloud)) == 1


def test_another_name_is_the_way_out_where_a_named_endpoint_may_not_change_its_hosting(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.dialect = Dialect(update_to_other_hosting="refused")
    given_stacks(project, _hosted("instances", endpoint_name="chat"))
    first = _artifact(cloud)
    refused = deploy_stacks(project, _hosted("components", endpoint_name="chat"))
    assert refused[SERVING] == "UPDATE_ROLLBACK_COMPLETE"
    assert _artifact(cloud) == first
    renamed = deploy_stacks(project, _hosted("components", endpoint_name="chat-2"))
    assert renamed[SERVING] == "UPDATE_COMPLETE"
    assert _runs(cloud) == {"InferenceComponent": 1}


def test_a_component_that_silently_keeps_its_old_memory_fails_the_deployment(
    cloud: LocalCloud, project: Project
) -> None:
    def with_memory(gibibytes: int) -> Served:
        def serve(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
            model = optimization.OptimizedModel(stack, "Model", job=job)
            hosting = optimization.Hosting.components(min_memory=cdk.Size.gibibytes(gibibytes))
            return optimization.OptimizedEndpoint(stack, "Endpoint", model=model, hosting=hosting)

        return Served({"optimization_configs": [AWQ]}, serve)

    given_stacks(project, with_memory(24))
    cloud.endpoints.fail_health_check(when="update", silently=True)
    assert deploy_stacks(project, with_memory(8))[SERVING] == "UPDATE_ROLLBACK_COMPLETE"
    assert "MinMemoryRequiredInMb 8192 was deployed" in reasons(cloud.cloudformation.stack(SERVING))
    assert deploy_stacks(project, with_memory(8))[SERVING] == "UPDATE_COMPLETE"


def test_without_a_verification_a_silent_rollback_is_not_told(cloud: LocalCloud, project: Project) -> None:
    def unverified(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
        model = optimization.OptimizedModel(stack, "Model", job=job)
        return optimization.OptimizedEndpoint(stack, "Endpoint", model=model, verify_update=False)

    given_stacks(project, Served({"optimization_configs": [AWQ]}, unverified))
    cloud.endpoints.fail_health_check(when="update", silently=True)
    second = Served({"optimization_configs": [FP8]}, unverified)
    assert deploy_stacks(project, second)[SERVING] == "UPDATE_COMPLETE"
    assert not any("Verification" in name for name in project.template.read_text().split('"'))


def _canary(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    endpoint = optimization.OptimizedEndpoint(
        stack,
        "Endpoint",
        model=optimization.OptimizedModel(stack, "Model", job=job),
        hosting=optimization.Hosting.instances(2),
        update=optimization.EndpointUpdate.canary(50, cdk.Duration.minutes(10)),
    )
    errors = endpoint.metric_invocation_5xx_errors(period=cdk.Duration.minutes(1), statistic="Sum")
    alarm = cloudwatch.Alarm(stack, "Errors", metric=errors, threshold=5, evaluation_periods=1)
    endpoint.add_rollback_alarm(alarm)
    return endpoint


def test_a_canary_whose_alarm_goes_off_goes_back(cloud: LocalCloud, project: Project) -> None:
    given_stacks(project, Served({"optimization_configs": [AWQ]}, _canary))
    endpoint, first = endpoint_of(cloud), _artifact(cloud)
    project.synthesize_stacks(Served({"optimization_configs": [FP8]}, _canary))
    project.stack_name = JOBS
    project.given()
    project.stack_name = SERVING
    cloud.clock.pause()
    stack = project.start_update()
    served = set()
    for _ in range(40):
        advance(cloud, 30)
        served.add(invoke(cloud, endpoint)["Artifact"])
        if len(served) > 1:
            break
    assert len(served) == 2, "a part of the traffic reaches the new model"

    errors = {"EndpointName": endpoint.name, "VariantName": "optimized"}
    cloud.alarms.put("AWS/SageMaker", "Invocation5XXErrors", errors, 20)
    advance(cloud, 60)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "UPDATE_ROLLBACK_COMPLETE"
    assert {invoke(cloud, endpoint)["Artifact"] for _ in range(4)} == {first}


@pytest.mark.parametrize("bakes_in", ["WaitIntervalInSeconds", "TerminationWaitInSeconds"])
def test_an_alarm_rolls_an_update_all_at_once_back_whichever_wait_it_has_to_go_off_in(
    cloud: LocalCloud, project: Project, bakes_in: Any
) -> None:
    """AWS does not document in which of two waits SageMaker watches the alarms."""

    def at_once(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
        model = optimization.OptimizedModel(stack, "Model", job=job)
        endpoint = optimization.OptimizedEndpoint(stack, "Endpoint", model=model)
        errors = endpoint.metric_invocation_5xx_errors(period=cdk.Duration.minutes(1), statistic="Sum")
        alarm = cloudwatch.Alarm(stack, "Errors", metric=errors, threshold=5, evaluation_periods=1)
        endpoint.add_rollback_alarm(alarm)
        return endpoint

    cloud.dialect = Dialect(all_at_once_bakes_in=bakes_in)
    given_stacks(project, Served({"optimization_configs": [AWQ]}, at_once))
    endpoint, first = endpoint_of(cloud), _artifact(cloud)
    project.synthesize_stacks(Served({"optimization_configs": [FP8]}, at_once))
    project.stack_name = JOBS
    project.given()
    project.stack_name = SERVING
    cloud.clock.pause()
    stack = project.start_update()
    for _ in range(40):
        advance(cloud, 30)
        if invoke(cloud, endpoint)["Artifact"] != first:
            break
    advance(cloud, 300)
    errors = {"EndpointName": endpoint.name, "VariantName": "optimized"}
    cloud.alarms.put("AWS/SageMaker", "Invocation5XXErrors", errors, 20)
    advance(cloud, 60)
    cloud.clock.resume()
    assert settle(cloud, stack).status == "UPDATE_ROLLBACK_COMPLETE"
    assert invoke(cloud, endpoint)["Artifact"] == first


def _serve_with_image(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    model = optimization.OptimizedModel(stack, "Model", job=job, image=_IMAGE)
    return optimization.OptimizedEndpoint(stack, "Endpoint", model=model)


@pytest.mark.promise("Nothing is paid for twice: the job of a first deployment recommends no image")
def test_a_first_deployment_without_a_recommended_image_says_what_to_give_and_is_paid_for_once(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.optimization_jobs.next_job(recommended_image="")
    project.synthesize_stacks(_FIRST)
    failed = project.run("deploy", "--all", "--require-approval", "never")
    assert not failed.succeeded
    assert "give image=... to the OptimizedModel" in failed.output
    assert cloud.cloudformation.stack(JOBS).status == "CREATE_COMPLETE"
    assert not any(serving_resources(cloud).values())

    project.synthesize_stacks(Served({"optimization_configs": [AWQ]}, serve=_serve_with_image))
    deployed = project.run("deploy", "--all", "--require-approval", "never")
    assert deployed.succeeded, deployed.output
    (job,) = recorded_jobs(cloud)
    assert job in _artifact(cloud)
    assert len(created(cloud)) == 1


def test_an_artifact_without_a_recommended_image_leaves_the_old_model_serving(
    cloud: LocalCloud, project: Project
) -> None:
    given_stacks(project, _FIRST)
    first = _artifact(cloud)
    cloud.optimization_jobs.next_job(recommended_image="")
    with pytest.raises(ApiError, match=r"give image=\.\.\. to the OptimizedModel"):
        deploy_stacks(project, _SECOND)
    assert cloud.cloudformation.stack(JOBS).status == "UPDATE_COMPLETE"
    assert _artifact(cloud) == first

    statuses = deploy_stacks(project, Served({"optimization_configs": [FP8]}, serve=_serve_with_image))
    assert statuses[SERVING] == "UPDATE_COMPLETE"
    assert _artifact(cloud) != first
    assert len(created(cloud)) == 2


def test_in_one_stack_a_job_that_recommends_no_image_says_what_to_give(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.optimization_jobs.next_job(recommended_image="")
    together = Served({"optimization_configs": [AWQ]}, together=True)
    assert deploy_stacks(project, together, names=[JOBS]) == {JOBS: "ROLLBACK_COMPLETE"}
    assert "give image=" in reasons(cloud.cloudformation.stack(JOBS))


def _sharded(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    endpoint = optimization.OptimizedEndpoint(
        stack,
        "Endpoint",
        model=optimization.OptimizedModel(stack, "Model", job=job),
        hosting=optimization.Hosting.components(
            accelerators=4, min_memory=cdk.Size.gibibytes(64), min_instances=0, max_instances=2
        ),
    )
    endpoint.auto_scale(min_capacity=0, max_capacity=2).scale_on_concurrency("Load", target=4)
    cdk.CfnOutput(stack, "ComponentName", value=endpoint.inference_component_name)
    return endpoint


def test_a_sharded_model_on_components_changes_scales_to_zero_and_wakes(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    job: dict[str, Any] = {
        "deployment_instance_type": optimization.DeploymentInstanceType.ML_G5_12XLARGE,
        "optimization_configs": [optimization.OptimizationConfig.sharding(tensor_parallel_degree=4)],
    }
    given_stacks(project, Served(job, _sharded))
    component: dict[str, Any] = {
        "InferenceComponentName": cloud.cloudformation.stack(SERVING).outputs["ComponentName"]
    }
    endpoint, first = endpoint_of(cloud), invoke(cloud, **component)["Artifact"]

    # Another artifact changes the component in place. The endpoint and its config stay.
    given_stacks(project, Served({**job, "triggers": ["again"]}, _sharded))
    second = invoke(cloud, **component)["Artifact"]
    assert second != first
    assert statuses_of(endpoint) == ["Creating", "InService"]

    # A component that goes back does so with its stack.
    cloud.endpoints.fail_health_check(when="update")
    statuses = deploy_stacks(project, Served({**job, "triggers": ["once more"]}, _sharded))
    assert statuses[SERVING] == "UPDATE_ROLLBACK_COMPLETE"
    assert invoke(cloud, **component)["Artifact"] == second

    cloud.clock.pause()
    for _ in range(16):
        dimensions = [{"Name": name, "Value": value} for name, value in component.items()]
        datum = {"MetricName": "ConcurrentRequestsPerCopy", "Dimensions": dimensions, "Value": 0}
        cloud.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])
        advance(cloud, 60)
    with pytest.raises(Exception, match="has no capacity"):
        invoke(cloud, **component)
    advance(cloud, 400)
    assert invoke(cloud, **component)["Artifact"] == second
    cloud.clock.resume()

    delete_stacks(project)
    assert inventory(cloud) == before


def _drafted(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    model = optimization.OptimizedModel(
        stack, "Model", job=job, image=_IMAGE, speculation=optimization.Speculation.eagle(tokens=4)
    )
    return optimization.OptimizedEndpoint(stack, "Endpoint", model=model)


@pytest.mark.promise("Nothing leaks: a model with a draft is replaced, goes back and is deleted")
def test_a_draft_is_served_beside_its_base_model_and_leaves_nothing(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    data = optimization.TrainingData.from_s3_uri("s3://models/data/")
    job: dict[str, Any] = {
        "deployment_instance_type": optimization.DeploymentInstanceType.ML_G6_24XLARGE,
        "optimization_configs": [optimization.OptimizationConfig.speculative_decoding(training_data=data)],
    }
    given_stacks(project, Served(job, _drafted))
    served = invoke(cloud)
    (name,) = recorded_jobs(cloud)
    assert served["Artifact"] == "s3://models/llama/"
    draft = served["AdditionalArtifacts"]["eagle"]
    assert name in draft
    assert draft.endswith("/draft/")
    assert '"num_speculative_tokens":4' in served["Environment"]["OPTION_SPECULATIVE_CONFIG"]

    cloud.endpoints.fail_health_check(when="update")
    again = Served({**job, "triggers": ["again"]}, _drafted)
    assert deploy_stacks(project, again)[SERVING] == "UPDATE_ROLLBACK_COMPLETE"
    assert invoke(cloud)["AdditionalArtifacts"]["eagle"] == draft
    assert serving_resources(cloud)["Model"] == 1

    given_stacks(project, again)
    assert invoke(cloud)["AdditionalArtifacts"]["eagle"] != draft
    assert serving_resources(cloud)["Model"] == 1
    assert len(created(cloud)) == 2

    delete_stacks(project)
    assert inventory(cloud) == before


def test_a_model_whose_response_is_lost_is_made_once_and_left_by_nothing(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    data = optimization.TrainingData.from_s3_uri("s3://models/data/")
    app = Served(
        {
            "deployment_instance_type": optimization.DeploymentInstanceType.ML_G6_24XLARGE,
            "optimization_configs": [
                optimization.OptimizationConfig.speculative_decoding(training_data=data)
            ],
        },
        _drafted,
    )
    cloud.optimization_jobs.lose_response("CreateModel")
    given_stacks(project, app)
    assert serving_resources(cloud)["Model"] == 1
    delete_stacks(project)
    assert inventory(cloud) == before


def _asynchronous(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    responses = optimization.OptimizationBucket(stack, "Responses")
    endpoint = optimization.OptimizedEndpoint(
        stack,
        "Endpoint",
        model=optimization.OptimizedModel(stack, "Model", job=job),
        asynchronous=optimization.AsyncInference.to_bucket(responses, "responses/"),
    )
    endpoint.auto_scale(min_capacity=0, max_capacity=4).scale_on_backlog("Backlog", target=5)
    return endpoint


def test_an_asynchronous_endpoint_scales_with_its_backlog(cloud: LocalCloud, project: Project) -> None:
    before = inventory(cloud)
    given_stacks(project, Served({"optimization_configs": [AWQ]}, _asynchronous))
    endpoint = endpoint_of(cloud)
    assert endpoint.config_name in cloud.endpoints.names("EndpointConfig")
    delete_stacks(project)
    assert inventory(cloud) == before
