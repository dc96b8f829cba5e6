"""docs/rules.md lists the rules as they are."""

from __future__ import annotations

import pytest

from cdk_sagemaker_optimization.rules import RULES, Rule
from tests.project import checkout

TEXT = (checkout.ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_in_the_document_with_its_reason_and_its_sources(rule: Rule) -> None:
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
    links = [line.split("]: ")[1] for line in TEXT.splitlines() if "]: ../" in line]
    for link in links:
        path, _, heading = link.partition("#")
        document = (checkout.ROOT / "docs" / path).read_text(encoding="utf-8")
        headings = [
            line.lstrip("# ").lower().replace(" ", "-") for line in document.splitlines() if line[:1] == "#"
        ]
        assert heading in headings
    assert links
