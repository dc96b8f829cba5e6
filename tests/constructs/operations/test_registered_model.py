"""An artifact becomes a version in the model registry, which stays when another one comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sagemaker as sagemaker

import cdk_sagemaker_optimization as optimization
from tests.constructs.serving.support import DJL, imported, make_model
from tests.constructs.support import make_job, new_app, properties_of, resources_of, template_of, warnings_of

VERSION = "Custom::SageMakerModelPackage"
GROUP = "AWS::SageMaker::ModelPackageGroup"
SNAPSHOTS = Path(__file__).parent / "snapshots"
IMAGE = f"{DJL}:0.36.0-lmi18.0.0-cu128"


def register(stack: cdk.Stack, **props: Any) -> optimization.RegisteredModel:
    """A version of a small job's artifact, with whatever a test is about."""
    if "model" not in props:
        props["model"] = make_model(stack)
    return optimization.RegisteredModel(stack, "Registered", **props)


def version_of(template: dict[str, Any]) -> dict[str, Any]:
    """The only version of a template."""
    (version,) = resources_of(template, VERSION).values()
    return version


def lint(stack: cdk.Stack, directory: Path) -> subprocess.CompletedProcess[str]:
    """The findings of cfn-lint in the template of a stack."""
    path = directory / "template.json"
    path.write_text(json.dumps(template_of(stack)), encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--format",
        "parseable",
        "--regions",
        "us-east-1",
        "--ignore-checks",
        # A policy that keeps a version on deletion and on replacement is what is wanted.
        "W3011",
        "--",
        str(path),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_version_has_the_image_the_variables_and_the_files_of_the_model(stack: cdk.Stack) -> None:
    register(stack, model=make_model(stack, environment={"SERVING_LOG_LEVEL": "debug"}))
    template = template_of(stack)
    container = properties_of(template, "AWS::SageMaker::Model")["PrimaryContainer"]
    version = properties_of(template, VERSION)
    assert version["InferenceSpecification"] == {
        "Containers": [container],
        "SupportedContentTypes": ["application/json"],
        "SupportedResponseMIMETypes": ["application/json"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.g5.2xlarge"],
    }
    assert version["SkipModelValidation"] == "All"


@pytest.mark.newest_cdk  # an older one writes its own version of the same resources
@pytest.mark.parametrize("technique", ["quantization", "eagle"])
def test_a_version_of_a_technique_is_that_of_the_snapshot(stack: cdk.Stack, technique: str) -> None:
    register(stack, model=make_model(stack, technique), tags={"team": "ml"})
    resources = {
        logical_id: resource
        for logical_id, resource in template_of(stack)["Resources"].items()
        if logical_id.startswith("Registered")
    }
    text = json.dumps(resources, indent=2) + "\n"
    path = SNAPSHOTS / f"registered_{technique}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no snapshot of {technique} yet: run with UPDATE_SNAPSHOTS=1"
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))


def test_the_accepted_license_is_in_the_version(stack: cdk.Stack) -> None:
    source = optimization.ModelSource.from_s3_uri("s3://gated/llama/", accept_eula=True)
    register(stack, model=make_model(stack, job={"model_source": source}))
    specification = properties_of(template_of(stack), VERSION)["InferenceSpecification"]
    files = specification["Containers"][0]["ModelDataSource"]["S3DataSource"]
    assert files["ModelAccessConfig"] == {"AcceptEula": True}


def test_a_version_waits_for_approval_and_names_its_job(stack: cdk.Stack) -> None:
    model = make_model(stack)
    register(stack, model=model)
    version = properties_of(template_of(stack), VERSION)
    assert version["ModelApprovalStatus"] == "PendingManualApproval"
    assert version["CustomerMetadataProperties"] == {
        "OptimizationJobName": stack.resolve(model.optimization_job_name)
    }
    assert "ModelMetrics" not in version


