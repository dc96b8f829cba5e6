"""Auditors find nothing in what registers a model, with the defaults."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.support import make_model
from tests.project import examples


@pytest.mark.parametrize("technique", ["quantization", "eagle"])
@pytest.mark.parametrize("managed", [False, True], ids=["inline policies", "managed policies"])
def test_every_pack_finds_nothing_but_inline_policies(technique: str, managed: bool, tmp_path: Path) -> None:
    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Stack")
        optimization.OptimizationJobProvider.for_stack(stack, managed_policies=managed)
        optimization.RegisteredModel(stack, "Registered", model=make_model(stack, technique))

    found = examples.audit(build, tmp_path).findings
    ours = {str(each) for each in found if each.resource.startswith("Stack/Registered")}
    assert {each for each in ours if managed or "IAMNoInlinePolicy" not in each} == set()
