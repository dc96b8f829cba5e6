"""What `make live` concludes from how SageMaker and CloudFormation answer about serving."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from localcloud.kernel.dialect import Dialect
from tools.live.account import Account
from tools.live.journal import Journal
from tools.live.masking import Masking
from tools.live.report import FAILS, HOLDS, UNSEEN, Report, dialect_of
from tools.live.serving import Models, ask_for_missing_serving, ask_for_native_types

Answer = tuple[str, str] | dict[str, Any]
"""The code and the message of an error, or the response."""

_UNREADABLE_MESSAGE = (
    'Could not access model data at s3://b/model/. Please ensure that the role "r" exists and that its trust '
    'relationship policy allows the action "sts:AssumeRole" for the service principal.'
)
UNREADABLE = ("ValidationException", _UNREADABLE_MESSAGE)
TAKEN = ("ValidationException", 'Cannot create already existing model "arn".')
TOO_NEW = ("ValidationException", "Could not assume role r. Please ensure that the role exists.")
NO_IMAGE = ("ValidationException", "Requested image lmi:1 not found.")
NO_TYPE = ("TypeNotFoundException", "The type 'AWS::SageMaker::OptimizationJob' cannot be found.")


class Service:
    """Answers every operation as a function says."""

    def __init__(self, answer: Callable[[str, dict[str, Any]], Answer]) -> None:
        self._answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.meta = self
        self.method_to_api_mapping = _Names()

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        def call(**parameters: Any) -> dict[str, Any]:
            self.calls.append((name, parameters))
            answer = self._answer(name, parameters)
            if isinstance(answer, tuple):
                error: Any = {"Error": dict(zip(("Code", "Message"), answer, strict=True))}
                raise ClientError(error, self.method_to_api_mapping[name])
            return answer

        return call

    def named(self, operation: str) -> list[str]:
        """The models of the calls of an operation."""
        return [parameters["ModelName"] for name, parameters in self.calls if name == operation]


class _Names(dict[str, str]):
    def __missing__(self, name: str) -> str:
        api_name = name.title().replace("_", "")
        assert xform_name(api_name) == name
        return api_name


def account(service: Service) -> Account:
    class Session:
        def client(self, name: str) -> Service:
            return service

    times = iter(range(0, 10_000, 5))
    return Account(
        session=Session(),
        run="0a1b",
        number="1",
        partition="aws",
        region="us-east-1",
        sleep=lambda _: None,
        now=lambda: float(next(times)),
    )


def verdict(report: Report, number: int) -> str:
    finding = report.findings.get(str(number))
    return UNSEEN if finding is None else finding.verdict


def make_models(directory: Path, service: Service) -> tuple[Report, Journal]:
    report = Report()
    journal = Journal.begin(directory, run="0a1b", account="1", region="us-east-1")
    Models(account(service), journal, report, "role", "blind", "bucket").make_all()
    return report, journal


def sagemaker(**answers: Answer | list[Answer]) -> Service:
    """Answers to CreateModel by the end of the model's name, and {} to everything else."""
    made: set[str] = set()

    def answer(operation: str, parameters: dict[str, Any]) -> Answer:
        if operation != "create_model":
            return {}
        name = parameters["ModelName"].rpartition("-")[2]
        known = answers.get(name, {})
        chosen = (known.pop(0) if known else {}) if isinstance(known, list) else known
        if chosen == {} and name in made:
            return TAKEN
        if chosen == {}:
            made.add(name)
        return chosen

    return Service(answer)


# --- CreateModel --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "holds", "checked"),
    [
        ({"blind": UNREADABLE, "empty": UNREADABLE, "channel": UNREADABLE}, HOLDS, "by CreateModel"),
        ({}, FAILS, "by the first container"),
        ({"blind": UNREADABLE, "empty": UNREADABLE}, FAILS, "by CreateModel"),
    ],
)
def test_create_model_looks_for_data_or_accepts_a_model_without(
    tmp_path: Path, answers: Any, holds: str, checked: str
) -> None:
    service = sagemaker(**answers)
    report, journal = make_models(tmp_path, service)
    assert verdict(report, 27) == holds
    assert dialect_of(report.document(Masking({}), "us-east-1")).model_data_is_checked == checked
    assert verdict(report, 35) == HOLDS, "the name that is taken is understood"
    assert journal.present() == []
    accepted = {"live-0a1b-served", "live-0a1b-blind", "live-0a1b-empty", "live-0a1b-channel"}
    assert set(service.named("delete_model")) == accepted - {f"live-0a1b-{name}" for name in answers}


