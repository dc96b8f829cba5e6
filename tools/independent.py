"""Deploys the examples on MiniStack, and counts the results.

    python -m tools.independent [an option of pytest…]

It needs .venv-independent. docs/independent.md describes what this shows.
"""

from __future__ import annotations

import os
import sys

from tools import run_checks

#: Without this variable, tests/independent omits the deployments.
ASKED_FOR = "INDEPENDENT"

_OPTIONS = [
    "--verbose",
    "--durations=0",
    # Print how long each run of the CLI took, as soon as it has ended.
    "--override-ini=log_cli=true",
    "--override-ini=log_cli_format=%(message)s",
    "--log-cli-level=INFO",
    "--log-level=INFO",
]


def main(arguments: list[str]) -> int:
    """Run the deployments.

    Args:
        arguments: Further options for pytest.

    Returns:
        0 if all of them pass, otherwise 1.
    """
    os.environ[ASKED_FOR] = "1"
    rows = run_checks.run_tests(
        "independent", ["tests/independent/test_deployments.py", *_OPTIONS, *arguments]
    )
    failed = sum(row.failed for row in rows)
    print(f"{sum(row.passed for row in rows)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
