"""`stop` stops one job, and only if the user agrees."""

from __future__ import annotations

import pytest

from cdk_sagemaker_optimization.watch.problems import Missing, Problem
from cdk_sagemaker_optimization.watch.stopping import stop
from tests.constructs.watch.support_watch import NAME, FakeAws, at, described, error


class User:
    """Somebody at a terminal, who answers always the same."""

    def __init__(self, answer: str = "y") -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.heard: list[str] = []

    def stop(self, aws: FakeAws, name: str = NAME, *, agreed: bool = False) -> bool:
        return stop(
            aws.account, name, agreed=agreed, ask=self._ask, say=self.heard.append, now=lambda: at(30)
        )

    def _ask(self, question: str) -> str:
        self.asked.append(question)
        return self.answer


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws(jobs={NAME: described()})


def test_it_asks_and_says_what_is_lost(aws: FakeAws) -> None:
    user = User("yes")
    assert user.stop(aws)
    assert f"{NAME} is INPROGRESS and was created 29 min ago. What it has done is lost" in user.asked[0]
    assert aws.jobs[NAME]["OptimizationJobStatus"] == "STOPPING"
    assert user.heard == [f"{NAME} is being stopped, which takes SageMaker some minutes"]


@pytest.mark.parametrize("answer", ["", "n", "no", "maybe"])
def test_any_other_answer_leaves_the_job_alone(aws: FakeAws, answer: str) -> None:
    assert not User(answer).stop(aws)
    assert aws.calls["stop_optimization_job"] == 0


def test_an_agreement_in_advance_needs_no_question(aws: FakeAws) -> None:
    user = User()
    assert user.stop(aws, agreed=True)
    assert user.asked == []
    assert aws.calls["stop_optimization_job"] == 1


def test_a_job_may_be_given_by_its_arn(aws: FakeAws) -> None:
    assert User().stop(aws, described()["OptimizationJobArn"])
    assert aws.jobs[NAME]["OptimizationJobStatus"] == "STOPPING"


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sagemaker:eu-west-1:123456789012:optimization-job/{NAME}",
        f"arn:aws:sagemaker:us-east-1:999999999999:optimization-job/{NAME}",
    ],
)
def test_a_job_of_another_place_does_not_stop_its_namesake_here(aws: FakeAws, arn: str) -> None:
    with pytest.raises(Missing, match=f"there is no optimization job {arn} in us-east-1, but another job"):
        User().stop(aws, arn, agreed=True)
    assert aws.calls["stop_optimization_job"] == 0


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sagemaker:us-east-1:123456789012:training-job/models",
        "arn:aws:cloudformation:us-east-1:123456789012:stack/Models/1",
        f"Models/{NAME}",
        f"optimization-job/{NAME}",
    ],
)
def test_anything_but_a_name_or_the_arn_of_a_job_is_refused(aws: FakeAws, arn: str) -> None:
    with pytest.raises(Problem, match=f"^JOB must be the name or the ARN of an optimization job, got {arn}"):
        User().stop(aws, arn)
    assert aws.calls["describe_optimization_job"] == 0


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("COMPLETED", "has ended already: it is COMPLETED"),
        ("FAILED", "has ended already: it is FAILED"),
        ("STOPPED", "has ended already: it is STOPPED"),
        ("STOPPING", "is being stopped already"),
    ],
)
def test_a_job_that_does_not_run_is_left_alone(aws: FakeAws, status: str, said: str) -> None:
    aws.jobs[NAME] = described(status=status)
    user = User()
    assert user.stop(aws)
    assert user.heard == [f"{NAME} {said}"]
    assert user.asked == []
    assert aws.calls["stop_optimization_job"] == 0


@pytest.mark.parametrize("code", ["ValidationException", "ResourceInUse", "ConflictException"])
def test_a_job_that_ends_while_the_user_thinks_has_ended(aws: FakeAws, code: str) -> None:
    class Slow(User):
        def _ask(self, question: str) -> str:
            aws.jobs[NAME] = described(status="COMPLETED")
            return "y"

    aws.failures = {"stop_optimization_job": error(code, "The job has ended", "StopOptimizationJob")}
    user = Slow()
    assert user.stop(aws)
    assert user.heard == [f"{NAME} has ended already: it is COMPLETED"]


def test_a_refusal_is_told(aws: FakeAws) -> None:
    aws.failures = {"stop_optimization_job": error("AccessDeniedException", "no", "StopOptimizationJob")}
    with pytest.raises(Problem, match="allow sagemaker:StopOptimizationJob"):
        User().stop(aws)


def test_a_job_that_does_not_exist_is_named_with_what_to_give(aws: FakeAws) -> None:
    with pytest.raises(Missing, match=r"^there is no optimization job nobody in us-east-1: give a name that"):
        User().stop(aws, "nobody")
