"""A look finds each job through its stack's resources, and asks AWS for no more than it must."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from cdk_sagemaker_optimization.watch.look import Look
from cdk_sagemaker_optimization.watch.observer import Observer
from cdk_sagemaker_optimization.watch.problems import Missing, Problem
from tests.constructs.watch.support_watch import (
    JOB_TYPE,
    LEG_TYPE,
    NAME,
    PIPELINE_JOB,
    STACK_ID,
    FakeAws,
    at,
    described,
    error,
    event,
    resource,
)

_STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass
class Watching:
    """Somebody who watches."""

    aws: FakeAws = field(default_factory=FakeAws)
    minutes: float = 30

    def observer(self, *names: str, events: int = 5) -> Observer:
        return Observer(self.aws.account, names, events=events, now=self._now)

    def _now(self) -> datetime:
        return at(self.minutes)


@pytest.fixture
def watching() -> Watching:
    return Watching()


def statuses(look: Look) -> list[tuple[str, str]]:
    return [(job.name, job.status) for job in look.jobs]


def test_a_job_belongs_to_the_stack_that_has_it_as_a_resource(watching: Watching) -> None:
    watching.aws.add_waiting()
    watching.aws.jobs["models--awq-fedcba9876543210"] = described("models--awq-fedcba9876543210")
    (stack,) = watching.observer().look().stacks
    (job,) = stack.jobs
    assert (stack.name, job.name, job.logical_id) == ("Models", NAME, "Awq")
    assert job.output_location == f"s3://artifacts/llama/{NAME}/"
    assert (job.max_runtime, job.max_pending_time) == (14_400, 3600)


def test_a_stack_says_what_its_deployment_waits_for_and_what_happened_last(watching: Watching) -> None:
    watching.aws.add_waiting()
    (stack,) = watching.observer(events=2).look().stacks
    assert [each.logical_id for each in stack.waiting_for] == ["AwqLeg1"]
    assert [each.logical_id for each in stack.events] == ["AwqLeg1", "Awq"]
    assert stack.log_groups == ("function-logs",)


def test_a_stack_without_jobs_is_shown_only_if_it_was_named(watching: Watching) -> None:
    watching.aws.add_stack(
        "Other", "CREATE_COMPLETE", resource("Queue", "AWS::SQS::Queue", "CREATE_COMPLETE")
    )
    assert watching.observer().look().stacks == ()
    assert [stack.has_jobs for stack in watching.observer("Other").look().stacks] == [False]


def test_a_deployment_that_may_create_a_job_later_is_waited_for(watching: Watching) -> None:
    watching.aws.add_stack("New", "CREATE_IN_PROGRESS")
    assert not watching.observer().look().is_at_rest
    assert not watching.observer("New").look().is_at_rest


def test_a_stack_that_does_not_exist_is_named_with_what_to_give(watching: Watching) -> None:
    with pytest.raises(Missing, match=r"^there is no stack Modles in us-east-1: give the name or the id"):
        watching.observer("Modles").look()


def test_nested_stacks_belong_to_a_named_stack(watching: Watching) -> None:
    nested = STACK_ID.replace("Models/1", "Models-Nested/2")
    watching.aws.add_stack(
        "Models", "CREATE_COMPLETE", resource("Nested", _STACK_TYPE, "CREATE_COMPLETE", nested)
    )
    watching.aws.jobs[NAME] = described()
    watching.aws.add_stack(
        "Models-Nested",
        "CREATE_COMPLETE",
        resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME),
        id=nested,
        ParentId=STACK_ID,
    )
    seen = watching.observer("Models").look()
    assert [(stack.name, len(stack.jobs)) for stack in seen.stacks] == [("Models-Nested", 1), ("Models", 0)]
    assert seen.stacks[0].parent_id == STACK_ID


def test_a_stack_that_is_named_twice_is_shown_once(watching: Watching) -> None:
    watching.aws.add_waiting()
    assert len(watching.observer("Models", STACK_ID).look().stacks) == 1


def test_every_page_is_read(watching: Watching) -> None:
    watching.aws.page = 1
    watching.aws.add_waiting()
    watching.aws.add_stack("Other", "CREATE_COMPLETE", id="other")
    assert statuses(watching.observer().look()) == [(NAME, "INPROGRESS")]


def test_what_runs_or_failed_comes_first(watching: Watching) -> None:
    for number, status in enumerate(["CREATE_COMPLETE", "ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS"]):
        row = resource("Awq", JOB_TYPE, "DELETE_COMPLETE", f"gone-{number}")
        watching.aws.add_stack(f"Stack{number}", status, row, id=f"id-{number}")
    assert [stack.name for stack in watching.observer().look().stacks] == ["Stack2", "Stack1", "Stack0"]


# --- jobs that are not there --------------------------------------------------------------------------------


def test_a_resource_that_waits_for_its_job_has_none_yet(watching: Watching) -> None:
    watching.aws.add_stack("Models", "CREATE_IN_PROGRESS", resource("Awq", JOB_TYPE, "CREATE_IN_PROGRESS"))
    seen = watching.observer().look()
    assert statuses(seen) == [("", "NOT_CREATED")]
    assert watching.aws.calls["describe_optimization_job"] == 0


def test_a_create_that_failed_tells_its_reason(watching: Watching) -> None:
    row = resource("Awq", JOB_TYPE, "CREATE_FAILED", "not-created/123", reason="CreateOptimizationJob: …")
    watching.aws.add_stack("Models", "ROLLBACK_IN_PROGRESS", row)
    (job,) = watching.observer().look().jobs
    assert (job.status, job.reason) == ("NOT_CREATED", "CreateOptimizationJob: …")


def test_a_job_whose_record_is_gone_is_not_found(watching: Watching) -> None:
    watching.aws.add_stack("Models", "CREATE_COMPLETE", resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME))
    assert statuses(watching.observer().look()) == [(NAME, "NOT_FOUND")]


def test_a_rolled_back_stack_has_no_job_and_says_what_failed(watching: Watching) -> None:
    watching.aws.add_stack(
        "Models",
        "ROLLBACK_COMPLETE",
        resource("Awq", JOB_TYPE, "DELETE_COMPLETE", NAME),
        events=(
            event("Models", _STACK_TYPE, "ROLLBACK_COMPLETE", STACK_ID, minutes=26),
            event(
                "Other", "AWS::SQS::Queue", "CREATE_FAILED", reason="Resource creation cancelled", minutes=25
            ),
            event(
                "AwqLeg1",
                LEG_TYPE,
                "CREATE_FAILED",
                reason="optimization job … FAILED: no memory",
                minutes=25,
            ),
            event("Models", _STACK_TYPE, "CREATE_IN_PROGRESS", STACK_ID, minutes=0),
        ),
    )
    seen = watching.observer().look()
    assert seen.jobs == []
    failure = seen.stacks[0].failure
    assert failure is not None
    assert failure.reason == "optimization job … FAILED: no memory"
    assert seen.has_failed
    assert seen.is_at_rest


def test_the_first_failure_of_a_large_stack_is_far_back_in_its_events(watching: Watching) -> None:
    begun = event("Models", _STACK_TYPE, "CREATE_IN_PROGRESS", STACK_ID, minutes=0)
    failed = event("AwqLeg1", LEG_TYPE, "CREATE_FAILED", reason="no memory", minutes=2)
    deleted = [event(f"Queue{number}", "AWS::SQS::Queue", "DELETE_COMPLETE") for number in range(150, 0, -1)]
    earlier = [event("Old", LEG_TYPE, "CREATE_FAILED", reason="of another time")] * 150
    awq = resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME)
    watching.aws.add_stack("Models", "ROLLBACK_IN_PROGRESS", awq, events=(*deleted, failed, begun, *earlier))

    observer = watching.observer("Models")
    for calls in (2, 3):
        # The second look reads only what is new.
        failure = observer.look().stacks[0].failure
        assert failure is not None
        assert failure.reason == "no memory"
        assert watching.aws.calls["describe_stack_events"] == calls


def test_what_happens_between_two_looks_has_its_place_also_if_it_is_told_late(watching: Watching) -> None:
    watching.aws.add_waiting()
    observer = watching.observer("Models")
    observer.look()
    new = event("AwqLeg1", LEG_TYPE, "CREATE_COMPLETE", minutes=9)
    late = event("Logs", "AWS::Logs::LogGroup", "CREATE_COMPLETE", minutes=1)
    watching.aws.events[STACK_ID].insert(0, new)
    watching.aws.events[STACK_ID].insert(2, late)
    seen = observer.look().stacks[0].events
    assert [(each.logical_id, each.status) for each in seen] == [
        ("AwqLeg1", "CREATE_COMPLETE"),
        ("AwqLeg1", "CREATE_IN_PROGRESS"),
        ("Logs", "CREATE_COMPLETE"),
        ("Awq", "CREATE_COMPLETE"),
        ("Models", "CREATE_IN_PROGRESS"),
    ]


def test_the_failure_of_an_earlier_deployment_is_not_shown(watching: Watching) -> None:
    watching.aws.add_stack(
        "Models",
        "UPDATE_COMPLETE",
        resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME),
        events=(
            event("Models", _STACK_TYPE, "UPDATE_COMPLETE", STACK_ID, minutes=9),
            event("Models", _STACK_TYPE, "UPDATE_IN_PROGRESS", STACK_ID, minutes=8),
            event("AwqLeg1", LEG_TYPE, "UPDATE_FAILED", reason="no memory", minutes=5),
        ),
    )
    assert watching.observer().look().stacks[0].failure is None


def test_the_job_that_an_update_replaces_or_a_rollback_deletes_is_shown_as_well(watching: Watching) -> None:
    other = "models--awq-fedcba9876543210"
    watching.aws.jobs = {
        NAME: described(status="COMPLETED"),
        other: described(other, "FAILED", FailureReason="OOM"),
    }
    watching.aws.add_stack(
        "Models",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        resource("Awq", JOB_TYPE, "UPDATE_COMPLETE", NAME),
        events=(
            event("Awq", JOB_TYPE, "UPDATE_COMPLETE", NAME),
            event("Awq", JOB_TYPE, "UPDATE_COMPLETE", other),
            event("Models", _STACK_TYPE, "UPDATE_IN_PROGRESS", STACK_ID),
        ),
    )
    seen = watching.observer().look()
    assert statuses(seen) == [(NAME, "COMPLETED"), (other, "FAILED")]
    assert seen.jobs[1].reason == "OOM"


# --- jobs of pipelines --------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [(), ("Models",)], ids=["all stacks", "a named stack"])
def test_a_job_of_a_pipeline_belongs_to_the_stack_in_its_tag(watching: Watching, names: Any) -> None:
    watching.aws.add_pipeline()
    watching.aws.add_stack("Other", "CREATE_COMPLETE", id="other")
    (stack,) = watching.observer(*names).look().stacks
    (job,) = stack.jobs
    assert (stack.name, stack.has_jobs) == ("Models", True)
    assert (job.name, job.logical_id, job.status, job.in_pipeline) == (
        PIPELINE_JOB,
        "Optimize",
        "INPROGRESS",
        True,
    )
    assert (job.resource_status, job.max_runtime) == ("", 14_400)


@pytest.mark.parametrize("status", ["STARTING", "INPROGRESS", "STOPPING"])
def test_whatever_may_still_change_of_a_pipeline_is_found(watching: Watching, status: str) -> None:
    watching.aws.page = 1
    watching.aws.add_waiting(status=status)
    watching.aws.add_pipeline(OptimizationJobStatus=status)
    assert statuses(watching.observer().look()) == [(PIPELINE_JOB, status)]


def test_a_job_of_another_stack_of_the_same_name_is_not_shown(watching: Watching) -> None:
    tags = watching.aws.add_pipeline()
    tags["cdk-sagemaker-optimization:stack"] = f"{STACK_ID}2"
    assert watching.observer("Models").look().jobs == []
    assert watching.observer().look().stacks == ()


def test_the_end_of_a_pipelines_job_is_shown_to_those_who_saw_it_run(watching: Watching) -> None:
    watching.aws.add_pipeline()
    observer = watching.observer()
    assert not observer.look().is_at_rest
    watching.aws.jobs[PIPELINE_JOB] = described(PIPELINE_JOB, "FAILED", FailureReason="OOM")
    seen = observer.look()
    assert [(job.status, job.reason) for job in seen.jobs] == [("FAILED", "OOM")]
    assert (seen.has_failed, seen.is_at_rest) == (True, True)
    assert observer.look().jobs == seen.jobs
    assert watching.aws.calls["describe_optimization_job"] == 2
    assert watching.observer().look().stacks == (), "nobody asks for what ended long ago"


def test_the_tags_of_a_job_are_read_once_and_those_of_a_stacks_own_job_never(watching: Watching) -> None:
    watching.aws.add_waiting()
    other = "other--awq-0123456789abcdef"
    watching.aws.jobs[other] = described(other)
    observer = watching.observer("Models")
    observer.look()
    observer.look()
    assert watching.aws.calls["list_tags"] == 1


def test_the_tags_of_a_new_job_that_are_not_seen_yet_are_read_again(watching: Watching) -> None:
    tags = watching.aws.add_pipeline(CreationTime=at(29.5))
    hidden = dict(tags)
    tags.clear()
    observer = watching.observer("Models")
    assert observer.look().jobs == []
    tags.update(hidden)
    assert statuses(observer.look()) == [(PIPELINE_JOB, "INPROGRESS")]


def test_a_pipelines_job_without_a_record_is_not_shown_any_more(watching: Watching) -> None:
    watching.aws.add_pipeline()
    observer = watching.observer("Models")
    observer.look()
    del watching.aws.jobs[PIPELINE_JOB]
    assert observer.look().jobs == []


def test_a_deleted_stack_whose_pipeline_ran_a_job_is_shown_as_deleted(watching: Watching) -> None:
    watching.aws.add_pipeline()
    observer = watching.observer()
    observer.look()
    watching.aws.add_stack("Models", "DELETE_COMPLETE", DeletionTime=at(31))
    assert [stack.status for stack in observer.look().stacks] == ["DELETE_COMPLETE"]


# --- again and again ----------------------------------------------------------------------------------------


def test_a_stack_at_rest_and_its_ended_job_are_asked_for_once(watching: Watching) -> None:
    watching.aws.add_stack("Models", "CREATE_COMPLETE", resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME))
    watching.aws.jobs[NAME] = described(status="COMPLETED")
    observer = watching.observer()
    assert observer.look().stacks == observer.look().stacks
    assert watching.aws.calls == {
        "describe_stacks": 2,
        "list_stack_resources": 1,
        "describe_stack_events": 1,
        "describe_optimization_job": 1,
        # Each of the three statuses of a job that runs.
        "list_optimization_jobs": 6,
    }


def test_a_stack_in_progress_is_asked_for_once_in_each_look(watching: Watching) -> None:
    watching.aws.add_waiting()
    observer = watching.observer("Models")
    observer.look()
    observer.look()
    assert watching.aws.calls["list_stack_resources"] == 2
    assert watching.aws.calls["describe_stack_events"] == 2


def test_a_running_job_of_a_stack_at_rest_is_described_in_each_look(watching: Watching) -> None:
    watching.aws.add_stack("Models", "CREATE_COMPLETE", resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME))
    watching.aws.jobs[NAME] = described()
    observer = watching.observer()
    observer.look()
    watching.aws.jobs[NAME] = described(status="STOPPED", FailureReason="stopped by hand")
    assert statuses(observer.look()) == [(NAME, "STOPPED")]
    assert watching.aws.calls["list_stack_resources"] == 1


def test_a_new_job_that_a_stale_read_does_not_show_is_found_later(watching: Watching) -> None:
    row = resource("Awq", JOB_TYPE, "CREATE_COMPLETE", NAME, minutes=30)
    watching.aws.add_stack("Models", "CREATE_COMPLETE", row)
    observer = watching.observer()
    assert statuses(observer.look()) == [(NAME, "NOT_FOUND")]
    watching.aws.jobs[NAME] = described()
    assert statuses(observer.look()) == [(NAME, "INPROGRESS")]


def test_an_update_of_a_stack_is_noticed(watching: Watching) -> None:
    watching.aws.add_stack(
        "Models", "UPDATE_COMPLETE", resource("Awq", JOB_TYPE, "UPDATE_COMPLETE", NAME), LastUpdatedTime=at(5)
    )
    watching.aws.jobs = {NAME: described(status="COMPLETED"), "other": described("other")}
    observer = watching.observer()
    observer.look()
    watching.aws.add_stack(
        "Models",
        "UPDATE_COMPLETE",
        resource("Awq", JOB_TYPE, "UPDATE_COMPLETE", "other"),
        LastUpdatedTime=at(9),
    )
    assert statuses(observer.look()) == [("other", "INPROGRESS")]


@pytest.mark.parametrize("names", [(), ("Models",)], ids=["all stacks", "a named stack"])
def test_a_stack_that_is_deleted_meanwhile_is_shown_as_deleted(watching: Watching, names: Any) -> None:
    watching.aws.add_waiting()
    observer = watching.observer(*names)
    observer.look()
    watching.aws.jobs.clear()
    row = resource("Awq", JOB_TYPE, "DELETE_COMPLETE", NAME)
    watching.aws.add_stack("Models", "DELETE_COMPLETE", row, DeletionTime=at(31))
    seen = observer.look()
    assert [(stack.status, stack.changed) for stack in seen.stacks] == [("DELETE_COMPLETE", at(31))]
    assert seen.jobs == []
    assert seen.is_at_rest
    assert not seen.has_failed


def test_a_stack_that_is_deployed_again_under_its_name_is_followed(watching: Watching) -> None:
    watching.aws.add_stack("Models", "DELETE_COMPLETE", id="old", DeletionTime=at(2))
    watching.aws.add_waiting()
    assert [stack.id for stack in watching.observer("Models").look().stacks] == [STACK_ID]


# --- when AWS does not answer -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        "list_optimization_jobs",
        "describe_stacks",
        "list_stack_resources",
        "describe_stack_events",
        "describe_optimization_job",
    ],
)
def test_a_throttled_look_shows_the_last_state_and_says_so(watching: Watching, operation: str) -> None:
    watching.aws.add_waiting()
    observer = watching.observer()
    first = observer.look()
    watching.aws.failures = {operation: error("ThrottlingException", "Rate exceeded")}
    watching.minutes = 31
    throttled = observer.look()
    assert throttled.stacks == first.stacks
    assert (throttled.seen, throttled.time) == (at(30), at(31))
    assert "Rate exceeded: try again later" in throttled.problem
    watching.aws.failures.clear()
    assert observer.look().problem == ""


def test_a_first_look_that_is_throttled_shows_nothing_and_is_not_the_last(watching: Watching) -> None:
    watching.aws.failures = {"describe_stacks": error("Throttling", "Rate exceeded")}
    seen = watching.observer().look()
    assert (seen.seen, seen.stacks, seen.is_at_rest) == (None, (), False)


def test_a_refusal_ends_the_watching(watching: Watching) -> None:
    watching.aws.failures = {"describe_stacks": error("AccessDenied", "not authorized to perform: it")}
    with pytest.raises(Problem, match="allow cloudformation:DescribeStacks"):
        watching.observer().look()