def test_what_the_user_says_of_a_version_is_in_it(stack: cdk.Stack) -> None:
    register(
        stack,
        approval_status="Approved",
        metrics="s3://models/llama-awq/quality.json",
        description="AWQ with 4 bits",
        tags={"team": "ml"},
    )
    version = properties_of(template_of(stack), VERSION)
    assert version["ModelApprovalStatus"] == "Approved"
    assert version["ModelPackageDescription"] == "AWQ with 4 bits"
    assert version["ModelMetrics"] == {
        "ModelQuality": {
            "Statistics": {"ContentType": "application/json", "S3Uri": "s3://models/llama-awq/quality.json"}
        }
    }
    assert version["Tags"] == [{"Key": "team", "Value": "ml"}]


def test_the_tags_of_the_stack_are_those_of_the_group_and_no_version_has_them() -> None:
    stack = cdk.Stack(new_app(), "Models", tags={"stage": "test"})
    registered = register(stack, tags={"team": "ml"})
    cdk.Tags.of(registered).add("cost-center", "7")
    template = template_of(stack)
    group = {tag["Key"]: tag["Value"] for tag in properties_of(template, GROUP)["Tags"]}
    # CloudFormation itself adds those of the stack to the group.
    assert group == {"cost-center": "7", "team": "ml"}
    assert properties_of(template, VERSION)["Tags"] == [{"Key": "team", "Value": "ml"}]
    assert resources_of(template, "AWS::SageMaker::ModelPackage") == {}


def test_a_version_without_tags_has_no_property_for_them() -> None:
    stack = cdk.Stack(new_app(), "Models", tags={"stage": "test"})
    register(stack, group="llama")
    assert "Tags" not in properties_of(template_of(stack), VERSION)


@pytest.mark.parametrize(
    ("policy", "deletion", "replacement"),
    [
        (None, "RetainExceptOnCreate", "Retain"),
        (cdk.RemovalPolicy.RETAIN, "Retain", "Retain"),
        (cdk.RemovalPolicy.DESTROY, "Delete", "Delete"),
    ],
)
def test_versions_and_their_group_stay_unless_you_say_otherwise(
    stack: cdk.Stack, policy: cdk.RemovalPolicy | None, deletion: str, replacement: str
) -> None:
    register(stack, **({} if policy is None else {"removal_policy": policy}))
    template = template_of(stack)
    for resource_type in (VERSION, GROUP):
        (resource,) = resources_of(template, resource_type).values()
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (deletion, replacement)


def test_a_new_group_has_a_name_that_a_stack_of_the_same_name_can_not_meet(stack: cdk.Stack) -> None:
    register(stack)
    template = template_of(stack)
    name = properties_of(template, GROUP)["ModelPackageGroupName"]
    prefix, unique = name["Fn::Join"][1]
    assert prefix.endswith("-")
    assert len(prefix) <= 55
    assert "AWS::StackId" in json.dumps(unique)
    version = version_of(template)
    assert version["Properties"]["ModelPackageGroupName"] == name
    assert set(resources_of(template, GROUP)) < set(version["DependsOn"])


def test_a_group_may_be_there_already(stack: cdk.Stack) -> None:
    registered = register(stack, group="llama")
    template = template_of(stack)
    assert registered.model_package_group_name == "llama"
    assert properties_of(template, VERSION)["ModelPackageGroupName"] == "llama"
    assert resources_of(template, GROUP) == {}


def test_a_group_may_be_one_of_the_app(stack: cdk.Stack) -> None:
    group = sagemaker.CfnModelPackageGroup(stack, "Llama", model_package_group_name="llama")
    register(stack, group=group)
    template = template_of(stack)
    assert list(resources_of(template, GROUP)) == ["Llama"]
    assert "Llama" in version_of(template)["DependsOn"]
    assert properties_of(template, VERSION)["ModelPackageGroupName"] == "llama"


