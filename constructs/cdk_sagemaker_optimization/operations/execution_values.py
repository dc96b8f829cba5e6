"""Values that differ from one execution of a state machine to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from constructs import IConstruct

from cdk_sagemaker_optimization.checks.tokens import tokens_in
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.facts import path_of


def execution_value_problems(job: IConstruct, values: Mapping[str, Any]) -> list[str]:
    """Find values such as ``JsonPath.string_at(…)`` in the props of a job.

    The definition of the job is one string of the state, in which Step Functions replaces nothing. The job
    would get the path itself, such as ``$.model``.

    Args:
        job: the construct of the job.
        values: the values by the names of their props.
    """
    found = [name for name, value in values.items() if any(map(_is_of_execution, _tokens_of(value)))]
    if not found:
        return []
    problem = (
        f"{' and '.join(found)} of {path_of(job)} must be the same in every execution, because the "
        "definition of a job is a fixed part of the state machine, got a path of sfn.JsonPath: give a value "
        "that does not depend on the input, for example in a RunOptimizationJob for each model"
    )
    return [problem]


def _tokens_of(value: Any) -> Iterator[str]:
    """Yield the tokens in a value, as strings."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _tokens_of(key)
            yield from _tokens_of(item)
    elif isinstance(value, str):
        yield from tokens_in(value)
    elif isinstance(value, (list, tuple)):
        if is_unresolved(value):
            yield cdk.Token.as_string(cdk.Tokenization.reverse_list(list(value)))
        else:
            for item in value:
                yield from _tokens_of(item)
    elif is_unresolved(value):
        yield cdk.Token.as_string(value)


def _is_of_execution(token: str) -> bool:
    return sfn.JsonPath.is_encoded_json_path(token)
