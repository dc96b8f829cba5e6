"""An artifact becomes a model of SageMaker, as its technique needs it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import IConstruct

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.support import (
    DJL,
    JOBS,
    MODEL,
    imported,
    last_leg,
    make_model,
)
from tests.constructs.support import (
    as_list,
    make_job,
    properties_of,
    resources_of,
    template_of,
    warnings_of,
)

SNAPSHOTS = Path(__file__).parent / "snapshots"


def of_the_model(template: dict[str, Any]) -> dict[str, Any]:
    """The part of a template that a model adds, and the leg that it changes."""
    model = {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if logical_id.startswith("Model")
    }
    return {"Model": model, "LastLeg": last_leg(template)}


@pytest.mark.newest_cdk  # an older one writes its own version of the same resources
@pytest.mark.parametrize("technique", JOBS)
def test_a_model_of_a_technique_is_that_of_the_snapshot(stack: cdk.Stack, technique: str) -> None:
    make_model(stack, technique)
    text = json.dumps(of_the_model(template_of(stack)), indent=2) + "\n"
    path = SNAPSHOTS / f"{technique}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no snapshot of {technique} yet: run with UPDATE_SNAPSHOTS=1"
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))


def test_there_is_no_snapshot_of_a_technique_that_is_gone() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(JOBS)


def test_the_artifact_is_served_with_the_image_that_sagemaker_recommends(stack: cdk.Stack) -> None:
    make_model(stack)
    template = template_of(stack)
    (leg,) = (
        logical_id
        for logical_id, resource in template["Resources"].items()
        if resource["Properties"].get("Last")
    )
    container = properties_of(template, MODEL)["PrimaryContainer"]
    assert container == {
        "Image": {"Fn::GetAtt": [leg, "RecommendedInferenceImage"]},
        "ModelDataSource": {
            "S3DataSource": {
                "S3Uri": {"Fn::GetAtt": [leg, "OutputLocation"]},
                "S3DataType": "S3Prefix",
                "CompressionType": "None",
            }
        },
    }


def test_the_license_that_the_job_accepted_is_accepted_for_the_artifact(stack: cdk.Stack) -> None:
    source = optimization.ModelSource.from_s3_uri("s3://gated/llama/", accept_eula=True)
    make_model(stack, job={"model_source": source})
    files = properties_of(template_of(stack), MODEL)["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert files["ModelAccessConfig"] == {"AcceptEula": True}


@pytest.mark.parametrize("technique", JOBS)
def test_no_model_has_a_name_that_a_replacement_would_need_as_well(stack: cdk.Stack, technique: str) -> None:
    make_model(stack, technique)
    models = [
        resource
        for resource in template_of(stack)["Resources"].values()
        if resource["Type"] in (MODEL, "Custom::SageMakerModel")
    ]
    assert len(models) == 1
    assert "ModelName" not in models[0]["Properties"]


def test_a_model_can_be_named_and_granted_things(stack: cdk.Stack) -> None:
    model = make_model(stack)
    cdk.CfnOutput(stack, "Name", value=model.model_name)
    cdk.CfnOutput(stack, "Arn", value=model.model_arn)
    iam.Grant.add_to_principal(grantee=model, actions=["s3:GetObject"], resource_arns=["arn:aws:s3:::a/b"])
    template = template_of(stack)
    (logical_id,) = resources_of(template, MODEL)
    assert template["Outputs"]["Name"]["Value"] == {"Fn::GetAtt": [logical_id, "ModelName"]}
    assert template["Outputs"]["Arn"]["Value"] == {"Ref": logical_id}
    assert "arn:aws:s3:::a/b" in str(resources_of(template, "AWS::IAM::Policy"))


def test_an_endpoint_reads_what_it_needs_from_the_model(stack: cdk.Stack) -> None:
    model = make_model(stack, "sharding")
    assert model.techniques == (optimization.Technique.SHARDING,)
    assert model.instance_type == "ml.p4d.24xlarge"
    assert model.network_isolation is False
    assert model.vpc_config is None
    assert cdk.Token.is_unresolved(model.image)
    assert model.environment == {}
    assert model.view.techniques == model.techniques
    assert isinstance(model.role, optimization.ServingRole)
    assert model.dependencies


def test_a_model_waits_for_the_permissions_of_its_role(stack: cdk.Stack) -> None:
    make_model(stack)
    template = template_of(stack)
    (model,) = resources_of(template, MODEL).values()
    policies = [
        logical_id
        for logical_id in resources_of(template, "AWS::IAM::Policy")
        if logical_id.startswith("ModelRole")
    ]
    assert model["DependsOn"] == policies


# ---- the image


def test_a_job_must_recommend_an_image_if_a_model_uses_it(stack: cdk.Stack) -> None:
    make_model(stack)
    assert last_leg(template_of(stack))["RequireImage"] is True


def test_a_job_need_not_recommend_an_image_if_every_model_has_its_own(stack: cdk.Stack) -> None:
    make_model(stack, image=f"{DJL}:0.33.0-lmi15.0.0-cu128")
    assert "RequireImage" not in last_leg(template_of(stack))


def test_one_model_of_several_that_uses_the_image_is_enough(stack: cdk.Stack) -> None:
    job = make_job(stack)
    optimization.OptimizedModel(stack, "One", job=job, image=f"{DJL}:0.33.0-lmi15.0.0-cu128")
    optimization.OptimizedModel(stack, "Two", job=job)
    assert last_leg(template_of(stack))["RequireImage"] is True


@jsii.implements(cdk.IAspect)
class EveryJobIsServed:
    """Adds a model to each job, as a platform team might."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, optimization.OptimizationJob) and node.node.try_find_child("Served") is None:
            optimization.OptimizedModel(node, "Served", job=node)


