"""The one port: every call is authorised, recorded, and carried out by a service of ours or by moto."""

from __future__ import annotations

import json
import re
import sys
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from localcloud.kernel.api import (
    ApiError,
    ApiRequest,
    HttpRequest,
    HttpResponse,
    Principal,
    ResponseLost,
    Service,
)
from localcloud.kernel.calls import Call, Calls
from localcloud.kernel.clock import Clock, ClockStopped
from localcloud.kernel.http_front import HttpFront
from localcloud.kernel.moto_app import ACCOUNT, MotoApp, wsgi_environ
from localcloud.kernel.principals import Principals
from localcloud.kernel.protocol import (
    Operation,
    Signature,
    operation_of,
    render_error,
    render_plain_error,
    render_result,
    services_signed_as,
    signature_of,
)

_XML_CODE = re.compile(rb"<Code>([^<]+)</Code>")

Observer = Callable[[ApiRequest], None]
_Result = TypeVar("_Result")


class Server:
    """Dispatches what arrives on the port.

    Args:
        region: The region of a request that names none.
        calls: Every call is recorded here.
        authorize: Raises ApiError for a call that the caller may not make.
        port: The port to listen on; any free one if 0.
    """

    def __init__(
        self,
        clock: Clock,
        region: str,
        *,
        calls: Calls,
        principals: Principals,
        authorize: Callable[[ApiRequest], None],
        port: int = 0,
    ) -> None:
        self._clock = clock
        self._region = region
        self._calls = calls
        self._principals = principals
        self._authorize = authorize
        self._moto = MotoApp()
        self._services: dict[str, list[Service]] = {}
        self._routes: dict[str, Callable[[HttpRequest], HttpResponse]] = {}
        self._before: list[Observer] = []
        self._after: list[Observer] = []
        self._front = HttpFront(self._answer, port=port)

    @property
    def url(self) -> str:
        return f"http://{self._front.host}:{self._front.port}"

    def register(self, service: Service) -> None:
        """Let a service of ours handle its operations."""
        self._services.setdefault(service.service, []).append(service)

    def route(self, prefix: str, handler: Callable[[HttpRequest], HttpResponse]) -> None:
        """Let `handler` respond to every request, signed or not, whose path begins with `prefix`."""
        self._routes[prefix] = handler

    def observe(self, *, before: Observer | None = None, after: Observer | None = None) -> None:
        """Show every API call before it is carried out, and again before the caller gets the response.

        An observer that raises ApiError or ResponseLost decides the call's fate.
        """
        if before is not None:
            self._before.append(before)
        if after is not None:
            self._after.append(after)

    def start(self) -> None:
        self._front.start()

    def stop(self) -> None:
        self._front.stop()

    def _answer(self, http: HttpRequest) -> HttpResponse:
        with self._clock.busy():
            try:
                for prefix, handler in self._routes.items():
                    if http.path.startswith(prefix):
                        return handler(http)
                return self._answer_call(http)
            except ClockStopped as stopped:
                raise ResponseLost from stopped

    def _answer_call(self, http: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        signature = signature_of(http)
        try:
            operation = operation_of(signature, wsgi_environ(http))
        except Exception as error:  # noqa: BLE001 (whatever a malformed request may cause)
            return render_plain_error(
                ApiError("SerializationException", f"unreadable request: {error!r}"), request_id
            )
        request = self._request(http, signature, operation, request_id)
        try:
            return self._attend_to(request, lambda: self._carry_out(http, request, operation))
        except ApiError as error:
            return (
                render_error(operation, error, request_id)
                if operation
                else render_plain_error(error, request_id)
            )

    def call(
        self, service: str, operation: str, parameters: Mapping[str, Any], principal: Principal
    ) -> Mapping[str, Any]:
        """Make a call without HTTP, for parts of ours that call much.

        Only of operations that a service of ours handles.

        Raises:
            ApiError: As over HTTP.
            ResponseLost: As over HTTP.
        """
        request = ApiRequest(
            service=service,
            operation=operation,
            parameters=parameters,
            principal=principal,
            region=self._region,
            account=principal.account,
            request_id=str(uuid.uuid4()),
        )
        handler = self._service_for(request)
        if handler is None:
            raise ValueError(f"{service}:{operation} is handled by moto; call it over HTTP")
        with self._clock.busy():
            return self._attend_to(request, lambda: handler.handle(request))

    def _attend_to(self, request: ApiRequest, carry_out: Callable[[], _Result]) -> _Result:
        """Record and authorise a call, and have it carried out."""
        call = Call(
            request.service,
            request.operation,
            request.parameters,
            request.principal.arn,
            self._clock.time(),
        )
        self._calls.record(call)
        try:
            for observer in self._before:
                observer(request)
            self._authorize(request)
            result = carry_out()
            if isinstance(result, HttpResponse) and result.status >= 400:
                call.error = _error_code(result)
            for observer in self._after:
                observer(request)
            return result
        except ApiError as error:
            call.error = error.code
            raise
        except ResponseLost:
            call.error = "ResponseLost"
            raise
        except Exception as error:
            traceback.print_exception(error, file=sys.stderr)
            call.error = "InternalFailure"
            message = f"{request.service}:{request.operation} failed in the local cloud: {error!r}"
            raise ApiError("InternalFailure", message, 500) from error

    def _request(
        self, http: HttpRequest, signature: Signature | None, operation: Operation | None, request_id: str
    ) -> ApiRequest:
        if signature is not None:
            principal = self._principals.of(signature.access_key_id)
        else:
            principal = Principal("*", ACCOUNT, "anonymous", "", anonymous=True)
        name = services_signed_as(signature.signing_name)[0] if signature else "s3"
        return ApiRequest(
            service=operation.service if operation else name,
            operation=operation.name if operation else f"{http.method} {http.path}",
            parameters=operation.parameters if operation else {},
            principal=principal,
            region=signature.region if signature else self._region,
            account=principal.account,
            request_id=request_id,
            headers=http.headers,
        )

    def _carry_out(self, http: HttpRequest, request: ApiRequest, operation: Operation | None) -> HttpResponse:
        service = self._service_for(request)
        if operation is None or service is None:
            return self._moto.call(request.service, request.operation, http)
        return render_result(operation, service.handle(request), request.request_id)

    def _service_for(self, request: ApiRequest) -> Service | None:
        for service in self._services.get(request.service, []):
            if service.operations is None or request.operation in service.operations:
                return service
        return None


def _error_code(response: HttpResponse) -> str:
    headers = {name.lower(): value for name, value in response.headers.items()}
    code = headers.get("x-amzn-errortype", "")
    if not code and (match := _XML_CODE.search(response.body)):
        code = match[1].decode()
    if not code and response.body.startswith(b"{"):
        document = json.loads(response.body)
        code = str(document.get("__type") or document.get("code") or "")
    return code.split(":")[0].rpartition("#")[2] or str(response.status)
