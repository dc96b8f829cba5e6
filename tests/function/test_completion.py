from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.function.requests import create, delete, deployed, leg
from tests.simulation import Script, SimulatedAws

ATTRIBUTES = {
    "OptimizationJobName",
    "OptimizationJobArn",
    "OutputLocation",
    "OptimizationJobStatus",
    "RecommendedInferenceImage",
    "RecommendedInferenceImageOrNone",
    "OptimizationStartTime",
    "OptimizationEndTime",
}

_GONE = "models--llama3-0000000000000000"

NO_IMAGE = "none.give-image-to-the-OptimizedModel"


def started(aws: SimulatedAws, script: Script | None = None) -> str:
    aws.sagemaker.script = script or Script()
    name: str = aws.carry_out(create(aws))["PhysicalResourceId"]
    return name


def test_a_leg_ends_with_the_job_and_hands_on_what_it_made(aws: SimulatedAws) -> None:
    name = started(aws, Script(starts_after=60, ends_after=1500))

    answer = aws.carry_out(leg(aws, name, Last=True))

    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {
        "OptimizationJobName": name,
        "OptimizationJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:optimization-job/{name}",
        "OutputLocation": f"s3://models-111122223333/optimized/{name}/",
        "OptimizationJobStatus": "COMPLETED",
        "RecommendedInferenceImage": "registry/djl-inference:0.29.0",
        "RecommendedInferenceImageOrNone": "registry/djl-inference:0.29.0",
        "OptimizationStartTime": "2023-11-14T22:14:20+00:00",
        "OptimizationEndTime": "2023-11-14T22:38:20+00:00",
    }


def test_an_output_location_that_is_described_without_its_slash_is_a_folder_all_the_same(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe = aws.sagemaker.describe_optimization_job

    def without_slash(*, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803 - as the API names it
        response = describe(OptimizationJobName=OptimizationJobName)
        location = response["OutputConfig"]["S3OutputLocation"].removesuffix("/")
        return {**response, "OutputConfig": {"S3OutputLocation": location}}

    monkeypatch.setattr(aws.sagemaker, "describe_optimization_job", without_slash)
    name = started(aws)
    made = aws.carry_out(leg(aws, name, Last=True))
    assert made["Data"]["OutputLocation"] == f"s3://models-111122223333/optimized/{name}/"


def test_a_job_is_looked_at_thrice_a_minute_and_its_end_is_noticed_within_thirty_seconds(
    aws: SimulatedAws,
) -> None:
    name = started(aws, Script(ends_after=1501))
    began, invocations = aws.time, aws.invocations

    aws.carry_out(leg(aws, name))

    assert 1501 <= aws.time - began <= 1501 + 30
    # Twice for the deployment that waits, and once for those who hear of it by events.
    assert (aws.invocations - invocations) / (aws.time - began) * 60 == pytest.approx(3, rel=0.1)


def test_a_poll_interval_is_kept(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=1501))
    began = aws.time

    aws.carry_out(leg(aws, name, PollInterval=300))

    assert aws.time - began == 1800


def test_a_leg_whose_time_is_up_hands_over_while_the_job_runs(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=10_000))
    began = aws.time

    answer = aws.carry_out(leg(aws, name))

    assert 3300 <= aws.time - began < 3360
    assert answer["Status"] == "SUCCESS"
    assert set(answer["Data"]) == ATTRIBUTES
    assert answer["Data"]["OptimizationJobStatus"] == "INPROGRESS"
    assert answer["Data"]["RecommendedInferenceImage"] == ""
    assert answer["Data"]["RecommendedInferenceImageOrNone"] == NO_IMAGE


def test_a_relay_tracks_a_job_for_as_long_as_it_takes(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=5 * 86_400))
    aws.sagemaker.jobs[name].request["StoppingCondition"]["MaxRuntimeInSeconds"] = 432_000
    legs = 0
    while aws.carry_out(leg(aws, name, PollInterval=600))["Data"]["OptimizationJobStatus"] != "COMPLETED":
        legs += 1

    assert legs == 5 * 86_400 // 3300


def test_a_finished_job_lets_every_leg_pass_at_once_without_an_execution(aws: SimulatedAws) -> None:
    name = deployed(aws)
    executions = len(aws.executions)
    for _ in range(12):
        request = leg(aws, name)
        aws.send(request)
        assert aws.answers[request["RequestId"]][0]["Status"] == "SUCCESS"
        assert len(aws.executions) == executions


def test_a_job_past_the_last_leg_fails_and_says_which_prop_to_raise(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=None))
    aws.sagemaker.jobs[name].request["StoppingCondition"] = {}

    answer = aws.carry_out(leg(aws, name, Last=True, Timeout=600))

    assert answer["Status"] == "FAILED"
    assert f"optimization job {name} is still INPROGRESS" in answer["Reason"]
    assert "Raise the timeout of Completion.wait()" in answer["Reason"]


