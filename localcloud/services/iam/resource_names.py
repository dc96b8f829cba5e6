"""The ARN that an API call is about, for the services that roles call here.

Templates name the parameters that they need: `{StackName}`. Further fields are the account, and the place,
which is the Region and the account.
The first template whose parameters are all there is taken. An operation that has none is about `*`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.kernel.api import ApiRequest

_SAGEMAKER = {
    "optimization-job": "OptimizationJobName",
    "inference-component": "InferenceComponentName",
    "endpoint-config": "EndpointConfigName",
    "endpoint": "EndpointName",
    "model": "ModelName",
    "model-package": "ModelPackageName",
    "model-package-group": "ModelPackageGroupName",
}

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "cloudformation": ("cloudformation:{place}:stack/{StackName}/*",),
    "ecr": ("ecr:{place}:repository/{repositoryName}",),
    "events": ("events:{place}:rule/{Rule}", "events:{place}:rule/{Name}"),
    "iam": ("iam::{account}:role/{RoleName}", "iam::{account}:policy/{PolicyName}"),
    "kms": ("kms:{place}:key/{KeyId}",),
    "lambda": ("lambda:{place}:function:{FunctionName}",),
    "logs": (
        "logs:{place}:log-group:{logGroupName}:log-stream:{logStreamName}",
        "logs:{place}:log-group:{logGroupName}:log-stream:",
    ),
    "sagemaker": tuple(f"sagemaker:{{place}}:{kind}/{{{name}}}" for kind, name in _SAGEMAKER.items()),
    "sns": ("sns:{place}:{Name}",),
    "sqs": ("sqs:{place}:{QueueName}",),
    "ssm": ("ssm:{place}:parameter/{Name}",),
    "stepfunctions": ("states:{place}:stateMachine:{name}",),
    "sts": ("iam::{account}:role/{RoleName}",),
}

_TEMPLATES["sagemaker-runtime"] = _TEMPLATES["sagemaker"]

_SEVERAL: dict[str, tuple[str, ...]] = {
    "sagemaker:CreateEndpoint": ("EndpointName", "EndpointConfigName"),
    "sagemaker:UpdateEndpoint": ("EndpointName", "EndpointConfigName"),
    "sagemaker:CreateInferenceComponent": ("InferenceComponentName", "EndpointName"),
    "sagemaker-runtime:InvokeEndpoint": ("EndpointName", "InferenceComponentName"),
}
"""Operations that need their action on several resources, with the parameters that name them.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""

_OF_A_GROUP = ("sagemaker:CreateModelPackage", "sagemaker:ListModelPackages")
"""Operations on a group. The service authorization reference names its versions as their resource, and AWS's
examples of policies name both, so here they need both."""

_ARN_PARAMETERS = (
    "executionArn",
    "stateMachineArn",
    "activityArn",
    "ResourceArn",
    "resourceArn",
    "RoleArn",
    "TopicArn",
    "PolicyArn",
    "Arn",
    "ModelPackageArn",
)
"""Parameters that, with an ARN in them, say what a call is about."""

_WITHOUT_RESOURCE = {
    "cloudformation:ListStacks",
    "cloudformation:ValidateTemplate",
    "ecr:GetAuthorizationToken",
    "iam:ListPolicies",
    "iam:ListRoles",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "sagemaker:ListOptimizationJobs",
    "ssm:DescribeParameters",
}


def resource_names(request: ApiRequest) -> list[str]:
    """Return the ARNs that a call is about; `["*"]` if they are unknown."""
    if f"{request.service}:{request.operation}" in _WITHOUT_RESOURCE:
        return ["*"]
    if several := _SEVERAL.get(f"{request.service}:{request.operation}"):
        given = ({name: request.parameters[name]} for name in several if request.parameters.get(name))
        return [
            arn
            for each in given
            for name in each.values()
            for arn in ([name] if name.startswith("arn:") else _from_templates(request, each))
        ]
    if f"{request.service}:{request.operation}" in _OF_A_GROUP:
        named = _from_parameters(request) or _from_templates(request, request.parameters)
        versions = [arn.replace(":model-package-group/", ":model-package/") for arn in named]
        return [*named, *(f"{arn}/1" for arn in versions)] or ["*"]
    if request.service == "ssm" and "Names" in request.parameters:
        return [
            name for each in request.parameters["Names"] for name in _from_templates(request, {"Name": each})
        ]
    if request.service == "sqs" and "QueueUrl" in request.parameters:
        return _from_templates(request, {"QueueName": request.parameters["QueueUrl"].rpartition("/")[2]})
    if request.service == "ec2":
        return ["*"]
    return _from_parameters(request) or _from_templates(request, request.parameters) or ["*"]


def _from_parameters(request: ApiRequest) -> list[str]:
    """The ARN in a parameter that holds what the call is about."""
    named = {name for template in _TEMPLATES.get(request.service, ()) for name in _fields(template)}
    if request.service in ("lambda", "iam") and request.operation.startswith("Create"):
        return []
    for name, value in request.parameters.items():
        is_about = name in named or (name in _ARN_PARAMETERS and not _is_passed_role(request, name))
        if is_about and isinstance(value, str) and value.startswith("arn:"):
            return [value]
    return []


def _is_passed_role(request: ApiRequest, name: str) -> bool:
    return name == "RoleArn" and request.service != "sts"


def _from_templates(request: ApiRequest, parameters: Mapping[str, Any]) -> list[str]:
    place = {"place": f"{request.region}:{request.account}", "account": request.account}
    for template in _TEMPLATES.get(request.service, ()):
        fields = _fields(template)
        if all(isinstance(parameters.get(field), str) for field in fields):
            values = {
                field: parameters[field].lstrip("/") if field == "Name" else parameters[field]
                for field in fields
            }
            return [f"arn:aws:{template}".format(**place, **values)]
    return []


def _fields(template: str) -> list[str]:
    names = [part.split("}")[0] for part in template.split("{")[1:]]
    return [name for name in names if name not in ("place", "account")]
