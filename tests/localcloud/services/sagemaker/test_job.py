"""What a job goes through, second by second, without a cloud around it."""

from __future__ import annotations

import pytest

from localcloud.services.sagemaker import NEVER, Job, JobScript
from localcloud.services.sagemaker.script import Scripts
from tests.localcloud.services.sagemaker.requests import creation

CREATED = 1_000_000.0


class Work:
    """Work that is done, or fails with a reason, and remembers when."""

    def __init__(self, beginning: str | None = None, finishing: str | None = None) -> None:
        self._beginning = beginning
        self._finishing = finishing
        self.done: list[str] = []

    def begin(self, job: Job) -> str | None:
        self.done.append(f"begin at {job.modified - CREATED:.0f}")
        return self._beginning

    def abandon(self, job: Job) -> None:
        self.done.append("abandon")

    def finish(self, job: Job) -> str | None:
        self.done.append("finish")
        return self._finishing


def job(script: JobScript | None = None, **limits: int) -> Job:
    return Job(
        name="llama-awq",
        arn="arn:aws:sagemaker:us-east-1:123456789012:optimization-job/llama-awq",
        account="123456789012",
        region="us-east-1",
        request=creation(StoppingCondition=limits),
        created=CREATED,
        script=script or JobScript(),
    )


def went_through(job: Job) -> list[tuple[int, str]]:
    return [(round(time - CREATED), str(status)) for time, status in job.history]


def test_a_job_starts_runs_and_completes() -> None:
    it, work = job(), Work()
    it.settle(CREATED + 10_000, work)
    assert went_through(it) == [(0, "STARTING"), (60, "INPROGRESS"), (1560, "COMPLETED")]
    assert work.done == ["begin at 60", "finish"]
    assert (it.started, it.ended, it.reason) == (CREATED + 60, CREATED + 1560, None)


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(0, "STARTING"), (59.9, "STARTING"), (60, "INPROGRESS"), (1559.9, "INPROGRESS"), (1560, "COMPLETED")],
)
def test_the_status_changes_at_its_second(seconds: float, status: str) -> None:
    it = job()
    it.settle(CREATED + seconds, Work())
    assert it.status == status


def test_a_job_that_is_looked_at_often_goes_through_the_same() -> None:
    often, once = job(), job()
    for second in range(2000):
        often.settle(CREATED + second, Work())
    once.settle(CREATED + 2000, Work())
    assert often.history == once.history


def test_a_scripted_failure_has_its_reason() -> None:
    it = job(JobScript(runtime=100, outcome="FAILED", reason="CUDA out of memory"))
    it.settle(CREATED + 200, Work())
    assert (it.status, it.reason) == ("FAILED", "CUDA out of memory")


def test_a_reason_is_cut_at_1024_characters() -> None:
    it = job(JobScript(outcome="FAILED", reason="x" * 1025))
    it.settle(CREATED + 2000, Work())
    assert it.reason == "x" * 1024


def test_a_job_that_somebody_else_stops_ends_stopped_without_an_artifact() -> None:
    it, work = job(JobScript(outcome="STOPPED")), Work()
    it.settle(CREATED + 2000, work)
    assert it.status == "STOPPED"
    assert work.done == ["begin at 60", "abandon"]


def test_a_job_that_is_stopped_before_it_runs_has_nothing_to_abandon() -> None:
    it, work = job(), Work()
    it.stop(CREATED + 30)
    it.settle(CREATED + 2000, work)
    assert it.status == "STOPPED"
    assert work.done == []


def test_the_longest_runtime_stops_a_job_and_says_so() -> None:
    it = job(MaxRuntimeInSeconds=600)
    it.settle(CREATED + 2000, Work())
    assert went_through(it)[1:] == [(60, "INPROGRESS"), (660, "STOPPING"), (690, "STOPPED")]
    assert it.reason == "The job was stopped because it exceeded MaxRuntimeInSeconds (600 seconds)"


