"""Lambda's Invoke API."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from localcloud.kernel.api import ApiRequest
from localcloud.services.awslambda.configuration import configuration
from localcloud.services.awslambda.functions import Functions

_LOG_TAIL_BYTES = 4096


class InvokeService:
    """Takes the place of moto's Invoke, which needs Docker."""

    service = "lambda"
    operations: frozenset[str] | None = frozenset({"Invoke"})

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        parameters = request.parameters
        function, qualifier = parameters["FunctionName"], parameters.get("Qualifier")
        payload = parameters.get("Payload") or b"{}"
        kind = parameters.get("InvocationType") or "RequestResponse"
        configured = configuration(function, request.region, qualifier)
        if kind == "DryRun":
            return {"StatusCode": 204}
        if kind == "Event":
            self._functions.invoke_async(function, payload, qualifier=qualifier)
            return {"StatusCode": 202}
        result = self._functions.invoke(function, payload, qualifier=qualifier)
        response: dict[str, Any] = {
            "StatusCode": 200,
            "Payload": result.payload,
            "ExecutedVersion": configured.version,
        }
        if result.error is not None:
            response["FunctionError"] = result.error
        if parameters.get("LogType") == "Tail":
            response["LogResult"] = base64.b64encode(result.log.encode()[-_LOG_TAIL_BYTES:]).decode()
        return response
