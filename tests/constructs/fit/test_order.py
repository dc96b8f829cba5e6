"""Jobs of a stack that run one after the other, as many of them as a quota has room for."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from constructs import Construct

import cdk_sagemaker_optimization as optimization
from tests.constructs.fit.support import synthesized
from tests.constructs.support import JOB, LEG, make_job, new_app, resources_of


def test_a_job_may_wait_for_another_if_their_role_does_not() -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    role = optimization.OptimizationRole(stack, "Role")
    first, second = make_job(stack, "First", role=role), make_job(stack, "Second", role=role)
    second.node.add_dependency(first)
    template = synthesized(app)["Stack"]

    jobs = resources_of(template, JOB)
    (waiting,) = [job for name, job in jobs.items() if name.startswith("Second")]
    assert (
        max(name for name in resources_of(template, LEG) if name.startswith("First")) in waiting["DependsOn"]
    )


def test_a_job_that_waits_with_a_role_of_its_own_is_an_error_that_says_what_to_do() -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    first, second = make_job(stack, "First"), make_job(stack, "Second")
    second.node.add_dependency(first)

    with pytest.raises(
        RuntimeError, match=r"would wait for Stack/First.*define the role outside of the construct that waits"
    ):
        app.synth()


def test_that_is_found_wherever_the_dependency_is_declared() -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    before, after = Construct(stack, "Before"), Construct(stack, "After")
    make_job(before)
    make_job(after, role=optimization.OptimizationRole(after, "Role"))
    after.node.add_dependency(before)

    with pytest.raises(RuntimeError, match="would wait for Stack/Before/Job"):
        app.synth()


def test_a_job_may_wait_for_one_of_another_stack() -> None:
    app = new_app()
    first = make_job(cdk.Stack(app, "A"))
    make_job(cdk.Stack(app, "B")).node.add_dependency(first)

    assert list(synthesized(app)) == ["A", "B"]


def test_the_output_of_a_job_may_be_the_source_of_the_next() -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    first = make_job(stack, "First")
    make_job(stack, "Second", model_source=optimization.ModelSource.from_s3_uri(first.output_location))

    assert len(resources_of(synthesized(app)["Stack"], JOB)) == 2
