"""An update whose response CloudFormation ignores ends its job, unless another deployment has it by then."""

from __future__ import annotations

import pytest

from localcloud.kernel.dialect import Dialect
from tests.function.stale import missing_once, refuse_while
from tests.simulation import Script, SimulatedAws
from tests.simulation.cloudformation import JobTemplate, Process, SimulatedStack

NEVER_ENDS = Script(ends_after=None)


class Deployment:
    """A stack with one job, whose deletions come with the properties from before a failed update."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dialect: Dialect, call_time: float = 0) -> None:
        self.aws = SimulatedAws(dialect, call_time)
        self.aws.install(monkeypatch)
        self.stack = SimulatedStack(self.aws, lambda request: self.aws.send_later(request, 1))
        self.aws.faults.before.append(self._before_call)
        self._process: Process | None = None
        self._cancelled_at = ""
        self._takes = 0
        self._run(self.stack.create({"Llama": JobTemplate(0, legs=0)}))
        self.aws.settle(4000)
        self.aws.sagemaker.script = NEVER_ENDS

    def update(
        self, definition: int, *, cancelled_at: str = "", takes: int = 0, rollback: bool = False
    ) -> None:
        """Updates the stack; another resource fails just before this call, which takes so many seconds."""
        self._cancelled_at, self._takes = cancelled_at, takes
        self._run(self.stack.update({"Llama": JobTemplate(definition, legs=0)}, rollback=rollback))

    def update_that_fails(self, definition: int, seconds: int) -> None:
        """Updates the stack, and rolls it back when another resource fails after so many seconds."""
        jobs = {"Llama": JobTemplate(definition, legs=0), "Another": JobTemplate(0, legs=1)}
        self._process = self.stack.update(jobs)
        for _ in range(seconds):
            self._advance()
            self.aws.settle(1)
        self.stack.cancel()
        self._run(self._process)

    def delete(self) -> None:
        self._run(self.stack.delete())

    @property
    def resource(self) -> str | None:
        return self.stack.resources["Llama"].physical_id

    def _run(self, process: Process) -> None:
        self._process = process
        while self._advance():
            self.aws.settle(1)

    def _advance(self) -> bool:
        assert self._process is not None
        return next(self._process, self) is not self

    def _before_call(self, operation: str) -> None:
        if operation == self._cancelled_at and self.stack.status == "UPDATE_IN_PROGRESS":
            self._cancelled_at = ""
            self.stack.cancel()
            # CloudFormation has given up the request when its response comes.
            self._advance()
            for _ in range(self._takes):
                self.aws.settle(1)
                self._advance()


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    return Deployment(monkeypatch, Dialect(deleted_with="properties of the resource"))


def test_its_job_is_ended_although_the_stack_is_destroyed_at_once(deployment: Deployment) -> None:
    deployment.update(1, cancelled_at="PUT")
    deployment.delete()
    deployment.aws.settle(900)

    assert deployment.aws.sagemaker.running() == []


def test_its_job_is_ended_although_the_next_deployment_is_cancelled_as_well(deployment: Deployment) -> None:
    deployment.update(1, cancelled_at="PUT")
    deployment.aws.settle(6)
    deployment.update(1, cancelled_at="DescribeOptimizationJob")
    deployment.aws.settle(900)

    assert deployment.aws.sagemaker.running() == []


def test_its_job_is_ended_although_the_first_read_shows_an_earlier_run(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job of this definition was stopped, and its record deleted, a moment before."""
    sagemaker = deployment.aws.sagemaker
    deployment.update(1)
    name = deployment.resource
    assert name is not None
    sagemaker.stop_optimization_job(OptimizationJobName=name)
    deployment.aws.settle(60)
    earlier = sagemaker.describe_optimization_job(OptimizationJobName=name)
    deployment.update(0)
    deployment.aws.settle(600)
    describe, created = sagemaker.describe_optimization_job, len(sagemaker.started)

    def stale(*, OptimizationJobName: str) -> dict[str, object]:  # noqa: N803
        is_new = len(sagemaker.started) > created and not deployment.aws.answers.get("stale")
        if OptimizationJobName == name and is_new:
            deployment.aws.answers["stale"] = [{}]
            return earlier
        return describe(OptimizationJobName=OptimizationJobName)

    monkeypatch.setattr(sagemaker, "describe_optimization_job", stale)
    deployment.update(1, cancelled_at="PUT")
    deployment.aws.settle(900)

    assert name not in sagemaker.running()


