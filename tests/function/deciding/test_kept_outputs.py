"""What the last leg keeps in its id of what jobs made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization_job.cloudformation.request import Request
from optimization_job.deciding.kept_outputs import kept_outputs, physical_id_of_leg
from optimization_job.sagemaker.job import Job
from optimization_job.sagemaker.optimization_job import OPTIMIZATION_JOB
from tests.function.requests import leg
from tests.simulation import SimulatedAws

_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128"


def _request(physical_id: str = "arn:aws:cloudformation:…:stack/models/1/Leg1") -> Request:
    request = Request.parse(leg(SimulatedAws(), "models--llama3-0000000000000000", "Update"))
    return replace(request, physical_resource_id=physical_id)


def _job(name: str, image: str = _IMAGE) -> Job:
    time = datetime(2026, 11, 27, 12, tzinfo=UTC)
    return Job(
        kind=OPTIMIZATION_JOB,
        name=name,
        arn="",
        status="COMPLETED",
        output_location=f"s3://models/{name}/",
        creation_time=time,
        last_modified_time=time,
        start_time=time,
        end_time=time,
        outputs={"RecommendedInferenceImage": image},
    )


def _kept(name: str, image: str) -> dict[str, str]:
    time = "2026-11-27T12:00:00+00:00"
    return {
        "OutputLocation": f"s3://models/{name}/",
        "RecommendedInferenceImage": image,
        "OptimizationStartTime": time,
        "OptimizationEndTime": time,
    }


def test_an_id_can_be_read() -> None:
    assert physical_id_of_leg(_request("models/Leg1"), "a", _job("a"), is_last=True) == (
        f"models/Leg1;a,s3://models/a/,{_IMAGE},2026-11-27T12:00:00+00:00,2026-11-27T12:00:00+00:00"
    )


@given(image=st.text(max_size=80))
def test_whatever_the_image_is_it_is_kept(image: str) -> None:
    held = _request(physical_id_of_leg(_request(), "a", _job("a", image), is_last=True))
    assert kept_outputs(held, "a") == _kept("a", image)
    assert kept_outputs(held, "b") is None


def test_as_many_jobs_are_kept_as_there_is_room_for_the_last_ones_first() -> None:
    """Each of several updates without a rollback has a job, and the rollback returns before all of them."""
    held = _request()
    for name in "abcdefghijkl":
        held = _request(physical_id_of_leg(held, name, _job(name), is_last=True))
    kept = [name for name in "lkjihgfedcba" if kept_outputs(held, name) == _kept(name, _IMAGE)]
    assert len(kept) >= 3
    assert "".join(kept) == "lkjihgfedcba"[: len(kept)]
    assert kept_outputs(held, "a") is None


def test_a_job_without_a_record_that_is_returned_to_is_the_last_that_goes() -> None:
    held = _request()
    for name in ("a", "b"):
        held = _request(physical_id_of_leg(held, name, _job(name, "x" * 80), is_last=True))
    held = _request(physical_id_of_leg(held, "a", None, is_last=True))
    held = _request(physical_id_of_leg(held, "c", _job("c", "x" * 700), is_last=True))
    assert kept_outputs(held, "a") == _kept("a", "x" * 80)
    assert kept_outputs(held, "b") is None


def test_a_job_that_nothing_is_known_of_leaves_the_id_as_it_is() -> None:
    held = _request(physical_id_of_leg(_request(), "a", _job("a"), is_last=True))
    failed = replace(_job("b"), status="FAILED")
    for job in (None, failed):
        assert physical_id_of_leg(held, "b", job, is_last=True) == held.physical_resource_id


@pytest.mark.parametrize(("length", "kept"), [(300, ["b", "a"]), (500, ["b"]), (2_000, [])])
def test_an_id_is_never_longer_than_cloudformation_takes(length: int, kept: list[str]) -> None:
    held = _request()
    for name in ("a", "b"):
        held = _request(physical_id_of_leg(held, name, _job(name, "x" * length), is_last=True))
    assert len((held.physical_resource_id or "").encode()) <= 1_024
    assert [name for name in ("b", "a") if kept_outputs(held, name)] == kept
    assert (held.physical_resource_id or "").startswith("arn:aws:cloudformation:…:stack/models/1/Leg1")


@pytest.mark.parametrize("physical_id", ["models/Leg1", "models/Leg1;", "models/Leg1;a", "models/Leg1;a,b"])
def test_an_id_of_another_form_keeps_nothing(physical_id: str) -> None:
    assert kept_outputs(_request(physical_id), "a") is None


def test_a_leg_that_is_no_longer_the_last_one_keeps_what_it_has() -> None:
    held = _request(physical_id_of_leg(_request("models/Leg1"), "a", _job("a"), is_last=True))
    for name, job in (("a", _job("a")), ("b", _job("b")), ("b", None)):
        assert physical_id_of_leg(held, name, job, is_last=False) == held.physical_resource_id
    assert physical_id_of_leg(_request("models/Leg1"), "a", _job("a"), is_last=False) == "models/Leg1"