def test_a_failed_job_fails_its_leg_with_everything_a_reader_needs(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=783, outcome="FAILED", reason="CUDA out of memory"))

    answer = aws.carry_out(leg(aws, name))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(
        f"optimization job {name} FAILED after 12 min 3 s: CUDA out of memory. "
    )
    assert (
        f"https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/optimization-jobs/{name}"
        in (answer["Reason"])
    )
    assert f"aws sagemaker describe-optimization-job --optimization-job-name {name}" in answer["Reason"]
    assert "log groups that begin with /aws/sagemaker/" in answer["Reason"]


def test_a_job_stopped_at_its_limit_is_a_failure_that_names_the_limit(aws: SimulatedAws) -> None:
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws, StoppingCondition={"MaxRuntimeInSeconds": 1800}))["PhysicalResourceId"]

    answer = aws.carry_out(leg(aws, name))

    assert answer["Status"] == "FAILED"
    assert "STOPPED after 30 min" in answer["Reason"]
    assert "MaxRuntimeInSeconds allows (1800 s = 30 min): raise max_runtime" in answer["Reason"]


@pytest.mark.parametrize("reason", ["", "The job exceeded MaxRuntimeInSeconds", "TimeOut"])
def test_a_job_that_is_called_failed_at_its_limit_names_the_limit_as_well(
    in_dialect: Callable[..., SimulatedAws], reason: str
) -> None:
    aws = in_dialect(status_at_limit="FAILED", reason_at_limit=reason)
    aws.sagemaker.script = Script(ends_after=None)
    name = aws.carry_out(create(aws, StoppingCondition={"MaxRuntimeInSeconds": 1800}))["PhysicalResourceId"]

    answer = aws.carry_out(leg(aws, name))

    assert answer["Status"] == "FAILED"
    assert f"FAILED after 30 min{': ' + reason if reason else ''}. It ran as long as" in answer["Reason"]
    assert "MaxRuntimeInSeconds allows (1800 s = 30 min): raise max_runtime" in answer["Reason"]


@pytest.mark.parametrize(
    ("reason", "is_the_limit"),
    [("TimeOut", True), ("the job timed out", True), ("maximum runtime exceeded", True), ("no space", False)],
)
def test_a_job_that_fails_before_its_limit_names_it_only_if_that_is_the_reason(
    aws: SimulatedAws, reason: str, is_the_limit: bool
) -> None:
    name = started(aws, Script(ends_after=1200, outcome="FAILED", reason=reason))

    assert ("raise max_runtime" in aws.carry_out(leg(aws, name))["Reason"]) is is_the_limit


def test_a_job_that_somebody_stopped_is_a_failure(aws: SimulatedAws) -> None:
    name = started(aws)
    request = leg(aws, name)
    aws.send(request)
    aws.settle(300)
    aws.sagemaker.stop_optimization_job(OptimizationJobName=name)
    aws.settle(300)

    (answer,) = aws.answers[request["RequestId"]]
    assert answer["Status"] == "FAILED"
    assert "It was stopped from outside the stack" in answer["Reason"]


@pytest.mark.promise("A rollback is a return: the old record was deleted by hand, or its job had failed")
def test_a_rollback_passes_even_if_the_old_job_failed_or_is_gone(aws: SimulatedAws) -> None:
    name = started(aws, Script(ends_after=100, outcome="FAILED"))
    aws.settle(600)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    assert aws.carry_out(leg(aws, name, "Update"))["Status"] == "SUCCESS"
    gone = aws.carry_out(leg(aws, _GONE, "Update", Last=True))
    assert gone["Status"] == "SUCCESS"
    assert gone["PhysicalResourceId"] == "models/Leg1"
    assert gone["Data"] == {
        **dict.fromkeys(ATTRIBUTES, ""),
        "OptimizationJobName": _GONE,
        "OptimizationJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:optimization-job/{_GONE}",
        "RecommendedInferenceImageOrNone": NO_IMAGE,
    }


