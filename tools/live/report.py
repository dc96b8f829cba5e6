"""The report of a run, and the dialect that it describes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.kernel.dialect import Dialect
from tools.live.masking import ACCOUNT, Masking

HOLDS, FAILS, UNSEEN = "holds", "does not hold", "could not be seen"

_ASSUMPTIONS = Path(__file__).resolve().parents[2] / "docs" / "assumptions.md"


@dataclass
class Finding:
    """The evidence for and against one assumption."""

    holds: list[bool] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The verdict. One observation against the assumption outweighs all others."""
        if not self.holds:
            return UNSEEN
        return HOLDS if all(self.holds) else FAILS


@dataclass
class Report:
    """Everything that a run records.

    Attributes:
        findings: The findings by the numbers of their assumptions.
        answers: The recorded replies of AWS.
        steps: The operations on the probe stacks, and the requests that CloudFormation sent.
        dialect: The members of a dialect that the run has observed.
        parts: The parts that ran to their end.
    """

    findings: dict[str, Finding] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    dialect: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)

    def find(self, number: int | str, holds: bool | None, evidence: str) -> None:
        """Add evidence to the finding of an assumption.

        Args:
            number: The assumption's number in docs/assumptions.md, or a word for what has no row there.
            holds: Whether the evidence speaks for the assumption. None for neither.
            evidence: The evidence in words.
        """
        finding = self.findings.setdefault(str(number), Finding())
        if holds is not None:
            finding.holds.append(holds)
        finding.evidence.append(evidence)

    def document(self, masking: Masking, region: str) -> dict[str, Any]:
        """Make the masked report, as a JSON document."""
        assumptions = _assumptions()
        numbers = [*assumptions, *[number for number in self.findings if number not in assumptions]]
        rows = []
        for number in numbers:
            finding = self.findings.get(number, Finding())
            rows.append(
                {
                    "number": number,
                    "assumption": assumptions.get(number, ""),
                    "verdict": finding.verdict,
                    "evidence": finding.evidence,
                }
            )
        document: dict[str, Any] = masking.everything(
            {
                "account": ACCOUNT,
                "region": region,
                "parts": self.parts,
                "rows": rows,
                "dialect": self.dialect,
                "answers": self.answers,
                "steps": self.steps,
            }
        )
        return document


def dialect_of(document: Mapping[str, Any]) -> Dialect:
    """Return the dialect of a report. Members that the run has not observed have their defaults."""
    return Dialect.from_json(json.dumps(document["dialect"]))


def as_markdown(document: Mapping[str, Any]) -> str:
    """Render a report for people."""
    lines = [
        "# How AWS responds",
        "",
        f"Region {document['region']}; complete parts: {', '.join(document['parts']) or 'none'}.",
        "",
        "| # | Assumption | Verdict | Evidence |",
        "|---|---|---|---|",
    ]
    for row in document["rows"]:
        evidence = "<br>".join(_cell(text) for text in row["evidence"])
        cells = (row["number"], row["assumption"], f"**{row['verdict']}**", evidence)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## The dialect", "", "```json", json.dumps(document["dialect"], indent=2), "```", ""]
    return "\n".join(lines)


def write(document: Mapping[str, Any], path: Path) -> list[Path]:
    """Write a report beside `path`, as JSON and as Markdown."""
    written = [path.with_suffix(".json"), path.with_suffix(".md")]
    for each, text in zip(
        written, (json.dumps(document, indent=2) + "\n", as_markdown(document)), strict=True
    ):
        each.write_text(text)
    return written


def _assumptions() -> dict[str, str]:
    """Read the assumptions of docs/assumptions.md by their numbers."""
    rows = re.findall(r"^\| (\d+) \| (.+?) \| ", _ASSUMPTIONS.read_text(), re.MULTILINE)
    return dict(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
