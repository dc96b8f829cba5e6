"""The README's examples work as they stand there."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns

from cdk_sagemaker_optimization.rules import RULES
from tests.constructs.rules.support import warnings_at_synthesis
from tests.constructs.support import make_job
from tests.project import checkout

TEXT = (checkout.ROOT / "README.md").read_text()
FIRST, *USE_CASES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)

#: The stack and the buckets of the first example, without its job.
STACK = FIRST.partition("\njob = ")[0]


def broken_rules(stack: cdk.Stack) -> set[str]:
    return warnings_at_synthesis(stack).keys() & {rule.id for rule in RULES}


def run(source: str, names: dict[str, Any]) -> None:
    exec(compile(source, "README.md", "exec"), names)


def test_the_first_example_is_a_whole_app() -> None:
    names: dict[str, Any] = {}
    run(FIRST, names)

    template = assertions.Template.from_stack(names["stack"])
    template.resource_count_is("Custom::SageMakerOptimizationJob", 1)
    template.has_output("ArtifactLocation", {})
    assert broken_rules(names["stack"]) == set()


@pytest.mark.parametrize("source", USE_CASES, ids=range(1, len(USE_CASES) + 1))
def test_each_use_case_goes_into_a_stack(source: str) -> None:
    names: dict[str, Any] = {"ec2": ec2, "iam": iam, "kms": kms, "logs": logs, "sagemaker": sagemaker}
    names |= {"events": events, "sns": sns, "targets": targets}
    run(STACK, names)
    stack = names["stack"]
    if re.search(r"\bjob\.", source) and "job =" not in source:
        names["job"] = make_job(stack)
    run(source, names)

    resources = assertions.Template.from_stack(stack).to_json()["Resources"].values()
    types = {resource["Type"] for resource in resources}
    assert types & {"Custom::SageMakerOptimizationJob", "AWS::StepFunctions::StateMachine"}
    assert broken_rules(stack) == set()


def test_a_provider_that_is_configured_later_is_the_one_that_the_jobs_have() -> None:
    (source,) = [source for source in USE_CASES if source.startswith("optimization.OptimizationJobProvider(")]

    def function_of_a_job(*, configured: bool) -> Any:
        names: dict[str, Any] = {"logs": logs}
        run(STACK, names)
        if configured:
            run(source, names)
        make_job(names["stack"])
        jobs = assertions.Template.from_stack(names["stack"]).find_resources(
            "Custom::SageMakerOptimizationJob"
        )
        (job,) = jobs.values()
        return job["Properties"]["ServiceToken"]

    assert function_of_a_job(configured=True) == function_of_a_job(configured=False)
