"""Real requests, said with the constructs."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from tests.constructs.payloads.stacks import BUILDERS, payload
from tests.constructs.support import properties_of, template_of

_OURS = ("ServiceToken", "Version", "NamePrefix", "ExactOutputLocation")


@pytest.mark.parametrize("name", BUILDERS)
def test_the_template_holds_the_request_as_it_was_sent(stack: cdk.Stack, name: str) -> None:
    BUILDERS[name](stack)
    properties = {
        member: value
        for member, value in properties_of(template_of(stack)).items()
        if member not in (*_OURS, "RoleArn")
    }
    request = payload(name)
    del request["OptimizationJobName"], request["RoleArn"]
    if "Tags" in request:
        request["Tags"].sort(key=lambda tag: tag["Key"])
    assert properties == request


@pytest.mark.parametrize("name", BUILDERS)
def test_the_request_is_all_that_the_function_gets_beside_its_own_members(
    stack: cdk.Stack, name: str
) -> None:
    BUILDERS[name](stack)
    properties = properties_of(template_of(stack))
    assert {member: properties[member] for member in _OURS[1:]} == {
        "Version": "1",
        "NamePrefix": "stack-e55164--job",
        "ExactOutputLocation": True,
    }
