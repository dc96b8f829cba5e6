"""A state machine of the user's runs jobs, and leaves none behind, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from localcloud import LocalCloud
from localcloud.services.sagemaker.job import Job
from localcloud.services.stepfunctions import Execution
from tests.end_to_end.support_account import artifact_files, decisions, log_lines, running_executions
from tests.end_to_end.support_cli import CdkCli
from tests.end_to_end.support_pipelines import run_job
from tests.end_to_end.support_project import STACK, Project
from tests.end_to_end.support_waiting import advance, settle

_MINUTE, _HOUR = 60, 3600

#: What JSON in JSON has to survive.
SETTINGS = {"OPTION_SPECULATIVE_CONFIG": '{"method": "eagle", "path": "C:\\models"}'}


def pipelines(stack: cdk.Stack) -> None:
    """Three state machines: one that only runs a job, one that catches, and one with another branch."""
    cdk.Tags.of(stack).add("team", "search")

    def pipeline(id: str, first: sfn.IChainable, **more: Any) -> None:
        body = sfn.DefinitionBody.from_chainable(first)
        sfn.StateMachine(stack, id, state_machine_name=id, definition_body=body, **more)

    plain = run_job(stack, "Optimize", optimization_environment=SETTINGS)
    pipeline("plain", plain.next(sfn.Pass(stack, "After")), timeout=cdk.Duration.hours(2))

    careful = run_job(stack, "Carefully", result_path="$.model", timeout=cdk.Duration.hours(1))
    careful.add_catch(sfn.Pass(stack, "Caught"), result_path="$.error")
    pipeline("careful", careful)

    soon = sfn.Wait(stack, "Soon", time=sfn.WaitTime.duration(cdk.Duration.minutes(10)))
    branches = sfn.Parallel(stack, "Branches")
    branches.branch(run_job(stack, "Beside"), soon.next(sfn.Fail(stack, "Broken", error="Broken")))
    long = sfn.Wait(stack, "Long", time=sfn.WaitTime.duration(cdk.Duration.hours(5)))
    branches.add_catch(long)
    pipeline("branching", branches)


def output_of(execution: Execution) -> dict[str, Any]:
    output: dict[str, Any] = execution.output
    return output


class Pipelines:
    """The state machines of one stack, which is deployed once for all tests."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self._jobs_before = 0

    def begin(self) -> None:
        self._jobs_before = len(self.cloud.optimization_jobs.jobs)

    def start(self, name: str, data: Any = None) -> str:
        arn = f"arn:aws:states:{self.cloud.region}:{self.cloud.account}:stateMachine:{name}"
        return self.cloud.state_machines.start(arn, data)

    def execution(self, arn: str) -> Execution:
        return self.cloud.state_machines.execution(arn)

    @property
    def jobs(self) -> list[Job]:
        """The jobs of this test, in their order."""
        return self.cloud.optimization_jobs.jobs[self._jobs_before :]

    @property
    def statuses(self) -> list[str]:
        return [str(job.status) for job in self.jobs]


@pytest.fixture(scope="module")
def deployed(shared_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipelines]:
    shared_cloud.reset()
    shared_cloud.bootstrap()
    directory: Path = tmp_path_factory.mktemp("pipelines")
    project = Project(shared_cloud, CdkCli(shared_cloud, directory), directory)
    stack = settle(shared_cloud, project.start_update(pipelines))
    assert stack.status == "CREATE_COMPLETE"
    shared_cloud.clock.pause()
    yield Pipelines(shared_cloud)
    shared_cloud.reset()


@pytest.fixture
def made(deployed: Pipelines) -> Iterator[Pipelines]:
    deployed.begin()
    yield deployed
    advance(deployed.cloud, _HOUR)
    assert deployed.cloud.optimization_jobs.running() == [], "jobs cost money after the test"
    assert running_executions(deployed.cloud) == [], "executions go on after the test"
    leaked = [line for line in log_lines(deployed.cloud) if "askToken" in line or '"token"' in line]
    assert leaked == [], "the log holds what is a credential"


def test_the_next_state_gets_the_artifact(made: Pipelines) -> None:
    arn = made.start("plain")
    advance(made.cloud, _HOUR)

    (job,) = made.jobs
    execution = made.execution(arn)
    assert execution.status == "SUCCEEDED"
    output = output_of(execution)
    assert output["OptimizationJobName"] == job.name
    assert output["OptimizationJobArn"] == job.arn
    assert output["OptimizationJobStatus"] == "COMPLETED"
    assert output["RecommendedInferenceImage"]
    assert output["OutputLocation"].endswith(f"/llama/{job.name}/")
    assert artifact_files(made.cloud, output["OutputLocation"])


def test_the_job_is_as_it_was_defined(made: Pipelines) -> None:
    made.start("plain")
    advance(made.cloud, _HOUR)

    (job,) = made.jobs
    assert job.name.startswith("models-d17d2d--optimize-")
    assert job.request["OptimizationEnvironment"] == SETTINGS
    assert job.request["StoppingCondition"] == {"MaxRuntimeInSeconds": 14_400}
    tags = {tag["Key"]: tag["Value"] for tag in job.request["Tags"]}
    assert tags.pop("cdk-sagemaker-optimization:resource").startswith("ModelsOptimize")
    assert tags == {
        "team": "search",
        "cdk-sagemaker-optimization:stack": made.cloud.cloudformation.stack(STACK).stack_id,
    }


