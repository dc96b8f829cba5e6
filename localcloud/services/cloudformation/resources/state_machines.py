"""Step Functions state machines."""

from __future__ import annotations

import json
import re
from typing import Any

from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.names import short_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named
from localcloud.services.cloudformation.template.intrinsics import as_text


class StateMachineProvider(ApiProvider):
    """`AWS::StepFunctions::StateMachine`."""

    service, creates, deletes = "stepfunctions", "create_state_machine", "delete_state_machine"
    updates, ref, identity = "update_state_machine", "{stateMachineArn}", "stateMachineArn"
    changes = ("RoleArn", "LoggingConfiguration", "TracingConfiguration", "EncryptionConfiguration")
    takes = (*changes, "StateMachineType")
    renamed = named(StateMachineName="name", StateMachineType="type")
    name_property = "StateMachineName"
    attributes = named(Arn="{ref}", Name="{name}", StateMachineRevisionId="INITIAL")
    fixed = frozenset({"StateMachineName", "StateMachineType"})
    tagging = ("list_tags_for_resource", "tag_resource", "untag_resource")
    tagged = named(resourceArn="{ref}")
    keeps_aws_tags = True

    def name(self, request: ResourceRequest) -> str:
        return str(request.properties.get("StateMachineName") or short_name(request.logical_id, limit=80))

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        return {**super().parameters(request, takes), "definition": _definition(request)}


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
