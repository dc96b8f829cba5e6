"""Deploys the example and others on MiniStack, and sums up.

    python -m tools.independent [an option of pytest…]

Needs .venv-independent. docs/independent.md says what this shows.
"""

from __future__ import annotations

import os
import sys

from tools import run_checks

#: The variable without which tests/independent leaves the deployments out.
ASKED_FOR = "INDEPENDENT"

_OPTIONS = [
    "--verbose",
    "--durations=0",
    # What each run of the CLI took, as soon as it has ended.
    "--override-ini=log_cli=true",
    "--override-ini=log_cli_format=%(message)s",
    "--log-cli-level=INFO",
    "--log-level=INFO",
]


def main(arguments: list[str]) -> int:
    """Run the deployments; 0 when all of them passed."""
    os.environ[ASKED_FOR] = "1"
    rows = run_checks.run_tests(
        "independent", ["tests/independent/test_deployments.py", *_OPTIONS, *arguments]
    )
    failed = sum(row.failed for row in rows)
    print(f"{sum(row.passed for row in rows)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
