"""Real requests of public notebooks and tests: what arrives at the API is what was sent there."""

from __future__ import annotations

import pytest

from localcloud import LocalCloud
from tests.constructs.payloads.stacks import BUILDERS, payload
from tests.end_to_end.support_account import created
from tests.end_to_end.support_project import Project
from tests.end_to_end.support_stacks import PREFIX


@pytest.mark.parametrize("name", BUILDERS)
def test_a_real_request_arrives_at_the_api_as_it_was_sent(
    cloud: LocalCloud, project: Project, name: str
) -> None:
    cloud.optimization_jobs.allow_foreign_buckets()
    project.given(BUILDERS[name])
    (request,) = created(cloud)
    expected = payload(name)
    assert request.pop("OptimizationJobName").startswith(PREFIX)
    assert request.pop("RoleArn").startswith(f"arn:aws:iam::{cloud.account}:role/Models-JobRole")
    del expected["OptimizationJobName"], expected["RoleArn"]
    for tags in (request, expected):
        tags.get("Tags", []).sort(key=lambda tag: tag["Key"])
    assert request == expected
    assert cloud.optimization_jobs.jobs[0].status == "COMPLETED"
