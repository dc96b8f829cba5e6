"""Methods of quantization."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

import cdk_sagemaker_optimization as optimization
from tests.constructs.rules.support import COMPILATION, Attempts, Config, quantization, token
from tests.constructs.support import new_app


@pytest.mark.parametrize(("name", "right"), [("AWQ", "awq"), ("Fp8", "fp8"), ("SmoothQuant", "smoothquant")])
def test_a_method_in_upper_case_is_refused(attempts: Attempts, name: str, right: str) -> None:
    message = f"OPTION_QUANTIZE must be in lower case, got {name!r}: give {right!r}"
    assert attempts.refusal(quantization(name)) == message
    assert attempts.refusal(Config.quantization(environment={"OPTION_QUANTIZE": name})) == message
    assert attempts.refusal(quantization(), optimization_environment={"OPTION_QUANTIZE": name}) == message


def test_a_method_that_no_container_is_known_to_take_is_warned_of(attempts: Attempts) -> None:
    assert attempts.warnings(quantization("int4")) == {
        "unknownQuantizationTechnique": "OPTION_QUANTIZE 'int4' is none of awq, fp8, smoothquant, which "
        "containers are known to accept; it goes to the container as it is, which may refuse it"
    }


def test_a_method_that_is_a_token_is_left_for_deployment(attempts: Attempts) -> None:
    name = token(attempts.stack, "Method")
    assert attempts.warnings(quantization(name)) == {}


@pytest.mark.parametrize("instance", ["ml.g5.2xlarge", "ml.p4d.24xlarge"])
def test_smoothquant_without_compilation_is_refused(attempts: Attempts, instance: str) -> None:
    assert attempts.refusal(quantization("smoothquant"), instance=instance) == (
        f"the technique of a quantization for {instance} without compilation must be awq or fp8, got "
        "'smoothquant': give one of these, or add OptimizationConfig.compilation()"
    )


def test_smoothquant_with_compilation_passes(attempts: Attempts) -> None:
    assert attempts.warnings(COMPILATION, quantization("smoothquant")) == {}


@pytest.fixture(scope="module")
def vpc(attempts: Attempts) -> ec2.IVpc:
    """A VPC with two subnets of each kind."""
    return ec2.Vpc.from_vpc_attributes(
        attempts.stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["a", "b"],
        isolated_subnet_ids=["subnet-isolated1", "subnet-isolated2"],
        private_subnet_ids=["subnet-private1", "subnet-private2"],
        public_subnet_ids=["subnet-public1", "subnet-public2"],
    )


def _subnets(kind: ec2.SubnetType) -> ec2.SubnetSelection:
    return ec2.SubnetSelection(subnet_type=kind)


def test_fp8_in_isolated_subnets_is_warned_of(attempts: Attempts, vpc: ec2.IVpc) -> None:
    isolated = _subnets(ec2.SubnetType.PRIVATE_ISOLATED)
    assert attempts.warnings(quantization("fp8"), vpc=vpc, vpc_subnets=isolated) == {
        "fp8WithoutInternet": "fp8 downloads a calibration data set from the internet, which the job's "
        "subnets cannot reach, got Rules/Vpc/IsolatedSubnet1, Rules/Vpc/IsolatedSubnet2: give vpc_subnets "
        "that a NAT gateway serves, or leave vpc out"
    }


def test_fp8_in_public_subnets_is_warned_of_because_a_job_has_no_public_address(
    attempts: Attempts, vpc: ec2.IVpc
) -> None:
    public = _subnets(ec2.SubnetType.PUBLIC)
    assert list(attempts.warnings(quantization("fp8"), vpc=vpc, vpc_subnets=public)) == ["fp8WithoutInternet"]


def test_fp8_in_a_vpc_that_has_nothing_but_isolated_subnets_is_warned_of(stack: cdk.Stack) -> None:
    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", subnet_configuration=[isolated])
    assert list(Attempts(stack).warnings(quantization("fp8"), vpc=vpc)) == ["fp8WithoutInternet"]


_DYNAMIC = {"AUTOFP8_CONFIG": '{"activation_scheme": "dynamic"}'}


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (quantization("fp8"), ec2.SubnetType.PRIVATE_WITH_EGRESS),
        (quantization("awq"), ec2.SubnetType.PRIVATE_ISOLATED),
        (quantization("fp8", environment=_DYNAMIC), ec2.SubnetType.PRIVATE_ISOLATED),
    ],
)
def test_fp8_with_a_way_out_and_what_needs_none_passes(
    attempts: Attempts, vpc: ec2.IVpc, config: optimization.OptimizationConfig, kind: ec2.SubnetType
) -> None:
    assert attempts.warnings(config, vpc=vpc, vpc_subnets=_subnets(kind)) == {}


@pytest.mark.parametrize("settings", ["{", "[]", '{"activation_scheme": "static"}'])
def test_settings_that_are_not_dynamic_do_not_help(attempts: Attempts, vpc: ec2.IVpc, settings: str) -> None:
    props: dict[str, Any] = {"vpc": vpc, "vpc_subnets": _subnets(ec2.SubnetType.PRIVATE_ISOLATED)}
    config = quantization("fp8", environment={"AUTOFP8_CONFIG": settings})
    assert list(attempts.warnings(config, **props)) == ["fp8WithoutInternet"]


def test_fp8_without_a_vpc_passes(attempts: Attempts) -> None:
    assert attempts.warnings(quantization("fp8")) == {}


def test_a_vpc_that_is_yet_to_be_looked_up_is_not_judged() -> None:
    environment = cdk.Environment(account="111122223333", region="us-east-1")
    stack = cdk.Stack(new_app(), "Stack", env=environment)
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-1")
    public = _subnets(ec2.SubnetType.PUBLIC)
    assert Attempts(stack).warnings(quantization("fp8"), vpc=vpc, vpc_subnets=public) == {}
