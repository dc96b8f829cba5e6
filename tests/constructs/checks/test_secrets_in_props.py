"""A secret in what a job is made of is an error: everybody who may describe the job could read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct, IConstruct

import cdk_sagemaker_optimization as optimization
from tests.constructs.support import JOB, make_job, properties_of, template_of

Secret = Callable[[cdk.Stack], Any]


def _hidden(stack: cdk.Stack) -> cdk.CfnParameter:
    return cdk.CfnParameter(stack, "Hidden", no_echo=True)


def _hidden_below(stack: cdk.Stack) -> str:
    return cdk.CfnParameter(Construct(stack, "Inner"), "Hidden", no_echo=True).value_as_string


def _hidden_by_another_name(stack: cdk.Stack) -> str:
    parameter = _hidden(stack)
    parameter.override_logical_id("HfToken")
    return parameter.value_as_string


def _named_in_a_substitution(stack: cdk.Stack) -> str:
    _hidden(stack)
    return cdk.Fn.sub("Bearer ${Hidden}")


_SECRETS: dict[str, Secret] = {
    "imported": lambda stack: secretsmanager.Secret.from_secret_name_v2(
        stack, "Secret", "token"
    ).secret_value.unsafe_unwrap(),
    "own": lambda stack: secretsmanager.Secret(stack, "Secret").secret_value.unsafe_unwrap(),
    "a key of it": lambda stack: (
        secretsmanager.Secret(stack, "Secret").secret_value_from_json("token").unsafe_unwrap()
    ),
    "not unwrapped": lambda stack: secretsmanager.Secret(stack, "Secret").secret_value,
    "secure string": lambda stack: cdk.SecretValue.ssm_secure("/token", "1").unsafe_unwrap(),
    "secure parameter": lambda stack: (
        ssm.StringParameter.from_secure_string_parameter_attributes(
            stack, "Parameter", parameter_name="/token", version=1
        ).string_value
    ),
    "literal": lambda stack: "{{resolve:secretsmanager:token:SecretString:token}}",
    "literal secure string": lambda stack: "{{resolve:ssm-secure:/token}}",
    "parts": lambda stack: cdk.Fn.join("", ["{{resolve:", "secretsmanager:", cdk.Aws.STACK_NAME, "}}"]),
    "substituted": lambda stack: cdk.Fn.sub("{{resolve:secretsmanager:${AWS::StackName}}}"),
    "hidden parameter of a construct": lambda stack: (
        cdk.CfnParameter(Construct(stack, "Inner"), "Hidden", no_echo=True).value_as_string
    ),
    "hidden parameter in a function": lambda stack: cdk.Fn.join("-", ["a", _hidden(stack).value_as_string]),
    "hidden parameter in a substitution": _named_in_a_substitution,
    "hidden parameter as a variable": lambda stack: cdk.Fn.sub(
        "Bearer ${Token}", {"Token": _hidden(stack).value_as_string}
    ),
    "hidden parameter of a construct in a function": lambda stack: cdk.Fn.join(
        "-", ["a", _hidden_below(stack)]
    ),
    "a part of it": lambda stack: cdk.Fn.select(0, cdk.Fn.split(",", _hidden_below(stack))),
    "encoded": lambda stack: cdk.Fn.base64(_hidden_below(stack)),
    "hidden parameter by another name": lambda stack: cdk.Fn.join("-", ["a", _hidden_by_another_name(stack)]),
    "service as a variable": lambda stack: cdk.Fn.sub(
        "{{resolve:${Service}:token}}", {"Service": "secretsmanager"}
    ),
    "encoded parts": lambda stack: cdk.Fn.base64(
        cdk.Fn.sub("{{resolve:secretsmanager:${Name}}}", {"Name": cdk.Aws.STACK_NAME})
    ),
    "hidden parameter": lambda stack: _hidden(stack).value_as_string,
    "secret of a parameter": lambda stack: cdk.SecretValue.cfn_parameter(_hidden(stack)).unsafe_unwrap(),
}


@pytest.mark.parametrize("kind", _SECRETS)
def test_a_secret_in_the_environment_is_an_error(stack: cdk.Stack, kind: str) -> None:
    environment = {"HF_MODEL_ID": "meta-llama/Llama", "HF_TOKEN": _SECRETS[kind](stack)}
    with pytest.raises(
        ValueError, match=r"^optimization_environment\.HF_TOKEN must not hold a secret, .*job"
    ):
        make_job(stack, optimization_environment=environment)


def test_a_hidden_parameter_of_the_stack_around_a_nested_one_is_an_error(stack: cdk.Stack) -> None:
    value = cdk.Fn.join("-", ["a", _hidden(stack).value_as_string])
    with pytest.raises(ValueError, match=r"^optimization_environment\.TOKEN must not hold a secret"):
        make_job(cdk.NestedStack(stack, "Nested"), optimization_environment={"TOKEN": value})


def test_a_parameter_that_only_another_stack_hides_passes(app: cdk.App, stack: cdk.Stack) -> None:
    _hidden(cdk.Stack(app, "Other"))
    shown = cdk.CfnParameter(stack, "Hidden").value_as_string
    make_job(stack, optimization_environment={"SHOWN": cdk.Fn.join("-", ["a", shown])})
    assert properties_of(template_of(stack))["OptimizationEnvironment"] == {
        "SHOWN": {"Fn::Join": ["-", ["a", {"Ref": "Hidden"}]]}
    }


def test_a_dollar_sign_that_stands_for_itself_passes(stack: cdk.Stack) -> None:
    _hidden(stack)
    make_job(stack, optimization_environment={"TEXT": cdk.Fn.sub("${!Hidden} of ${AWS::StackName}")})
    assert "OptimizationEnvironment" in properties_of(template_of(stack))


def test_a_secret_inside_a_longer_value_is_an_error(stack: cdk.Stack) -> None:
    value = f"Bearer {_SECRETS['imported'](stack)}!"
    with pytest.raises(ValueError, match=r"^optimization_environment\.AUTH must not hold a secret"):
        make_job(stack, optimization_environment={"AUTH": value})


def test_a_secret_in_a_branch_of_a_condition_is_an_error(stack: cdk.Stack) -> None:
    value = cdk.Fn.condition_if("Gated", _SECRETS["own"](stack), "").to_string()
    with pytest.raises(ValueError, match=r"^optimization_environment\.TOKEN must not hold a secret"):
        make_job(stack, optimization_environment={"TOKEN": value})


def test_a_secret_in_the_environment_of_a_config_is_an_error(stack: cdk.Stack) -> None:
    environment = {"TOKEN": _SECRETS["imported"](stack)}
    configs = [optimization.OptimizationConfig.quantization(environment=environment)]
    expected = (
        r"^optimization_configs\[0\]\.ModelQuantizationConfig\.OverrideEnvironment\.TOKEN must not hold"
    )
    with pytest.raises(ValueError, match=expected):
        make_job(stack, optimization_configs=configs)


@pytest.mark.parametrize("as_mapping", [True, False])
def test_a_secret_in_a_trigger_is_an_error(stack: cdk.Stack, as_mapping: bool) -> None:
    secret = _SECRETS["imported"](stack)
    with pytest.raises(ValueError, match=r"^triggers\[0\] must not hold a secret"):
        make_job(stack, triggers={"token": secret} if as_mapping else [secret])


@pytest.mark.parametrize("how", ["prop", "aspect"])
def test_a_secret_in_a_tag_is_an_error(stack: cdk.Stack, how: str) -> None:
    secret = _SECRETS["imported"](stack)
    job = make_job(stack, tags={"token": secret} if how == "prop" else None)
    if how == "aspect":
        cdk.Tags.of(job).add("token", secret)
    with pytest.raises(RuntimeError, match=r"tags\.token must not hold a secret"):
        template_of(stack)


def _resource(job: optimization.OptimizationJob) -> cdk.CfnResource:
    resource = job.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    return resource


@jsii.implements(cdk.IAspect)
class _Overrides:
    def __init__(self, path: str, value: Any) -> None:
        self._path = path
        self._value = value

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource) and node.cfn_resource_type == JOB:
            node.add_override(self._path, self._value)


_OVERRIDES: dict[str, Secret] = {
    "secret": _SECRETS["imported"],
    "hidden parameter": _SECRETS["hidden parameter"],
    "hidden parameter as the template has it": lambda stack: {"Ref": _hidden(stack).node.id},
    "substitution as the template has it": lambda stack: {"Fn::Sub": f"Bearer ${{{_hidden(stack).node.id}}}"},
    "below": lambda stack: {"TOKEN": _SECRETS["own"](stack)},
}


@pytest.mark.parametrize("kind", _OVERRIDES)
@pytest.mark.parametrize("how", ["property", "aspect"])
def test_a_secret_in_an_override_is_an_error(stack: cdk.Stack, how: str, kind: str) -> None:
    job = make_job(stack)
    secret = _OVERRIDES[kind](stack)
    if how == "property":
        _resource(job).add_property_override("OptimizationEnvironment.AUTH", secret)
    else:
        cdk.Aspects.of(stack).add(_Overrides("Properties.OptimizationEnvironment.AUTH", secret))
    with pytest.raises(RuntimeError, match=r"OptimizationEnvironment\.AUTH(\.TOKEN)? must not hold a secret"):
        template_of(stack)


def test_an_override_without_a_secret_and_one_that_was_replaced_pass(stack: cdk.Stack) -> None:
    resource = _resource(make_job(stack))
    resource.add_property_override("OptimizationEnvironment.TOKEN", _SECRETS["imported"](stack))
    resource.add_property_override("OptimizationEnvironment.TOKEN", {"Ref": "AWS::StackName"})
    expected = {"TOKEN": {"Ref": "AWS::StackName"}}
    assert properties_of(template_of(stack))["OptimizationEnvironment"] == expected


def test_what_names_a_secret_and_what_is_no_secret_pass(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "Secret")
    shown = cdk.CfnParameter(stack, "Shown").value_as_string
    environment = {
        "TOKEN_SECRET": secret.secret_arn,
        "TOKEN_NAME": secret.secret_name,
        "PLAIN": "{{resolve:ssm:/models/llama}}",
        "SHOWN": shown,
    }
    make_job(stack, optimization_environment=environment)
    assert set(properties_of(template_of(stack))["OptimizationEnvironment"]) == set(environment)
