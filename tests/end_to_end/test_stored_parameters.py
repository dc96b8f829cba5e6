"""A value that one stack stores reaches the next deployment of another, whose template stays the same."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

from localcloud import LocalCloud
from tests.end_to_end.support_account import parameter
from tests.end_to_end.support_project import Project

_STORED, _SERVED = "/jobs/location", "/serving/location"


def _reads(stack: cdk.Stack) -> None:
    stored = cdk.CfnParameter(stack, "Location", type="AWS::SSM::Parameter::Value<String>", default=_STORED)
    ssm.StringParameter(stack, "Served", parameter_name=_SERVED, string_value=stored.value_as_string)


def _store(cloud: LocalCloud, value: str) -> None:
    cloud.client("ssm").put_parameter(Name=_STORED, Value=value, Type="String", Overwrite=True)


def test_the_cli_deploys_a_stack_although_only_the_value_of_its_stored_parameter_is_new(
    cloud: LocalCloud, project: Project
) -> None:
    _store(cloud, "s3://models/one/")
    assert project.deploy(_reads).succeeded
    assert parameter(cloud, _SERVED) == "s3://models/one/"

    _store(cloud, "s3://models/two/")
    again = project.deploy()

    assert again.succeeded, again.output
    assert parameter(cloud, _SERVED) == "s3://models/two/"
    assert project.stack.status == "UPDATE_COMPLETE"

    unchanged = project.deploy()
    assert unchanged.succeeded
    assert "no changes" in unchanged.output
