"""Sending requests, and taking in the answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localcloud.kernel.api import ApiError, HttpRequest, HttpResponse
from localcloud.services.cloudformation.custom_resources.answers import (
    MAXIMUM_BYTES,
    TOO_LONG,
    Answer,
    Verdict,
    judge,
    parsed,
)
from localcloud.services.cloudformation.custom_resources.requests import CustomRequest
from localcloud.services.cloudformation.custom_resources.response_urls import (
    PATH,
    VALID_SECONDS,
    ResponseUrls,
)
from localcloud.services.cloudformation.errors import ResourceFailure

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud
    from localcloud.services.cloudformation.lifecycle.work import Work

TIMEOUT_SECONDS = 3600


@dataclass
class _Pending:
    request: CustomRequest
    sent: float
    waited_for: bool = True
    verdict: Verdict | None = None
    answers: int = 0


@dataclass
class CustomResources:
    """The mailbox of all custom resources.

    Attributes:
        answers: Every answer that arrived, in order; those that came late or were too long too.
    """

    cloud: LocalCloud
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._urls = ResponseUrls()
        self._pending: dict[str, _Pending] = {}
        self._work: dict[str, Work] = {}
        self.cloud.server.route(PATH, self.receive)

    def reset(self) -> None:
        self.answers.clear()
        self._pending.clear()
        self._work.clear()

    def send(self, request: CustomRequest, work: Work) -> Verdict:
        """Send a request and wait for its answer. Raises ResourceFailure if none comes, and Cancelled."""
        clock = self.cloud.clock
        pending = _Pending(request, clock.time())
        url = self._urls.url(self.cloud.endpoint_url, request, clock.now(), self.cloud.dialect.response_url)
        with work.changed:
            self._pending[request.request_id] = pending
            self._work[request.request_id] = work
        try:
            self._invoke(request, url)
            answered = work.wait(lambda: pending.verdict is not None, _timeout(request))
        finally:
            with work.changed:
                pending.waited_for = False
                # Gone already if everything was reset meanwhile.
                self._work.pop(request.request_id, None)
        if not answered or pending.verdict is None:
            raise ResourceFailure(
                "CloudFormation did not receive a response from your Custom Resource."
                f" Please check your logs for requestId [{request.request_id}]. If you are using the Python"
                " cfn-response"
                " module, you may need to update your Lambda function code so that CloudFormation can"
                " attach the updated version."
            )
        return pending.verdict

    def receive(self, http: HttpRequest) -> HttpResponse:
        """Take in an answer, as the storage behind the response URL does."""
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
        now = self.cloud.clock.time()
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
        pending.answers += 1
        late = not pending.waited_for or pending.verdict is not None
        self.answers.append(
            Answer(
                kind=request.kind,
                stack_id=request.stack_id,
                logical_id=request.logical_id,
                request_id=request.request_id,
                body=document,
                size=len(body),
                late=late,
                number=pending.answers,
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
        document = request.document(url, has_timeout=self.cloud.dialect.service_timeout_is_sent)
        payload = json.dumps(document, separators=(",", ":")).encode()
        try:
            self.cloud.functions.invoke_async(token, payload)
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
