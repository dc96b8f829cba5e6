"""Runs Checkov on every example's template, and pip-audit on what a checkout installs.

    python -m tools.audit

Checkov must fail exactly the checks that docs/security.md explains.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.project import audit_tables, checkout, examples

_BIN = checkout.ROOT / ".venv-audit" / "bin"
PINS = (
    "requirements/development.txt",
    "requirements/audit.txt",
    "requirements/mutants.txt",
    "requirements/independent.txt",
)


def main() -> int:
    """Run both.

    Returns:
        0 if docs/security.md explains every failure and no package has a known vulnerability, otherwise 1.
    """
    with tempfile.TemporaryDirectory() as directory:
        report = _checkov(_templates(Path(directory)))
    explained = set(audit_tables.checkov_checks())
    failed = {check["check_id"] for check in report["results"]["failed_checks"]}
    for check in report["results"]["failed_checks"]:
        if check["check_id"] not in explained:
            print(f"{check['check_id']} {check['file_path']} {check['resource']}: {check['check_name']}")
    for gone in sorted(explained - failed):
        print(f"{gone} fails nowhere any more: remove it from docs/security.md")
    summary = report["summary"]
    if unread := summary["parsing_errors"]:
        print(f"Checkov could not read {unread} of the templates")
    print(f"Checkov {summary['checkov_version']}: {summary['passed']} passed, {summary['failed']} failed")
    vulnerable = [pins for pins in PINS if not _has_no_known_vulnerability(pins)]
    return 1 if failed ^ explained or unread or vulnerable else 0


def _templates(directory: Path) -> list[Path]:
    templates: list[Path] = []
    for name in examples.NAMES:
        (directory / name).mkdir()
        templates += examples.synthesize(name, directory / name, packs=()).templates
    return templates


def _checkov(templates: Sequence[Path]) -> dict[str, Any]:
    files = [argument for template in templates for argument in ("-f", str(template))]
    options = ["--framework", "cloudformation", "--quiet", "--compact", "--skip-download", "-o", "json"]
    result = subprocess.run(
        [_BIN / "checkov", *options, *files],
        env={**os.environ, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report: dict[str, Any] = json.loads(result.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"checkov printed no report:\n{result.stdout}{result.stderr}") from None
    return report


def _has_no_known_vulnerability(pins: str) -> bool:
    print(f"pip-audit {pins}", flush=True)
    command: list[str | Path] = [
        _BIN / "pip-audit",
        "--requirement",
        pins,
        "--require-hashes",
        "--disable-pip",
    ]
    return subprocess.run(command, cwd=checkout.ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
