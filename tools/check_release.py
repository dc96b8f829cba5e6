"""Checks that a tag, the version and the changelog agree before a release is published.

python -m tools.check_release v0.1.0
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    """Check one tag.

    Args:
        arguments: The tag, and nothing else.

    Returns:
        0 if the tag may be released, 1 if not, 2 if the arguments are wrong.
    """
    if len(arguments) != 1:
        print(f"expected a tag such as v0.1.0, got {' '.join(arguments) or 'nothing'}", file=sys.stderr)
        return 2
    problems = find_problems(
        arguments[0],
        version=tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"],
        changelog=(_ROOT / "CHANGELOG.md").read_text(),
    )
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def find_problems(tag: str, *, version: str, changelog: str) -> list[str]:
    """List what keeps a tag from being released.

    Args:
        tag: The name of the tag.
        version: The version of pyproject.toml.
        changelog: The text of CHANGELOG.md.

    Returns:
        One message for each problem, or nothing.
    """
    problems = []
    if tag != f"v{version}":
        problems.append(f"the tag must be v{version}, the version of pyproject.toml, got {tag}")
    headings = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    if not headings or headings[0] != version:
        newest = headings[0] if headings else "nothing"
        problems.append(f"CHANGELOG.md must begin with the section {version}, got {newest}")
    return problems


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
