"""The roles of a stack that serves may do what they must, and nothing else.

As for the roles of jobs, the stack goes through a life in which everything is done that a role can be needed
for, and the local cloud says which grants were the only ones to allow something.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud import LocalCloud
from localcloud.services.iam import Grant
from tests.end_to_end.support_project import publish_assets
from tests.end_to_end.support_serving import JOBS, SERVING
from tests.end_to_end.support_serving_permission import Seen, live, synthesize
from tests.end_to_end.support_taken_permissions import (
    Place,
    Template,
    granted_in,
    places,
    read_template,
    without,
)

_EVERY = "EVERY_PERMISSION" in os.environ
"""Whether to take away every action of every statement, one after the other, which takes half an hour."""

_SAMPLE = {
    ("OptimizationJobProviderModels", "sagemaker:DeleteModel"),
    ("FilesModelRoleDefaultPolicy", "sns:Publish"),
}
"""What is taken away otherwise, and out of which policy."""

_EXPLAINED = {
    "s3:AbortMultipartUpload": "an endpoint of the local cloud writes its files in one part",
    "events:PutEvents": "a provider without jobs has no event to put",
}
"""What nothing here needs. docs/security.md explains it."""


@dataclass(frozen=True)
class Life:
    """The stack's life as it is with the library's own policies.

    Attributes:
        granted: What the roles were granted at any time, and by which of their policies.
        needed: Those of them without which something would have been refused.
    """

    assembly: Path
    jobs: Template
    serving: Template
    seen: list[Seen]
    granted: frozenset[Grant]
    needed: frozenset[Grant]


@pytest.fixture(scope="module")
def life(shared_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Life:
    assembly = tmp_path_factory.mktemp("every-serving-permission")
    synthesize(assembly)
    jobs, serving = read_template(assembly, JOBS), read_template(assembly, SERVING)
    granted: set[Grant] = set()
    seen: list[Seen] = []
    _have_account(shared_cloud, assembly)
    for each in live(shared_cloud, jobs, serving):
        seen.append(each)
        granted |= granted_in(shared_cloud, SERVING)
    needed = shared_cloud.authorization.needed
    shared_cloud.reset()
    return Life(assembly, jobs, serving, seen, frozenset(granted), needed)


def test_what_serves_lives_as_it_should(life: Life) -> None:
    assert [each.stack for each in life.seen] == [
        "CREATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "DELETE_COMPLETE",
    ]
    assert all(len(each.responses) == 3 for each in life.seen[:-1])
    assert all("s3://" in response for each in life.seen for response in each.responses)
    assert life.seen[-2].files == ("captured/", "responses/", "failures/")
    assert life.seen[-2].messages == 10
    # The version of the second artifact goes with its update, and the tags and the approval change in place.
    assert [each.versions for each in life.seen] == [
        ("1 PendingManualApproval red",),
        ("1 PendingManualApproval red",),
        ("3 PendingManualApproval red",),
        ("3 Approved blue",),
        ("3 PendingManualApproval red",),
        (),
    ]
    assert [each.has_logs for each in life.seen] == [True] * 5 + [False]
    assert [each.model_tags[:1] for each in life.seen] == [
        ("red, test",),
        ("red, test",),
        ("red, test",),
        ("blue",),
        ("blue",),
        (),
    ]


def test_everything_that_a_stack_that_serves_grants_is_needed_or_explained(life: Life) -> None:
    assert len(life.granted) > 100
    unneeded = life.granted - life.needed
    # A model may be served on instances and by components, which write to different log groups.
    by_others = {(grant.action, grant.resource) for grant in life.needed if grant.action.startswith("logs:")}
    rest = {grant for grant in unneeded if (grant.action, grant.resource) not in by_others}
    assert sorted(grant for grant in rest if grant.action not in _EXPLAINED) == []
    assert {grant.action for grant in rest} == set(_EXPLAINED), "an explanation of what is needed is wrong"


def test_whichever_permission_of_what_serves_is_taken_away_something_is_missing(
    shared_cloud: LocalCloud, life: Life
) -> None:
    chosen = [place for place in _needed_places(life) if _EVERY or place.is_one_of(_SAMPLE)]
    assert len(chosen) >= len(_SAMPLE)
    assert [str(place) for place in chosen if not _is_missed(shared_cloud, life, place)] == []


def _needed_places(life: Life) -> list[Place]:
    return [place for place in places(life.serving) if place.action not in _EXPLAINED]


def _is_missed(cloud: LocalCloud, life: Life, place: Place) -> bool:
    _have_account(cloud, life.assembly)
    lived = live(cloud, life.jobs, without(life.serving, place))
    missed = any(seen != expected for seen, expected in zip(lived, life.seen, strict=True))
    cloud.reset()
    return missed


def _have_account(cloud: LocalCloud, assembly: Path) -> None:
    cloud.reset()
    cloud.bootstrap()
    publish_assets(cloud, assembly)
