"""Where an event goes that a function could not deal with: the function's dead-letter queue or topic.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from localcloud.kernel.moto_app import backend
from localcloud.services.awslambda.configuration import Configuration
from localcloud.services.awslambda.execution_role import may

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud


def send_dead_letter(
    cloud: LocalCloud, configured: Configuration, payload: bytes, request_id: str, error: str
) -> None:
    """Send an event there, if the function has such a place and its role may; otherwise it is lost."""
    target = configured.dead_letter_target
    if not target:
        return
    to_queue = target.split(":")[2] == "sqs"
    if not may(cloud, configured.role_arn, "sqs:SendMessage" if to_queue else "sns:Publish", target):
        return
    attributes = {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", error[:1024]),
    }
    if to_queue:
        backend("sqs", cloud.region).send_message(
            target.split(":")[5],
            payload.decode(),
            message_attributes={
                name: {"DataType": kind, "StringValue": value} for name, (kind, value) in attributes.items()
            },
        )
    else:
        backend("sns", cloud.region).topics[target].publish(
            payload.decode(),
            message_attributes={
                name: {"Type": kind, "Value": value} for name, (kind, value) in attributes.items()
            },
        )


def error_of(payload: bytes) -> str:
    """What a failed invocation says of its failure."""
    try:
        document = json.loads(payload)
    except ValueError:
        return ""
    return str(document.get("errorMessage", "")) if isinstance(document, dict) else ""
