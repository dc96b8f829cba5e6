"""The examples, synthesized as the CDK CLI does it, with cdk-nag looking on."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from tests.project import checkout

NAMES = ("app", *sorted(f"examples.{path.stem}" for path in (checkout.ROOT / "examples").glob("[a-z]*.py")))


@dataclass(frozen=True, order=True)
class Finding:
    """What a rule of cdk-nag holds against a resource."""

    resource: str
    rule: str

    def __str__(self) -> str:
        return f"{self.resource}: {self.rule}"


@dataclass(frozen=True)
class Synthesized:
    """An example's templates and findings."""

    templates: list[Path]
    findings: set[Finding]


def synthesize(name: str, directory: Path) -> Synthesized:
    """Synthesize one of `NAMES` into an empty directory."""
    settings = json.loads((checkout.ROOT / "cdk.json").read_text())
    app = cdk.App(outdir=str(directory), context=settings["context"], analytics_reporting=False)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    module = importlib.import_module(name)
    if name == "app":
        module.OptimizedModel(app, "OptimizedModel")
    else:
        module.build(app)
    report = directory / "validation-report.json"
    try:
        app.synth()
    except RuntimeError:
        # Findings make synthesis fail, after the templates and the report are written.
        if not report.exists():
            raise
    return Synthesized(sorted(directory.glob("*.template.json")), _findings(report))


def _findings(report: Path) -> set[Finding]:
    return {
        Finding(construct["constructPath"], violation["ruleName"])
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }
