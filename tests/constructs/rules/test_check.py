"""The table of the rules itself."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from cdk_sagemaker_optimization.rules import RULES, Rule, Severity


def test_no_two_rules_have_one_id() -> None:
    assert [id for id, number in Counter(rule.id for rule in RULES).items() if number > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_explains_itself_and_says_where_it_comes_from(rule: Rule[Any]) -> None:
    assert re.fullmatch(r"[a-z][A-Za-z0-9]+", rule.id)
    assert rule.finds
    assert not rule.finds.endswith(".")
    assert rule.why.endswith(".")
    assert rule.sources
    assert all(re.match(r"https://|[a-z-]+\.md", source.url) for source in rule.sources)


def test_what_depends_on_other_constructs_warns() -> None:
    assert {rule.severity for rule in RULES if rule.late} == {Severity.WARNING}