def test_a_model_that_an_aspect_adds_needs_the_image_too(stack: cdk.Stack) -> None:
    make_job(stack)
    cdk.Aspects.of(stack).add(EveryJobIsServed())
    template = template_of(stack)
    assert last_leg(template)["RequireImage"] is True
    assert len(resources_of(template, MODEL)) == 1


# ---- tags


def test_a_model_has_the_tag_by_which_sagemakers_sdk_finds_the_job(stack: cdk.Stack) -> None:
    make_model(stack, tags={"team": "ml"})
    tags = properties_of(template_of(stack), MODEL)["Tags"]
    by_key = {tag["Key"]: tag["Value"] for tag in tags}
    assert set(by_key) == {"OptimizationJobName", "team"}
    assert set(by_key["OptimizationJobName"]) == {"Ref"}


def test_tags_of_the_app_reach_the_model_and_override_its_own(app: cdk.App, stack: cdk.Stack) -> None:
    make_model(stack, tags={"team": "ml"})
    cdk.Tags.of(app).add("team", "search")
    tags = properties_of(template_of(stack), MODEL)["Tags"]
    assert {"Key": "team", "Value": "search"} in tags


# ---- a network


@pytest.mark.parametrize("technique", ["quantization", "eagle"])
@pytest.mark.parametrize("key", ["aws:cost", "AWS:cost"])
def test_a_tag_that_only_aws_may_use_is_refused_at_once(stack: cdk.Stack, technique: str, key: str) -> None:
    with pytest.raises(ValueError, match=f"must not begin with 'aws:', which only AWS may use, got '{key}'"):
        make_model(stack, technique, tags={key: "x"})


def test_a_model_in_a_vpc_has_network_interfaces_of_its_own(stack: cdk.Stack) -> None:
    model = make_model(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=2))
    assert model.connections.security_groups
    assert model.vpc_config is not None
    template = template_of(stack)
    network = properties_of(template, MODEL)["VpcConfig"]
    assert len(network["Subnets"]) == 2
    assert len(network["SecurityGroupIds"]) == 1
    actions = [
        action
        for policy in resources_of(template, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
    ]
    assert "ec2:CreateNetworkInterface" in actions


def test_a_model_without_a_vpc_has_no_permission_on_networks(stack: cdk.Stack) -> None:
    model = make_model(stack)
    with pytest.raises(ValueError, match=r"Stack/Model has no network connections: give it a vpc"):
        _ = model.connections
    assert "ec2:" not in str(resources_of(template_of(stack), "AWS::IAM::Policy"))


def test_a_container_can_be_cut_off_from_the_network(stack: cdk.Stack) -> None:
    assert make_model(stack, network_isolation=True).network_isolation
    assert properties_of(template_of(stack), MODEL)["EnableNetworkIsolation"] is True


# ---- imported jobs


def test_an_imported_job_is_served_with_what_is_said_about_it(stack: cdk.Stack) -> None:
    image = f"{DJL}:0.33.0-lmi15.0.0-cu128"
    model = optimization.OptimizedModel(
        stack, "Model", job=imported(stack), technique=optimization.Technique.QUANTIZATION, image=image
    )
    assert model.instance_type is None
    assert model.techniques == (optimization.Technique.QUANTIZATION,)
    properties = properties_of(template_of(stack), MODEL)
    assert properties["PrimaryContainer"] == {
        "Image": image,
        "ModelDataSource": {
            "S3DataSource": {
                "S3Uri": "s3://elsewhere/one/",
                "S3DataType": "S3Prefix",
                "CompressionType": "None",
            }
        },
    }
    assert properties["Tags"] == [{"Key": "OptimizationJobName", "Value": "one"}]


def test_a_model_of_an_ordinary_job_says_nothing_that_worries(stack: cdk.Stack) -> None:
    make_model(stack)
    assert warnings_of(stack) == []


def test_a_model_is_a_construct_of_its_own_file_until_it_is_used() -> None:
    assert re.search(r"\.serving\.", optimization.OptimizedModel.__module__)
    with pytest.raises(AttributeError, match=r"has no attribute 'OptimizedEndpoints'"):
        _ = optimization.OptimizedEndpoints  # type: ignore[attr-defined]
