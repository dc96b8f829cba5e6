"""Every example passes cfn-lint, and cdk-nag with all of its packs, but for what is answered in docs."""

from __future__ import annotations

import inspect
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.bucket.bucket_props import BucketProps
from tests.project import audit_tables, examples

ACCEPTED = tomllib.loads(Path(__file__).with_name("accepted_findings.toml").read_text())["accepted"]
ACCEPTED_FINDINGS = [finding for entry in ACCEPTED for finding in entry["findings"]]
# The packs that ask for what costs something, or that only some need.
COMPLIANCE = ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, examples.Synthesized]:
    return {name: examples.synthesize(name, tmp_path_factory.mktemp("example")) for name in examples.NAMES}


@pytest.fixture(scope="module")
def findings(synthesized: dict[str, examples.Synthesized]) -> set[examples.Finding]:
    """Those of the library's own resources."""
    found = {finding for example in synthesized.values() for finding in example.findings}
    return {finding for finding in found if str(finding) not in ACCEPTED_FINDINGS}


def test_awssolutions_and_serverless_find_nothing_with_the_defaults(findings: set[examples.Finding]) -> None:
    assert sorted(str(finding) for finding in findings if finding.pack not in COMPLIANCE) == []


def test_what_a_compliance_pack_finds_goes_away_with_a_documented_prop(
    findings: set[examples.Finding],
) -> None:
    removed = audit_tables.props_of_rules()
    found = {finding.rule_of_pack for finding in findings if finding.pack in COMPLIANCE}
    assert found == set(removed)
    assert all(removed.values())


def test_every_prop_that_removes_a_finding_exists_and_has_a_docstring() -> None:
    for name in set().union(*audit_tables.props_of_rules().values()):
        owner, prop = name.split(".")
        constructor = getattr(optimization, owner).__init__
        if owner == "OptimizationBucket" and prop in BucketProps.__annotations__:
            # The CDK describes it.
            continue
        assert prop in inspect.signature(constructor).parameters, name
        assert f"{prop}: " in (constructor.__doc__ or ""), name


def test_the_regulated_example_passes_every_pack(synthesized: dict[str, examples.Synthesized]) -> None:
    assert sorted(map(str, synthesized["examples.regulated"].findings)) == []


def test_no_finding_is_accepted_that_is_gone(synthesized: dict[str, examples.Synthesized]) -> None:
    found = {str(finding) for example in synthesized.values() for finding in example.findings}
    assert sorted(set(ACCEPTED_FINDINGS) - found) == []


def test_every_accepted_finding_is_listed_once_and_with_a_reason() -> None:
    assert [finding for finding, count in Counter(ACCEPTED_FINDINGS).items() if count > 1] == []
    assert [entry["findings"] for entry in ACCEPTED if len(entry["reason"].split()) < 5] == []


def test_cfn_lint_has_nothing_to_say(synthesized: dict[str, examples.Synthesized]) -> None:
    templates = [str(path) for example in synthesized.values() for path in example.templates]
    assert len(templates) >= len(examples.NAMES)
    cfn_lint = str(Path(sys.executable).with_name("cfn-lint"))
    # The CDK writes Fn::Join, where I1022 would like to read Fn::Sub.
    options = ["--include-checks", "I", "--ignore-checks", "I1022", "--format", "parseable"]
    command = [cfn_lint, *options, "--", *templates]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (result.stdout + result.stderr).splitlines()
    assert [line for line in lines if not _is_of_the_cdk(line)] == []


def _is_of_the_cdk(line: str) -> bool:
    """Whether a line is about the dependency of an example's own state machine on its role."""
    return ":W3005:" in line and "RunInAPipeline" in line and "'PipelineRole" in line
