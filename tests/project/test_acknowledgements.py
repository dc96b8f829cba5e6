"""What the library says to auditors, and what it leaves for them to find."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

import cdk_sagemaker_optimization as optimization
from tests.project import audit_tables, examples

REGION = cdk.Environment(account="111122223333", region="eu-west-1")
PACKS = ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")


def job(
    stack: cdk.Stack,
    bucket: s3.IBucket,
    *,
    prefix: str = "llama/",
    role: iam.IRole | None = None,
    vpc: ec2.IVpc | None = None,
    config: optimization.OptimizationConfig | None = None,
) -> optimization.OptimizationJob:
    return optimization.OptimizationJob(
        stack,
        "Job",
        role=role,
        vpc=vpc,
        model_source=optimization.ModelSource.from_bucket(bucket, prefix),
        deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
        optimization_configs=[config or optimization.OptimizationConfig.quantization()],
        output=optimization.OptimizationOutput.to_bucket(bucket, "llama-awq/"),
    )


def of_solutions(synthesized: examples.Synthesized) -> list[str]:
    return sorted(str(finding) for finding in synthesized.findings if finding.pack not in PACKS)


def test_a_wildcard_of_the_users_own_is_found(tmp_path: Path) -> None:
    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Stack")
        models = optimization.OptimizationBucket(stack, "Models")
        role = job(stack, models).role
        role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"]))

    (finding,) = of_solutions(examples.audit(build, tmp_path))
    assert finding == "Stack/Job/Role/DefaultPolicy/Resource: AwsSolutions-IAM5[Resource::*]"


def test_a_role_may_be_shared_by_jobs_and_a_bucket_come_from_another_stack(tmp_path: Path) -> None:
    def build(app: cdk.App) -> None:
        models = optimization.OptimizationBucket(cdk.Stack(app, "Data"), "Models")
        stack = cdk.Stack(app, "Stack")
        role = optimization.OptimizationRole(stack, "Role")
        job(stack, models, role=role)
        job(cdk.Stack(app, "Other"), models, role=role)

    assert of_solutions(examples.audit(build, tmp_path)) == []


@pytest.mark.parametrize("managed", [False, True])
def test_keys_by_an_imported_alias_and_subnets_of_an_export_are_explained(
    tmp_path: Path, managed: bool
) -> None:
    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Stack")
        key = kms.Alias.from_alias_name(stack, "Key", "alias/data-platform")
        optimization.OptimizationJobProvider(
            stack,
            "Provider",
            environment_encryption=key,
            state_machine_encryption_key=key,
            state_machine_log_level=sfn.LogLevel.ALL,
            managed_policies=managed,
        )
        vpc = ec2.Vpc.from_vpc_attributes(
            stack,
            "Vpc",
            vpc_id=cdk.Fn.import_value("VpcId"),
            availability_zones=cdk.Fn.split(",", cdk.Fn.import_value("Zones")),
            private_subnet_ids=cdk.Fn.split(",", cdk.Fn.import_value("Subnets")),
        )
        models = s3.Bucket.from_bucket_attributes(stack, "Models", bucket_name="models", encryption_key=key)
        made = job(stack, models, vpc=vpc, prefix="模型/")
        reader = iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        made.grants.read_output(reader)

    assert of_solutions(examples.audit(build, tmp_path)) == []


@pytest.mark.parametrize("managed", [False, True])
@pytest.mark.parametrize("config", ["quantization", "speculative_decoding"])
def test_what_a_served_model_is_granted_is_explained(tmp_path: Path, config: str, managed: bool) -> None:
    def build(app: cdk.App) -> None:
        made, stack = cdk.Stack(app, "Made"), cdk.Stack(app, "Stack")
        key = kms.Key(made, "Key", enable_key_rotation=True)
        models = optimization.OptimizationBucket(made, "Models", encryption_key=key)
        known = job(made, models, config=getattr(optimization.OptimizationConfig, config)())
        roles = (
            None,
            optimization.ServingRole(stack, "Role", managed_policies=managed, strict=managed),
        )
        for number, role in enumerate(roles):
            vpc = ec2.Vpc.from_vpc_attributes(
                stack,
                f"Vpc{number}",
                vpc_id="vpc-0123456789abcdef0",
                availability_zones=["eu-west-1a"],
                private_subnet_ids=["subnet-0123456789abcdef0"],
            )
            optimization.OptimizedModel(stack, f"Model{number}", job=known, role=role, vpc=vpc)

    assert of_solutions(examples.audit(build, tmp_path)) == []


def test_a_prefix_that_the_cdk_takes_for_no_part_of_an_id_does_no_harm(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack")
    job(stack, optimization.OptimizationBucket(stack, "Models"), prefix="llama (8b/")
    app.synth()
    assert "/llama (8b/*" in (tmp_path / "Stack.template.json").read_text()


def test_without_an_auditor_nothing_of_it_is_in_the_template(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack")
    job(stack, optimization.OptimizationBucket(stack, "Models"))
    app.synth()
    text = (tmp_path / "Stack.template.json").read_text()
    assert "AwsSolutions" not in text
    assert "cdk_nag" not in text


def regulated(scope: Construct, id: str, *, without: str) -> None:
    """A stack with every prop that removes a finding, but for one: ``Class.prop``."""
    stack = cdk.Stack(scope, id, env=REGION)
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-1"],
    )
    queue = sqs.Queue.from_queue_arn(stack, "Queue", "arn:aws:sqs:eu-west-1:111122223333:lost")
    replica = s3.Bucket.from_bucket_name(stack, "Replica", "replica")
    props = {
        "OptimizationBucket.encryption_key": key,
        "OptimizationBucket.object_lock_default_retention": s3.ObjectLockRetention.governance(
            cdk.Duration.days(1)
        ),
        "OptimizationBucket.replication_rules": [s3.ReplicationRule(destination=replica)],
        "OptimizationBucket.server_access_logs_bucket": s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        "OptimizationJobProvider.dead_letter_queue": queue,
        "OptimizationJobProvider.log_encryption_key": key,
        "OptimizationJobProvider.managed_policies": True,
        "OptimizationJobProvider.reserved_concurrent_executions": 5,
        "OptimizationJobProvider.state_machine_log_level": sfn.LogLevel.ALL,
        "OptimizationJobProvider.tracing": True,
        "OptimizationJobProvider.vpc": vpc,
        "OptimizationRole.managed_policies": True,
        "OptimizedEndpoint.encryption_key": key,
        "ServingRole.managed_policies": True,
    }
    props.pop(without, None)

    def of(owner: str) -> dict[str, object]:
        return {name.split(".")[1]: value for name, value in props.items() if name.startswith(f"{owner}.")}

    bucket = optimization.OptimizationBucket(stack, "Models", **of("OptimizationBucket"))  # type: ignore[arg-type]
    optimization.OptimizationJobProvider(stack, "Provider", **of("OptimizationJobProvider"))  # type: ignore[arg-type]
    role = optimization.OptimizationRole(stack, "Role", **of("OptimizationRole"))  # type: ignore[arg-type]
    made = job(stack, bucket, role=role)
    serving_role = optimization.ServingRole(stack, "ServingRole", **of("ServingRole"))  # type: ignore[arg-type]
    model = optimization.OptimizedModel(stack, "Model", job=made, role=serving_role)
    optimization.OptimizedEndpoint(
        stack,
        "Endpoint",
        model=model,
        # It has no disk of its own, so a key is the only encryption of its volume.
        instance_type=optimization.DeploymentInstanceType.of("ml.p3.2xlarge"),
        **of("OptimizedEndpoint"),  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def rules_without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What the compliance packs find when one prop is missing."""
    props = sorted(set().union(*audit_tables.props_of_rules().values()))
    stacks = {f"Without{number}": prop for number, prop in enumerate(props)}

    def build(app: cdk.App) -> None:
        for stack, prop in stacks.items():
            regulated(app, stack, without=prop)

    synthesized = examples.audit(build, tmp_path_factory.mktemp("regulated"))
    found: dict[str, set[str]] = {prop: set() for prop in props}
    for finding in synthesized.findings:
        if finding.pack in PACKS:
            found[stacks[finding.resource.split("/")[0]]].add(finding.rule_of_pack)
    return found


PAIRS = [(rule, prop) for rule, props in audit_tables.props_of_rules().items() for prop in sorted(props)]


@pytest.mark.parametrize(("rule", "prop"), PAIRS)
def test_without_the_prop_there_is_that_finding_and_no_other(
    rules_without: dict[str, set[str]], rule: str, prop: str
) -> None:
    assert rules_without[prop] == {rule}
