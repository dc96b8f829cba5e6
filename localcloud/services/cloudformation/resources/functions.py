"""Lambda functions and what belongs to them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.comparison import changed_properties
from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named, pick, without
from localcloud.services.cloudformation.stacks import Physical

_APART = ("Code", "ReservedConcurrentExecutions", "RecursiveLoop", "RuntimeManagementConfig", "FunctionName")
_NOT_UPDATED = (
    "PackageType",
    "Architectures",
    "CodeSigningConfigArn",
    "PublishToLatestPublished",
    "TenancyConfig",
)
_EMPTY_WHEN_REMOVED: dict[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "Layers": [],
    "DeadLetterConfig": {"TargetArn": ""},
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "KMSKeyArn": "",
    "MemorySize": 128,
    "Timeout": 3,
    "EphemeralStorage": {"Size": 512},
}


class FunctionProvider(ApiProvider):
    """`AWS::Lambda::Function`."""

    service, creates, updates = "lambda", "create_function", "update_function_configuration"
    deletes, identity = "delete_function", "FunctionName"
    name_property = "FunctionName"
    renamed = named(KmsKeyArn="KMSKeyArn")
    attributes = named(Arn="{FunctionArn}")
    fixed = frozenset({"FunctionName", "PackageType", "TenancyConfig"})
    tagging = ("list_tags", "tag_resource", "untag_resource")
    tagged = named(Resource="{Arn}")
    tag_key = ""
    keeps_aws_tags = True

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        properties, old = request.properties, request.old_properties
        wanted = without(super().parameters(request, takes), *_APART)
        if not old:
            return {**wanted, "Code": _code(properties["Code"], properties)}
        removed = {each: empty for each, empty in _EMPTY_WHEN_REMOVED.items() if each in old}
        return {**removed, **without(wanted, *_NOT_UPDATED)}

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        properties, old = request.properties, request.old_properties
        if changed_properties(pick(old, "Code", "Architectures"), pick(properties, "Code", "Architectures")):
            code = without(_code(properties["Code"], properties), "SourceKMSKeyArn")
            wanted = {**code, **pick(properties, "Architectures")}
            self.call(request, "update_function_code", FunctionName=physical.physical_id, **wanted)
        return super().update(request, physical)

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        limit = pick(request.properties, "ReservedConcurrentExecutions")
        if limit:
            self.call(request, "put_function_concurrency", FunctionName=physical_id, **limit)
        elif "ReservedConcurrentExecutions" in request.old_properties:
            self.call(request, "delete_function_concurrency", FunctionName=physical_id)


class PermissionProvider(ApiProvider):
    """`AWS::Lambda::Permission`."""

    service, creates = "lambda", "add_permission"
    changeable = frozenset[str]()
    attributes = named(Id="{ref}")
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        name = generated_name(request.stack_name, request.logical_id, limit=100)
        self.call(request, self.creates, StatementId=name, **request.properties)
        return Physical(name, request.properties, {"Id": name})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        which = {**pick(request.properties, "FunctionName"), "StatementId": physical.physical_id}
        self.call_if_there(request, "remove_permission", **which)


class EventInvokeConfigProvider(ApiProvider):
    """`AWS::Lambda::EventInvokeConfig`."""

    service, creates = "lambda", "put_function_event_invoke_config"
    updates = creates
    taggable = False
    fixed = frozenset({"FunctionName", "Qualifier"})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        which = pick(request.properties, "FunctionName", "Qualifier")
        self.call_if_there(request, "delete_function_event_invoke_config", **which)


def _code(code: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """The code as the API takes it: what a template carries inline is packed into an archive."""
    if "ZipFile" not in code:
        return dict(code)
    python = str(properties.get("Runtime", "")).startswith("python")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo("index.py" if python else "index.js"), str(code["ZipFile"]))
        if python:
            packed.writestr(zipfile.ZipInfo("cfnresponse.py"), _CFN_RESPONSE)
    return {"ZipFile": archive.getvalue()}


_CFN_RESPONSE = '''\
"""Responds to CloudFormation from inline code."""
import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    request = urllib.request.Request(
        event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request).close()
'''
"""The module that AWS puts next to inline Python code."""
