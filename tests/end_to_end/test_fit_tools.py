"""The CLI's own tools on a stack that has not changed, and accounts that were set up in another way."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest

from localcloud import LocalCloud
from tests.end_to_end.support_account import created
from tests.end_to_end.support_project import STACK, Project
from tests.end_to_end.support_stacks import one_job


def test_diff_hotswap_and_watch_see_no_change_where_there_is_none(
    cloud: LocalCloud, project: Project
) -> None:
    project.given(one_job())
    answered = len(cloud.cloudformation.responses)
    project.synthesize(one_job())

    compared = project.run("diff", STACK, "--fail")
    assert compared.succeeded, compared.output
    assert "There were no differences" in compared.output

    swapped = project.deploy(None, "--hotswap-fallback")
    assert swapped.succeeded, swapped.output

    (project.directory / "src").mkdir()
    settings = {"app": str(project.assembly), "watch": {"include": "src/**"}}
    (project.directory / "cdk.json").write_text(json.dumps(settings))
    watched = project.cli.watch_until("no changes", STACK, directory=project.directory)
    assert "(no changes)" in watched

    assert len(cloud.cloudformation.responses) == answered
    assert len(created(cloud)) == 1


@pytest.mark.parametrize(
    "synthesizer",
    [cdk.CliCredentialsStackSynthesizer, cdk.LegacyStackSynthesizer],
    ids=lambda kind: str(kind.__name__),
)
def test_a_stack_is_deployed_with_the_callers_own_permissions(
    cloud: LocalCloud, project: Project, synthesizer: type[cdk.StackSynthesizer]
) -> None:
    def build(app: cdk.App) -> None:
        one_job()(cdk.Stack(app, STACK, synthesizer=synthesizer()))

    project.synthesize_app(build)
    result = project.deploy()
    assert result.succeeded, result.output
    assert len(created(cloud)) == 1
    roles = {str(call.parameters["RoleArn"]) for call in cloud.calls.of("sts", "AssumeRole")}
    assert not any("cdk-hnb659fds" in role for role in roles)
