from __future__ import annotations

from collections.abc import Mapping

import pytest

from localcloud.services.iam.conditions import UnknownOperator, holds
from localcloud.services.iam.policy import Effect, Requested, evaluate, normalized


@pytest.mark.parametrize(
    ("operator", "expected", "actual", "result"),
    [
        ("StringEquals", ["a", "b"], ["b"], True),
        ("StringEquals", ["a"], ["A"], False),
        ("StringEqualsIgnoreCase", ["a"], ["A"], True),
        ("StringNotEquals", ["a", "b"], ["c"], True),
        ("StringNotEquals", ["a", "b"], ["b"], False),
        ("StringLike", ["models/*"], ["models/llama/"], True),
        ("StringLike", ["models/?"], ["models/ab"], False),
        ("StringNotLike", ["models/*"], ["other/"], True),
        ("ArnLike", ["arn:aws:s3:::b*"], ["arn:aws:s3:::bucket"], True),
        ("ArnEquals", ["arn:aws:s3:::b*"], ["arn:aws:s3:::bucket"], True),
        ("ArnNotLike", ["arn:aws:s3:::b*"], ["arn:aws:s3:::bucket"], False),
        ("Bool", ["true"], ["TRUE"], True),
        ("NumericLessThanEquals", ["10"], ["10"], True),
        ("NumericLessThan", ["10"], ["9.5"], True),
        ("NumericGreaterThan", ["10"], ["10"], False),
        ("NumericNotEquals", ["1"], ["2"], True),
        ("DateGreaterThan", ["2026-01-01T00:00:00Z"], ["2026-11-22T18:00:00+00:00"], True),
        ("DateLessThan", ["1767225600"], ["2025-12-31T23:59:59Z"], True),
        ("IpAddress", ["127.0.0.0/8"], ["127.0.0.1"], True),
        ("NotIpAddress", ["10.0.0.0/8"], ["127.0.0.1"], True),
    ],
)
def test_an_operator_compares_as_iam_does(
    operator: str, expected: list[str], actual: list[str], result: bool
) -> None:
    assert holds(operator, expected, actual) is result


@pytest.mark.parametrize(
    ("operator", "result"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("BoolIfExists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAllValues:StringEquals", True),
    ],
)
def test_a_key_that_the_request_lacks(operator: str, result: bool) -> None:
    assert holds(operator, ["a"], None) is result


def test_null_asks_whether_a_key_is_missing() -> None:
    assert holds("Null", ["true"], None)
    assert not holds("Null", ["false"], None)
    assert holds("Null", ["false"], ["there"])


@pytest.mark.parametrize(
    ("operator", "actual", "result"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "z"], False),
        ("ForAnyValue:StringEquals", ["a", "z"], True),
        ("ForAnyValue:StringEquals", ["y", "z"], False),
        ("ForAnyValue:StringNotEquals", ["a", "z"], True),
        ("ForAllValues:StringNotEquals", ["a", "z"], False),
    ],
)
def test_quantifiers_over_a_key_with_many_values(operator: str, actual: list[str], result: bool) -> None:
    assert holds(operator, ["a", "b"], actual) is result


@pytest.mark.parametrize("operator", ["StringEqual", "SomeValue:StringEquals", "StringMatches"])
def test_an_unknown_operator_is_loud(operator: str) -> None:
    with pytest.raises(UnknownOperator, match="unknown condition operator"):
        holds(operator, ["a"], ["a"])


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def decide(action: str, resource: str, *statements: Mapping[str, object], **context: str) -> Effect:
    keys = {key.replace("__", ":"): value for key, value in context.items()}
    return evaluate([{"Statement": list(statements)}], Requested(action, resource, normalized(keys)))


def test_nothing_is_allowed_by_itself() -> None:
    assert decide("s3:GetObject", "arn:aws:s3:::b/k") is Effect.NEUTRAL


def test_wildcards_in_actions_and_resources() -> None:
    statement = allow(["s3:Get*"], ["arn:aws:s3:::b/models/*"])
    assert decide("s3:GetObject", "arn:aws:s3:::b/models/x", statement) is Effect.ALLOW
    assert decide("S3:getobject", "arn:aws:s3:::b/models/x", statement) is Effect.ALLOW
    assert decide("s3:PutObject", "arn:aws:s3:::b/models/x", statement) is Effect.NEUTRAL
    assert decide("s3:GetObject", "arn:aws:s3:::b/Models/x", statement) is Effect.NEUTRAL


def test_an_explicit_deny_overrules_every_allow() -> None:
    assert decide("s3:GetObject", "arn:aws:s3:::b/k", allow("*"), deny("s3:*")) is Effect.DENY


def test_not_action_and_not_resource() -> None:
    everything_but_iam: dict[str, object] = {
        "Effect": "Allow",
        "NotAction": "iam:*",
        "NotResource": "arn:aws:s3:::secret/*",
    }
    assert decide("s3:GetObject", "arn:aws:s3:::b/k", everything_but_iam) is Effect.ALLOW
    assert decide("iam:PassRole", "arn:aws:iam::1:role/r", everything_but_iam) is Effect.NEUTRAL
    assert decide("s3:GetObject", "arn:aws:s3:::secret/k", everything_but_iam) is Effect.NEUTRAL


def test_conditions_have_values_of_any_json_type_and_keys_of_any_case() -> None:
    statement = allow("s3:*", Condition={"Bool": {"AWS:SecureTransport": True}})
    assert decide("s3:GetObject", "x", statement, aws__securetransport="true") is Effect.ALLOW
    assert decide("s3:GetObject", "x", statement, aws__securetransport="false") is Effect.NEUTRAL


def test_policy_variables_are_filled_in() -> None:
    statement = allow("s3:*", "arn:aws:s3:::b/${aws:PrincipalTag/team}/*")
    request = {"aws__PrincipalTag/team": "red"}
    assert decide("s3:GetObject", "arn:aws:s3:::b/red/k", statement, **request) is Effect.ALLOW
    assert decide("s3:GetObject", "arn:aws:s3:::b/blue/k", statement, **request) is Effect.NEUTRAL
    assert decide("s3:GetObject", "arn:aws:s3:::b//k", statement) is Effect.NEUTRAL
