"""Answers really sent, to a server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from optimization_job.cloudformation.send import ResponseNotDeliveredError, put


class Bucket:
    """Takes what is put, and answers with the statuses it is told."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.received: list[tuple[str, str | None, bytes]] = []
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bucket.received.append((self.path, self.headers["Content-Type"], body))
                self.send_response(bucket.statuses.pop(0) if bucket.statuses else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/answer?X-Amz-Signature=secret"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket where the function's configuration says that S3 is."""
    bucket = Bucket()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{bucket.server.server_port}")
    thread = threading.Thread(target=bucket.server.serve_forever, daemon=True)
    thread.start()
    yield bucket
    bucket.server.shutdown()
    bucket.server.server_close()


def test_an_answer_is_put_with_an_empty_content_type(bucket: Bucket) -> None:
    put(bucket.url, b"{}")

    assert bucket.received == [("/answer?X-Amz-Signature=secret", "", b"{}")]


def test_an_answer_that_is_not_taken_is_put_again(bucket: Bucket) -> None:
    bucket.statuses = [503, 500]

    put(bucket.url, b"{}")

    assert len(bucket.received) == 3


@pytest.mark.promise("Every request gets one response: CloudFormation does not accept the response")
def test_an_answer_that_is_never_taken_is_an_error_without_the_address(bucket: Bucket) -> None:
    bucket.statuses = [403] * 3

    with pytest.raises(ResponseNotDeliveredError) as error:
        put(bucket.url, b"{}")

    assert str(error.value) == "the response was not accepted in 3 attempts, the last met HTTP status 403"


def test_an_address_that_nobody_serves_is_an_error_without_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")

    with pytest.raises(ResponseNotDeliveredError, match="3 attempts") as error:
        put("http://127.0.0.1:1/answer?X-Amz-Signature=secret", b"{}")

    assert "secret" not in str(error.value)
