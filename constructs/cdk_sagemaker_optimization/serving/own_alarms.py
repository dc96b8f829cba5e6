"""The alarms of an endpoint: which they are, and which of them would wait for the endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import IConstruct

from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.facts import node_of, path_of, resource_of, stack_of


def problems_with_alarms(endpoint: IConstruct, alarms: Sequence[cloudwatch.IAlarm]) -> list[str]:
    """Find alarms that refer to the endpoint that they roll back, which CloudFormation could not order.

    A composite alarm does so through any alarm of its rule. The metrics of the endpoint's own methods name it
    without a reference.

    Args:
        endpoint: the construct of the endpoint.
        alarms: its rollback alarms.

    Returns:
        A sentence for each.
    """
    stack = stack_of(endpoint)
    resources = [each for each in node_of(endpoint).find_all() if isinstance(each, cdk.CfnResource)]
    own = {stack.resolve(each.logical_id) for each in resources}
    found = [(alarm, _referring(stack, alarm, own)) for alarm in alarms if stack_of(alarm) is stack]
    return [
        (
            f"the rollback alarm {path_of(alarm)} must not refer to {path_of(endpoint)}, which waits for it, "
            f"because CloudFormation could make neither, but {_name_of(referring)} does: watch a metric that "
            "a method of the endpoint returns, such as metric_invocation_5xx_errors(), or give endpoint_name "
            "and write the same name in the alarm"
        )
        for alarm, referring in found
        if referring is not None
    ]


def identity_of(alarm: cloudwatch.IAlarm) -> str:
    """Return a string that changes with the name of an alarm, as far as that is known at synthesis."""
    resource = resource_of(alarm)
    name: str | None = alarm.alarm_name
    if isinstance(resource, (cloudwatch.CfnAlarm, cloudwatch.CfnCompositeAlarm)):
        name = resource.alarm_name
    return path_of(alarm) if name is None or is_unresolved(name) else f"{path_of(alarm)} {name}"


def _referring(stack: cdk.Stack, alarm: IConstruct, resources: set[str]) -> IConstruct | None:
    """Return the alarm, or the one below a composite alarm, that refers to one of some resources."""
    waiting, seen = [alarm], set[str]()
    while waiting:
        each = waiting.pop()
        names = set(_names_in(stack.resolve(_watched(each)))) - seen
        if names & resources:
            return each
        seen |= names
        if names:
            waiting += _alarms_called(stack, names)
    return None


def _alarms_called(stack: cdk.Stack, names: set[str]) -> list[IConstruct]:
    return [
        each
        for each in node_of(stack).find_all()
        if isinstance(each, (cloudwatch.CfnAlarm, cloudwatch.CfnCompositeAlarm))
        and stack.resolve(each.logical_id) in names
    ]


def _watched(alarm: IConstruct) -> list[Any]:
    found: list[Any] = []
    for each in node_of(alarm).find_all():
        if isinstance(each, cloudwatch.CfnAlarm):
            found += [each.dimensions, each.metrics]
        elif isinstance(each, cloudwatch.CfnCompositeAlarm):
            found.append(each.alarm_rule)
    return found


def _name_of(alarm: IConstruct) -> str:
    return path_of(alarm).removesuffix("/Resource")


def _names_in(resolved: Any) -> Iterator[str]:
    """Yield the logical ids that a resolved value refers to."""
    match resolved:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case dict():
            for item in resolved.values():
                yield from _names_in(item)
        case list():
            for item in resolved:
                yield from _names_in(item)
