"""Keys that are given by an alias, which no policy can name."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import (
    as_list,
    flat,
    make_job,
    properties_of,
    resources_of,
    statements_of,
    template_of,
    warnings_of,
)

_EVERY_KEY = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*"
_CONDITION = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/data-platform"}}


def _imported(stack: cdk.Stack) -> kms.IKey:
    return kms.Alias.from_alias_name(stack, "Imported", "alias/data-platform")


def _of_the_app(stack: cdk.Stack) -> kms.IKey:
    return kms.Alias(stack, "Alias", alias_name="alias/models", target_key=kms.Key(stack, "Target"))


def _by_attributes(stack: cdk.Stack) -> kms.IKey:
    return kms.Alias.from_alias_attributes(
        stack, "Alias", alias_name="alias/models", alias_target_key=kms.Key(stack, "Target")
    )


def _using_keys(statements: list[dict[str, Any]]) -> list[tuple[list[str], str, Any]]:
    """The actions, the key and the conditions of each statement about a key."""
    return [
        (as_list(item["Action"]), flat(item["Resource"]), item.get("Condition"))
        for item in statements
        if "kms:" in str(item["Action"])
    ]


def _source(stack: cdk.Stack, key: kms.IKey) -> optimization.ModelSource:
    bucket = s3.Bucket.from_bucket_attributes(stack, "Models", bucket_name="models", encryption_key=key)
    return optimization.ModelSource.from_bucket(bucket, "llama/")


def _output(key: kms.IKey) -> optimization.OptimizationOutput:
    return optimization.OptimizationOutput.to_s3_uri("s3://artifacts/awq/", encryption_key=key)


def test_an_imported_alias_is_every_key_that_has_it(stack: cdk.Stack) -> None:
    key = _imported(stack)
    make_job(stack, model_source=_source(stack, key), output=_output(key))
    template = template_of(stack)
    assert _using_keys(statements_of(template, "JobRole")) == [
        (["kms:Decrypt"], _EVERY_KEY, _CONDITION),
        (["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], _EVERY_KEY, _CONDITION),
    ]
    # SageMaker takes the ARN of an alias.
    used = flat(properties_of(template)["OutputConfig"]["KmsKeyId"])
    assert used.endswith(":alias/data-platform")


@pytest.mark.parametrize("alias", [_of_the_app, _by_attributes])
def test_an_alias_of_the_app_is_its_key(stack: cdk.Stack, alias: Any) -> None:
    key = alias(stack)
    make_job(stack, model_source=_source(stack, key), output=_output(key))
    template = template_of(stack)
    used = _using_keys(statements_of(template, "JobRole"))
    assert all(name.startswith("${Target") and condition is None for _, name, condition in used)
    assert flat(properties_of(template)["OutputConfig"]["KmsKeyId"]) == used[0][1]


def test_an_alias_in_the_arn_of_a_key_is_every_key_that_has_it(stack: cdk.Stack) -> None:
    arn = "arn:aws:kms:eu-west-1:111122223333:alias/data-platform"
    make_job(stack, output=_output(kms.Key.from_key_arn(stack, "Key", arn)))
    ((_, name, condition),) = _using_keys(statements_of(template_of(stack), "JobRole"))
    assert name == "arn:aws:kms:eu-west-1:111122223333:key/*"
    assert condition == _CONDITION


@pytest.mark.parametrize(
    "compose",
    [
        lambda: cdk.Fn.sub("arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/data-platform"),
        lambda: cdk.Fn.sub("arn:aws:kms:${Where}:alias/data-platform", {"Where": cdk.Aws.REGION}),
        lambda: cdk.Fn.join(":", ["arn:aws:kms", cdk.Aws.REGION, cdk.Aws.ACCOUNT_ID, "alias/data-platform"]),
    ],
)
def test_an_alias_in_an_arn_that_is_composed_at_deployment_is_every_key_that_has_it(
    stack: cdk.Stack, compose: Any
) -> None:
    arn = compose()
    make_job(stack, output=_output(kms.Key.from_key_arn(stack, "Key", arn)))
    ((_, name, condition),) = _using_keys(statements_of(template_of(stack), "JobRole"))
    parts = {"Fn::Split": [":alias/", stack.resolve(arn)]}
    assert name == json.dumps({"Fn::Select": [0, parts]}) + ":key/*"
    (alias,) = condition["ForAnyValue:StringEquals"].values()
    assert flat(alias) == "alias/" + json.dumps({"Fn::Select": [1, parts]})


def test_a_key_in_an_arn_that_is_composed_at_deployment_is_that_key(stack: cdk.Stack) -> None:
    arn = cdk.Fn.sub("arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/1234")
    make_job(stack, output=_output(kms.Key.from_key_arn(stack, "Key", arn)))
    ((_, name, condition),) = _using_keys(statements_of(template_of(stack), "JobRole"))
    assert name == json.dumps(stack.resolve(arn))
    assert condition is None


def test_an_alias_that_is_known_at_deployment_only_is_every_key_that_has_it(stack: cdk.Stack) -> None:
    alias = cdk.CfnParameter(stack, "Alias").value_as_string
    make_job(stack, output=_output(kms.Alias.from_alias_name(stack, "Key", alias)))
    ((_, name, condition),) = _using_keys(statements_of(template_of(stack), "JobRole"))
    assert name == _EVERY_KEY
    assert condition == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": {"Ref": "Alias"}}}


def test_a_name_that_is_none_of_an_alias_is_an_error(stack: cdk.Stack) -> None:
    key = kms.Alias.from_alias_name(stack, "Key", "data-platform")
    with pytest.raises(
        ValueError, match=r"must begin with alias/, got 'data-platform': give 'alias/data-platform'"
    ):
        make_job(stack, output=_output(key))


def test_a_bucket_of_the_app_may_have_an_alias_for_a_key(stack: cdk.Stack) -> None:
    bucket = optimization.OptimizationBucket(stack, "Bucket", encryption_key=_of_the_app(stack))
    make_job(stack, output=optimization.OptimizationOutput.to_bucket(bucket, "awq/"))
    ((_, name, _),) = _using_keys(statements_of(template_of(stack), "JobRole"))
    assert name.startswith("${Target")


def test_who_reads_the_output_may_use_an_imported_alias(stack: cdk.Stack) -> None:
    reader = iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    assert make_job(stack, output=_output(_imported(stack))).grants.read_output(reader).success
    assert _using_keys(statements_of(template_of(stack), "Reader")) == [
        (["kms:Decrypt"], _EVERY_KEY, _CONDITION)
    ]


def test_an_imported_alias_of_another_account_is_a_warning(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    arn = "arn:aws:kms:us-east-1:999999999999:alias/theirs"
    make_job(stack, output=_output(kms.Key.from_key_arn(stack, "Key", arn)))
    (warning,) = warnings_of(stack)
    assert f"the key {arn} belongs to the account 999999999999" in warning


@pytest.mark.parametrize("managed", [False, True])
def test_no_policy_of_the_provider_names_an_alias(stack: cdk.Stack, managed: bool) -> None:
    key = _imported(stack)
    optimization.OptimizationJobProvider(
        stack,
        "Provider",
        environment_encryption=key,
        dead_letter_queue=sqs.Queue(stack, "DeadLetters", encryption_master_key=key),
        state_machine_encryption_key=key,
        state_machine_log_level=sfn.LogLevel.ALL,
        managed_policies=managed,
    )
    make_job(stack)
    template = template_of(stack)
    used = [item for role in ("ProviderFunction", "ProviderStateMachine") for item in _own(template, role)]
    assert len(used) == 5
    for _, name, condition in used:
        assert name == _EVERY_KEY
        assert condition["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": "alias/data-platform"}
    contexts = [set(condition.get("StringEquals", {})) for _, _, condition in used]
    assert contexts.count({"kms:EncryptionContext:aws:states:stateMachineArn"}) == 2
    assert contexts.count({"kms:EncryptionContext:SourceArn"}) == 1


def test_the_keys_of_a_provider_may_be_aliases_of_the_app(stack: cdk.Stack) -> None:
    key = _of_the_app(stack)
    optimization.OptimizationJobProvider(
        stack,
        "Provider",
        environment_encryption=key,
        log_encryption_key=key,
        state_machine_encryption_key=key,
    )
    make_job(stack)
    template = template_of(stack)
    # Only the alias itself has the alias's name.
    text = json.dumps({k: v for k, v in template["Resources"].items() if v["Type"] != "AWS::KMS::Alias"})
    assert "alias/" not in text
    (function,) = resources_of(template, "AWS::Lambda::Function").values()
    assert function["Properties"]["KmsKeyArn"]["Fn::GetAtt"][0].startswith("Target")


def _own(template: dict[str, Any], role: str) -> list[tuple[list[str], str, Any]]:
    statements = statements_of(template, f"{role}Role")
    holders = resources_of(template, "AWS::IAM::ManagedPolicy")
    for name, holder in holders.items():
        if name.startswith(f"{role}Role") and not holder["Properties"].get("Roles"):
            statements += holder["Properties"]["PolicyDocument"]["Statement"]
    return _using_keys(statements)


@pytest.mark.newest_cdk  # an older one replicates no bucket
def test_a_bucket_may_be_replicated_with_keys_that_are_known_by_their_aliases(stack: cdk.Stack) -> None:
    key = _imported(stack)
    copies = s3.Bucket.from_bucket_name(stack, "Copies", "copies")
    optimization.OptimizationBucket(
        stack,
        "Bucket",
        encryption_key=key,
        replication_rules=[s3.ReplicationRule(destination=copies, kms_key=key)],
    )
    assert _using_keys(statements_of(template_of(stack), "BucketReplicationRole")) == [
        (["kms:Decrypt"], _EVERY_KEY, _CONDITION),
        (["kms:Encrypt", "kms:GenerateDataKey"], _EVERY_KEY, _CONDITION),
    ]
