"""What the role of a job may do, and what is said when it cannot be granted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import (
    JOB,
    allowed,
    as_list,
    flat,
    make_job,
    new_app,
    resources_of,
    statements_of,
    template_of,
    warnings_of,
)

_ECR = "763104351884.dkr.ecr.eu-west-1.amazonaws.com"
_PULL = {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}


def _granted(stack: cdk.Stack, **props: Any) -> list[dict[str, Any]]:
    make_job(stack, **props)
    return statements_of(template_of(stack), "JobRole")


def _actions(statements: list[dict[str, Any]]) -> set[str]:
    return {
        action
        for statement in statements
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    }


def test_only_sagemaker_may_take_the_role_on_and_only_for_this_account(stack: cdk.Stack) -> None:
    optimization.OptimizationRole(stack, "Role")
    (role,) = resources_of(template_of(stack), "AWS::IAM::Role").values()
    assert role["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
        }
    ]
    assert "ManagedPolicyArns" not in role["Properties"]


def test_the_role_of_a_plain_job_may_do_what_is_documented_and_no_more(stack: cdk.Stack) -> None:
    assert _actions(_granted(stack)) == {
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        *_PULL,
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "s3:AbortMultipartUpload",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
    }


def test_the_role_reads_its_source_and_nothing_beside_it(stack: cdk.Stack) -> None:
    statements = _granted(stack)
    (reading,) = [s for s in statements if s["Action"] == "s3:GetObject"]
    assert allowed([reading], "s3:GetObject") == ["arn:${AWS::Partition}:s3:::models/llama/*"]


@pytest.mark.parametrize("own_role", [False, True])
def test_the_role_looks_at_its_buckets_as_aws_documents_it(stack: cdk.Stack, own_role: bool) -> None:
    role = optimization.OptimizationRole(stack, "JobRole") if own_role else None
    looking = [s for s in _granted(stack, role=role) if "s3:ListBucket" in as_list(s["Action"])]
    assert [flat(statement["Resource"]) for statement in looking] == [
        "arn:${AWS::Partition}:s3:::models",
        "arn:${AWS::Partition}:s3:::artifacts",
    ]
    assert [statement["Action"] for statement in looking] == [["s3:GetBucketLocation", "s3:ListBucket"]] * 2
    # A condition on the prefix refuses HeadBucket.
    assert not any("Condition" in statement for statement in looking)


def test_a_strict_role_lists_its_prefixes_and_nothing_beside_them(stack: cdk.Stack) -> None:
    role = optimization.OptimizationRole(stack, "JobRole", strict=True)
    statements = _granted(stack, role=role)
    listing = [s for s in statements if "s3:ListBucket" in as_list(s["Action"])]
    assert [statement["Action"] for statement in listing] == ["s3:ListBucket"] * 2
    reading, writing = (statement["Condition"]["StringLike"]["s3:prefix"] for statement in listing)
    assert reading == ["llama", "llama/*"]
    assert [prefix.casefold() for prefix in writing] == [
        "llama-awq/stack-e55164--job-*",
        "llama-awq/stack-e55164--job-*/*",
    ]
    assert allowed(statements, "s3:GetBucketLocation") == []


def test_a_strict_role_is_as_wide_as_any_other_beside_that() -> None:
    looking = {"s3:GetBucketLocation", "s3:ListBucket"}
    wide, tight = (
        [item for item in _granted_with(strict) if not looking & set(as_list(item["Action"]))]
        for strict in (False, True)
    )
    assert wide == tight


def _granted_with(strict: bool) -> list[dict[str, Any]]:
    stack = cdk.Stack(new_app(), "Stack")
    return _granted(stack, role=optimization.OptimizationRole(stack, "JobRole", strict=strict))


def test_the_role_writes_to_the_folders_of_its_own_job(stack: cdk.Stack) -> None:
    assert allowed(_granted(stack), "s3:PutObject") == [
        "arn:${AWS::Partition}:s3:::artifacts/llama-awq/stack-e55164--job-*/*"
    ]


def test_the_role_of_a_named_job_writes_to_the_folder_of_that_name(stack: cdk.Stack) -> None:
    assert allowed(_granted(stack, optimization_job_name="mine"), "s3:PutObject") == [
        "arn:${AWS::Partition}:s3:::artifacts/llama-awq/mine/*"
    ]


def test_the_role_writes_to_an_exact_prefix(stack: cdk.Stack) -> None:
    output = optimization.OptimizationOutput.to_s3_uri("s3://artifacts/here/", exact=True)
    assert allowed(_granted(stack, output=output), "s3:PutObject") == [
        "arn:${AWS::Partition}:s3:::artifacts/here/*"
    ]


@pytest.mark.parametrize(
    ("uri", "objects"),
    [
        ("s3://models", "models/*"),
        ("s3://models/", "models/*"),
        ("s3://models/llama", "models/llama*"),
        ("https://models.s3.eu-west-1.amazonaws.com/llama/", "models/llama/*"),
        ("https://s3.eu-west-1.amazonaws.com/models/llama/", "models/llama/*"),
        ("https://my.models.s3-eu-west-1.amazonaws.com/llama/", "my.models/llama/*"),
    ],
)
def test_every_form_of_a_uri_is_understood(stack: cdk.Stack, uri: str, objects: str) -> None:
    statements = _granted(stack, model_source=optimization.ModelSource.from_s3_uri(uri))
    assert f"arn:${{AWS::Partition}}:s3:::{objects}" in allowed(statements, "s3:GetObject")


@pytest.mark.parametrize(
    ("uri", "objects", "listed"),
    [
        ("s3://models/llama*/", "models/llama${*}/*", ["llama${*}", "llama${*}/*"]),
        ("s3://models/v?/", "models/v${?}/*", ["v${?}", "v${?}/*"]),
        (
            "s3://models/${aws:username}/",
            "models/${$}{aws:username}/*",
            ["${$}{aws:username}", "${$}{aws:username}/*"],
        ),
    ],
)
def test_a_prefix_is_no_pattern(stack: cdk.Stack, uri: str, objects: str, listed: list[str]) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "models")
    data = optimization.TrainingData.from_bucket(bucket, uri.removeprefix("s3://models/"))
    statements = _granted(
        stack,
        role=optimization.OptimizationRole(stack, "JobRole", strict=True),
        model_source=optimization.ModelSource.from_s3_uri(uri),
        optimization_configs=[optimization.OptimizationConfig.speculative_decoding(training_data=data)],
        output=optimization.OptimizationOutput.to_s3_uri(uri, exact=True),
    )
    granted = {*allowed(statements, "s3:GetObject"), *allowed(statements, "s3:PutObject")}
    assert granted == {f"arn:${{AWS::Partition}}:s3:::{objects}"}
    listing = [item for item in statements if item["Action"] == "s3:ListBucket"]
    assert all(item["Condition"] == {"StringLike": {"s3:prefix": listed}} for item in listing)


@pytest.mark.parametrize(
    "uri", ["s3://*/", "s3://models-?/llama/", "https://s3.us-east-1.amazonaws.com/*/llama/"]
)
def test_a_bucket_that_is_a_pattern_is_an_error(uri: str) -> None:
    with pytest.raises(ValueError, match=r"^the S3 URI must name one bucket, without \*, \? and \$, got"):
        optimization.ModelSource.from_s3_uri(uri)


@pytest.mark.parametrize("image", [f"{_ECR}/*:1.0", f"*{_ECR[12:]}/djl:1.0", f"{_ECR}/djl-?"])
def test_an_image_that_is_a_pattern_is_granted_nothing(stack: cdk.Stack, image: str) -> None:
    config = optimization.OptimizationConfig.quantization(image=image)
    make_job(stack, optimization_configs=[config])
    (warning,) = warnings_of(stack)
    assert warning.startswith(f"the repository of the image {image!r} in Amazon ECR is not known")
    assert allowed(statements_of(template_of(stack), "JobRole"), "ecr:BatchGetImage") == []


def test_a_uri_whose_bucket_cannot_be_told_is_a_warning(stack: cdk.Stack) -> None:
    make_job(stack, model_source=optimization.ModelSource.from_s3_uri("https://example.com/llama/"))
    (warning,) = warnings_of(stack)
    assert "the bucket of 'https://example.com/llama/' cannot be told" in warning
    assert "s3:ListBucket, s3:GetObject" in warning


def test_a_sagemaker_model_is_a_warning_that_its_files_are_not_granted(stack: cdk.Stack) -> None:
    source = optimization.ModelSource.from_sagemaker_model("my-model")
    job = make_job(stack, model_source=source)
    (warning,) = warnings_of(stack)
    assert warning == (
        "the location of the files of the SageMaker model 'my-model' is not known at synthesis, so make sure "
        "that the job's role may do s3:ListBucket, s3:GetObject there, and kms:Decrypt if they are encrypted "
        "with a key of yours: grant that, as bucket.grant_read(job) does, and acknowledge this warning [ack: "
        "cdk-sagemaker-optimization:modelNotGranted]"
    )
    cdk.Annotations.of(job).acknowledge_warning("cdk-sagemaker-optimization:modelNotGranted")
    assert warnings_of(stack) == []


@pytest.mark.parametrize("imported", [False, True])
def test_the_users_own_role_may_read_a_sagemaker_model_already(stack: cdk.Stack, imported: bool) -> None:
    role = (
        iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/mine")
        if imported
        else iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    )
    make_job(stack, role=role, model_source=optimization.ModelSource.from_sagemaker_model("my-model"))
    assert warnings_of(stack) == []


@pytest.mark.parametrize("reference", ["djl:1.0", "djl@sha256:0123", "djl", "team/models/djl:1.0"])
def test_the_role_pulls_from_the_repository_of_its_image(stack: cdk.Stack, reference: str) -> None:
    config = optimization.OptimizationConfig.quantization(image=f"{_ECR}/{reference}")
    repository = reference.split(":")[0].split("@")[0]
    assert allowed(_granted(stack, optimization_configs=[config]), "ecr:BatchGetImage") == [
        f"arn:${{AWS::Partition}}:ecr:eu-west-1:763104351884:repository/{repository}"
    ]


def test_the_role_pulls_from_the_regions_registry_when_no_image_is_given(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(region="af-south-1"))
    assert allowed(_granted(stack), "ecr:BatchGetImage") == [
        "arn:${AWS::Partition}:ecr:af-south-1:626614931356:repository/djl-inference"
    ]


def test_the_registry_is_looked_up_at_deployment_when_the_region_is_not_known(stack: cdk.Stack) -> None:
    (arn,) = allowed(_granted(stack), "ecr:BatchGetImage")
    assert arn.startswith('arn:${AWS::Partition}:ecr:${AWS::Region}:{"Fn::FindInMap":')


def test_a_region_without_a_known_registry_is_a_warning(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(region="xx-north-1"))
    make_job(stack)
    (warning,) = warnings_of(stack)
    assert "the repository of SageMaker's image for xx-north-1 in Amazon ECR is not known" in warning


def test_an_image_outside_of_ecr_is_a_warning(stack: cdk.Stack) -> None:
    config = optimization.OptimizationConfig.compilation(image="docker.io/djl:1.0")
    make_job(stack, optimization_configs=[config])
    (warning,) = warnings_of(stack)
    assert all(action in warning for action in _PULL)


def test_training_data_is_one_more_place_to_read(stack: cdk.Stack) -> None:
    data = optimization.TrainingData.from_s3_uri("s3://data/gsm8k/")
    configs = [optimization.OptimizationConfig.speculative_decoding(training_data=data)]
    statements = _granted(stack, optimization_configs=configs)
    assert "arn:${AWS::Partition}:s3:::data/gsm8k/*" in allowed(statements, "s3:GetObject")


def test_a_manifest_is_one_object(stack: cdk.Stack) -> None:
    data = optimization.TrainingData.from_s3_uri(
        "s3://data/manifest.json", data_type=optimization.TrainingDataType.MANIFEST_FILE
    )
    configs = [optimization.OptimizationConfig.speculative_decoding(training_data=data)]
    statements = _granted(stack, optimization_configs=configs)
    assert "arn:${AWS::Partition}:s3:::data/manifest.json" in allowed(statements, "s3:GetObject")


def test_keys_of_the_source_and_of_the_output_may_be_used(stack: cdk.Stack) -> None:
    models = optimization.OptimizationBucket(stack, "Models", encryption_key=kms.Key(stack, "ModelsKey"))
    key = kms.Key(stack, "ArtifactsKey")
    statements = _granted(
        stack,
        model_source=optimization.ModelSource.from_bucket(models, "llama/"),
        output=optimization.OptimizationOutput.to_s3_uri("s3://artifacts/", encryption_key=key),
    )
    decrypting = allowed(statements, "kms:Decrypt")
    assert [arn.split("Key")[0] for arn in decrypting] == ["${Models", "${Artifacts"]
    (writing,) = allowed(statements, "kms:GenerateDataKey")
    assert writing.startswith("${ArtifactsKey")


def test_the_buckets_key_is_the_outputs_key(stack: cdk.Stack) -> None:
    bucket = optimization.OptimizationBucket(stack, "Bucket", encryption_key=kms.Key(stack, "Key"))
    make_job(stack, output=optimization.OptimizationOutput.to_bucket(bucket, "artifacts/"))
    (job,) = resources_of(template_of(stack), JOB).values()
    assert job["Properties"]["OutputConfig"]["KmsKeyId"]["Fn::GetAtt"][0].startswith("Key")


def test_network_interfaces_are_granted_only_with_a_vpc(stack: cdk.Stack) -> None:
    statements = _granted(stack, vpc=ec2.Vpc(stack, "Vpc"))
    creating = allowed(statements, "ec2:CreateNetworkInterface")
    assert len(creating) == 4
    assert {arn.split(":")[-1].split("/")[0] for arn in creating} == {
        "network-interface",
        "subnet",
        "security-group",
    }
    assert all(arn != "*" for arn in creating)


def test_the_subnets_of_a_shared_vpc_are_their_owners() -> None:
    environment = cdk.Environment(account="111122223333", region="us-east-1")
    found = {
        "vpcId": "vpc-1",
        "ownerAccountId": "999999999999",
        "availabilityZones": [],
        "subnetGroups": [
            {
                "name": "Private",
                "type": "Private",
                "subnets": [{"subnetId": "subnet-1", "availabilityZone": "a", "routeTableId": "rtb-1"}],
            }
        ],
    }
    app = new_app()
    ec2.Vpc.from_lookup(cdk.Stack(app, "Stack", env=environment), "Vpc", vpc_id="vpc-1")
    manifest = Path(app.synth().directory, "manifest.json").read_text(encoding="utf-8")
    (missing,) = json.loads(manifest)["missing"]

    stack = cdk.Stack(new_app(**{missing["key"]: found}), "Stack", env=environment)
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-1")
    creating = allowed(_granted(stack, vpc=vpc), "ec2:CreateNetworkInterface")
    assert "arn:${AWS::Partition}:ec2:us-east-1:999999999999:subnet/subnet-1" in creating


class _VpcOfAnotherStack(ec2.Vpc):
    """A VPC that a user made in a way of their own: what its ARN says is known only at deployment."""

    @property
    def vpc_arn(self) -> str:
        return cdk.Fn.import_value("VpcArn")


def test_the_owner_of_a_vpc_whose_arn_is_a_token_is_found_at_deployment(stack: cdk.Stack) -> None:
    creating = allowed(_granted(stack, vpc=_VpcOfAnotherStack(stack, "Vpc")), "ec2:CreateNetworkInterface")
    owner = json.dumps({"Fn::Select": [4, {"Fn::Split": [":", {"Fn::ImportValue": "VpcArn"}]}]})
    subnets = [arn for arn in creating if ":subnet/" in arn]
    assert len(subnets) == 2
    assert all(f":{owner}:subnet/" in arn for arn in subnets)


def test_the_job_waits_for_its_permissions(stack: cdk.Stack) -> None:
    make_job(stack)
    template = template_of(stack)
    (job,) = resources_of(template, JOB).values()
    policies = set(resources_of(template, "AWS::IAM::Policy"))
    assert set(job["DependsOn"]) == policies


def test_an_imported_role_gets_a_policy(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/path/mine")
    make_job(stack, role=role)
    template = template_of(stack)
    (policy,) = [
        policy
        for policy in resources_of(template, "AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"] == ["mine"]
    ]
    assert "s3:PutObject" in _actions(policy["Properties"]["PolicyDocument"]["Statement"])
    assert warnings_of(stack) == []
    (job,) = resources_of(template, JOB).values()
    assert any(name.startswith("RolePolicy") for name in job["DependsOn"])


def test_a_role_that_may_not_be_changed_is_a_warning_with_all_that_it_needs(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/mine", mutable=False)
    make_job(stack, role=role)
    (warning,) = warnings_of(stack)
    assert "arn:aws:iam::111122223333:role/mine cannot be changed from here" in warning
    for action in ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "logs:PutLogEvents", "ecr:BatchGetImage"):
        assert action in warning


@pytest.mark.parametrize("mutable", [True, False])
def test_a_role_of_another_account_is_an_error(app: cdk.App, mutable: bool) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    arn = "arn:aws:iam::999999999999:role/theirs"
    role = iam.Role.from_role_arn(stack, "Role", arn, mutable=mutable)
    with pytest.raises(
        ValueError, match=r"must be in the account of the job, 111122223333, got .* of 999999999999"
    ):
        make_job(stack, role=role)


def test_a_role_of_another_stack_of_another_account_is_an_error(app: cdk.App) -> None:
    theirs = cdk.Stack(app, "Theirs", env=cdk.Environment(account="999999999999", region="us-east-1"))
    ours = cdk.Stack(app, "Ours", env=cdk.Environment(account="111122223333", region="us-east-1"))
    role = optimization.OptimizationRole(theirs, "Role", role_name="theirs")
    with pytest.raises(ValueError, match="iam:PassRole does not reach across accounts"):
        make_job(ours, role=role)


def test_a_role_whose_account_is_not_known_may_be_that_of_the_job(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::999999999999:role/mine")
    make_job(stack, role=role)
    assert warnings_of(stack) == []


def test_a_role_of_another_region_is_one_of_the_account(app: cdk.App) -> None:
    there = cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    here = cdk.Stack(app, "Here", env=cdk.Environment(account="111122223333", region="us-east-1"))
    make_job(here, role=optimization.OptimizationRole(there, "Role", role_name="mine"))
    assert warnings_of(here) == []


def test_the_warning_can_be_acknowledged(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/mine", mutable=False)
    make_job(stack, role=role)
    cdk.Annotations.of(stack).acknowledge_warning("cdk-sagemaker-optimization:roleNotGranted")
    assert warnings_of(stack) == []


def test_a_bucket_of_another_account_that_was_imported_is_a_warning(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    bucket = s3.Bucket.from_bucket_attributes(
        stack, "Bucket", bucket_name="theirs", account="999999999999", region="us-east-1"
    )
    make_job(stack, model_source=optimization.ModelSource.from_bucket(bucket, "llama/"))
    (warning,) = warnings_of(stack)
    assert "the bucket theirs belongs to the account 999999999999" in warning
    assert "s3:GetBucketLocation, s3:ListBucket, s3:GetObject" in warning


def test_a_bucket_of_another_account_of_the_same_app_gets_a_policy(app: cdk.App) -> None:
    theirs = cdk.Stack(app, "Theirs", env=cdk.Environment(account="999999999999", region="us-east-1"))
    ours = cdk.Stack(app, "Ours", env=cdk.Environment(account="111122223333", region="us-east-1"))
    bucket = s3.Bucket(theirs, "Bucket", bucket_name="theirs")
    role = optimization.OptimizationRole(ours, "Role", role_name="optimization")
    make_job(ours, role=role, model_source=optimization.ModelSource.from_bucket(bucket, "llama/"))
    policy = assertions.Template.from_stack(theirs).find_resources("AWS::S3::BucketPolicy")
    (document,) = [item["Properties"]["PolicyDocument"] for item in policy.values()]
    assert _actions(document["Statement"]) == {"s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"}
    assert not any("s3:prefix" in str(statement) for statement in document["Statement"])
    assert warnings_of(ours) == []


def test_a_key_of_another_account_is_a_warning(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:999999999999:key/theirs")
    output = optimization.OptimizationOutput.to_s3_uri("s3://artifacts/", encryption_key=key)
    make_job(stack, output=output)
    (warning,) = warnings_of(stack)
    assert "kms:Decrypt, kms:Encrypt, kms:GenerateDataKey" in warning


def test_roles_that_are_made_elsewhere_do_not_break(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    iam.Role.customize_roles(
        stack,
        use_precreated_roles={
            "Stack/Job/Role": "job-role",
            "Stack/OptimizationJobProvider/FunctionRole": "function-role",
            "Stack/OptimizationJobProvider/StateMachineRole": "state-machine-role",
        },
    )
    make_job(stack)
    template = template_of(stack)
    assert resources_of(template, "AWS::IAM::Role") == {}
    assert resources_of(template, "AWS::IAM::Policy") == {}
    (job,) = resources_of(template, JOB).values()
    assert "job-role" in str(job["Properties"]["RoleArn"])


def test_jobs_may_share_a_role(stack: cdk.Stack) -> None:
    role = optimization.OptimizationRole(stack, "Role")
    for name in ("One", "Two"):
        make_job(stack, name, role=role)
    template = template_of(stack)
    assert len(resources_of(template, "AWS::IAM::Role")) == 3
    statements = statements_of(template, "Role")
    assert len(statements) == len({str(statement) for statement in statements})


def test_a_boundary_bounds_the_role(stack: cdk.Stack) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    optimization.OptimizationRole(
        stack, "Role", role_name="mine", path="/ml/", description="Optimizes", permissions_boundary=boundary
    )
    (role,) = resources_of(template_of(stack), "AWS::IAM::Role").values()
    assert role["Properties"]["RoleName"] == "mine"
    assert role["Properties"]["Path"] == "/ml/"
    assert role["Properties"]["Description"] == "Optimizes"
    assert "PermissionsBoundary" in role["Properties"]


def test_subnets_that_are_a_list_of_the_deployment_are_granted_by_their_ids(stack: cdk.Stack) -> None:
    statements = _granted(stack, vpc=_vpc_of_an_export(stack))
    creating = [s for s in statements if s["Action"] == "ec2:CreateNetworkInterface"]
    (by_ids,) = [s for s in creating if "Condition" in s]
    assert flat(by_ids["Resource"]).endswith(":subnet/*")
    assert by_ids["Condition"] == {
        # It passes where EC2 sends no id, so it is right whether EC2 does or not.
        "StringEqualsIfExists": {"ec2:SubnetID": {"Fn::Split": [",", {"Fn::ImportValue": "Subnets"}]}}
    }
    assert not any(":subnet/" in arn for arn in allowed([s for s in creating if s is not by_ids], _CREATE))


def test_the_job_gets_the_subnets_of_a_list_of_the_deployment(stack: cdk.Stack) -> None:
    make_job(stack, vpc=_vpc_of_an_export(stack))
    (job,) = resources_of(template_of(stack), JOB).values()
    assert job["Properties"]["VpcConfig"]["Subnets"] == {"Fn::Split": [",", {"Fn::ImportValue": "Subnets"}]}


def test_jobs_in_several_such_lists_may_share_a_role(stack: cdk.Stack) -> None:
    role = optimization.OptimizationRole(stack, "Role")
    for name in ("One", "Two"):
        make_job(stack, name, role=role, vpc=_vpc_of_an_export(stack, f"{name}Vpc", f"{name}Subnets"))
    lists = {
        str(statement["Condition"])
        for statement in statements_of(template_of(stack), "Role")
        if "ec2:SubnetID" in str(statement)
    }
    assert len(lists) == 2


_CREATE = "ec2:CreateNetworkInterface"


def _vpc_of_an_export(stack: cdk.Stack, id: str = "Vpc", subnets: str = "Subnets") -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        id,
        vpc_id=cdk.Fn.import_value("VpcId"),
        availability_zones=cdk.Fn.split(",", cdk.Fn.import_value("Zones")),
        private_subnet_ids=cdk.Fn.split(",", cdk.Fn.import_value(subnets)),
    )


def _warnings_about_image(app: cdk.App, image: str) -> list[str]:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    config = optimization.OptimizationConfig.quantization(image=image)
    make_job(stack, optimization_configs=[config])
    return warnings_of(stack)


def test_an_image_of_another_account_is_a_warning(app: cdk.App) -> None:
    image = "999999999999.dkr.ecr.us-east-1.amazonaws.com/lmi:1"
    (warning,) = _warnings_about_image(app, image)
    assert f"the image {image!r} is in a repository of the account 999999999999" in warning
    assert "lets the account 111122223333 do ecr:BatchCheckLayerAvailability" in warning


def test_an_image_of_another_region_is_a_warning(app: cdk.App) -> None:
    (warning,) = _warnings_about_image(app, "111122223333.dkr.ecr.eu-west-1.amazonaws.com/lmi:1")
    assert "is in the Region eu-west-1 and the job in us-east-1" in warning


@pytest.mark.parametrize("account", ["111122223333", "763104351884"])
def test_an_image_of_the_account_or_of_aws_is_no_warning(app: cdk.App, account: str) -> None:
    assert _warnings_about_image(app, f"{account}.dkr.ecr.us-east-1.amazonaws.com/lmi:1") == []


def test_a_key_of_another_region_is_a_warning(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:111122223333:key/far")
    make_job(stack, output=optimization.OptimizationOutput.to_s3_uri("s3://artifacts/", encryption_key=key))
    (warning,) = warnings_of(stack)
    assert "encryption_key is in the Region eu-west-1 and the job in us-east-1" in warning
