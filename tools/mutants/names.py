"""The results of cosmic-ray's changes, and stable names for them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

_CODE = "lambda/optimization_job/"


@dataclass(frozen=True)
class Mutant:
    """One small change of the function.

    Attributes:
        id: Its id in this run of cosmic-ray.
        name: `<file>, <function>: <before> -> <after>`. It has no line numbers, so it is stable.
        survived: Whether no test noticed it.
    """

    id: str
    name: str
    survived: bool


def mutants(dump: str) -> list[Mutant]:
    """List the changes that were tested, in the order of their files and lines.

    Args:
        dump: The output of `cosmic-ray dump`.

    Returns:
        One mutant for each change.

    Raises:
        ValueError: A change was not tested, so its result is unknown.
    """
    seen: Counter[str] = Counter()
    found = []
    for item, result in sorted(map(json.loads, dump.splitlines()), key=_place):
        if result and result["worker_outcome"] == "skipped":
            continue
        change = item["mutations"][0]
        file = change["module_path"].removeprefix(_CODE)
        if result is None or result["worker_outcome"] != "normal":
            raise ValueError(f"{file} was not tested with {change}: {result and result['output']}")
        name = f"{file}, {change['definition_name'] or 'the module'}: {shown(result['diff'])}"
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name} ({seen[name]})"
        found.append(Mutant(item["job_id"], name, result["test_outcome"] == "survived"))
    return found


def shown(diff: str) -> str:
    """Show the lines that differ as one line: `before -> after`."""
    lines = diff.splitlines()
    changed = lines[next(index for index, line in enumerate(lines) if line.startswith("@@")) :]
    before, after = (
        " ".join(" ".join(line[1:] for line in changed if line.startswith(sign)).split()) for sign in "-+"
    )
    return f"{before} -> {after or 'nothing'}"


def _place(tried: Any) -> tuple[Any, ...]:
    change = tried[0]["mutations"][0]
    return change["module_path"], change["start_pos"], change["operator_name"], change["occurrence"]
