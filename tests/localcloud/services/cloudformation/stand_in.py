"""Just enough of a cloud for CloudFormation: moto on a port, the clock, and functions that are Python
callables.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from localcloud.kernel.api import ApiError
from localcloud.kernel.calls import Calls
from localcloud.kernel.clock import Clock
from localcloud.kernel.dialect import Dialect
from localcloud.kernel.moto_app import ACCOUNT, reset_moto
from localcloud.kernel.principals import Principals
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.cloudformation import CloudFormation

Request = dict[str, Any]

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:handler"


def answer(request: Request, **changes: Any) -> int:
    """Put a successful answer, with members of its own, where the request says. Answers the HTTP status."""
    document = {
        "Status": "SUCCESS",
        "PhysicalResourceId": request.get("PhysicalResourceId", f"{request['LogicalResourceId']}-1"),
        "StackId": request["StackId"],
        "RequestId": request["RequestId"],
        "LogicalResourceId": request["LogicalResourceId"],
        **changes,
    }
    return put(request, json.dumps(document).encode())


def put(request: Request, body: bytes, content_type: str = "") -> int:
    """Put anything to where a request's answer belongs. Answers the HTTP status."""
    http = urllib.request.Request(request["ResponseURL"], body, {"Content-Type": content_type}, method="PUT")
    try:
        with urllib.request.urlopen(http) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


class StandInFunctions:
    """Functions whose code is a Python callable; without one, a request is answered with success.

    Attributes:
        requests: What arrived, in order.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.requests: list[Request] = []
        self.code: Callable[[Request], object] = answer
        self._arrived = threading.Condition()

    def invoke_async(self, function: str, payload: bytes) -> None:
        if not function.endswith(":function:handler"):
            raise ApiError("ResourceNotFoundException", f"Function not found: {function}", 404)
        request = json.loads(payload)
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        self._clock.start_thread(lambda: self.code(request))

    def wait_for(self, kind: str) -> Request:
        """Wait (real time) until this was asked for, such as `Create Job`."""
        with self._arrived:
            self._arrived.wait_for(lambda: kind in self.kinds())
            return self.requests[self.kinds().index(kind)]

    def kinds(self) -> list[str]:
        """What was asked for, in short: `Create Job`, `Delete Job`."""
        return [f"{request['RequestType']} {request['LogicalResourceId']}" for request in self.requests]


class StandInCloud:
    def __init__(self) -> None:
        self.clock = Clock()
        principals = Principals("us-east-1")
        # Everybody may do everything.
        self.server = Server(
            self.clock, "us-east-1", calls=Calls(), principals=principals, authorize=lambda _: None
        )
        self.site = Site(ACCOUNT, "us-east-1", self.server.url, self.clock)
        self.functions = StandInFunctions(self.clock)
        self.cloudformation = CloudFormation(self.site, self.server, self.client, self.functions.invoke_async)
        self._clients: dict[str, Any] = {}
        self.server.start()

    @property
    def endpoint_url(self) -> str:
        return self.server.url

    def client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = boto3.client
            self._clients[service] = make(
                service,
                endpoint_url=self.endpoint_url,
                region_name=self.site.region,
                aws_access_key_id="local",
                aws_secret_access_key="local",
                config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
            )
        return self._clients[service]

    def reset(self) -> None:
        self.site.dialect = Dialect()
        self.clock.reset()
        self.cloudformation.reset()
        self.functions.requests.clear()
        self.functions.code = answer
        reset_moto()

    def stop(self) -> None:
        self.cloudformation.reset()
        self.clock.stop()
        self.server.stop()
