"""What `make live` concludes from what CloudFormation sent: each answer is seen, and none is invented."""

from __future__ import annotations

import re
from typing import Any

import pytest

from localcloud.kernel.dialect import Dialect
from tests.project import checkout
from tools.live import steps as at
from tools.live.findings import Findings
from tools.live.masking import Masking
from tools.live.report import FAILS, HOLDS, UNSEEN, Report, as_markdown, dialect_of
from tools.live.steps import Step

NAMES = {"As-Written": "As-Written", "Lower-Case": "lower-case"}
SIGNED = {"host": "bucket", "names": ["X-Amz-Date"], "signed": 1000.0, "expires": None}


def look(status: str, after: float = 0.0, id: str = "Bystander", **more: Any) -> dict[str, Any]:
    return {"after": after, "status": status, "updated": 990.0, "resource": {"id": id}} | more


def request(kind: str, resource: str, *looks: dict[str, Any], **more: Any) -> dict[str, Any]:
    properties = more.pop("properties", {"Revision": "1"})
    return {
        "kind": kind,
        "resource": resource,
        "id": more.pop("id", resource),
        "goes_back": more.pop("goes_back", False),
        "properties": properties,
        "address": SIGNED,
        "looks": list(looks),
    } | more


def conclusions(*steps: Step) -> Report:
    report = Report()
    Findings(report, list(steps), NAMES).find_all()
    return report


def step(name: str, *requests: dict[str, Any]) -> Step:
    return Step(name, "stack", 0.0, True, list(requests))


def verdict(report: Report, number: str) -> str:
    return report.findings[number].verdict if number in report.findings else UNSEEN


def test_without_a_step_nothing_is_concluded() -> None:
    report = conclusions()
    assert report.findings == {}
    assert report.dialect == {}


@pytest.mark.parametrize(
    ("looks", "holds", "lag"),
    [
        ([look("DELETE_IN_PROGRESS")], HOLDS, 0.0),
        ([look("UPDATE_FAILED"), look("DELETE_IN_PROGRESS", after=7.5)], FAILS, 7.5),
        ([look("UPDATE_FAILED")], FAILS, None),
        ([{"after": 0.0, "error": "AccessDenied: x"}, look("DELETE_IN_PROGRESS", after=4.0)], HOLDS, 0.0),
        ([{"after": 0.0, "error": "AccessDenied: x"}], UNSEEN, None),
    ],
)
def test_a_status_that_comes_late_is_a_read_that_lags(
    looks: list[dict[str, Any]], holds: str, lag: float | None
) -> None:
    report = conclusions(step(at.CREATE_ROLLED_BACK, request("Delete", "Made", *looks)))
    assert verdict(report, "5") == holds
    assert report.dialect.get("stack_read_lag") == lag


@pytest.mark.parametrize(
    ("updated", "holds"),
    [
        (["Source", "Follower"], HOLDS),
        (["Source"], FAILS),
        (["Source", "Follower", "Later"], FAILS),
    ],
)
def test_updates_of_what_depends_without_referring_are_seen(updated: list[str], holds: str) -> None:
    requests = [request("Update", name, look("UPDATE_IN_PROGRESS")) for name in updated]
    assert verdict(conclusions(step(at.UPDATED, *requests)), "10") == holds


@pytest.mark.parametrize(
    ("address", "response_url", "holds"),
    [
        (SIGNED, "X-Amz-Date", HOLDS),
        (SIGNED | {"signed": 900.0}, "X-Amz-Date", FAILS),
        (SIGNED | {"signed": None, "names": ["Expires"], "expires": 8200.0}, "Expires", FAILS),
        (SIGNED | {"signed": None, "names": []}, "neither", FAILS),
    ],
)
def test_an_address_says_when_its_request_was_signed(
    address: dict[str, Any], response_url: str, holds: str
) -> None:
    sent = request("Update", "Source", look("UPDATE_IN_PROGRESS"), address=address)
    report = conclusions(step(at.UPDATED, sent))
    assert report.dialect["response_url"] == response_url
    assert verdict(report, "11") == holds


@pytest.mark.parametrize(
    ("kinds", "deleted", "holds"),
    [
        (["Delete", "Create"], "before", HOLDS),
        (["Create", "Delete"], "after", FAILS),
        (["Create"], None, FAILS),
    ],
)
def test_both_orders_of_a_delete_and_a_new_create_are_told_apart(
    kinds: list[str], deleted: str | None, holds: str
) -> None:
    report = conclusions(step(at.CREATED_AGAIN, *[request(kind, "Again", look("x")) for kind in kinds]))
    assert verdict(report, "14") == holds
    assert report.dialect.get("failed_create_is_deleted") == deleted


