"""moto, in this process, behind plain requests and responses.

Seams into moto (5.2) that live here:
- its WSGI application, called without a socket;
- a lock around each service's application: moto's models are plain dictionaries and lists, and our port is
threaded;
- its evaluation of S3 bucket policies, which ignores their conditions (so that a TLS-only Deny would lock
everybody out), is
  switched off: `localcloud.services.iam` evaluates them.
"""

from __future__ import annotations

import io
import sys
import threading
import traceback
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import moto.backends
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.core.model_instances import reset_model_data
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.iam.access_control import PermissionResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import FakeBucket

from localcloud.kernel.api import ApiError, HttpRequest, HttpResponse
from localcloud.kernel.managed_policies import have_managed_policies

ACCOUNT: str = DEFAULT_ACCOUNT_ID

_UNLOCKED = {"sqs"}
"""Services whose calls may wait for something (a long poll), and must not keep others waiting meanwhile."""


_GLOBAL = {"cloudfront", "iam", "organizations", "route53", "s3", "sts"}
"""Services that moto keeps once for all regions of the partition."""


class MotoApp:
    """moto's server application."""

    def __init__(self) -> None:
        _leave_bucket_policies_to_us()
        have_managed_policies()
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        self._app = DomainDispatcherApplication(create_backend_app)
        # For each call it lists moto's directory and tries the patterns of all services.
        self._app.get_backend_for_host = lru_cache(maxsize=1_000)(  # type: ignore[method-assign]
            self._app.get_backend_for_host
        )
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)

    def call(self, service: str, operation: str, request: HttpRequest) -> HttpResponse:
        """Let moto carry a call out. Raises ApiError for an operation that moto does not know."""
        environ = wsgi_environ(request)
        status, headers = "500", []

        def start_response(status_line: str, header_list: list[tuple[str, str]], _: object = None) -> None:
            nonlocal status, headers
            status, headers = status_line, header_list

        try:
            if service in _UNLOCKED:
                body = _read(self._app(environ, start_response))
            else:
                with self._locks[service]:
                    body = _read(self._app(environ, start_response))
        except NotImplementedError as error:
            raise ApiError("NotImplemented", f"the local cloud has no {service}:{operation}", 501) from error
        except Exception as error:
            traceback.print_exception(error, file=sys.stderr)
            raise ApiError(
                "InternalFailure", f"{service}:{operation} failed in moto: {error!r}", 500
            ) from error
        return HttpResponse(int(status.split()[0]), body, dict(headers))


_backends: dict[tuple[str, str], Any] = {}


def backend(service: str, region: str) -> Any:
    """Return moto's backend of a service, in our account."""
    place = (service, "aws" if service in _GLOBAL else region)
    # moto's own look-up takes a lock that everybody waits for.
    if place not in _backends:
        backends: Any = moto.backends.get_backend(service)  # type: ignore[call-overload]
        _backends[place] = backends[ACCOUNT][place[1]]
    return _backends[place]


def reset_moto() -> None:
    """Empty every backend of every account."""
    _backends.clear()
    BackendDict.reset()
    reset_model_data()


def _read(chunks: Iterable[bytes]) -> bytes:
    try:
        return b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def wsgi_environ(request: HttpRequest) -> dict[str, Any]:
    """A request as WSGI applications take it."""
    host = request.headers.get("host", "localhost")
    name, _, port = host.partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(request.path, "latin-1"),
        "RAW_URI": request.path + (f"?{request.query}" if request.query else ""),
        "REQUEST_URI": request.path + (f"?{request.query}" if request.query else ""),
        "QUERY_STRING": request.query,
        "SERVER_NAME": name,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    _add_headers(environ, request.headers)
    return environ


def _add_headers(environ: dict[str, Any], headers: Mapping[str, str]) -> None:
    preserved = {}
    for name, value in headers.items():
        if name == "content-length":
            continue
        key = environ_key_for_header(name)
        environ[key] = value
        if should_preserve_original_header_name(name):
            preserved[key] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved


def _leave_bucket_policies_to_us() -> None:
    def get_permission(*_: object) -> PermissionResult:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission  # type: ignore[assignment, method-assign]
