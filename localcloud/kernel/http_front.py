"""A threading HTTP/1.1 server that keeps connections alive, on which SDKs, the CDK CLI and functions call."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from localcloud.kernel.api import HttpRequest, HttpResponse, ResponseLost

_IDLE_SECONDS = 300.0
"""The real time after which a silent connection is closed."""

_BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class HttpFront:
    """Listens from the moment it is made, and responds from `start` on.

    Args:
        respond: Called for each request, on the thread of its connection. A `ResponseLost` closes the
            connection without a response.
    """

    def __init__(
        self, respond: Callable[[HttpRequest], HttpResponse], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._server = _ConnectionServer((host, port), _handler_class(respond))
        self._thread = threading.Thread(target=self._accept, name="http", daemon=True)
        self._stopped = False
        self.host = host
        self.port: int = self._server.server_address[1]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close every connection."""
        self._stopped = True
        if self._thread.is_alive():
            # Only a connection wakes a thread that waits for one.
            with contextlib.suppress(OSError):
                socket.create_connection((self.host, self.port)).close()
            self._thread.join()
        self._server.server_close()
        self._server.close_connections()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._server.get_request()
            except OSError:
                continue
            if self._stopped:
                connection.close()
                return
            self._server.process_request(connection, address)


class _ConnectionServer(ThreadingHTTPServer):
    daemon_threads = True
    # The front closes the connections itself, so there is no need to wait for idle ones.
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        assert isinstance(request, socket.socket)
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Ignore a client that goes away."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            traceback.print_exception(error, file=sys.stderr)

    def close_connections(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _handler_class(respond: Callable[[HttpRequest], HttpResponse]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _IDLE_SECONDS
        # Buffered, so that a response leaves in one packet.
        wbufsize = -1

        def _handle(self) -> None:
            request = self._read()
            try:
                response = respond(request)
            except ResponseLost:
                self.close_connection = True
                return
            self._write(response)

        def _read(self) -> HttpRequest:
            path, _, query = self.path.partition("?")
            # The headers' original spelling does not matter: HTTP's names have none, and metadata keys are
            # lower case in S3.
            headers: dict[str, str] = {}
            for name, value in self.headers.items():
                key = name.lower()
                headers[key] = f"{headers[key]},{value}" if key in headers else value
            if headers.get("transfer-encoding", "").lower() == "chunked":
                body = self._read_chunks()
                del headers["transfer-encoding"]
                headers["content-length"] = str(len(body))
            else:
                body = self.rfile.read(int(headers.get("content-length") or 0))
            return HttpRequest(self.command, path, query, headers, body)

        def _read_chunks(self) -> bytes:
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(chunks)

        def _write(self, response: HttpResponse) -> None:
            self.send_response(response.status)
            for name, value in response.headers.items():
                if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            names = {name.lower() for name in response.headers}
            if "content-length" not in names and response.status not in _BODILESS:
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD" and response.status not in _BODILESS:
                self.wfile.write(response.body)
            self.wfile.flush()

        def handle_expect_100(self) -> bool:
            self.send_response_only(HTTPStatus.CONTINUE)
            self.end_headers()
            # The response is buffered, and botocore waits a second for this one.
            self.wfile.flush()
            return True

        def log_message(self, format: str, *args: object) -> None:
            """Every call is recorded elsewhere."""

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _handle

    return Handler