@pytest.mark.parametrize("attribute", ["ref", "attr_model_package_group_arn"])
def test_a_group_of_the_app_may_be_given_as_its_arn(stack: cdk.Stack, attribute: str) -> None:
    """The reference to a group is its ARN, which has no place in the ARNs of the function's policy."""
    group = sagemaker.CfnModelPackageGroup(stack, "Llama", model_package_group_name="llama")
    registered = register(stack, group=getattr(group, attribute))
    template = template_of(stack)
    assert registered.model_package_group_name == "llama"
    assert "Llama" in version_of(template)["DependsOn"]
    assert properties_of(template, VERSION)["ModelPackageGroupName"] == "llama"


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (
            {"account": "111122223333", "region": "eu-west-1"},
            "must be in its Region, us-east-1, got eu-west-1",
        ),
        (
            {"account": "444455556666", "region": "us-east-1"},
            "in its account, 111122223333, got 444455556666",
        ),
    ],
    ids=["Region", "account"],
)
def test_a_group_of_the_app_is_in_the_account_and_region_of_the_version(
    env: dict[str, str], message: str
) -> None:
    app = new_app()
    here = cdk.Stack(app, "Here", env=cdk.Environment(account="111122223333", region="us-east-1"))
    there = cdk.Stack(app, "There", env=cdk.Environment(**env))
    group = sagemaker.CfnModelPackageGroup(there, "Llama", model_package_group_name="llama")
    with pytest.raises(ValueError, match=message):
        register(here, group=group)


def test_the_arn_of_a_version_can_be_passed_on(stack: cdk.Stack) -> None:
    registered = register(stack)
    cdk.CfnOutput(stack, "Version", value=registered.model_package_arn)
    template = template_of(stack)
    (name,) = resources_of(template, VERSION)
    assert template["Outputs"]["Version"]["Value"] == {"Fn::GetAtt": [name, "ModelPackageArn"]}


def test_the_values_of_a_job_in_another_stack_come_through_parameters() -> None:
    app = new_app()
    jobs, serving = cdk.Stack(app, "Jobs"), cdk.Stack(app, "Serving")
    register(serving, model=optimization.OptimizedModel(serving, "Model", job=make_job(jobs)))
    template = template_of(serving)
    version = properties_of(template, VERSION)
    (name,) = version["CustomerMetadataProperties"].values()
    assert template["Parameters"][name["Ref"]]["Type"] == "AWS::SSM::Parameter::Value<String>"
    assert "Fn::ImportValue" not in json.dumps(template)


def test_a_version_of_an_imported_job_names_no_instance_type(stack: cdk.Stack) -> None:
    model = optimization.OptimizedModel(
        stack,
        "Model",
        job=imported(stack),
        technique=optimization.Technique.QUANTIZATION,
        image=IMAGE,
    )
    register(stack, model=model)
    version = properties_of(template_of(stack), VERSION)
    assert "SupportedRealtimeInferenceInstanceTypes" not in version["InferenceSpecification"]
    assert version["CustomerMetadataProperties"] == {"OptimizationJobName": "one"}


@pytest.mark.newest_cdk  # cfn-lint is there only beside the newest
def test_cfn_lint_has_nothing_against_a_version(stack: cdk.Stack, tmp_path: Path) -> None:
    register(
        stack,
        model=make_model(stack, environment={"SERVING_LOG_LEVEL": "debug"}),
        metrics="s3://models/llama-awq/quality.json",
        description="AWQ",
        tags={"team": "ml"},
    )
    result = lint(stack, tmp_path)
    about_versions = [line for line in result.stdout.splitlines() if "Registered" in line]
    assert (about_versions, result.returncode) == ([], 0), result.stdout


def test_a_draft_is_registered_with_its_channel(stack: cdk.Stack) -> None:
    register(stack, model=make_model(stack, "eagle", image=IMAGE))
    template = template_of(stack)
    container = properties_of(template, "Custom::SageMakerModel")["PrimaryContainer"]
    (channel,) = container["AdditionalModelDataSources"]
    assert channel["ChannelName"] == "eagle"
    assert properties_of(template, VERSION)["InferenceSpecification"]["Containers"] == [container]


