"""The files that an endpoint reads and writes for its requests, with the execution role of its model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.kernel.moto_app import backend
from localcloud.kernel.permissions import Permissions
from localcloud.services.sagemaker.execution_role import ExecutionRole, Use
from localcloud.services.sagemaker.object_store import ObjectStore
from localcloud.services.sagemaker.s3_location import S3Location
from localcloud.services.sagemaker.serving.endpoint import Endpoint, Fleet
from localcloud.services.sagemaker.serving.resources import Resource


@dataclass(frozen=True)
class Request:
    """A request that waits for an asynchronous endpoint.

    Attributes:
        input: The URI of its file.
        output: The URI of the response.
        failure: The URI of the error; empty if the endpoint keeps none.
    """

    id: str
    input: str
    output: str
    failure: str


class Files:
    """Reads and writes files as endpoints do. What the role may not do is left out, as AWS leaves it out."""

    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions

    def capture(
        self, endpoint: Endpoint, fleet: Fleet, model: Resource | None, place: str, record: Mapping[str, Any]
    ) -> None:
        """Keep a request and its response where the configuration says.

        Args:
            place: The variant and the hour, as a part of the file's key.
        """
        config = fleet.config.request.get("DataCaptureConfig")
        share = float(config["InitialSamplingPercentage"]) if config and config.get("EnableCapture") else 0.0
        if config is None or not share or fleet.captured.choose({"yes": share, "no": 100 - share}) == "no":
            return
        name = f"{endpoint.name}/{place}/{fleet.captured.number}.jsonl"
        location = S3Location.parse(config["DestinationS3Uri"])
        self._write(endpoint, model, location, name, json.dumps(record).encode(), config.get("KmsKeyId"))

    def respond(
        self, endpoint: Endpoint, fleet: Fleet, model: Resource | None, request: Request, body: bytes
    ) -> None:
        """Carry a request of an asynchronous endpoint out: read its file, and write and tell the response."""
        output = fleet.config.request["AsyncInferenceConfig"]["OutputConfig"]
        topics = output.get("NotificationConfig") or {}
        role = self._role(endpoint, model)
        location = S3Location.parse(request.input)
        store = ObjectStore(endpoint.account, endpoint.arn.split(":")[1])
        key = store.default_key(location.bucket)
        refusal = role.refusal(role.reading("the request", location, [location.key], key))
        uri, content = (
            (request.output, body) if refusal is None else (request.failure, (refusal or "").encode())
        )
        if uri:
            written = S3Location.parse(uri)
            folder, _, name = written.key.rpartition("/")
            self._write(
                endpoint, model, S3Location(written.bucket, folder), name, content, output.get("KmsKeyId")
            )
        topic = topics.get("SuccessTopic" if refusal is None else "ErrorTopic")
        status = "Completed" if refusal is None else "Failed"
        if topic and role.first_refused(_publishing(role, topic, endpoint.region)) is None:
            message = {
                "invocationStatus": status,
                "inferenceId": request.id,
                "responseParameters": {"output": uri},
            }
            backend("sns", endpoint.region).topics[topic].publish(json.dumps(message))

    def _role(self, endpoint: Endpoint, model: Resource | None) -> ExecutionRole:
        fleet = endpoint.fleet
        assert fleet is not None
        holder = model if model is not None and model.request.get("ExecutionRoleArn") else fleet.config
        return ExecutionRole(holder.request["ExecutionRoleArn"], endpoint, self._permissions)

    def _write(
        self,
        endpoint: Endpoint,
        model: Resource | None,
        location: S3Location,
        name: str,
        content: bytes,
        key: str | None,
    ) -> None:
        store = ObjectStore(endpoint.account, endpoint.arn.split(":")[1])
        role = self._role(endpoint, model)
        used_key = key or store.default_key(location.bucket)
        uses = role.writing("a file", location, [f"{location.folder}{name}"], used_key)
        if store.has_bucket(location.bucket) and role.first_refused(uses) is None:
            store.put(location, {name: content}, key)


def _publishing(role: ExecutionRole, topic: str, region: str) -> Iterator[Use]:
    """Publishing to a topic, which may encrypt its messages.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    yield Use("publish", "sns:Publish", topic)
    key = backend("sns", region).topics[topic].kms_master_key_id
    # Everybody who may publish may use the key of AWS.
    if key and not key.startswith("alias/aws/"):
        for action in ("kms:GenerateDataKey", "kms:Decrypt"):
            yield Use("publish", action, role.key_arn(key))
