"""Names that a user gave to jobs."""

from __future__ import annotations

import re

import aws_cdk as cdk
import pytest

import cdk_sagemaker_optimization as optimization
from tests.constructs.fit.support import ELSEWHERE, IRELAND, VIRGINIA
from tests.constructs.rules.support import token
from tests.constructs.support import make_job, new_app


def _refusal(first: cdk.Stack, second: cdk.Stack) -> str:
    make_job(first, "First", optimization_job_name="mine")
    with pytest.raises(ValueError, match=r".") as error:
        make_job(second, "Second", optimization_job_name="mine")
    return str(error.value)


def test_two_jobs_of_a_stack_with_one_name_are_an_error(stack: cdk.Stack) -> None:
    assert _refusal(stack, stack) == (
        "optimization_job_name must not be that of Stack/First, because an account has one job of a name in "
        "a Region, got 'mine': give each job a name of its own, which "
        "differs not only in capitals, or leave optimization_job_name out"
    )


def test_a_nested_stack_is_where_its_parent_is(stack: cdk.Stack) -> None:
    assert "that of Stack/First" in _refusal(stack, cdk.NestedStack(stack, "Nested"))


def test_two_stacks_of_one_account_and_region_are_compared(app: cdk.App) -> None:
    stages = [cdk.Stage(app, name, env=VIRGINIA) for name in ("Blue", "Green")]
    assert "that of Blue/Stack/First" in _refusal(*(cdk.Stack(stage, "Stack") for stage in stages))


@pytest.mark.parametrize("other", [ELSEWHERE, IRELAND, None])
def test_stacks_of_other_places_and_of_unknown_ones_pass(app: cdk.App, other: cdk.Environment | None) -> None:
    for number, env in enumerate((VIRGINIA, other)):
        make_job(cdk.Stack(app, f"Stack{number}", env=env), optimization_job_name="mine")


def test_two_stacks_that_may_go_to_any_account_pass(app: cdk.App) -> None:
    for name in ("One", "Two"):
        make_job(cdk.Stack(app, name), optimization_job_name="mine")


def test_jobs_of_other_apps_pass() -> None:
    for _ in range(2):
        make_job(cdk.Stack(new_app(), "Stack", env=VIRGINIA), optimization_job_name="mine")


def test_names_that_differ_or_are_left_out_pass(stack: cdk.Stack) -> None:
    names = ("mine", "yours", "mine-2", None, None)
    for number, name in enumerate(names):
        make_job(stack, f"Job{number}", optimization_job_name=name)


def test_names_that_differ_only_in_capitals_are_an_error(stack: cdk.Stack) -> None:
    """Each of the two statements would be for both jobs, if IAM sees the names in lower case."""
    make_job(stack, "First", optimization_job_name="Mine")
    with pytest.raises(ValueError, match=r"^optimization_job_name must not be that of Stack/First, .*'mINE'"):
        make_job(stack, "Second", optimization_job_name="mINE")


@pytest.mark.parametrize("name", ["app--first-0123456789abcdef", "a--b", "Stack--Job", "a---b"])
def test_a_name_like_one_of_the_librarys_is_an_error(stack: cdk.Stack, name: str) -> None:
    expected = (
        "optimization_job_name must not hold two hyphens in a row, because the library makes such names, and "
        f"this one may be another stack's, got '{name}': use single hyphens, or leave optimization_job_name "
        "out"
    )
    with pytest.raises(ValueError, match=rf"^{re.escape(expected)}$"):
        make_job(stack, optimization_job_name=name)


def test_a_name_like_one_of_the_librarys_is_an_error_as_far_as_it_is_known(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"two hyphens in a row, .*got '<AWS::Region>--mine'"):
        make_job(stack, optimization_job_name=f"{cdk.Aws.REGION}--mine")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (cdk.Fn.condition_if("Production", "prod--x", "dev-x").to_string(), "prod--x"),
        (f"a-{cdk.Fn.condition_if('Production', 'x', '-y').to_string()}", "a--y"),
        (cdk.Fn.join("-", ["a", "", cdk.Aws.REGION]), "a--…"),
        (cdk.Fn.sub("${AWS::Region}--${Name}", {"Name": "x"}), "…--x"),
        (cdk.Fn.sub("a-${Name}", {"Name": "-x"}), "a--x"),
    ],
)
def test_a_function_that_makes_a_name_like_one_of_the_librarys_is_an_error(
    stack: cdk.Stack, name: str, shown: str
) -> None:
    with pytest.raises(ValueError, match=rf"two hyphens in a row, .*got '{shown}'"):
        make_job(stack, optimization_job_name=name)


def test_a_function_that_makes_another_name_passes(stack: cdk.Stack) -> None:
    names = [
        cdk.Fn.join("-", ["a", cdk.Aws.REGION, "b"]),
        cdk.Fn.condition_if("Production", "prod-x", cdk.Aws.NO_VALUE).to_string(),
        cdk.Fn.sub("a-${AWS::Region}-b"),
    ]
    for number, name in enumerate(names):
        make_job(stack, f"Job{number}", optimization_job_name=name)


def test_a_job_that_is_imported_may_have_any_name(stack: cdk.Stack) -> None:
    name = "app--first-0123456789abcdef"
    job = optimization.OptimizationJob.from_optimization_job_name(stack, "Imported", name)
    assert stack.resolve(job.optimization_job_arn)["Fn::Join"][1][-1].endswith(name)


def test_names_that_are_known_only_at_deployment_are_left_alone(stack: cdk.Stack) -> None:
    for number in range(2):
        make_job(stack, f"Token{number}", optimization_job_name=token(stack, "Name"))
    make_job(stack, "Literal", optimization_job_name="mine")


def test_a_job_that_was_refused_has_no_name(stack: cdk.Stack) -> None:
    make_job(stack, "First", optimization_job_name="mine")
    with pytest.raises(ValueError, match=r"^optimization_job_name must not be that of Stack/First, "):
        make_job(stack, "Second", optimization_job_name="mine")
    with pytest.raises(ValueError, match=r"^optimization_job_name must not be that of Stack/First, "):
        make_job(stack, "Third", optimization_job_name="mine")