def made_by(aws: SimulatedAws, *, before: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The response of the last leg of a job that has completed, whose leg has waited for another before."""
    job = aws.carry_out(create(aws, **changes))
    aws.settle(7200)
    request = leg(aws, job["PhysicalResourceId"], "Update" if before else "Create", Last=True)
    if before:
        request["PhysicalResourceId"] = before["PhysicalResourceId"]
    return aws.carry_out(request)


def back_to(aws: SimulatedAws, before: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    """The response of the last leg in a rollback to a job whose record somebody deletes."""
    data = before["Data"]
    aws.sagemaker.delete_optimization_job(OptimizationJobName=data["OptimizationJobName"])
    aws.settle(600)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    request = leg(aws, data["OptimizationJobName"], "Update", Last=True, Run="")
    request["PhysicalResourceId"] = present["PhysicalResourceId"]
    return aws.carry_out(request)


@pytest.mark.promise("A rollback is a return: the attributes of a job stay although its record was deleted")
def test_a_rollback_to_a_job_without_a_record_has_every_attribute_of_it(aws: SimulatedAws) -> None:
    made = made_by(aws)
    assert "" not in made["Data"].values()

    back = back_to(aws, made, made)

    assert (back["Status"], back["Data"]) == ("SUCCESS", made["Data"])
    assert back["PhysicalResourceId"] == made["PhysicalResourceId"]


def test_a_rollback_from_another_job_has_every_attribute_of_the_one_before_it(aws: SimulatedAws) -> None:
    first = made_by(aws)
    second = made_by(aws, before=first, Triggers=["again"])
    assert first["Data"] != second["Data"]

    back = back_to(aws, first, second)

    assert (back["Status"], back["Data"]) == ("SUCCESS", first["Data"])


@pytest.mark.parametrize("is_last", [False, True], ids=["no longer the last one", "still the last one"])
def test_a_leg_has_every_attribute_again_if_the_update_made_another_leg_the_last_one(
    aws: SimulatedAws, is_last: bool
) -> None:
    """A longer `timeout` does that."""
    first = made_by(aws)
    name = aws.carry_out(create(aws, Triggers=["again"]))["PhysicalResourceId"]
    aws.settle(7200)
    update = leg(aws, name, "Update", Last=is_last)
    update["PhysicalResourceId"] = first["PhysicalResourceId"]

    back = back_to(aws, first, aws.carry_out(update))

    assert (back["Status"], back["Data"]) == ("SUCCESS", first["Data"])


def test_a_second_update_that_is_rolled_back_also_returns_to_a_job_without_a_record(
    aws: SimulatedAws,
) -> None:
    first = made_by(aws)
    second = made_by(aws, before=first, Triggers=["again"])
    back = back_to(aws, first, second)
    aws.stack_status = "UPDATE_IN_PROGRESS"
    third = made_by(aws, before=back, Triggers=["once more"])
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    request = leg(aws, first["Data"]["OptimizationJobName"], "Update", Last=True, Run="")
    request["PhysicalResourceId"] = third["PhysicalResourceId"]

    again = aws.carry_out(request)

    assert (again["Status"], again["Data"]) == ("SUCCESS", first["Data"])


def test_a_leg_of_a_job_that_is_gone_fails_and_says_what_to_do(aws: SimulatedAws) -> None:
    answer = aws.carry_out(leg(aws, "models--llama3-0000000000000000"))

    assert answer["Status"] == "FAILED"
    assert "Change `triggers` to run it again" in answer["Reason"]


@pytest.mark.parametrize("last", [False, True])
def test_the_physical_id_of_a_leg_stays_while_it_waits_for_the_same_job(
    aws: SimulatedAws, last: bool
) -> None:
    name = deployed(aws)
    created = aws.carry_out(leg(aws, name, Last=last))["PhysicalResourceId"]
    request = leg(aws, name, "Update", Timeout=60, Last=last)
    request["PhysicalResourceId"] = created

    assert aws.carry_out(request)["PhysicalResourceId"] == created


def test_only_the_last_leg_has_another_physical_id_for_another_job(aws: SimulatedAws) -> None:
    first = made_by(aws)
    second = made_by(aws, before=first, Triggers=["again"])
    assert second["PhysicalResourceId"] != first["PhysicalResourceId"]

    other = aws.carry_out(leg(aws, second["Data"]["OptimizationJobName"], "Update"))
    assert other["PhysicalResourceId"] == "models/Leg1"


def test_deleting_a_leg_asks_nothing_and_answers_at_once(aws: SimulatedAws) -> None:
    name = started(aws)
    calls = list(aws.sagemaker.calls)

    assert aws.carry_out(leg(aws, name, "Delete"))["Status"] == "SUCCESS"
    assert aws.sagemaker.calls == calls


def test_a_waiting_leg_ends_when_its_job_is_deleted(aws: SimulatedAws) -> None:
    name = started(aws)
    request = leg(aws, name)
    aws.send(request)
    aws.settle(120)
    aws.stack_status = "DELETE_IN_PROGRESS"
    aws.carry_out(delete(aws, name))

    aws.settle(60)

    assert request["RequestId"] not in aws.executions


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "ServiceUnavailable"])
def test_a_transient_error_of_the_api_does_not_fail_a_leg(aws: SimulatedAws, code: str) -> None:
    name = started(aws)
    aws.faults.fail(
        "DescribeOptimizationJob", code, times=60, status=500 if code == "InternalFailure" else 400
    )

    assert aws.carry_out(leg(aws, name))["Status"] == "SUCCESS"


def test_wrong_properties_of_a_leg_fail_with_what_is_right(aws: SimulatedAws) -> None:
    answer = aws.carry_out(leg(aws, "x", Timeout="never"))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "Timeout must be between 1 and 3300 seconds, got 'never'"


def test_a_leg_whose_request_was_long_in_a_queue_answers_within_the_hour_all_the_same(
    aws: SimulatedAws,
) -> None:
    name = started(aws, Script(ends_after=20_000))
    request = leg(aws, name)
    aws.send_later(request, 1800)
    aws.settle(3400)

    assert aws.answers[request["RequestId"]][0]["Status"] == "SUCCESS"


@pytest.mark.parametrize("date", ["rubbish", "20010101T000000Z", "20990101T000000Z"])
def test_a_date_that_cannot_be_is_not_believed(aws: SimulatedAws, date: str) -> None:
    name = started(aws, Script(ends_after=1500))
    request = leg(aws, name)
    aws.answer_at(request, f"https://answers.example/{request['RequestId']}?X-Amz-Date={date}")
    began = aws.time

    assert aws.carry_out(request)["Status"] == "SUCCESS"
    assert aws.time - began >= 1490


# The image that serves what the job made.


def without_image(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, *, until: float = float("inf")) -> None:
    """No job recommends an image, until some seconds from now."""
    describe, began = aws.sagemaker.describe_optimization_job, aws.time

    def empty(*, OptimizationJobName: str) -> dict[str, Any]:  # noqa: N803 - as the API names it
        response = describe(OptimizationJobName=OptimizationJobName)
        return response if aws.time - began >= until else {**response, "OptimizationOutput": {}}

    monkeypatch.setattr(aws.sagemaker, "describe_optimization_job", empty)


def test_a_job_that_recommends_no_image_fails_the_leg_that_needs_one_and_is_kept(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = deployed(aws)
    without_image(aws, monkeypatch)

    answer = aws.carry_out(leg(aws, name, Last=True, RequireImage=True))

    assert answer["Status"] == "FAILED"
    assert f"optimization job {name} has completed and recommends no image" in answer["Reason"]
    assert "give image=… to the OptimizedModel" in answer["Reason"]
    assert aws.sagemaker.jobs[name].status(aws.time) == "COMPLETED"


@pytest.mark.parametrize("required", [True, False])
def test_an_image_that_is_not_seen_at_first_is_handed_on(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch, required: bool
) -> None:
    name = deployed(aws)
    without_image(aws, monkeypatch, until=30)

    answer = aws.carry_out(leg(aws, name, Last=True, RequireImage=required))

    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["RecommendedInferenceImage"] == "registry/djl-inference:0.29.0"
    assert answer["Data"]["RecommendedInferenceImageOrNone"] == "registry/djl-inference:0.29.0"


def test_a_job_with_an_image_lets_the_leg_that_needs_one_pass_at_once(aws: SimulatedAws) -> None:
    request = leg(aws, deployed(aws), Last=True, RequireImage=True)
    aws.send(request)

    assert aws.answers[request["RequestId"]][0]["Status"] == "SUCCESS"


def test_a_leg_that_needs_no_image_passes_without_one(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = deployed(aws)
    without_image(aws, monkeypatch)

    answer = aws.carry_out(leg(aws, name, Last=True, RequireImage=False))

    assert (answer["Status"], answer["Data"]["RecommendedInferenceImage"]) == ("SUCCESS", "")
    # A parameter of SSM cannot be empty, and shows what to do.
    assert answer["Data"]["RecommendedInferenceImageOrNone"] == NO_IMAGE


def test_a_leg_before_the_last_does_not_look_for_an_image(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = deployed(aws)
    without_image(aws, monkeypatch)
    request = leg(aws, name)
    aws.send(request)

    assert aws.answers[request["RequestId"]][0]["Status"] == "SUCCESS"


def test_a_leg_with_no_time_to_look_for_an_image_again_passes(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody needs the image of this job, which has been paid for.
    name = started(aws, Script(ends_after=250))
    without_image(aws, monkeypatch)

    answer = aws.carry_out(leg(aws, name, Last=True, ServiceTimeout=300))

    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", "")
    assert answer["Data"]["OptimizationJobStatus"] == "COMPLETED"


@pytest.mark.promise("A rollback is a return: the old job recommends no image")
def test_a_return_to_a_job_without_an_image_succeeds(
    aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = deployed(aws)
    without_image(aws, monkeypatch)
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"

    answer = aws.carry_out(leg(aws, name, "Update", Last=True, RequireImage=True))

    assert (answer["Status"], answer["Data"]["RecommendedInferenceImage"]) == ("SUCCESS", "")
