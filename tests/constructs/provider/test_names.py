"""The parts of a job's name that are known at synthesis."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import aws_cdk as cdk
import pytest
from constructs import Construct

from cdk_sagemaker_optimization.provider.names import (
    LONGEST_PART,
    job_part,
    name_part,
    name_prefix,
    stack_part,
)
from tests.constructs.support import make_job, new_app, properties_of, template_of

_API_PATTERN = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@pytest.mark.parametrize("text", ["a", "app", "app-prod", "a1-b2-c3", "a" * LONGEST_PART])
def test_a_name_that_fits_stays_as_it_is(text: str) -> None:
    assert name_part(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a" * (LONGEST_PART + 1),
        "App",
        "A1-b2-C3",
        "my_stack",
        "a--b",
        "-a",
        "a-",
        "Parent/Nested",
        "größe",
        "日本",
        "_",
        "",
        "a b" * 40,
    ],
)
def test_a_name_that_was_altered_ends_in_a_hash_of_the_original(text: str) -> None:
    part = name_part(text)
    assert re.fullmatch(r"(.+-)?[0-9a-f]{6}", part)
    assert part == part.lower()
    assert len(part) <= LONGEST_PART
    assert "--" not in part
    assert _API_PATTERN.fullmatch(part)


def test_long_names_with_the_same_beginning_stay_apart() -> None:
    assert name_part("production-inference-platform-a") != name_part("production-inference-platform-b")


def test_names_that_differ_only_in_what_is_not_allowed_stay_apart() -> None:
    assert len({name_part(text) for text in ("a_b", "a.b", "a-b", "a--b", "A-b", "A-B")}) == 6


@pytest.mark.parametrize("text", ["App", "a_b", "日本", "x" * 40])
def test_a_name_that_looks_as_if_it_had_been_altered_is_altered(text: str) -> None:
    assert name_part(name_part(text)) != name_part(text)
    assert len(name_part(name_part(text))) <= LONGEST_PART


@pytest.mark.parametrize("other", ["app-prod", "app--prod", "app-", "apps", "App", "APP", "app-d17d2d"])
def test_the_pattern_of_a_stack_matches_no_job_of_another(other: str) -> None:
    assert not fnmatchcase(f"{name_part(other)}--Job-0123456789abcdef", f"{name_part('app')}--*")


def test_the_longest_name_has_63_characters(app: cdk.App) -> None:
    stack = cdk.Stack(app, "S" * 128)
    job = Construct(stack, "J" * 200)
    assert len(f"{name_prefix(job)}-{'0' * 16}") == 63


def test_the_stacks_name_counts_and_not_its_id(app: cdk.App) -> None:
    assert stack_part(cdk.Stack(app, "Id", stack_name="real-name")) == "real-name"


def test_a_job_deeper_in_the_stack_has_a_hash_of_its_path(stack: cdk.Stack) -> None:
    jobs = [Construct(Construct(stack, parent), "Job") for parent in ("One", "Two")]
    first, second = (job_part(job) for job in jobs)
    assert re.fullmatch(r"one-job-[0-9a-f]{6}", first)
    assert first != second


def test_nested_stacks_have_parts_of_their_own_that_stay_the_same(app: cdk.App) -> None:
    def parts(parent_name: str) -> list[str]:
        parent = cdk.Stack(new_app(), "Parent", stack_name=parent_name)
        first = cdk.NestedStack(parent, "First")
        return [stack_part(first), stack_part(cdk.NestedStack(first, "Inner")), stack_part(parent)]

    assert parts("blue") == parts("blue")
    assert len({*parts("blue"), *parts("green")}) == 6


def test_stages_may_hold_stacks_of_the_same_id(app: cdk.App) -> None:
    stacks = [cdk.Stack(cdk.Stage(app, stage), "Models") for stage in ("Beta", "Prod")]
    assert [stack_part(stack) for stack in stacks] == ["beta-models-4df4cb", "prod-models-38308d"]


def test_the_template_holds_the_name_without_the_fingerprint(stack: cdk.Stack) -> None:
    make_job(stack, "Llama")
    properties = properties_of(template_of(stack))
    assert properties["NamePrefix"] == "stack-e55164--llama"
    assert "OptimizationJobName" not in properties


def test_a_name_of_the_users_own_takes_the_place_of_ours(stack: cdk.Stack) -> None:
    make_job(stack, optimization_job_name="my-job")
    properties = properties_of(template_of(stack))
    assert properties["OptimizationJobName"] == "my-job"
    assert "NamePrefix" not in properties