def test_a_job_may_keep_to_itself_which_limit_it_reached() -> None:
    it = job(JobScript(explains_limits=False), MaxRuntimeInSeconds=600)
    it.settle(CREATED + 2000, Work())
    assert (it.status, it.reason) == ("STOPPED", None)


def test_a_job_that_needs_exactly_its_longest_runtime_completes() -> None:
    it = job(MaxRuntimeInSeconds=1500)
    it.settle(CREATED + 2000, Work())
    assert it.status == "COMPLETED"


def test_without_a_longest_runtime_a_job_that_never_finishes_is_stopped_after_a_day() -> None:
    it = job(JobScript(runtime=NEVER))
    it.settle(CREATED + 10**7, Work())
    assert went_through(it)[2:] == [(60 + 86_400, "STOPPING"), (60 + 86_430, "STOPPED")]


def test_a_job_that_gets_no_capacity_is_stopped_after_its_longest_pending_time() -> None:
    it, work = job(JobScript(starting=NEVER), MaxPendingTimeInSeconds=1800), Work()
    it.settle(CREATED + 10**6, work)
    assert went_through(it) == [(0, "STARTING"), (1800, "STOPPING"), (1830, "STOPPED")]
    assert it.reason is not None
    assert "MaxPendingTimeInSeconds" in it.reason
    assert it.started is None
    assert work.done == []


def test_the_pending_time_is_no_limit_once_a_job_runs() -> None:
    it = job(JobScript(runtime=5000), MaxPendingTimeInSeconds=1800)
    it.settle(CREATED + 10_000, Work())
    assert it.status == "COMPLETED"


def test_the_longest_wait_counts_from_the_creation() -> None:
    it = job(MaxRuntimeInSeconds=1000, MaxWaitTimeInSeconds=1010)
    it.settle(CREATED + 2000, Work())
    assert went_through(it)[2] == (1010, "STOPPING")


def test_a_stopped_job_takes_a_while_to_stop() -> None:
    it = job(JobScript(stopping=45))
    it.settle(CREATED + 100, Work())
    it.stop(CREATED + 100)
    it.settle(CREATED + 144, Work())
    assert it.status == "STOPPING"
    it.settle(CREATED + 145, Work())
    assert (it.status, it.ended) == ("STOPPED", CREATED + 145)


def test_stopping_twice_takes_no_longer() -> None:
    it = job()
    it.stop(CREATED)
    it.stop(CREATED + 20)
    it.settle(CREATED + 30, Work())
    assert it.status == "STOPPED"


def test_a_job_that_cannot_begin_fails_as_soon_as_it_starts() -> None:
    it = job()
    it.settle(CREATED + 2000, Work(beginning="no access"))
    assert went_through(it)[1:] == [(60, "INPROGRESS"), (60, "FAILED")]
    assert it.reason == "no access"


def test_a_job_that_cannot_write_what_it_made_fails_at_its_end() -> None:
    it = job()
    it.settle(CREATED + 2000, Work(finishing="no bucket"))
    assert went_through(it)[-1] == (1560, "FAILED")
    assert it.reason == "no bucket"


def test_nothing_happens_to_a_job_after_its_end() -> None:
    it, work = job(), Work()
    it.settle(CREATED + 2000, work)
    it.settle(CREATED + 10**9, work)
    assert work.done == ["begin at 60", "finish"]


def test_a_script_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="a job that completes has no reason"):
        JobScript(reason="out of memory")


def test_a_script_that_goes_back_in_time_is_refused() -> None:
    with pytest.raises(ValueError, match="runtime must be 0 clock seconds or more, got -1"):
        JobScript(runtime=-1)


def test_the_longest_prefix_of_a_name_decides_about_its_script() -> None:
    scripts = Scripts()
    scripts.add_named("llama", JobScript(runtime=1))
    scripts.add_named("llama-awq", JobScript(runtime=2))
    scripts.add_next(JobScript(runtime=3))
    assert scripts.take("llama-awq-1").runtime == 2
    assert scripts.take("llama-fp8").runtime == 1
    assert scripts.take("qwen").runtime == 3
    assert scripts.take("qwen") == JobScript()
