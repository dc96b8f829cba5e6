"""A definition that is too large for an update, which carries the old one and the new one, is an error."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import jsii
import pytest

import cdk_sagemaker_optimization as optimization
from optimization_job.contract import MAX_DEFINITION_BYTES
from tests.constructs.support import make_job, properties_of, template_of

_LIMIT = 100_000
_INPUT_OF_AN_EXECUTION = 262_144


@jsii.implements(cdk.IStableStringProducer)
class _Long:
    def produce(self) -> str:
        return "x" * _LIMIT


def _largest(entries: int, configs: int) -> dict[str, Any]:
    environment = {f"{number:03d}{'k' * 253}": "v" * 256 for number in range(entries)}
    return {
        "optimization_environment": environment,
        "optimization_configs": [optimization.OptimizationConfig.quantization(environment=environment)]
        * configs,
    }


def test_the_largest_request_that_the_api_allows_is_an_error_at_once(stack: cdk.Stack) -> None:
    message = (
        r"^the definition of Stack/Job must have at most 100,000 bytes as JSON, because an update carries "
        r"the old one and the new one, got 14\d,\d{3}: shorten the largest properties "
        r"\(OptimizationConfigs with 13\d,\d{3}, OptimizationEnvironment with 13,\d{3}, "
    )
    with pytest.raises(ValueError, match=message):
        make_job(stack, **_largest(25, 10))


def test_two_definitions_of_almost_the_limit_fit_into_the_input_of_an_execution(stack: cdk.Stack) -> None:
    make_job(stack, **_largest(25, 6))
    properties = properties_of(template_of(stack))
    assert 0.9 * _LIMIT < len(json.dumps(properties)) <= _LIMIT
    other_things_in_a_request = 20_000
    assert 2 * _LIMIT + other_things_in_a_request < _INPUT_OF_AN_EXECUTION


def test_long_triggers_count_and_the_message_says_what_to_do(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"\(Triggers with 120,0.*or give hashes as triggers$"):
        make_job(stack, triggers=["x" * 120_000])


def test_letters_count_as_they_are_sent(stack: cdk.Stack) -> None:
    make_job(stack, "Fits", triggers=["x" * 20_000])
    with pytest.raises(ValueError, match=r"got 120,"):
        make_job(stack, "DoesNot", triggers=["日" * 20_000])


def test_what_is_known_only_at_synthesis_counts_there(stack: cdk.Stack) -> None:
    long = cdk.Lazy.string(_Long())
    make_job(stack, triggers=[long])
    with pytest.raises(RuntimeError, match=r"the definition of Stack/Job must have at most 100,000 bytes"):
        template_of(stack)


def test_the_function_takes_what_the_constructs_take() -> None:
    assert MAX_DEFINITION_BYTES == _LIMIT


def _overridden(stack: cdk.Stack, path: str, value: Any, **props: Any) -> cdk.Stack:
    resource = make_job(stack, **props).node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.add_property_override(path, value)
    return stack


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("OptimizationEnvironment.KEY", "x" * _LIMIT),
        ("OptimizationEnvironment", {"a.b": "x" * _LIMIT}),
        ("OptimizationConfigs.0.ModelQuantizationConfig.OverrideEnvironment.a\\.b", "x" * _LIMIT),
    ],
)
def test_an_override_counts(stack: cdk.Stack, path: str, value: Any) -> None:
    with pytest.raises(RuntimeError, match=r"the definition of Stack/Job must have at most 100,000 bytes"):
        template_of(_overridden(stack, path, value))


def test_what_an_override_takes_away_does_not_count(stack: cdk.Stack) -> None:
    long = cdk.Lazy.string(_Long())
    template = template_of(_overridden(stack, "Triggers", ["short"], triggers=[long]))
    assert properties_of(template)["Triggers"] == ["short"]
