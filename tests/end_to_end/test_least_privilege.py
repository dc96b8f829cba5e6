"""The library's roles may do what they must, and nothing else.

A stack with every variant that adds a permission goes through a life in which everything is done that a role
can be needed for. The local cloud enforces the roles' policies, and says which grants were the only ones to
allow something. So a permission that nothing needs is found, and one that is missing is, too.

Nobody has seen which calls an optimization job makes. The execution role may list and locate its buckets as a
whole because AWS documents that for the roles of SageMaker's jobs, and the jobs of the local cloud make these
calls for that reason alone. A strict role may do neither, and its jobs make no such calls here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud import LocalCloud
from localcloud.services.iam import Grant
from tests.end_to_end.support_every_permission import synthesize
from tests.end_to_end.support_life import Seen, Template, live
from tests.end_to_end.support_project import STACK, publish_assets
from tests.end_to_end.support_taken_permissions import Place, granted_in, places, read_template, without

_EVERY = "EVERY_PERMISSION" in os.environ
"""Whether to take away every action of every statement, one after the other, which takes half an hour."""

_SAMPLE = {
    ("ProviderFunctionPolicy", "events:PutEvents"),
    ("ProviderFunctionPolicy", "logs:PutLogEvents"),
    ("EagleRoleDefaultPolicy", "s3:AbortMultipartUpload"),
    ("EagleRoleDefaultPolicy", "s3:GetBucketLocation"),
}
"""What is taken away otherwise, and out of which policy: what nobody would miss first."""


@dataclass(frozen=True)
class Life:
    """The stack's life as it is with the library's own policies.

    Attributes:
        granted: What the roles were granted at any time, and by which of their policies.
        needed: Those of them without which something would have been refused.
    """

    assembly: Path
    template: Template
    seen: list[Seen]
    granted: frozenset[Grant]
    needed: frozenset[Grant]


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("every-permission")
    synthesize(STACK, directory)
    return directory


@pytest.fixture(scope="module")
def life(shared_cloud: LocalCloud, assembly: Path) -> Life:
    return _live(shared_cloud, assembly)


@pytest.fixture(scope="module")
def strict_life(shared_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Life:
    directory = tmp_path_factory.mktemp("strict")
    synthesize(STACK, directory, strict=True)
    return _live(shared_cloud, directory, strict=True)


def _live(cloud: LocalCloud, assembly: Path, *, strict: bool = False) -> Life:
    template = read_template(assembly, STACK)
    granted: set[Grant] = set()
    seen: list[Seen] = []
    _have_account(cloud, assembly)
    cloud.optimization_jobs.look_at_buckets(not strict)
    for each in live(cloud, template):
        seen.append(each)
        granted |= granted_in(cloud, STACK)
    needed = cloud.authorization.needed
    cloud.reset()
    return Life(assembly, template, seen, frozenset(granted), needed)


def test_the_stack_lives_as_it_should(life: Life) -> None:
    assert [each.stack for each in life.seen] == [
        "CREATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "DELETE_COMPLETE",
    ]
    assert {each.unfinished_uploads for each in life.seen} == {0}
    assert [each.has_logs and each.has_execution_logs for each in life.seen] == [True] * 5 + [False]
    assert len(life.seen[-1].jobs) == 10
    assert all(", deleted" in job for job in life.seen[-1].jobs)


def test_everything_that_is_granted_is_needed(life: Life) -> None:
    assert len(life.granted) > 100
    assert sorted(life.granted - life.needed) == []


def test_a_strict_role_is_all_that_a_job_needs_that_looks_at_no_bucket(life: Life, strict_life: Life) -> None:
    assert strict_life.seen == life.seen
    assert sorted(strict_life.granted - strict_life.needed) == []


def test_what_aws_documents_beyond_that_is_to_look_at_buckets_and_nothing_else(
    life: Life, strict_life: Life
) -> None:
    documented = {grant.action for grant in life.granted} - {grant.action for grant in strict_life.granted}
    assert documented == {"s3:GetBucketLocation"}
    listing = [grant for grant in life.granted if grant.action == "s3:ListBucket"]
    strictly = [grant for grant in strict_life.granted if grant.action == "s3:ListBucket"]
    assert listing
    assert not any(grant.condition for grant in listing)
    assert all("s3:prefix" in grant.condition for grant in strictly)


def test_whichever_permission_is_taken_away_something_is_missing(
    shared_cloud: LocalCloud, life: Life
) -> None:
    chosen = [place for place in places(life.template) if _EVERY or place.is_one_of(_SAMPLE)]
    assert len(chosen) >= len(_SAMPLE)
    assert [str(place) for place in chosen if not _is_missed(shared_cloud, life, place)] == []


def _is_missed(cloud: LocalCloud, life: Life, place: Place) -> bool:
    _have_account(cloud, life.assembly)
    lived = live(cloud, without(life.template, place))
    missed = any(seen != expected for seen, expected in zip(lived, life.seen, strict=True))
    cloud.reset()
    return missed


def _have_account(cloud: LocalCloud, assembly: Path) -> None:
    cloud.reset()
    cloud.bootstrap()
    publish_assets(cloud, assembly)