def test_two_executions_run_two_jobs(made: Pipelines) -> None:
    first, second = made.start("plain"), made.start("plain")
    advance(made.cloud, _HOUR)

    assert [made.execution(arn).status for arn in (first, second)] == ["SUCCEEDED", "SUCCEEDED"]
    assert len({job.name for job in made.jobs}) == 2


def test_a_job_that_fails_fails_the_pipeline_with_sagemakers_reason(made: Pipelines) -> None:
    made.cloud.optimization_jobs.next_job(outcome="FAILED", reason="CUDA out of memory")
    arn = made.start("plain")
    advance(made.cloud, _HOUR)

    execution = made.execution(arn)
    (job,) = made.jobs
    assert (execution.status, execution.error) == ("FAILED", "OptimizationJobFailed")
    assert f"optimization job {job.name} FAILED after" in str(execution.cause)
    assert "CUDA out of memory" in str(execution.cause)


def test_a_pipeline_that_catches_goes_on_with_the_error(made: Pipelines) -> None:
    made.cloud.optimization_jobs.next_job(outcome="FAILED", reason="CUDA out of memory")
    arn = made.start("careful", {"run": 7})
    advance(made.cloud, _HOUR)

    execution = made.execution(arn)
    output = output_of(execution)
    assert execution.status == "SUCCEEDED"
    assert output["run"] == 7
    assert output["error"]["Error"] == "OptimizationJobFailed"
    assert "CUDA out of memory" in output["error"]["Cause"]


def test_the_artifact_goes_where_the_pipeline_wants_it(made: Pipelines) -> None:
    arn = made.start("careful", {"run": 7})
    advance(made.cloud, _HOUR)

    execution = made.execution(arn)
    output = output_of(execution)
    assert output["run"] == 7
    assert output["model"]["OptimizationJobName"] == made.jobs[0].name


@pytest.mark.promise("Nothing leaks: a pipeline is aborted while its job runs")
@pytest.mark.parametrize("after", [1, 20, 15 * _MINUTE])
def test_a_pipeline_that_is_aborted_stops_its_job(made: Pipelines, after: int) -> None:
    made.cloud.optimization_jobs.never_finish()
    arn = made.start("plain")
    advance(made.cloud, after)
    made.cloud.client("stepfunctions").stop_execution(executionArn=arn)
    advance(made.cloud, 5 * _MINUTE)

    assert made.execution(arn).status == "ABORTED"
    assert made.statuses in (["STOPPED"], [])
    assert made.statuses or after == 1


@pytest.mark.promise("Nothing leaks: a pipeline times out while its job runs")
def test_a_pipeline_that_times_out_stops_its_job(made: Pipelines) -> None:
    made.cloud.optimization_jobs.never_finish()
    arn = made.start("plain")
    advance(made.cloud, 2 * _HOUR + 5 * _MINUTE)

    assert made.execution(arn).status == "TIMED_OUT"
    assert made.statuses == ["STOPPED"]


def test_a_state_that_times_out_stops_its_job_while_the_pipeline_goes_on(made: Pipelines) -> None:
    made.cloud.optimization_jobs.never_finish()
    arn = made.start("careful", {})
    advance(made.cloud, _HOUR + 5 * _MINUTE)

    execution = made.execution(arn)
    output = output_of(execution)
    assert output["error"]["Error"] == "States.Timeout"
    assert made.statuses == ["STOPPED"]


@pytest.mark.promise("Nothing leaks: another branch of a pipeline fails while its job runs")
def test_a_branch_that_fails_stops_the_job_of_another(made: Pipelines) -> None:
    made.cloud.optimization_jobs.never_finish()
    arn = made.start("branching")
    advance(made.cloud, 20 * _MINUTE)

    assert made.execution(arn).status == "RUNNING"
    assert made.statuses == ["STOPPED"]
    advance(made.cloud, 5 * _HOUR)


def test_a_throttled_pipeline_runs_one_job(made: Pipelines) -> None:
    made.cloud.optimization_jobs.throttle(times=10)
    arn = made.start("plain")
    advance(made.cloud, _HOUR)

    assert made.execution(arn).status == "SUCCEEDED"
    assert len(made.jobs) == 1


def test_a_job_waits_for_room_in_the_quota(made: Pipelines) -> None:
    made.cloud.optimization_jobs.quota(1)
    made.cloud.optimization_jobs.next_job(runtime=30 * _MINUTE)
    first, second = made.start("plain"), made.start("plain")
    advance(made.cloud, 20 * _MINUTE)
    assert len(made.jobs) == 1

    advance(made.cloud, 80 * _MINUTE)
    made.cloud.optimization_jobs.quota(None)
    assert [made.execution(arn).status for arn in (first, second)] == ["SUCCEEDED", "SUCCEEDED"]
    assert len(made.jobs) == 2


def test_the_jobs_have_events_and_metrics(made: Pipelines) -> None:
    before = len(made.cloud.events.all())
    made.start("plain")
    advance(made.cloud, _HOUR)

    (job,) = made.jobs
    told = [event.detail for event in made.cloud.events.all()[before:]]
    assert [detail["OptimizationJobStatus"] for detail in told][-1] == "COMPLETED"
    assert {detail["OptimizationJobName"] for detail in told} == {job.name}
    measured = [line for line in decisions(made.cloud) if "_aws" in line and line["job"] == job.name]
    assert {line["LogicalResourceId"] for line in measured} == {told[0]["LogicalResourceId"]}
    assert [line["decision"] for line in measured].count("ended") == 1
    assert {"CurrentQueueTime", "CurrentMaxRuntimeShare"} <= {name for line in measured for name in line}
