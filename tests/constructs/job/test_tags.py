"""Tags, given to the job or to any scope around it."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from tests.constructs.support import make_job, new_app, properties_of, template_of


def _tags(stack: cdk.Stack) -> dict[str, Any]:
    tags = properties_of(template_of(stack)).get("Tags", [])
    return {tag["Key"]: tag["Value"] for tag in tags}


def test_a_job_without_tags_sends_none(stack: cdk.Stack) -> None:
    make_job(stack)
    assert "Tags" not in properties_of(template_of(stack))


@pytest.mark.parametrize("scope", ["app", "stack", "job"])
def test_tags_of_any_scope_reach_the_job(app: cdk.App, stack: cdk.Stack, scope: str) -> None:
    job = make_job(stack)
    cdk.Tags.of({"app": app, "stack": stack, "job": job}[scope]).add("team", "inference")
    assert _tags(stack) == {"team": "inference"}


def test_tags_of_a_scope_override_those_of_the_job(stack: cdk.Stack) -> None:
    make_job(stack, tags={"team": "one", "model": "llama"})
    cdk.Tags.of(stack).add("team", "two")
    assert _tags(stack) == {"model": "llama", "team": "two"}


def test_tags_can_be_removed_and_left_out(stack: cdk.Stack) -> None:
    job = make_job(stack)
    cdk.Tags.of(stack).add("team", "inference")
    cdk.Tags.of(stack).add("cost", "1", exclude_resource_types=["Custom::SageMakerOptimizationJob"])
    cdk.Tags.of(job).remove("team")
    assert _tags(stack) == {}


def test_tags_are_sorted_by_their_keys(stack: cdk.Stack) -> None:
    make_job(stack, tags={"b": "2", "c": "3"})
    cdk.Tags.of(stack).add("a", "1")
    assert list(_tags(stack)) == ["a", "b", "c"]


def test_capitals_come_before_small_letters(stack: cdk.Stack) -> None:
    make_job(stack, tags={"cost": "1", "Team": "2"})
    assert list(_tags(stack)) == ["Team", "cost"]


def test_an_override_of_a_tag_stays_beside_the_tags_of_the_stack(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Tagged", tags={"cost": "1"})
    job = make_job(stack, tags={"team": "one"})
    resource = job.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.add_override("Properties.Tags.1.Value", "two")
    assert _tags(stack) == {"cost": "1", "team": "two"}


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({f"key{number}": "" for number in range(51)}, "tags must have at most 50 items, got 51 items"),
        ({"x" * 129: ""}, "must have between 1 and 128 characters, got 129 characters"),
        ({"key": "x" * 257}, "must have at most 256 characters, got 257 characters"),
        ({"key": "a;b"}, "must match"),
        (
            {"aws:mine": ""},
            "the key of a tag must not begin with 'aws:', which only AWS may use, got 'aws:mine'",
        ),
        ({"AWS:mine": ""}, "must not begin with 'aws:'"),
    ],
    ids=["count", "key length", "value length", "pattern", "prefix", "prefix in capitals"],
)
def test_wrong_tags_are_an_error(stack: cdk.Stack, tags: dict[str, str], message: str) -> None:
    job = make_job(stack)
    for key, value in tags.items():
        cdk.Tags.of(job).add(key, value)
    with pytest.raises(RuntimeError, match=message):
        template_of(stack)


def test_fifty_tags_pass_but_with_a_name_of_the_users_own_one_is_taken(stack: cdk.Stack) -> None:
    tags = {f"key{number}": "" for number in range(50)}
    make_job(stack, tags=tags)
    assert len(_tags(stack)) == 50
    other = cdk.Stack(new_app(), "Stack")
    make_job(other, tags=tags, optimization_job_name="mine")
    with pytest.raises(RuntimeError, match="tags must have at most 49 items"):
        template_of(other)
