"""Sending requests and receiving the responses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from localcloud.kernel.api import ApiError, HttpRequest, HttpResponse
from localcloud.kernel.site import Site
from localcloud.services.cloudformation.custom_resources.requests import CustomRequest
from localcloud.services.cloudformation.custom_resources.response_urls import (
    VALID_SECONDS,
    ResponseUrls,
)
from localcloud.services.cloudformation.custom_resources.responses import (
    MAXIMUM_BYTES,
    TOO_LONG,
    Response,
    Verdict,
    judge,
    parsed,
)
from localcloud.services.cloudformation.errors import ResourceFailure
from localcloud.services.cloudformation.work import Work

TIMEOUT_SECONDS = 3600


@dataclass
class _Pending:
    request: CustomRequest
    sent: float
    waited_for: bool = True
    verdict: Verdict | None = None
    responses: int = 0


@dataclass
class CustomResources:
    """The mailbox of all custom resources.

    Attributes:
        invoke: Queues an event for a function.
        responses: Every response that arrived, in order, also late ones and those that were too long.
    """

    site: Site
    invoke: Callable[[str, bytes], None]
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._urls = ResponseUrls()
        self._pending: dict[str, _Pending] = {}
        self._work: dict[str, Work] = {}

    def reset(self) -> None:
        self.responses.clear()
        self._pending.clear()
        self._work.clear()

    def send(self, request: CustomRequest, work: Work) -> Verdict:
        """Send a request and wait for its response. Raises ResourceFailure if none comes, and Cancelled."""
        clock = self.site.clock
        pending = _Pending(request, clock.time())
        url = self._urls.url(self.site.endpoint_url, request, clock.now(), self.site.dialect.response_url)
        with work.changed:
            self._pending[request.request_id] = pending
            self._work[request.request_id] = work
        try:
            self._invoke(request, url)
            received = work.wait(lambda: pending.verdict is not None, _timeout(request))
        finally:
            with work.changed:
                pending.waited_for = False
                # Gone already if everything was reset meanwhile.
                self._work.pop(request.request_id, None)
        if not received or pending.verdict is None:
            raise ResourceFailure(
                "CloudFormation did not receive a response from your Custom Resource."
                f" Please check your logs for requestId [{request.request_id}]. If you are using the Python"
                " cfn-response"
                " module, you may need to update your Lambda function code so that CloudFormation can"
                " attach the updated version."
            )
        return pending.verdict

    def receive(self, http: HttpRequest) -> HttpResponse:
        """Receive a response, as the storage behind the response URL does."""
        request_id = self._urls.request_id(http.path, http.query)
        content_type = next(
            (value for name, value in http.headers.items() if name.lower() == "content-type"), ""
        )
        pending = self._pending.get(request_id or "")
        if http.method != "PUT" or pending is None or content_type:
            return _refusal(
                "SignatureDoesNotMatch",
                "The request signature does not match; send a PUT with an empty Content-Type",
            )
        now = self.site.clock.time()
        if now - pending.sent > VALID_SECONDS:
            return _refusal("AccessDenied", "Request has expired")
        work = self._work.get(pending.request.request_id)
        if work is None:
            self._take_in(pending, http.body, now)
        else:
            with work.changed:
                self._take_in(pending, http.body, now)
                work.changed.notify_all()
        return HttpResponse(200)

    def _take_in(self, pending: _Pending, body: bytes, now: float) -> None:
        request, document = pending.request, parsed(body)
        pending.responses += 1
        late = not pending.waited_for or pending.verdict is not None
        self.responses.append(
            Response(
                kind=request.kind,
                stack_id=request.stack_id,
                logical_id=request.logical_id,
                request_id=request.request_id,
                body=document,
                size=len(body),
                late=late,
                number=pending.responses,
                time=now,
            )
        )
        if not late:
            pending.verdict = TOO_LONG if len(body) > MAXIMUM_BYTES else judge(document, request)

    def _invoke(self, request: CustomRequest, url: str) -> None:
        token = str(request.properties.get("ServiceToken") or "")
        if ":lambda:" not in token:
            raise ResourceFailure(
                f"Invalid service token: {token or 'none'}; the local cloud reaches custom resources by"
                " Lambda ARN only"
            )
        document = request.document(url, has_timeout=self.site.dialect.service_timeout_is_sent)
        payload = json.dumps(document, separators=(",", ":")).encode()
        try:
            self.invoke(token, payload)
        except ApiError as error:
            raise ResourceFailure(f"Lambda function could not be invoked: {error.message}") from error


def _timeout(request: CustomRequest) -> float:
    text = request.properties.get("ServiceTimeout", TIMEOUT_SECONDS)
    try:
        seconds = int(text)
    except (TypeError, ValueError):
        seconds = 0
    if not 1 <= seconds <= TIMEOUT_SECONDS:
        raise ResourceFailure(f"ServiceTimeout must be between 1 and {TIMEOUT_SECONDS} seconds, got {text}")
    return float(seconds)


def _refusal(code: str, message: str) -> HttpResponse:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return HttpResponse(403, body.encode(), {"Content-Type": "application/xml"})