@pytest.mark.parametrize(
    ("revision", "back", "expected", "holds"),
    [
        ("7", [], {"deleted_with": "properties of the update", "failed_update_goes_back": "never"}, HOLDS),
        ("1", [], {"deleted_with": "properties of the resource"}, FAILS),
        ("7", ["UPDATE_FAILED"], {"failed_update_goes_back": "UPDATE_FAILED"}, FAILS),
    ],
)
def test_what_follows_a_failed_update_that_is_not_rolled_back_is_seen(
    revision: str, back: list[str], expected: dict[str, str], holds: str
) -> None:
    backward = [request("Update", "Bystander", look(status), goes_back=True) for status in back]
    deleted = request("Delete", "Bystander", look("DELETE_IN_PROGRESS"), properties={"Revision": revision})
    report = conclusions(step(at.LEFT_UPDATED, *backward), step(at.DELETED, deleted))
    assert verdict(report, "19") == holds
    assert expected.items() <= report.dialect.items()


def test_an_update_back_that_goes_on_after_the_end_of_its_step_is_seen() -> None:
    back = request("Update", "Bystander", look("UPDATE_FAILED"), goes_back=True)
    deleted = request("Delete", "Bystander", look("DELETE_IN_PROGRESS"), properties={"Revision": "7"})
    report = conclusions(step(at.LEFT_UPDATED), step(at.DELETED, back, deleted))
    assert report.dialect["failed_update_goes_back"] == "UPDATE_FAILED"
    assert verdict(report, "5") == HOLDS, "a deletion sends no updates"


def test_what_a_rolled_back_update_made_may_be_deleted_before_the_cleanup() -> None:
    report = conclusions(step(at.ROLLED_BACK, request("Delete", "New", look("UPDATE_ROLLBACK_IN_PROGRESS"))))
    assert report.dialect["new_is_deleted_in"] == "UPDATE_ROLLBACK_IN_PROGRESS"
    assert verdict(report, "20") == HOLDS


@pytest.mark.parametrize("lower", [False, True])
def test_the_spelling_that_iam_sees_is_the_one_that_is_allowed(lower: bool) -> None:
    denied = "AccessDeniedException: User: x is not authorized to perform: sagemaker:DescribeOptimizationJob"
    asked = {
        "As-Written": denied if lower else "ValidationException: Requested resource not found.",
        "Lower-Case": "ValidationException: Requested resource not found." if lower else denied,
    }
    report = conclusions(
        step(at.CREATED, request("Create", "Source", look("CREATE_IN_PROGRESS"), asked=asked))
    )
    assert report.dialect["lower_case_arns"] is lower


def test_permissions_that_come_late_are_measured() -> None:
    late = [{"after": 0.0, "error": "AccessDenied: x", "resource": {}}, look("CREATE_IN_PROGRESS", after=9.0)]
    report = conclusions(step(at.CREATED, request("Create", "Source", *late)))
    assert report.dialect["permissions_come_after"] == 9.0
    assert verdict(report, "13") == HOLDS


def test_a_report_has_a_row_for_each_assumption_and_loads_as_a_dialect() -> None:
    report = Report(
        dialect={"missing_job": {"code": "ValidationException", "message": "Requested resource not found."}}
    )
    report.find(1, True, "it|is so")
    report.find(1, False, "in account 123456789012 it is not")
    document = report.document(Masking({}), "us-east-1")
    rows = {row["number"]: row for row in document["rows"]}
    assert {str(number) for number in range(1, 21)} <= rows.keys()
    assert rows["1"]["verdict"] == FAILS, "one thing that speaks against it is enough"
    assert rows["2"]["verdict"] == UNSEEN
    assert "missing job" in rows["1"]["assumption"]
    assert "| it\\|is so<br>in account 111122223333 it is not |" in as_markdown(document)
    dialect = dialect_of(document)
    assert dialect.missing_job.message == "Requested resource not found."
    assert dialect.out_of_turn == Dialect().out_of_turn


def test_no_two_assumptions_have_one_number() -> None:
    document = (checkout.ROOT / "docs" / "assumptions.md").read_text()
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", document, re.MULTILINE)]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
