"""Auditors find nothing in what serves a model, with the defaults."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest

from tests.constructs.serving.test_endpoint_templates import CASES
from tests.project import examples


@pytest.mark.parametrize(
    "name", ["eagle_on_instances", "sharding_on_components", "quantization_asynchronous"]
)
def test_every_pack_finds_nothing_but_inline_policies(name: str, tmp_path: Path) -> None:
    """``managed_policies`` of the provider and of the role change those."""

    def build(app: cdk.App) -> None:
        CASES[name](cdk.Stack(app, "Stack"))

    found = examples.audit(build, tmp_path).findings
    ours = {str(each) for each in found if each.resource.startswith(("Stack/Endpoint", "Stack/Model"))}
    assert {each for each in ours if "IAMNoInlinePolicy" not in each} == set()


def test_a_disk_of_its_own_is_the_reason_why_there_is_no_key(tmp_path: Path) -> None:
    """Without one, an auditor asks for ``encryption_key``."""
    found: dict[str, set[str]] = {}
    for name in ("compilation_tensorrt_llm_on_instances", "compilation_neuron_on_instances"):

        def build(app: cdk.App, name: str = name) -> None:
            CASES[name](cdk.Stack(app, "Stack"))

        directory = tmp_path / name
        directory.mkdir()
        findings = examples.audit(build, directory).findings
        found[name] = {each.rule_of_pack for each in findings if each.resource == "Stack/Endpoint/Config"}
    assert found == {
        "compilation_tensorrt_llm_on_instances": set(),
        "compilation_neuron_on_instances": {"SageMakerEndpointConfigurationKMSKeyConfigured"},
    }
