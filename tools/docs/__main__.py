"""Writes the pages of docs/ that are data: promises, mutants and rules, and the code of the examples.

python -m tools.docs
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.project import checkout
from tools.docs import examples, mutants, promises, rules

_USE_CASES = checkout.ROOT / "docs" / "use-cases"

#: A page, and what renders it out of its data and its present text.
PAGES: dict[str, Callable[[str], str]] = {
    "promises.md": promises.render,
    "mutants.md": mutants.render,
    "rules.md": rules.render,
    "serving.md": examples.render,
    **{f"use-cases/{path.name}": examples.render for path in sorted(_USE_CASES.glob("*.md"))},
}


def main() -> int:
    """Write each page; 1 if the data of one is not complete."""
    for name, render in PAGES.items():
        path = checkout.ROOT / "docs" / name
        try:
            text = render(path.read_text(encoding="utf-8"))
        except ValueError as error:
            print(f"docs/{name}: {error}", file=sys.stderr)
            return 1
        path.write_text(text, encoding="utf-8")
        print(f"docs/{name}: {len(text.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
