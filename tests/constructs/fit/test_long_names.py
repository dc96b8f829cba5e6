"""Names that are longer than what they become part of."""

from __future__ import annotations

import re

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

import cdk_sagemaker_optimization as optimization
from tests.constructs.fit.support import synthesized
from tests.constructs.support import JOB, make_job, properties_of, resources_of

_LONGEST_STACK_NAME = 128
_LONGEST_LOGICAL_ID = 255
_LONGEST_POLICY_NAME = 128
_LONGEST_PREFIX = 46
_LONGEST_EXPORT = 255


def _deep(scope: Construct, levels: int = 10) -> Construct:
    for level in range(levels):
        scope = Construct(scope, f"Level{level}{'x' * 60}")
    return scope


def test_long_ids_deep_in_a_stack_with_a_long_name_fit_into_every_limit(app: cdk.App) -> None:
    stack = cdk.Stack(app, "S" * _LONGEST_STACK_NAME)
    scope = _deep(stack)
    optimization.OptimizationJobProvider(scope, "P" * 200)
    make_job(scope, "J" * 200)
    make_job(scope, "K" * 200, optimization_job_name="n" * 63)
    (template,) = synthesized(app).values()
    assert max(map(len, template["Resources"])) <= _LONGEST_LOGICAL_ID
    assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in template["Resources"])
    for policy in resources_of(template, "AWS::IAM::Policy").values():
        assert len(policy["Properties"]["PolicyName"]) <= _LONGEST_POLICY_NAME
    for job in resources_of(template, JOB).values():
        assert len(job["Properties"].get("NamePrefix", "")) <= _LONGEST_PREFIX
    # What is named by CloudFormation cannot be too long.
    for resource_type, name in (("Role", "RoleName"), ("ManagedPolicy", "ManagedPolicyName")):
        for body in resources_of(template, f"AWS::IAM::{resource_type}").values():
            assert name not in body["Properties"]


def test_policies_whose_long_names_are_cut_stay_apart(app: cdk.App) -> None:
    scope = _deep(cdk.Stack(app, "Stack"))
    role = optimization.OptimizationRole(cdk.Stack(app, "Platform"), "Role")
    for number in range(3):
        make_job(scope, f"{'J' * 200}{number}", role=role, optimization_job_name=f"{'n' * 60}{number}")
    template = synthesized(app)["Stack"]
    names = [
        (str(policy["Properties"]["Roles"]), policy["Properties"]["PolicyName"])
        for policy in resources_of(template, "AWS::IAM::Policy").values()
    ]
    assert len(names) == len(set(names))


def test_exports_of_a_deep_job_fit(app: cdk.App) -> None:
    job = make_job(_deep(cdk.Stack(app, "S" * 100)), "J" * 200)
    cdk.CfnOutput(cdk.Stack(app, "Other"), "Location", value=job.output_location)
    templates = synthesized(app)
    exports = [output["Export"]["Name"] for output in templates["S" * 100]["Outputs"].values()]
    assert all(len(name) <= _LONGEST_EXPORT for name in exports)


def test_a_stack_name_of_the_longest_kind_still_tells_its_jobs_from_anothers(app: cdk.App) -> None:
    names = [f"{'S' * 127}{number}" for number in range(2)]
    for name in names:
        make_job(cdk.Stack(app, name))
    templates = synthesized(app)
    assert len({properties_of(templates[name])["NamePrefix"] for name in names}) == 2


def test_the_name_of_the_state_machines_log_group_fits(app: cdk.App) -> None:
    stack = cdk.Stack(app, "S" * _LONGEST_STACK_NAME)
    optimization.OptimizationJobProvider(_deep(stack), "P" * 200, state_machine_log_level=sfn.LogLevel.ALL)
    (template,) = synthesized(app).values()
    names = [
        group["Properties"]["LogGroupName"]
        for group in resources_of(template, "AWS::Logs::LogGroup").values()
        if "LogGroupName" in group["Properties"]
    ]
    assert len(names) == 1
    assert len(names[0]) <= 512
