"""Logs, parameters and alarms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.services.cloudformation.names import short_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named, without
from localcloud.services.cloudformation.stacks import Physical


class LogGroupProvider(ApiProvider):
    """`AWS::Logs::LogGroup`."""

    service, creates, takes = "logs", "create_log_group", ("KmsKeyId", "LogGroupClass")
    deletes, identity = "delete_log_group", "logGroupName"
    attributes = named(Arn="arn:aws:logs:{region}:{account}:log-group:{ref}:*")
    name_property = "LogGroupName"
    name_limit = 512
    fixed = frozenset({"LogGroupName", "LogGroupClass"})
    tagging = ("list_tags_for_resource", "tag_resource", "untag_resource")
    tagged = named(resourceArn="arn:aws:logs:{region}:{account}:log-group:{ref}")
    tag_key = ""
    keeps_aws_tags = True

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        new, old, which = request.properties, request.old_properties, {"logGroupName": physical_id}
        if "RetentionInDays" in new:
            days = new["RetentionInDays"]
            self.call(request, "put_retention_policy", **which, retentionInDays=days)
        elif "RetentionInDays" in old:
            self.call(request, "delete_retention_policy", **which)
        if old and "KmsKeyId" in new:
            self.call(request, "associate_kms_key", **which, kmsKeyId=new["KmsKeyId"])
        elif "KmsKeyId" in old:
            self.call(request, "disassociate_kms_key", **which)


class ParameterProvider(ApiProvider):
    """`AWS::SSM::Parameter`."""

    service, creates, updates, deletes = "ssm", "put_parameter", "put_parameter", "delete_parameter"
    identity = name_property = "Name"
    attributes = named(Type="{Type}", Value="{Value}")
    fixed = frozenset({"Name", "Type"})
    tagging = ("list_tags_for_resource", "add_tags_to_resource", "remove_tags_from_resource")
    tagged = named(ResourceType="Parameter", ResourceId="{ref}")

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        wanted = without(super().parameters(request, takes), "Policies")
        return {**wanted, **({"Overwrite": True} if request.old_properties else {})}

    def name(self, request: ResourceRequest) -> str:
        return str(request.properties.get("Name") or f"CFN-{short_name(request.logical_id)}")

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        updated = super().update(request, physical)
        return replace(updated, attributes={**updated.attributes, "Value": request.properties["Value"]})


class AlarmProvider(ApiProvider):
    """`AWS::CloudWatch::Alarm`."""

    service, creates, updates, deletes = "cloudwatch", "put_metric_alarm", "put_metric_alarm", "delete_alarms"
    attributes = named(Arn="arn:aws:cloudwatch:{region}:{account}:alarm:{ref}")
    identity = name_property = "AlarmName"
    name_limit = 255
    fixed = frozenset({"AlarmName"})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, self.deletes, AlarmNames=[physical.physical_id])
