"""The tables of docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.deployment import Outcome
from benchmarks.mishaps import MISHAPS, Mishap
from benchmarks.rows import ROWS, Row

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"

_BEGIN = "<!-- Written by python benchmarks/compare.py: begin -->"
_END = "<!-- Written by python benchmarks/compare.py: end -->"

_FIGURES = ("what is measured", "stock", "library", "library / stock", "the library is")
_WORDS = ("what goes wrong", "stock", "library", "the stock stack ends so, because")

Figures = Mapping[Row, tuple[float, float] | tuple[float, float, float]]
"""The figures of the stock stack and of the library, and their ratio if it is not the quotient."""

Outcomes = Mapping[Mishap, tuple[Outcome, Outcome]]


def write(figures: Figures, outcomes: Outcomes) -> None:
    """Replace the tables of the document."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    text = f"{before}{_BEGIN}\n\n{_in_figures(figures)}\n\n{_in_words(outcomes)}\n\n{_END}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")


def names() -> list[str]:
    """List the first cells of the rows in the document's tables."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    tables, _, _ = rest.partition(_END)
    cells = [line.split("|")[1].strip() for line in tables.splitlines() if line.startswith("|")]
    return [cell for cell in cells if cell not in ("---", _FIGURES[0], _WORDS[0])]


def _in_figures(figures: Figures) -> str:
    return _table(
        _FIGURES,
        [_row_in_figures(row, figures[row]) for row in ROWS],
    )


def _row_in_figures(row: Row, figure: tuple[float, ...]) -> list[str]:
    stock, library, *measured = figure
    quotient = library / stock if stock else None
    ratio = measured[0] if measured else quotient
    return [
        row.name,
        f"{stock:,.{row.decimals}f}",
        f"{library:,.{row.decimals}f}",
        "" if ratio is None else f"{ratio:.2f}",
        row.verdict(stock, library, *measured),
    ]


def _in_words(outcomes: Outcomes) -> str:
    return _table(
        _WORDS,
        [
            [mishap.name, *(_described(mishap, outcome) for outcome in outcomes[mishap]), mishap.why]
            for mishap in MISHAPS
        ],
    )


def _described(mishap: Mishap, outcome: Outcome) -> str:
    parts = [f"`{outcome.status}`"]
    if outcome.paid_afterwards:
        parts.append(f"**a job runs on for {_duration(outcome.paid_afterwards)}**")
    if outcome.reason and not mishap.is_well(outcome):
        parts.append(f"“{_shortened(outcome.reason)}”")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"


def _shortened(reason: str) -> str:
    """Cut the message out of CloudFormation's text, without ARNs, which differ in each run."""
    text = reason.partition("_FAILED: ")[2]
    text = text.rpartition("Message returned: ")[2].removeprefix("Error: ")
    for end in (". ", " (RequestId", " (arn:", " arn:"):
        text = text.partition(end)[0]
    return text.replace("|", "\\|")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
