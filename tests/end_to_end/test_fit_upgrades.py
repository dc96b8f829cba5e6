"""A stack that an earlier release deployed, and today's library on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import JobStack
from localcloud import LocalCloud
from tests.end_to_end.support_account import created, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_waiting import settle

_RELEASED = Path(__file__).parents[1] / "constructs" / "fit" / "released"


@pytest.mark.parametrize("release", sorted(_RELEASED.glob("*.json")), ids=lambda path: str(path.stem))
def test_an_upgrade_of_the_library_runs_no_job_again_and_asks_no_resource(
    cloud: LocalCloud, project: Project, release: Path
) -> None:
    project.synthesize_app(lambda app: JobStack(app, "OptimizedModel"))
    today = project.template.read_text()
    project.template.write_text(release.read_text().replace("<asset>", "released"))
    project.rename_code("released.zip")
    # The roles of 0.1.0 were strict.
    cloud.optimization_jobs.look_at_buckets(False)
    project.given()
    (job,) = recorded_jobs(cloud)
    before = {name: resource.shown_id for name, resource in project.stack.resources.items()}
    outputs = project.stack.outputs
    answered = len(cloud.cloudformation.responses)

    project.synthesize_app(lambda app: JobStack(app, "OptimizedModel"))
    assert project.template.read_text() == today
    stack = settle(cloud, project.start_update())

    assert stack.status == "UPDATE_COMPLETE", reasons(stack)
    assert len(created(cloud)) == 1
    assert recorded_jobs(cloud) == {job: "COMPLETED"}
    assert len(cloud.cloudformation.responses) == answered
    assert {name: stack.resources[name].shown_id for name in before} == before
    assert stack.outputs == outputs

    # What the release made can be deleted by today's library.
    assert project.delete().status == "DELETE_COMPLETE"
    assert recorded_jobs(cloud) == {}
