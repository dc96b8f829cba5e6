"""AWS answers, wherever that is not known of it, in the way that is hardest to deal with."""

from __future__ import annotations

import pytest

from localcloud import LocalCloud
from localcloud.kernel.dialect import Dialect, Wording
from tests.end_to_end.support_account import artifact_files, created, inventory, parameter, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_stacks import AWQ, FP8, LOCATION, one_job
from tests.end_to_end.support_waiting import advance

HOSTILE = Dialect(
    missing_job=Wording("ValidationException", "Requested resource not found."),
    out_of_turn=Wording("ConflictException", "The job is not in a terminal state"),
    job_read_lag=20,
    stack_read_lag=20,
    delete_lag=20,
    shows_deleting=True,
    stop_lag=20,
    lower_case_arns=True,
    status_at_limit="FAILED",
    failed_create_is_deleted="after",
    deleted_with="properties of the resource",
    new_is_deleted_in="UPDATE_ROLLBACK_IN_PROGRESS",
    response_url="Expires",
    service_timeout_is_sent=False,
)


@pytest.mark.promise("Nothing leaks: a read is stale")
def test_a_job_is_deployed_changed_rolled_back_and_destroyed(cloud: LocalCloud, project: Project) -> None:
    before = inventory(cloud)
    cloud.dialect = HOSTILE
    cloud.optimization_jobs.next_job(runtime=300, name_prefix="")

    project.given(one_job(optimization_configs=[AWQ]))
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]
    assert len(created(cloud)) == 1
    first = parameter(cloud, LOCATION)
    assert "model.safetensors" in artifact_files(cloud, first)

    project.given(one_job(optimization_configs=[FP8]))
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]
    assert len(created(cloud)) == 2
    second = parameter(cloud, LOCATION)
    assert second != first

    # An update whose job fails goes back to the job that there is, and starts no other.
    reason = "ClientError: out of memory"
    cloud.optimization_jobs.next_job(runtime=300, outcome="FAILED", reason=reason, name_prefix="")
    stack = project.update(one_job(optimization_configs=[AWQ]))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack)
    assert "out of memory" in reasons(stack)
    assert list(recorded_jobs(cloud).values()) == ["COMPLETED"]
    assert len(created(cloud)) == 3
    assert parameter(cloud, LOCATION) == second

    # A user who deletes the stack has seen that it rests.
    advance(cloud, 60)
    deleted = project.delete()
    assert deleted.status == "DELETE_COMPLETE", reasons(deleted)
    assert inventory(cloud) == before
