"""A local cloud with a role and a bucket for jobs, whose time passes only when a test says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.requests import creation

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def cloud(cloud: LocalCloud) -> LocalCloud:
    """An account with the role `execution`, which may do everything, and the bucket `models`."""
    cloud.clock.pause()
    iam = cloud.client("iam")
    iam.create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="execution", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    cloud.client("s3").create_bucket(Bucket="models")
    return cloud


@pytest.fixture
def sagemaker(cloud: LocalCloud) -> Any:
    """A client that does not try again by itself, so that a test sees every answer."""
    return cloud.client("sagemaker")


@pytest.fixture
def create(sagemaker: Any) -> Callable[..., str]:
    """Creates a job, with other members than usual, and answers its ARN."""

    def call(**members: Any) -> str:
        return str(sagemaker.create_optimization_job(**creation(**members))["OptimizationJobArn"])

    return call