@pytest.mark.newest_cdk  # the newest knows what CloudFormation takes
def test_cloudformations_own_version_still_takes_no_channel(stack: cdk.Stack, tmp_path: Path) -> None:
    """If this fails, CloudFormation can register a draft. It still passes the stack's tags on."""
    package = sagemaker.CfnModelPackage
    container = package.ModelPackageContainerDefinitionProperty(image=IMAGE)
    own = package(
        stack,
        "Version",
        model_package_group_name="llama",
        inference_specification=package.InferenceSpecificationProperty(
            containers=[container],
            supported_content_types=["application/json"],
            supported_response_mime_types=["application/json"],
        ),
    )
    channel = {"S3Uri": "s3://artifacts/draft/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    own.add_property_override(
        "InferenceSpecification.Containers.0.AdditionalModelDataSources",
        [{"ChannelName": "eagle", "S3DataSource": channel}],
    )
    (finding,) = lint(stack, tmp_path).stdout.splitlines()
    assert "E3002" in finding
    assert "AdditionalModelDataSources" in finding


def test_a_version_is_of_the_function_of_the_stack_or_of_the_one_that_is_given() -> None:
    app = new_app()
    shared = optimization.OptimizationJobProvider(cdk.Stack(app, "Shared"), "Provider")
    own, other = cdk.Stack(app, "Own"), cdk.Stack(app, "Other")
    register(own)
    register(other, model=make_model(other, job={"provider": shared}), provider=shared)
    own_token = properties_of(template_of(own), VERSION)["ServiceToken"]
    other_token = properties_of(template_of(other), VERSION)["ServiceToken"]
    assert "Fn::GetAtt" in own_token
    assert "Fn::ImportValue" in other_token


