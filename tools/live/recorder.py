"""Records each request of a custom resource in its log, and responds as the resource's properties say.

This file is the code of a Lambda function, as it stands here. It imports nothing but what Lambda has.

Properties:
    Revision: a number; an Update with a lower one than before goes back.
    Answer: SUCCESS, FAILED, or `wait`: respond when the stack is seen to turn round. A Delete and an Update
        that goes back always succeed.
    Id: the physical id. Default: the logical id.
    Asks: names of jobs to describe with the function's own permissions, and a sign to try two events.
"""

import json
import os
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
from botocore.exceptions import ClientError

LOOKS_FOR = 30
"""Pauses in which a read that is late may come to show that the stack turned round."""

WAITS_FOR = 240.0
"""Seconds after which a request is answered that nothing has overtaken."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Record one request, and respond to it."""
    if "Ping" in event:
        return
    received = time.time_ns()
    new = event["ResourceProperties"]
    old = event.get("OldResourceProperties") or new
    back = int(new["Revision"]) < int(old["Revision"])
    forward = event["RequestType"] != "Delete" and not back
    record = {
        "kind": event["RequestType"],
        "received": received,
        "resource": event["LogicalResourceId"],
        "id": event.get("PhysicalResourceId"),
        "stack": event["StackId"],
        "request": event["RequestId"],
        "properties": new,
        "old_properties": event.get("OldResourceProperties"),
        "goes_back": back,
        "address": address(event["ResponseURL"]),
        "looks": looks(event, waits=forward and new.get("Answer") == "wait", turned=not forward),
    }
    if event["RequestType"] == "Create" and "Asks" in new:
        record["asked"] = {name: describe(name) for name in new["Asks"]}
        record["events"] = {source: put(source) for source in ("live.allowed", "live.refused")}
    failed = forward and new.get("Answer") == "FAILED"
    # Printed before it responds: what comes after that may be lost.
    print(json.dumps(record))
    body = {
        "Status": "FAILED" if failed else "SUCCESS",
        "Reason": "the properties say so",
        "PhysicalResourceId": event.get("PhysicalResourceId")
        if event["RequestType"] == "Delete"
        else new.get("Id", event["LogicalResourceId"]),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Value": new["Revision"]},
    }
    respond(event["ResponseURL"], json.dumps(body).encode())


def address(url: str) -> dict[str, Any]:
    """The parts of a response's address that are no credential: its host, the names and the times in it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    signed = None
    if "X-Amz-Date" in query:
        date = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        signed = date.timestamp()
    expires = float(query["Expires"]) if "Expires" in query else None
    return {"host": parts.hostname, "names": sorted(query), "signed": signed, "expires": expires}


def looks(event: dict[str, Any], *, waits: bool, turned: bool) -> list[dict[str, Any]]:
    """What the stack looks like at once, and each time that it looks different later."""
    cloudformation = boto3.client("cloudformation")
    pause = float(os.environ["PAUSE"])
    began = time.monotonic()
    seen: list[dict[str, Any]] = []
    while True:
        after = time.monotonic() - began
        look = look_at(cloudformation, event["StackId"], event["LogicalResourceId"])
        if not seen or look != {key: value for key, value in seen[-1].items() if key != "after"}:
            seen.append({"after": round(after, 1), **look})
        has_turned = any(word in str(look.get("status")) for word in ("ROLLBACK", "DELETE", "CLEANUP"))
        longest = WAITS_FOR if waits else LOOKS_FOR * pause if turned or "error" in look else 0.0
        if has_turned or after >= longest:
            return seen
        time.sleep(pause)


def look_at(cloudformation: Any, stack: str, resource: str) -> dict[str, Any]:
    """The stack's status and its resource's id, or the words that refused to tell them."""
    look: dict[str, Any] = {}
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        look["status"] = found["StackStatus"]
        look["updated"] = found["LastUpdatedTime"].timestamp() if "LastUpdatedTime" in found else None
    except ClientError as error:
        look["error"] = words(error)
    try:
        answer = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=resource)
        detail = answer["StackResourceDetail"]
        look["resource"] = {"id": detail.get("PhysicalResourceId"), "status": detail["ResourceStatus"]}
    except ClientError as error:
        look["resource"] = {"error": words(error)}
    return look


def describe(job: str) -> str:
    """The words of DescribeOptimizationJob."""
    try:
        boto3.client("sagemaker").describe_optimization_job(OptimizationJobName=job)
    except ClientError as error:
        return words(error)
    return "found"


def put(source: str) -> str:
    """The words of PutEvents; it goes to the default bus, where no rule waits for it."""
    entry = {"Source": source, "DetailType": "Live Check", "Detail": "{}"}
    try:
        answer = boto3.client("events").put_events(Entries=[entry])
    except ClientError as error:
        return words(error)
    (result,) = answer["Entries"]
    return f"{result['ErrorCode']}: {result.get('ErrorMessage')}" if "ErrorCode" in result else "put"


def words(error: ClientError) -> str:
    """An error's code and message."""
    return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"


def respond(url: str, body: bytes) -> None:
    """Put a response, without the content type that would break the address's signature."""
    request = urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT")
    with urllib.request.urlopen(request, timeout=30):
        pass
