"""A call as a service of the local cloud sees it, and its response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Principal:
    """The caller of an operation.

    Attributes:
        arn: `arn:aws:sts::<account>:assumed-role/<role>/<session>`, or the account's root for the user's own
            keys.
        role_arn: The role behind a session; None for the user's own keys, which may do everything.
        anonymous: The request was not signed.
    """

    arn: str
    account: str
    user_id: str
    access_key_id: str
    role_arn: str | None = None
    session_name: str | None = None
    anonymous: bool = False

    @property
    def is_administrator(self) -> bool:
        return self.role_arn is None and not self.anonymous


@dataclass(frozen=True)
class ApiRequest:
    """One call of an AWS API operation.

    Attributes:
        service: botocore's name of the service, for example `stepfunctions` (not its signing name `states`).
        operation: The operation's name in botocore, for example `StartExecution`.
        parameters: The members of the operation's input, named and typed as in botocore's model, whatever
            protocol they came in.
        region: The region the call was signed for.
        request_id: The id that the response carries.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    principal: Principal
    region: str
    account: str
    request_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An error that the caller sees, in the protocol of the service.

    Args:
        code: As clients catch it, for example `ValidationException` or `ResourceNotFound`.
        message: For people.
        status: The HTTP status; 4xx is the caller's fault, 5xx ours (SDKs retry these).
        members: Further members of the error's shape.
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


class ResponseLost(Exception):
    """Raised by a service that has acted, but whose response is lost: the connection is closed."""


class Service(Protocol):
    """A service of our own on the local cloud's port. Whatever no service of ours handles goes to moto.

    Attributes:
        service: botocore's name of the service.
        operations: The operations it handles; None for all of them.
    """

    service: str
    operations: frozenset[str] | None

    def handle(self, request: ApiRequest, /) -> Mapping[str, Any]:
        """Carry the call out and return the members of the operation's output.

        Raises ApiError (or ResponseLost).

        Called on a thread of its own for each call, with the clock held (`clock.busy()`), after
        authorisation.
        """
        ...


@dataclass(frozen=True)
class HttpRequest:
    """A plain HTTP request below a path prefix that a part of the local cloud has reserved for itself."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class HttpResponse:
    """The response to an HTTP request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
