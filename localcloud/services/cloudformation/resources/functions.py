"""Lambda functions and what belongs to them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from localcloud.services.cloudformation.comparison import changed_properties
from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, own_tags, pick, retag, without
from localcloud.services.cloudformation.stacks import Physical

_APART = (
    "Code",
    "Tags",
    "ReservedConcurrentExecutions",
    "RecursiveLoop",
    "RuntimeManagementConfig",
    "FunctionName",
)
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

    service = "lambda"
    attributes = frozenset({"Arn", "SnapStartResponse.ApplyOn", "SnapStartResponse.OptimizationStatus"})
    name_property = "FunctionName"
    fixed = frozenset({"FunctionName", "PackageType", "TenancyConfig"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        name = self.name(request)
        function = self.call(
            request,
            "create_function",
            FunctionName=name,
            Code=_code(properties["Code"], properties),
            Tags=own_tags(request),
            **_named(without(properties, *_APART)),
        )
        request.initiated(name)
        self._limit(request, name)
        return Physical(name, properties, {"Arn": function["FunctionArn"]})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        name, properties, old = physical.physical_id, request.properties, request.old_properties
        if changed_properties(pick(old, "Code", "Architectures"), pick(properties, "Code", "Architectures")):
            architectures = pick(properties, "Architectures")
            code = _code(properties["Code"], properties)
            self.call(
                request,
                "update_function_code",
                FunctionName=name,
                **without(code, "SourceKMSKeyArn"),
                **architectures,
            )
        removed = {
            key: value for key, value in _EMPTY_WHEN_REMOVED.items() if key in old and key not in properties
        }
        configuration = _named(without(properties, *_APART, *_NOT_UPDATED))
        self.call(request, "update_function_configuration", FunctionName=name, **removed, **configuration)
        self._limit(request, name)
        arn = physical.attributes["Arn"]
        retag(
            own_tags(request),
            self.call(request, "list_tags", Resource=arn)["Tags"],
            lambda tags: self.call(request, "tag_resource", Resource=arn, Tags=tags),
            lambda keys: self.call(request, "untag_resource", Resource=arn, TagKeys=keys),
        )
        return Physical(name, properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_function", FunctionName=physical.physical_id)

    def _limit(self, request: ResourceRequest, name: str) -> None:
        reserved = request.properties.get("ReservedConcurrentExecutions")
        if reserved is not None:
            self.call(
                request, "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=reserved
            )
        elif "ReservedConcurrentExecutions" in request.old_properties:
            self.call(request, "delete_function_concurrency", FunctionName=name)


class PermissionProvider(ApiProvider):
    """`AWS::Lambda::Permission`."""

    changeable = frozenset[str]()
    service = "lambda"
    attributes = frozenset({"Id"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        name = generated_name(request.stack_name, request.logical_id, limit=100)
        self.call(request, "add_permission", StatementId=name, **request.properties)
        return Physical(name, request.properties, {"Id": name})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        function = request.properties["FunctionName"]
        self.call_if_there(
            request, "remove_permission", FunctionName=function, StatementId=physical.physical_id
        )


class EventInvokeConfigProvider(ApiProvider):
    """`AWS::Lambda::EventInvokeConfig`."""

    service = "lambda"
    taggable = False
    fixed = frozenset({"FunctionName", "Qualifier"})

    def create(self, request: ResourceRequest) -> Physical:
        self.call(request, "put_function_event_invoke_config", **request.properties)
        return Physical(generated_name(request.stack_name, request.logical_id), request.properties)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        self.call(request, "put_function_event_invoke_config", **request.properties)
        return Physical(physical.physical_id, request.properties)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        which = pick(request.properties, "FunctionName", "Qualifier")
        self.call_if_there(request, "delete_function_event_invoke_config", **which)


class VersionProvider(ApiProvider):
    """`AWS::Lambda::Version`."""

    service = "lambda"
    attributes = frozenset({"Version", "FunctionArn"})
    taggable = False
    fixed = frozenset({"FunctionName", "Description", "CodeSha256"})

    def create(self, request: ResourceRequest) -> Physical:
        wanted = pick(request.properties, "FunctionName", "Description", "CodeSha256")
        version = self.call(request, "publish_version", **wanted)
        attributes = {"Version": version["Version"], "FunctionArn": version["FunctionArn"]}
        return Physical(version["FunctionArn"], request.properties, attributes)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        return Physical(physical.physical_id, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        function, _, version = physical.physical_id.rpartition(":")
        self.call_if_there(request, "delete_function", FunctionName=function, Qualifier=version)


def _named(properties: Mapping[str, Any]) -> dict[str, Any]:
    named = dict(properties)
    if "KmsKeyArn" in named:
        named["KMSKeyArn"] = named.pop("KmsKeyArn")
    return named


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
