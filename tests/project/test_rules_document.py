"""docs/rules.md lists the rules as they are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cdk_sagemaker_optimization.rules import RULES, Rule
from tests.project import checkout
from tests.project.test_documents import headings

TEXT = (checkout.ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_in_the_document_with_its_reason_and_its_sources(rule: Rule[Any]) -> None:
    (row,) = (line for line in TEXT.splitlines() if line.startswith(f"| `{rule.id}`"))
    assert rule.finds in row
    assert rule.why in row
    for source in rule.sources:
        assert f"[{source.title}]" in row
        assert f"\n[{source.title}]: {source.url}\n" in TEXT


def test_a_rule_that_depends_on_the_family_has_a_star() -> None:
    starred = {line.split("`")[1] for line in TEXT.splitlines() if "` \\* |" in line}
    assert starred == {rule.id for rule in RULES if rule.by_family}


def test_the_relative_links_of_the_document_lead_somewhere() -> None:
    links = [link for link in re.findall(r"^\[.+\]: (.+)$", TEXT, re.MULTILINE) if "://" not in link]
    for link in links:
        path, _, anchor = link.partition("#")
        assert not anchor or anchor in headings(checkout.ROOT / "docs" / path)
        assert (checkout.ROOT / "docs" / path).is_file()
    assert links
