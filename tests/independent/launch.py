"""Starts MiniStack, with the stub of SageMaker as one more of its services. It runs in .venv-independent.

MiniStack is as its authors released it. It has a table of its services, and refuses a request for any
other. The stub becomes an entry of that table. So MiniStack's TLS and its check of signatures come first, and
its own evaluator of IAM decides whether the caller may do what it asks for.

The second thing that is added is the date in the address of a response, in the form that the dialect says.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import AuthError, enforce
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services.cloudformation import custom_resource

from localcloud.kernel.dialect import Dialect, Wording
from tests.independent.stub import ApiError, OptimizationJobs, date_of, permissions

DIALECT = Dialect.from_json(os.environ["STUB_DIALECT"])
CALLS = Path(os.environ["STUB_CALLS"])
JOBS = OptimizationJobs(DIALECT)


async def sagemaker(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
) -> tuple[int, dict[str, str], bytes]:
    """Answer one request, and note it."""
    operation = headers["x-amz-target"].partition(".")[2]
    request = json.loads(body or b"{}")
    job = f"optimization-job/{request.get('OptimizationJobName', '')}"
    arn = request.get("ResourceArn", f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:{job}")
    status, code = 200, ""
    try:
        check_permissions(extract_access_key_id(headers, query), operation, request, arn)
        if operation == "CreateOptimizationJob":
            await asyncio.sleep(DIALECT.create_time)
        answer = JOBS.answer(operation, request, arn)
    except ApiError as error:
        status, code, answer = 400, error.code, {"__type": error.code, "message": str(error)}
    with CALLS.open("a") as file:
        file.write(json.dumps({"operation": operation, "name": arn.rpartition("/")[2], "code": code}) + "\n")
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()


def check_permissions(access_key: str, operation: str, request: dict[str, Any], arn: str) -> None:
    """Have MiniStack decide whether the caller may do this.

    Raises:
        ApiError: the caller may not.
    """
    for needed in permissions(DIALECT, operation, request, arn):
        service = needed.action.partition(":")[0]
        denied = enforce(access_key, needed.action, service, get_region(), needed.resource, needed.keys)
        if isinstance(denied, AuthError):
            raise ApiError(Wording(denied.code, denied.message))
        if denied is not None:
            explicit = denied.decision == "Deny"
            message = identity_denial_message(needed.action, denied.principal_arn, needed.resource, explicit)
            raise ApiError(Wording("AccessDeniedException", message))


def sign_addresses() -> None:
    """Have every ResponseURL say when its request was sent. CloudFormation's do, MiniStack's do not."""
    address_of = custom_resource._response_url  # noqa: SLF001 - MiniStack has no option for it

    def address_with_date(token: str) -> str:
        return f"{address_of(token)}?{date_of(DIALECT, time.time())}"

    custom_resource._response_url = address_with_date  # noqa: SLF001 - the same


def end_with_the_tests() -> None:
    """End this process and the functions' when the tests have ended, however they did."""
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=end_with_the_tests, daemon=True).start()
    app.SERVICE_HANDLERS["sagemaker"] = sagemaker
    sign_addresses()
    app.main()