@pytest.mark.parametrize("refusal", [UNREADABLE, NO_IMAGE])
def test_nothing_is_concluded_where_a_model_that_has_everything_is_refused(
    tmp_path: Path, refusal: Answer
) -> None:
    report, journal = make_models(tmp_path, sagemaker(served=refusal))
    assert verdict(report, 27) == UNSEEN
    assert report.dialect == {}
    assert journal.present() == []


def test_another_refusal_shows_nothing_of_the_data(tmp_path: Path) -> None:
    report, _ = make_models(tmp_path, sagemaker(blind=NO_IMAGE, empty=NO_IMAGE, channel=NO_IMAGE))
    assert verdict(report, 27) == UNSEEN
    assert dialect_of({"dialect": report.dialect}) == Dialect()


def test_a_role_that_is_too_new_is_waited_for(tmp_path: Path) -> None:
    service = sagemaker(served=[UNREADABLE, TOO_NEW], blind=[TOO_NEW, TOO_NEW, UNREADABLE])
    report, _ = make_models(tmp_path, service)
    assert report.dialect["model_data_is_checked"] == "by CreateModel"
    assert service.named("create_model").count("live-0a1b-blind") == 3


def test_a_role_that_nobody_can_assume_shows_nothing(tmp_path: Path) -> None:
    report, _ = make_models(tmp_path, sagemaker(blind=TOO_NEW, empty=TOO_NEW, channel=TOO_NEW))
    assert verdict(report, 27) == UNSEEN


def test_a_model_whose_creation_may_have_worked_stays_in_the_journal(tmp_path: Path) -> None:
    _, journal = make_models(tmp_path, sagemaker(channel=("InternalFailure", "unknown")))
    assert [thing.name for thing in journal.present()] == ["live-0a1b-channel"]


def test_a_name_that_is_taken_in_unknown_words_is_reported(tmp_path: Path) -> None:
    report, _ = make_models(tmp_path, sagemaker(served=[{}, ("ValidationException", "No.")]))
    assert verdict(report, 35) == FAILS


def test_every_model_has_the_tag_of_the_run_and_a_channel(tmp_path: Path) -> None:
    service = sagemaker()
    make_models(tmp_path, service)
    created = [parameters for name, parameters in service.calls if name == "create_model"]
    assert {json.dumps(each["Tags"]) for each in created} == {json.dumps(account(service).tags)}
    assert all(each["PrimaryContainer"]["AdditionalModelDataSources"] for each in created)
    assert created[0]["PrimaryContainer"]["Image"].startswith("763104351884.dkr.ecr.us-east-1.amazonaws.com/")


# --- what is not there --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "holds"),
    [('Could not find model "arn".', HOLDS), ("The request was not accepted.", FAILS)],
)
def test_a_missing_model_or_endpoint_is_understood_or_not(message: str, holds: str) -> None:
    report = Report()
    ask_for_missing_serving(account(Service(lambda *_: ("ValidationException", message))), report)
    assert verdict(report, 35) == holds
    asked = [answer["operation"] for answer in report.answers]
    assert asked == [
        "DescribeModel",
        "DeleteModel",
        "DescribeEndpointConfig",
        "DescribeEndpoint",
        "DescribeInferenceComponent",
        "UpdateEndpoint",
    ]


# --- CloudFormation's own types -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "holds"),
    [
        (NO_TYPE, HOLDS),
        ({"ProvisioningType": "NON_PROVISIONABLE"}, HOLDS),
        ({"ProvisioningType": "FULLY_MUTABLE"}, FAILS),
        (("AccessDenied", "not authorized"), UNSEEN),
    ],
)
def test_a_type_for_jobs_is_there_or_not(answer: Answer, holds: str) -> None:
    assert verdict(native_types(answer, {"Schema": "{}"}), 37) == holds


@pytest.mark.parametrize(
    ("answer", "holds"),
    [
        ({"Schema": '{"ContainerDefinition": {"ModelDataSource": {}}}'}, HOLDS),
        ({"Schema": '{"ContainerDefinition": {"AdditionalModelDataSources": {}}}'}, FAILS),
        (("AccessDenied", "not authorized"), UNSEEN),
    ],
)
def test_cloudformations_own_model_takes_channels_or_not(answer: Answer, holds: str) -> None:
    assert verdict(native_types(NO_TYPE, answer), 36) == holds


def native_types(job: Answer, model: Answer) -> Report:
    report = Report()
    service = Service(lambda _, asked: model if asked["TypeName"] == "AWS::SageMaker::Model" else job)
    ask_for_native_types(account(service), report)
    return report
