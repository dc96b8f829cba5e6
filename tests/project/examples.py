"""The examples, synthesized as the CDK CLI does it, with cdk-nag looking on."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NagPack,
    NIST80053R4Checks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from tests.project import checkout

PACKS: tuple[type[NagPack], ...] = (
    AwsSolutionsChecks,
    ServerlessChecks,
    HIPAASecurityChecks,
    NIST80053R4Checks,
    NIST80053R5Checks,
    PCIDSS321Checks,
)
NAMES = ("app", *sorted(f"examples.{path.stem}" for path in (checkout.ROOT / "examples").glob("[a-z]*.py")))


@dataclass(frozen=True, order=True)
class Finding:
    """What a rule of cdk-nag holds against a resource."""

    resource: str
    rule: str

    @property
    def pack(self) -> str:
        """``HIPAA.Security`` of ``HIPAA.Security-LambdaDLQ``."""
        return self.rule.partition("-")[0]

    @property
    def rule_of_pack(self) -> str:
        """``LambdaDLQ`` of ``HIPAA.Security-LambdaDLQ``."""
        return self.rule.partition("-")[2]

    def __str__(self) -> str:
        return f"{self.resource}: {self.rule}"


@dataclass(frozen=True)
class Synthesized:
    """An example's templates and findings."""

    templates: list[Path]
    findings: set[Finding]


def synthesize(name: str, directory: Path, *, packs: Sequence[type[NagPack]] = PACKS) -> Synthesized:
    """Synthesize one of `NAMES` into an empty directory."""
    return audit(importlib.import_module(name).build, directory, packs=packs)


def audit(
    build: Callable[[cdk.App], object], directory: Path, *, packs: Sequence[type[NagPack]] = PACKS
) -> Synthesized:
    """Synthesize what `build` puts into an app, with packs of cdk-nag looking on. Default: all there are."""
    settings = json.loads((checkout.ROOT / "cdk.json").read_text())
    app = cdk.App(outdir=str(directory), context=settings["context"], analytics_reporting=False)
    cdk.Validations.of(app).add_plugins(*(pack(app) for pack in packs))
    build(app)
    report = directory / "validation-report.json"
    try:
        app.synth()
    except RuntimeError:
        # Findings make synthesis fail, after the templates and the report are written.
        if not report.exists():
            raise
    return Synthesized(sorted(directory.glob("*.template.json")), _findings(report))


def _findings(report: Path) -> set[Finding]:
    if not report.exists():
        return set()
    return {
        Finding(construct["constructPath"], violation["ruleName"])
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }
