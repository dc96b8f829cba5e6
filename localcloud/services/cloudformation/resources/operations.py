"""Logs, parameters, alarms and secrets."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.names import random_suffix, short_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    own_tags,
    pick,
    plain_tags,
    retag,
    tag_list,
    without,
)
from localcloud.services.cloudformation.stacks import Physical


class LogGroupProvider(ApiProvider):
    """`AWS::Logs::LogGroup`."""

    service = "logs"
    attributes = frozenset({"Arn"})
    name_property = "LogGroupName"
    name_limit = 512
    fixed = frozenset({"LogGroupName", "LogGroupClass"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        name = self.name(request)
        optional = pick(properties, "KmsKeyId", "LogGroupClass")
        self.call(request, "create_log_group", logGroupName=name, tags=own_tags(request), **optional)
        request.initiated(name)
        self._retain(request, name)
        return Physical(name, properties, {"Arn": f"{_arn(request, name)}:*"})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        name, properties = physical.physical_id, request.properties
        self._retain(request, name)
        if "KmsKeyId" in properties:
            self.call(request, "associate_kms_key", logGroupName=name, kmsKeyId=properties["KmsKeyId"])
        elif "KmsKeyId" in request.old_properties:
            self.call(request, "disassociate_kms_key", logGroupName=name)
        arn = _arn(request, name)
        retag(
            own_tags(request),
            self.call(request, "list_tags_for_resource", resourceArn=arn)["tags"],
            lambda tags: self.call(request, "tag_resource", resourceArn=arn, tags=tags),
            lambda keys: self.call(request, "untag_resource", resourceArn=arn, tagKeys=keys),
        )
        return Physical(name, properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_log_group", logGroupName=physical.physical_id)

    def _retain(self, request: ResourceRequest, name: str) -> None:
        if "RetentionInDays" in request.properties:
            days = request.properties["RetentionInDays"]
            self.call(request, "put_retention_policy", logGroupName=name, retentionInDays=days)
        elif "RetentionInDays" in request.old_properties:
            self.call(request, "delete_retention_policy", logGroupName=name)


def _arn(request: ResourceRequest, name: str) -> str:
    return f"arn:aws:logs:{request.region}:{request.account}:log-group:{name}"


class ParameterProvider(ApiProvider):
    """`AWS::SSM::Parameter`."""

    service = "ssm"
    attributes = frozenset({"Type", "Value"})
    name_property = "Name"
    fixed = frozenset({"Name", "Type"})

    def create(self, request: ResourceRequest) -> Physical:
        name = str(request.properties.get("Name") or f"CFN-{short_name(request.logical_id)}")
        return self._put(request, name, overwrite=False)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        made = self._put(request, physical.physical_id, overwrite=True)
        which = {"ResourceType": "Parameter", "ResourceId": physical.physical_id}
        retag(
            plain_tags(request),
            [tag["Key"] for tag in self.call(request, "list_tags_for_resource", **which)["TagList"]],
            lambda tags: self.call(request, "add_tags_to_resource", **which, Tags=tag_list(tags)),
            lambda keys: self.call(request, "remove_tags_from_resource", **which, TagKeys=keys),
        )
        return made

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_parameter", Name=physical.physical_id)

    def _put(self, request: ResourceRequest, name: str, *, overwrite: bool) -> Physical:
        properties = request.properties
        wanted = without(properties, "Name", "Tags", "Policies")
        # The API takes tags only for a parameter that it makes.
        extra: dict[str, Any] = {"Overwrite": True} if overwrite else {"Tags": tag_list(plain_tags(request))}
        self.call(request, "put_parameter", Name=name, **wanted, **extra)
        return Physical(name, properties, {"Type": properties["Type"], "Value": properties["Value"]})


class SecretProvider(ApiProvider):
    """`AWS::SecretsManager::Secret`."""

    service = "secretsmanager"
    attributes = frozenset({"Id"})
    name_property = "Name"
    fixed = frozenset({"Name"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        name = str(properties.get("Name") or f"{request.logical_id}-{random_suffix()}")
        text = self._text(request)
        optional = pick(properties, "Description", "KmsKeyId")
        secret = self.call(
            request,
            "create_secret",
            Name=name,
            SecretString=text,
            Tags=tag_list(plain_tags(request)),
            **optional,
        )
        return Physical(secret["ARN"], properties, {"Id": secret["ARN"]})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        changed = pick(request.properties, "Description", "KmsKeyId", "SecretString")
        self.call(request, "update_secret", SecretId=physical.physical_id, **changed)
        return Physical(physical.physical_id, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        which = {"SecretId": physical.physical_id, "ForceDeleteWithoutRecovery": True}
        self.call_if_there(request, "delete_secret", **which)

    def _text(self, request: ResourceRequest) -> str:
        generate = request.properties.get("GenerateSecretString")
        if generate is None:
            return str(request.properties.get("SecretString", ""))
        rules = without(generate, "SecretStringTemplate", "GenerateStringKey")
        password = self.call(request, "get_random_password", **rules)["RandomPassword"]
        if "GenerateStringKey" not in generate:
            return str(password)
        template = str(generate.get("SecretStringTemplate", "{}")).strip().removesuffix("}").rstrip()
        comma = "" if template.endswith("{") else ","
        return f'{template}{comma}"{generate["GenerateStringKey"]}":"{password}"}}'


class AlarmProvider(ApiProvider):
    """`AWS::CloudWatch::Alarm`."""

    service = "cloudwatch"
    attributes = frozenset({"Arn"})
    name_property = "AlarmName"
    name_limit = 255
    fixed = frozenset({"AlarmName"})

    def create(self, request: ResourceRequest) -> Physical:
        return self._put(request, self.name(request))

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        return self._put(request, physical.physical_id)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_alarms", AlarmNames=[physical.physical_id])

    def _put(self, request: ResourceRequest, name: str) -> Physical:
        tags = tag_list(plain_tags(request))
        self.call(
            request,
            "put_metric_alarm",
            AlarmName=name,
            Tags=tags,
            **without(request.properties, "AlarmName", "Tags"),
        )
        arn = f"arn:aws:cloudwatch:{request.region}:{request.account}:alarm:{name}"
        return Physical(name, request.properties, {"Arn": arn})
