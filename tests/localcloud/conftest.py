"""One local cloud for the tests of its platform, empty at the beginning of each."""

from __future__ import annotations

import io
import json
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localcloud import LocalCloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(scope="session")
def platform() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(platform: LocalCloud) -> LocalCloud:
    """An empty account."""
    platform.reset()
    return platform


@pytest.fixture
def role(cloud: LocalCloud) -> Callable[..., str]:
    """Makes a role that Lambda and Step Functions may use, with a policy of these statements."""

    def make(*statements: dict[str, Any], name: str = "worker", trust: dict[str, Any] = TRUST) -> str:
        iam = cloud.client("iam")
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        if statements:
            document = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=json.dumps(document))
        return str(created["Role"]["Arn"])

    return make


@pytest.fixture
def function(cloud: LocalCloud) -> Callable[..., str]:
    """Makes a function from source code with a `handler(event, context)`, and answers its ARN."""

    def make(source: str, role_arn: str, *, name: str = "work", **configuration: Any) -> str:
        created = cloud.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role_arn,
            Handler="work.handler",
            Code={"ZipFile": archive(source)},
            Timeout=configuration.pop("Timeout", 30),
            **configuration,
        )
        return str(created["FunctionArn"])

    return make


def everything_but(action: str) -> list[dict[str, Any]]:
    """Statements that allow everything but one action."""
    return [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": action, "Resource": "*"},
    ]


def archive(source: str) -> bytes:
    """A function's zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        zipped.writestr("work.py", textwrap.dedent(source))
    return content.getvalue()