# ---- what the function may do


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of every policy that a version waits for."""
    policies = version_of(template)["DependsOn"]
    return [
        statement
        for name, policy in resources_of(template, "AWS::IAM::Policy").items()
        if name in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def allowed(template: dict[str, Any], action: str) -> list[str]:
    """The resources of an action, as JSON."""
    found = [each for each in statements(template) if action in [each["Action"], *each["Action"]]]
    listed = [each["Resource"] for each in found]
    return [json.dumps(one) for each in listed for one in (each if isinstance(each, list) else [each])]


@pytest.mark.parametrize(
    "group", ["Llama", "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/Llama"]
)
def test_the_function_may_use_the_versions_of_one_group_in_both_spellings(
    stack: cdk.Stack, group: str
) -> None:
    register(stack, group=group)
    template = template_of(stack)
    for action in ("Delete", "Describe", "Update"):
        resources = allowed(template, f"sagemaker:{action}ModelPackage")
        assert ["model-package/Llama/*" in each for each in resources] == [True, False]
        assert ["model-package/llama/*" in each for each in resources] == [False, True]
    for action in ("CreateModelPackage", "ListModelPackages"):
        resources = allowed(template, f"sagemaker:{action}")
        assert ["model-package-group/Llama" in each for each in resources] == [True, False, False, False]
        assert ["model-package-group/llama" in each for each in resources] == [False, True, False, False]
        if group.startswith("arn:"):
            assert all("eu-west-1:444455556666" in each for each in resources)


def test_the_function_may_read_what_it_registers_and_look_at_the_image(stack: cdk.Stack) -> None:
    register(stack, model=make_model(stack, "eagle", image=IMAGE))
    template = template_of(stack)
    files = allowed(template, "s3:GetObject")
    assert len(files) == 2
    assert any("draft/*" in each for each in files)
    assert all("djl-inference" in each for each in allowed(template, "ecr:DescribeImages"))
    assert allowed(template, "ecr:GetDownloadUrlForLayer") == []


def test_no_stack_without_a_version_has_these_permissions(stack: cdk.Stack) -> None:
    make_model(stack)
    assert "ModelPackage" not in json.dumps(template_of(stack))


def test_a_new_group_needs_a_new_policy_so_that_the_old_version_can_still_be_deleted() -> None:
    names = []
    for group in ("one", "two"):
        stack = cdk.Stack(new_app(), "Models")
        register(stack, group=group)
        names.append(
            [name for name in resources_of(template_of(stack), "AWS::IAM::Policy") if "Registry" in name]
        )
    assert len(names[0]) == len(names[1]) == 1
    assert names[0] != names[1]


# ---- what cannot be registered


def test_files_that_the_next_job_overwrites_are_a_warning(stack: cdk.Stack) -> None:
    output = optimization.OptimizationOutput.to_s3_uri("s3://artifacts/llama-awq/", exact=True)
    registered = register(stack, model=make_model(stack, job={"output": output}))
    texts = [text for text in warnings_of(stack) if "than was approved" in text]
    assert len(texts) == 1
    cdk.Annotations.of(registered).acknowledge_warning("cdk-sagemaker-optimization:exactArtifactRegistered")


def test_a_version_belongs_to_the_stack_of_its_model() -> None:
    app = new_app()
    one, other = cdk.Stack(app, "One"), cdk.Stack(app, "Other")
    with pytest.raises(ValueError, match=r"must be in the stack of its model One/Model, One, got Other"):
        optimization.RegisteredModel(other, "Registered", model=make_model(one))


def test_a_nested_stack_may_register_the_model_of_the_stack_around_it(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Registry")
    optimization.RegisteredModel(nested, "Registered", model=make_model(stack))
    assert VERSION in json.dumps(template_of(nested))


def test_as_many_variables_can_be_registered_as_a_model_may_have(stack: cdk.Stack) -> None:
    variables = {f"SERVING_{number}": "1" for number in range(100)}
    register(stack, model=make_model(stack, environment=variables))


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"model": "llama"}, r"model must be an OptimizedModel, got 'llama'"),
        ({"approval_status": "Yes"}, r"approval_status must be one of PendingManualApproval.*got 'Yes'"),
        ({"approval_status": None}, r"approval_status must be one of PendingManualApproval.*got None"),
        ({"group": "a group"}, r"group must be the name of a model package group.*got 'a group'"),
        ({"group": 7}, r"group must be the name of a model package group.*got 7"),
        ({"metrics": "s3://models/results/"}, r"metrics must be the S3 URI of a JSON file"),
        ({"metrics": "quality.json"}, r"metrics must be the S3 URI of a JSON file.*got 'quality.json'"),
        ({"metrics": 7}, r"metrics must be the S3 URI of a JSON file.*got 7"),
        ({"description": "a" * 1025}, r"description must have at most 1024 characters, got 1025"),
        ({"description": 7}, r"description must be a string, got 7"),
        ({"tags": {"aws:team": "ml"}}, r"the key of a tag must not begin with 'aws:'"),
        ({"tags": ["team"]}, r"tags must be a mapping of strings"),
        ({"tags": {"team": ""}}, r"tags.team must have between 1 and 256 characters, got 0"),
        ({"tags": {"team;": "ml"}}, r"the key 'team;' of tags must match"),
        ({"tags": {"OptimizationJobName": "x"}}, r"tags must not have the keys OptimizationJobName"),
        ({"tags": {f"t{n}": "1" for n in range(48)}}, r"tags must have at most 47 items"),
        ({"description": "bell \a"}, r"ModelPackageDescription must match"),
        ({"provider": "mine"}, r"provider must be an OptimizationJobProvider, got 'mine'"),
        ({"removal_policy": cdk.RemovalPolicy.SNAPSHOT}, r"removal_policy must be RemovalPolicy\.RETAIN"),
    ],
)
def test_a_wrong_value_is_an_error(stack: cdk.Stack, props: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        register(stack, **props)


def test_values_that_are_known_at_deployment_pass(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Value").value_as_string
    register(stack, group=parameter, approval_status=parameter, metrics=parameter, description=parameter)
    version = properties_of(template_of(stack), VERSION)
    assert version["ModelPackageGroupName"] == version["ModelApprovalStatus"] == {"Ref": "Value"}