@pytest.mark.parametrize("gap", [6, 20, 45, 55])
def test_a_job_that_the_next_deployment_has_taken_runs_on_although_the_stack_is_seen_late(
    monkeypatch: pytest.MonkeyPatch, gap: int
) -> None:
    # Every read of the stack is half a minute old.
    monkeypatch.setattr(SimulatedAws, "_lag", lambda _, longest: longest)
    deployment = Deployment(monkeypatch, Dialect(stack_read_lag=30))
    # It takes more than a few seconds, so that the resource has changed since the request.
    deployment.aws.faults.fail("DescribeOptimizationJob", "ThrottlingException", "Rate exceeded")
    deployment.update(1, cancelled_at="PUT")
    deployment.aws.settle(gap)
    deployment.update(1)
    deployment.aws.settle(900)

    assert deployment.aws.sagemaker.running() == [deployment.resource]


@pytest.mark.parametrize("gap", [40, 55, 60, 65, 75, 90])
def test_a_job_that_is_being_stopped_is_not_taken_although_it_is_seen_to_run(
    monkeypatch: pytest.MonkeyPatch, gap: int
) -> None:
    # Every read of the job is half a minute old.
    monkeypatch.setattr(SimulatedAws, "_lag", lambda _, longest: longest)
    deployment = Deployment(monkeypatch, Dialect(job_read_lag=30))
    deployment.update(1, cancelled_at="PUT")
    deployment.aws.settle(gap)
    deployment.update(1)
    deployment.aws.settle(900)

    assert deployment.stack.status == "UPDATE_COMPLETE"
    assert deployment.aws.sagemaker.running() == [deployment.resource]


@pytest.mark.parametrize("gap", [5, 20, 35])
def test_a_job_that_is_being_stopped_is_not_taken_although_it_was_not_seen_at_first(
    monkeypatch: pytest.MonkeyPatch, gap: int
) -> None:
    """SageMaker refuses the create for the job's name, as it does after a create whose response was lost."""
    # The status of a job that is stopped is half a minute old.
    deployment = Deployment(monkeypatch, Dialect(stop_lag=30))
    deployment.update(1, cancelled_at="PUT")
    (name,) = deployment.aws.sagemaker.running()
    deployment.aws.sagemaker.stop_optimization_job(OptimizationJobName=name)
    deployment.aws.settle(gap)
    missing_once(deployment.aws)
    deployment.update(1)
    deployment.aws.settle(900)

    assert deployment.stack.status == "UPDATE_COMPLETE"
    assert deployment.aws.sagemaker.running() == [deployment.resource]


@pytest.mark.parametrize(("gap", "waited"), [(2, 0), (8, 0), (2, 3000), (20, 3000), (40, 3000)])
def test_a_rollback_finds_its_job_running_although_the_next_deployment_came_before_the_first_look(
    deployment: Deployment, gap: int, waited: int
) -> None:
    """The function had not seen that CloudFormation took the job. An update that has waited looks rarely."""
    aws = deployment.aws
    begins = aws.time + waited
    refuse_while(
        aws, "CreateOptimizationJob", lambda: aws.time < begins, "ThrottlingException", "Rate exceeded"
    )
    deployment.update(1)
    job = deployment.resource
    aws.settle(gap)
    deployment.update_that_fails(2, 300)
    aws.settle(900)

    assert deployment.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert deployment.resource == job
    assert aws.sagemaker.running() == [job]


@pytest.mark.parametrize("gap", [5, 10, 20, 30, 40, 60])
def test_a_cancelled_request_leaves_the_run_alone_that_the_next_deployment_has_started(
    monkeypatch: pytest.MonkeyPatch, gap: int
) -> None:
    """Its create took a minute, and the rollback has ended that run."""
    deployment = Deployment(monkeypatch, Dialect(), call_time=1)
    deployment.update(1, cancelled_at="CreateOptimizationJob", takes=50, rollback=True)
    assert deployment.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    deployment.aws.settle(gap)
    deployment.update(1)
    deployment.aws.settle(900)

    assert deployment.stack.status == "UPDATE_COMPLETE"
    assert deployment.aws.sagemaker.running() == [deployment.resource]


def test_a_deployment_right_after_a_rollback_waits_for_the_job_to_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It still sees the stack roll back, and would succeed as a return."""
    monkeypatch.setattr(SimulatedAws, "_lag", lambda _, longest: longest)
    deployment = Deployment(monkeypatch, Dialect(stack_read_lag=5, job_read_lag=5))
    deployment.update(1, cancelled_at="PUT", rollback=True)
    assert deployment.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    deployment.update(1)
    deployment.aws.settle(900)

    assert deployment.stack.status == "UPDATE_COMPLETE"
    assert deployment.aws.sagemaker.running() == [deployment.resource]
