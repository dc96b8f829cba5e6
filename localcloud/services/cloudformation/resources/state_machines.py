"""Step Functions state machines."""

from __future__ import annotations

import json
import re
from typing import Any

from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.names import short_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, own_tags, pick, retag, tag_list
from localcloud.services.cloudformation.stacks import Physical
from localcloud.services.cloudformation.template.intrinsics import as_text

_SETTINGS = ("LoggingConfiguration", "TracingConfiguration", "EncryptionConfiguration")


class StateMachineProvider(ApiProvider):
    """`AWS::StepFunctions::StateMachine`."""

    service = "stepfunctions"
    attributes = frozenset({"Arn", "Name", "StateMachineRevisionId"})
    name_property = "StateMachineName"
    fixed = frozenset({"StateMachineName", "StateMachineType"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        name = str(properties.get("StateMachineName") or short_name(request.logical_id, limit=80))
        created = self.call(
            request,
            "create_state_machine",
            name=name,
            definition=_definition(request),
            roleArn=properties["RoleArn"],
            type=properties.get("StateMachineType", "STANDARD"),
            tags=tag_list(own_tags(request), "key", "value"),
            **_settings(request),
        )
        arn = created["stateMachineArn"]
        return Physical(arn, properties, {"Arn": arn, "Name": name, "StateMachineRevisionId": "INITIAL"})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        arn = physical.physical_id
        updated = self.call(
            request,
            "update_state_machine",
            stateMachineArn=arn,
            definition=_definition(request),
            roleArn=request.properties["RoleArn"],
            **_settings(request),
        )
        retag(
            own_tags(request),
            [tag["key"] for tag in self.call(request, "list_tags_for_resource", resourceArn=arn)["tags"]],
            lambda tags: self.call(
                request, "tag_resource", resourceArn=arn, tags=tag_list(tags, "key", "value")
            ),
            lambda keys: self.call(request, "untag_resource", resourceArn=arn, tagKeys=keys),
        )
        revision = updated.get("revisionId", "INITIAL")
        return Physical(arn, request.properties, {**physical.attributes, "StateMachineRevisionId": revision})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_state_machine", stateMachineArn=physical.physical_id)


def _settings(request: ResourceRequest) -> dict[str, Any]:
    return {
        name[:1].lower() + name[1:]: value for name, value in pick(request.properties, *_SETTINGS).items()
    }


def _definition(request: ResourceRequest) -> str:
    """The definition's text, with its `${Name}` substituted."""
    properties = request.properties
    if "DefinitionString" in properties:
        text = str(properties["DefinitionString"])
    elif "Definition" in properties:
        text = json.dumps(properties["Definition"])
    elif "DefinitionS3Location" in properties:
        location = properties["DefinitionS3Location"]
        found = request.client("s3").get_object(Bucket=location["Bucket"], Key=location["Key"])
        text = found["Body"].read().decode()
    else:
        raise ResourceFailure(
            "Property validation failure: one of DefinitionString, Definition, DefinitionS3Location is"
            " required"
        )
    substitutions = {
        name: as_text(value) for name, value in (properties.get("DefinitionSubstitutions") or {}).items()
    }
    return re.sub(r"\$\{(\w+)\}", lambda match: substitutions.get(match[1], match[0]), text)
