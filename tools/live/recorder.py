"""Records each request of a custom resource in its log, and responds as the resource's properties say.

This file is the whole code of a Lambda function. It imports only what Lambda's runtime has.

Properties:
    Revision: A number; an Update to a lower one is an Update back.
    Answer: SUCCESS, FAILED, or `wait`: respond when the stack is rolling back. A Delete and an Update back
        always succeed.
    Id: The physical id. Default: the logical id.
    Asks: The names of jobs to describe with the function's own permissions. With it, the function puts two
        events, too.
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
"""Pauses in which a late read may begin to show that the stack is rolling back."""

WAITS_FOR = 240.0
"""Seconds after which the function responds to a request that nothing has overtaken."""


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
    # Printed before the response: Lambda may lose what comes after it.
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
    """Return the parts of a response URL that are no credential: host, names of parameters, times."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    signed = None
    if "X-Amz-Date" in query:
        date = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        signed = date.timestamp()
    expires = float(query["Expires"]) if "Expires" in query else None
    return {"host": parts.hostname, "names": sorted(query), "signed": signed, "expires": expires}


def looks(event: dict[str, Any], *, waits: bool, turned: bool) -> list[dict[str, Any]]:
    """Read the stack at once, and record each later read that differs from the one before."""
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
    """Read the stack's status and the resource's id, or the error that refuses them."""
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
    """Return the error of DescribeOptimizationJob."""
    try:
        boto3.client("sagemaker").describe_optimization_job(OptimizationJobName=job)
    except ClientError as error:
        return words(error)
    return "found"


def put(source: str) -> str:
    """Return the error of PutEvents to the default bus. No rule matches the event."""
    entry = {"Source": source, "DetailType": "Live Check", "Detail": "{}"}
    try:
        answer = boto3.client("events").put_events(Entries=[entry])
    except ClientError as error:
        return words(error)
    (result,) = answer["Entries"]
    return f"{result['ErrorCode']}: {result.get('ErrorMessage')}" if "ErrorCode" in result else "put"


def words(error: ClientError) -> str:
    """Return an error's code and message."""
    return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"


def respond(url: str, body: bytes) -> None:
    """Put a response, without a content type, which would break the URL's signature."""
    request = urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT")
    with urllib.request.urlopen(request, timeout=30):
        pass
