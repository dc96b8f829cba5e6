"""The templates of endpoints: snapshots by technique and hosting, and what every one of them keeps to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from cfnlint.api import ManualArgs, lint_file
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.endpoint_support import CONFIG, Hosting, Update
from tests.constructs.serving.support import JOBS, MODEL, make_model
from tests.constructs.support import new_app, template_of

SNAPSHOTS = Path(__file__).parent / "snapshots" / "endpoints"

_MEMORY = cdk.Size.gibibytes(24)
_TEN = cdk.Duration.minutes(10)


def _instances(stack: cdk.Stack, technique: str) -> None:
    """Everything that instances can have but asynchronous inference."""
    bucket = optimization.OptimizationBucket(stack, "Captured")
    endpoint = optimization.OptimizedEndpoint(
        stack,
        "Endpoint",
        model=make_model(stack, technique),
        hosting=Hosting.instances(2),
        update=Update.canary(30, _TEN),
        data_capture=optimization.DataCapture.to_bucket(bucket, "captured/", percent=10),
        detailed_observability=True,
        tags={"team": "search"},
    )
    endpoint.auto_scale(min_capacity=1, max_capacity=4).scale_on_concurrency("Load", target=8)
    errors = endpoint.metric_invocation_5xx_errors(period=cdk.Duration.minutes(1))
    endpoint.add_rollback_alarm(errors.create_alarm(stack, "Errors", threshold=1, evaluation_periods=2))


def _components(stack: cdk.Stack, technique: str) -> None:
    """Everything that components can have, down to zero."""
    endpoint = optimization.OptimizedEndpoint(
        stack,
        "Endpoint",
        model=make_model(stack, technique),
        hosting=Hosting.components(min_memory=_MEMORY, cache=True),
        update=Update.rolling(50, _TEN),
    )
    endpoint.auto_scale(min_capacity=0, max_capacity=4).scale_on_concurrency("Load", target=8)
    errors = endpoint.metric_invocation_5xx_errors(period=cdk.Duration.minutes(1))
    endpoint.add_rollback_alarm(errors.create_alarm(stack, "Errors", threshold=1, evaluation_periods=2))


def _asynchronous(stack: cdk.Stack, technique: str) -> None:
    """An endpoint with a queue, down to zero."""
    bucket = optimization.OptimizationBucket(stack, "Inference")
    asynchronous = optimization.AsyncInference.to_bucket(
        bucket,
        "responses/",
        failure_prefix="errors/",
        success_topic=sns.Topic(stack, "Success", enforce_ssl=True),
        max_concurrent_invocations=4,
    )
    model = make_model(stack, technique)
    endpoint = optimization.OptimizedEndpoint(stack, "Endpoint", model=model, asynchronous=asynchronous)
    endpoint.auto_scale(min_capacity=0, max_capacity=2).scale_on_backlog("Backlog", target=5)


def _variants(stack: cdk.Stack, technique: str) -> None:
    """Two models of one job that share the traffic."""
    model = make_model(stack, technique)
    job = stack.node.find_child("Job")
    assert isinstance(job, optimization.OptimizationJob)
    other = optimization.OptimizedModel(stack, "Other", job=job, environment={"SERVING_LOAD_MODELS": "ALL"})
    endpoint = optimization.OptimizedEndpoint(stack, "Endpoint", model=model)
    challenger = endpoint.add_variant("challenger", model=other, weight=0.1)
    challenger.auto_scale(min_capacity=1, max_capacity=2).scale_on_invocations("Requests", per_minute=70)


CASES: dict[str, Callable[[cdk.Stack], None]] = {
    f"{technique}_on_{name}": partial(build, technique=technique)
    for name, build in (("instances", _instances), ("components", _components))
    for technique in JOBS
    if (technique, name) != ("sharding", "instances")
}
CASES["quantization_asynchronous"] = partial(_asynchronous, technique="quantization")
CASES["quantization_in_variants"] = partial(_variants, technique="quantization")

#: A case of each kind of resource and property, because cfn-lint takes its time.
LINTED = (
    "eagle_on_instances",
    "sharding_on_components",
    "quantization_asynchronous",
    "quantization_in_variants",
)


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    found = {}
    for name, build in CASES.items():
        stack = cdk.Stack(new_app(), "Stack")
        build(stack)
        found[name] = template_of(stack)
    return found


def _of_the_endpoint(template: dict[str, Any]) -> dict[str, Any]:
    """The part of a template that an endpoint adds, without the model and the provider."""
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if logical_id.startswith(("Endpoint", "Errors"))
    }


@pytest.mark.newest_cdk  # an older one writes its own version of the same resources
@pytest.mark.parametrize("name", CASES)
def test_the_template_is_that_of_the_snapshot(templates: dict[str, dict[str, Any]], name: str) -> None:
    text = json.dumps(_of_the_endpoint(templates[name]), indent=2) + "\n"
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no snapshot of {name} yet: run with UPDATE_SNAPSHOTS=1"
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))


def test_there_is_no_snapshot_of_what_is_gone() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(CASES)


def test_cfn_lint_has_nothing_against_any(templates: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    for name in LINTED:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(templates[name]), encoding="utf-8")
        found = lint_file(path, config=ManualArgs(regions=["us-east-1"]))
        assert [str(match) for match in found] == [], name


#: What CloudFormation replaces only if the name itself changes: a replacement never meets its own old name.
_REPLACED_BY_NAME_ALONE = {
    "AWS::SageMaker::Endpoint": "EndpointName",
    "AWS::SageMaker::InferenceComponent": "InferenceComponentName",
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_that_can_be_replaced_has_a_name(templates: dict[str, dict[str, Any]], name: str) -> None:
    """CloudFormation makes the new resource before it deletes the old one."""
    for logical_id, resource in templates[name]["Resources"].items():
        kind = resource["Type"]
        if not kind.startswith("AWS::SageMaker::"):
            continue
        own_name = f"{kind.rpartition('::')[2]}Name"
        replaced_by = _replaced_by(kind) - {own_name}
        assert own_name not in resource["Properties"] or not replaced_by, logical_id
        if own_name in resource["Properties"]:
            assert _REPLACED_BY_NAME_ALONE[kind] == own_name


def _replaced_by(kind: str) -> set[str]:
    """The properties whose change makes CloudFormation replace a resource."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return {path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", [])}


def test_a_config_and_a_model_are_replaced_by_every_change() -> None:
    """So neither may have a name, and an endpoint changes in place."""
    assert "ProductionVariants" in _replaced_by(CONFIG)
    assert "PrimaryContainer" in _replaced_by(MODEL)
    for kind, name in _REPLACED_BY_NAME_ALONE.items():
        assert _replaced_by(kind) <= {name}


def test_a_bucket_may_be_one_of_yours(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "kept")
    model = make_model(stack)
    capture = optimization.DataCapture.to_bucket(bucket)
    optimization.OptimizedEndpoint(stack, "Endpoint", model=model, data_capture=capture)
    assert "kept" in json.dumps(_of_the_endpoint(template_of(stack)))
