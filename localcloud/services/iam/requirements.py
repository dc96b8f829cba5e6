"""The permissions that a call needs: actions, resources, and the context for conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localcloud.kernel.api import ApiRequest
from localcloud.services.iam.resource_names import resource_names
from localcloud.services.iam.s3_actions import key_arn, s3_needs

_FREE = {"sts:GetCallerIdentity", "sts:GetSessionToken", "sts:GetAccessKeyInfo"}
"""Calls that need no permission."""

_PREFIXES = {
    "sagemaker-runtime": "sagemaker",
    "stepfunctions": "states",
    "elbv2": "elasticloadbalancing",
    "sesv2": "ses",
    "dynamodbstreams": "dynamodb",
}
"""IAM's names of services where botocore's differ."""

_ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}

_TAGGING = {
    "iam": ("Create", "iam:TagRole"),
    "lambda": ("CreateFunction", "lambda:TagResource"),
    "logs": ("CreateLogGroup", "logs:TagResource"),
    "sagemaker": ("Create", "sagemaker:AddTags"),
    "states": ("CreateStateMachine", "states:TagResource"),
}
"""Services in which creating something with tags needs a further action."""

_PASSING = {
    "cloudformation": ("RoleARN", "cloudformation.amazonaws.com"),
    "lambda": ("Role", "lambda.amazonaws.com"),
    "states": ("roleArn", "states.amazonaws.com"),
}
"""The parameter with which a role is handed to a service."""

_SAGEMAKER_ROLES = ("RoleArn", "ExecutionRoleArn")


@dataclass(frozen=True)
class Need:
    """One permission that a call needs."""

    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


def needs_of(request: ApiRequest) -> list[Need]:
    """Every permission that a call needs."""
    prefix = _PREFIXES.get(request.service, request.service)
    action = f"{prefix}:{request.operation}"
    action = _ACTIONS.get(action, action)
    if action in _FREE:
        return []
    context = tag_context(request.parameters)
    if request.service == "s3":
        return [Need(name, resource, context | _s3_context(request)) for name, resource in s3_needs(request)]
    if action == "events:PutEvents":
        return list(_events(request))
    resources = resource_names(request)
    if request.service == "kms":
        resources = [resource if resource == "*" else key_arn(resource, request) for resource in resources]
    needs = [Need(action, resource, context | _action_context(request)) for resource in resources]
    operation, tagging = _TAGGING.get(prefix, ("", ""))
    if tagging and request.operation.startswith(operation) and context:
        needs += [Need(tagging, resource, context) for resource in resources]
    needs += [
        Need("iam:PassRole", role, {"iam:PassedToService": service})
        for role, service in _passed_roles(request, prefix)
    ]
    return needs


def tag_context(parameters: Mapping[str, Any]) -> dict[str, str | Sequence[str]]:
    """The condition keys that say which tags a call sets or takes away."""
    tags = parameters.get("Tags", parameters.get("tags"))
    pairs: dict[str, str] = {}
    if isinstance(tags, Mapping):
        pairs = {str(key): str(value) for key, value in tags.items()}
    elif isinstance(tags, list):
        for tag in tags:
            folded = {name.lower(): value for name, value in tag.items()} if isinstance(tag, Mapping) else {}
            if "key" in folded:
                pairs[str(folded["key"])] = str(folded.get("value", ""))
    keys = list(pairs) or [str(key) for key in parameters.get("TagKeys", parameters.get("tagKeys")) or []]
    context: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{key}": value for key, value in pairs.items()}
    if keys:
        context["aws:TagKeys"] = keys
    return context


def _passed_roles(request: ApiRequest, prefix: str) -> Iterator[tuple[str, str]]:
    parameters = request.parameters
    if prefix == "sagemaker" and request.operation.startswith(("Create", "Update")):
        for name in _SAGEMAKER_ROLES:
            if parameters.get(name):
                yield parameters[name], "sagemaker.amazonaws.com"
    elif prefix == "events":
        roles = [target.get("RoleArn") for target in parameters.get("Targets", [])] + [
            parameters.get("RoleArn")
        ]
        for role in roles:
            if role:
                yield role, "events.amazonaws.com"
    elif prefix in _PASSING:
        name, service = _PASSING[prefix]
        if parameters.get(name):
            yield parameters[name], service


def _events(request: ApiRequest) -> Iterator[Need]:
    """Return the needs of each entry of PutEvents."""
    for entry in request.parameters.get("Entries") or ():
        bus = entry.get("EventBusName") or "default"
        place = f"arn:aws:events:{request.region}:{request.account}:event-bus/"
        members = {"events:source": "Source", "events:detail-type": "DetailType"}
        context = {key: entry[member] for key, member in members.items() if entry.get(member)}
        yield Need("events:PutEvents", bus if bus.startswith("arn:") else place + bus, context)


def _s3_context(request: ApiRequest) -> dict[str, str]:
    names = {
        "s3:prefix": "Prefix",
        "s3:delimiter": "Delimiter",
        "s3:x-amz-acl": "ACL",
        "s3:x-amz-server-side-encryption": "ServerSideEncryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    }
    return {key: str(request.parameters[name]) for key, name in names.items() if request.parameters.get(name)}


def _action_context(request: ApiRequest) -> dict[str, str]:
    if request.service == "cloudformation" and request.parameters.get("RoleARN"):
        return {"cloudformation:RoleArn": request.parameters["RoleARN"]}
    return {}
