"""Every example passes cfn-lint, and cdk-nag but for findings that somebody has looked at."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.project import examples

ACCEPTED = tomllib.loads(Path(__file__).with_name("accepted_findings.toml").read_text())["accepted"]
ACCEPTED_FINDINGS = [finding for entry in ACCEPTED for finding in entry["findings"]]


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> list[examples.Synthesized]:
    return [examples.synthesize(name, tmp_path_factory.mktemp("example")) for name in examples.NAMES]


def test_cdk_nag_finds_nothing_new(synthesized: list[examples.Synthesized]) -> None:
    found = {str(finding) for example in synthesized for finding in example.findings}
    assert sorted(found - set(ACCEPTED_FINDINGS)) == []


def test_no_finding_is_accepted_that_is_gone(synthesized: list[examples.Synthesized]) -> None:
    found = {str(finding) for example in synthesized for finding in example.findings}
    assert sorted(set(ACCEPTED_FINDINGS) - found) == []


def test_every_accepted_finding_is_listed_once_and_with_a_reason() -> None:
    assert [finding for finding, count in Counter(ACCEPTED_FINDINGS).items() if count > 1] == []
    assert [entry["findings"] for entry in ACCEPTED if len(entry["reason"].split()) < 5] == []


def test_cfn_lint_has_nothing_to_say(synthesized: list[examples.Synthesized]) -> None:
    templates = [str(path) for example in synthesized for path in example.templates]
    assert len(templates) >= len(examples.NAMES)
    cfn_lint = str(Path(sys.executable).with_name("cfn-lint"))
    # The CDK writes Fn::Join, where I1022 would like to read Fn::Sub.
    options = ["--include-checks", "I", "--ignore-checks", "I1022", "--format", "parseable"]
    command = [cfn_lint, *options, "--", *templates]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stdout + result.stderr == ""
    assert result.returncode == 0
