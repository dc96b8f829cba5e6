"""The dead-letter queue or topic of a function, which gets the events that failed for good.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
"""

from __future__ import annotations

import json
from collections.abc import Callable

from localcloud.kernel.moto_app import backend
from localcloud.services.awslambda.configuration import Configuration


def send_dead_letter(
    may: Callable[[str, str, str], bool],
    configured: Configuration,
    payload: bytes,
    request_id: str,
    error: str,
    region: str,
) -> None:
    """Send an event to the function's dead-letter target. It is lost without a target or a permission."""
    target = configured.dead_letter_target
    if not target:
        return
    to_queue = target.split(":")[2] == "sqs"
    if not may(configured.role_arn, "sqs:SendMessage" if to_queue else "sns:Publish", target):
        return
    attributes = {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", error[:1024]),
    }
    if to_queue:
        backend("sqs", region).send_message(
            target.split(":")[5],
            payload.decode(),
            message_attributes={
                name: {"DataType": kind, "StringValue": value} for name, (kind, value) in attributes.items()
            },
        )
    else:
        backend("sns", region).topics[target].publish(
            payload.decode(),
            message_attributes={
                name: {"Type": kind, "Value": value} for name, (kind, value) in attributes.items()
            },
        )


def error_of(payload: bytes) -> str:
    """Return the message of a failed invocation."""
    try:
        document = json.loads(payload)
    except ValueError:
        return ""
    return str(document.get("errorMessage", "")) if isinstance(document, dict) else ""
