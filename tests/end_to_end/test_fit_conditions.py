"""A job that is there only under a condition of the template."""

from __future__ import annotations

import aws_cdk as cdk

from localcloud import LocalCloud
from localcloud.services.cloudformation import StackView
from tests.end_to_end.support_account import created, recorded_jobs
from tests.end_to_end.support_project import STACK, Project, publish_assets, reasons
from tests.end_to_end.support_stacks import add_job
from tests.end_to_end.support_waiting import settle


def _conditional(stack: cdk.Stack) -> None:
    wanted = cdk.CfnParameter(stack, "Optimize", default="no", allowed_values=["yes", "no"])
    is_yes = cdk.Fn.condition_equals(wanted.value_as_string, "yes")
    condition = cdk.CfnCondition(stack, "ShallOptimize", expression=is_yes)
    job = add_job(stack)
    for construct in job.node.find_all():
        if isinstance(construct, cdk.CfnResource):
            construct.cfn_options.condition = condition
    cdk.CfnOutput(stack, "Where", value=job.output_location, condition=condition)


def _deploy(cloud: LocalCloud, project: Project, optimize: str) -> StackView:
    template = project.template.read_text()
    parameters = {"Optimize": optimize}
    stack = cloud.cloudformation.deploy(template, STACK, parameters=parameters, wait=False)
    return settle(cloud, stack)


def test_a_job_under_a_condition_comes_and_goes_with_it(cloud: LocalCloud, project: Project) -> None:
    project.synthesize(_conditional)
    publish_assets(cloud, project.assembly)
    for number, optimize in enumerate(("no", "yes", "no", "yes")):
        stack = _deploy(cloud, project, optimize)
        assert stack.status == ("UPDATE_COMPLETE" if number else "CREATE_COMPLETE"), reasons(stack)
        assert list(recorded_jobs(cloud).values()) == (["COMPLETED"] if optimize == "yes" else [])
    assert len(created(cloud)) == 2
    assert project.delete().status == "DELETE_COMPLETE"
    assert recorded_jobs(cloud) == {}
