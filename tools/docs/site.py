"""Builds the documentation site in build/docs, with warnings as errors.

python -m tools.docs.site
"""

from __future__ import annotations

import sys

from sphinx.cmd.build import main as build

from tests.project import checkout

TARGET = checkout.ROOT / "build" / "docs"


def main() -> int:
    """Build it; 0 if Sphinx has nothing to say."""
    options = ["--fail-on-warning", "--keep-going", "--quiet", "--builder", "html"]
    result = build([*options, str(checkout.ROOT / "docs"), str(TARGET)])
    if result == 0:
        print(f"{TARGET.relative_to(checkout.ROOT)}/index.html")
    return result


if __name__ == "__main__":
    sys.exit(main())
