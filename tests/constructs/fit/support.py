"""Whether an app as a whole can be deployed, as far as its templates tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import cx_api

from tests.constructs.support import as_list, flat

VIRGINIA = cdk.Environment(account="111122223333", region="us-east-1")
ELSEWHERE = cdk.Environment(account="444455556666", region="us-east-1")
IRELAND = cdk.Environment(account="111122223333", region="eu-west-1")


def synthesized(app: cdk.App) -> dict[str, dict[str, Any]]:
    """The templates of an app's stacks by the stacks' names, in the order of their deployment.

    Raises:
        AssertionError: a template refers to something that is not there, or not there yet.
    """
    templates: dict[str, dict[str, Any]] = {}
    exported: set[str] = set()
    for stack in _in_order(app.synth().stacks_recursively):
        template = dict(stack.template)
        _check_references(stack.stack_name, template)
        imported = {flat(name) for name in _arguments(template, "Fn::ImportValue")}
        assert imported <= exported, f"{stack.stack_name} imports what nobody exported before it"
        outputs = template.get("Outputs", {}).values()
        exported |= {flat(output["Export"]["Name"]) for output in outputs if "Export" in output}
        templates[stack.stack_name] = template
    return templates


def nested_template(app: cdk.App, name: str) -> dict[str, Any]:
    """The template of a nested stack of a synthesized app."""
    (path,) = Path(app.outdir).glob(f"*{name}*.nested.template.json")
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    _check_references(name, template)
    return template


def _in_order(
    stacks: list[cx_api.CloudFormationStackArtifact],
) -> list[cx_api.CloudFormationStackArtifact]:
    waiting = {stack.id: stack for stack in stacks}
    order: list[cx_api.CloudFormationStackArtifact] = []
    while waiting:
        ready = [
            stack
            for stack in waiting.values()
            if not any(needed.id in waiting for needed in stack.dependencies if needed.id != stack.id)
        ]
        assert ready, f"the stacks {sorted(waiting)} wait for each other"
        order += [waiting.pop(stack.id) for stack in ready]
    return order


def _check_references(name: str, template: dict[str, Any]) -> None:
    known = {*template.get("Resources", {}), *template.get("Parameters", {})}
    for reference in _arguments(template, "Ref"):
        assert reference.startswith("AWS::") or reference in known, f"{name} has no {reference}"
    for argument in _arguments(template, "Fn::GetAtt"):
        assert argument[0] in known, f"{name} has no {argument[0]}"
    for argument in _arguments(template, "Fn::FindInMap"):
        assert argument[0] in template.get("Mappings", {}), f"{name} has no mapping {argument[0]}"
    for resource in template.get("Resources", {}).values():
        for needed in as_list(resource.get("DependsOn", [])):
            assert needed in known, f"{name} has no {needed}"
    _check_order(name, template.get("Resources", {}))


def _check_order(name: str, resources: dict[str, Any]) -> None:
    """CloudFormation can make the resources one after the other."""
    needs = {
        logical_id: {
            *as_list(resource.get("DependsOn", [])),
            *_arguments(resource, "Ref"),
            *(argument[0] for argument in _arguments(resource, "Fn::GetAtt")),
        }
        & resources.keys()
        for logical_id, resource in resources.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        raise AssertionError(f"{name} has a circle: {error.args[1]}") from None


def _arguments(value: Any, function: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if set(value) == {function}:
            yield value[function]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _arguments(item, function)
