"""Answers go to CloudFormation's own hosts, by https, and nobody reads the address."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from optimization_job.cloudformation.request import Request
from optimization_job.cloudformation.send import ResponseNotDeliveredError, put
from tests.function.requests import create, leg
from tests.simulation import Script, SimulatedAws

BUCKET = "cloudformation-custom-resource-response"
QUERY = "X-Amz-Date=20231114T221320Z&X-Amz-Signature=secret"

OWN = [
    f"https://{BUCKET}-useast1.s3.amazonaws.com/x",
    f"https://{BUCKET}-useast1.s3.us-east-1.amazonaws.com/x",
    f"https://{BUCKET}-euwest1.s3-eu-west-1.amazonaws.com/x",
    f"https://{BUCKET}-euwest1.s3.dualstack.eu-west-1.amazonaws.com/x",
    f"https://{BUCKET}-apsoutheast2.s3.ap-southeast-2.amazonaws.com:443/x",
    f"https://{BUCKET}-usgovwest1.s3.us-gov-west-1.amazonaws.com/x",
    f"https://{BUCKET}-cnnorth1.s3.cn-north-1.amazonaws.com.cn/x",
    f"https://{BUCKET}-euscdeeast1.s3.eusc-de-east-1.amazonaws.eu/x",
    f"https://{BUCKET}-usisoeast1.s3.us-iso-east-1.c2s.ic.gov/x",
    f"https://{BUCKET}-usisobeast1.s3.us-isob-east-1.sc2s.sgov.gov/x",
    f"https://s3.eu-central-1.amazonaws.com/{BUCKET}-eucentral1/x",
    f"https://s3-eu-central-1.amazonaws.com/{BUCKET}-eucentral1/x",
]

FOREIGN = [
    f"http://{BUCKET}-useast1.s3.amazonaws.com/x",
    "https://evil.example/x",
    f"https://evil.example/{BUCKET}-useast1.s3.amazonaws.com/x",
    f"https://{BUCKET}-useast1.s3.amazonaws.com.evil.example/x",
    f"https://{BUCKET}-useast1.s3.amazonaws.com@evil.example/x",
    f"https://{BUCKET}-useast1.s3.amazonaws.com:8443/x",
    f"https://{BUCKET}-useast1.evil.example/x",
    f"https://evil-{BUCKET}-useast1.s3.amazonaws.com/x",
    "https://my-bucket.s3.amazonaws.com/x",
    f"https://s3.us-east-1.amazonaws.com/my-bucket/{BUCKET}-useast1/x",
    "http://127.0.0.1:9/x",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "ftp://evil.example/x",
    "//evil.example/x",
    "x",
    "",
]


class Opened(Exception):
    """Somebody would have been answered."""


@pytest.fixture
def nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that would have been opened."""
    opened: list[str] = []

    def record(_: object, request: urllib.request.Request, *__: Any, **___: Any) -> None:
        opened.append(request.full_url)
        raise OSError(request.full_url)

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", record)
    return opened


@pytest.mark.parametrize("url", OWN)
def test_cloudformations_own_hosts_are_answered(nothing_is_opened: list[str], url: str) -> None:
    with pytest.raises(ResponseNotDeliveredError, match="3 attempts"):
        put(f"{url}?{QUERY}", b"{}")

    assert set(nothing_is_opened) == {f"{url}?{QUERY}"}


@pytest.mark.parametrize("url", FOREIGN)
def test_nobody_else_is_answered(nothing_is_opened: list[str], url: str) -> None:
    with pytest.raises(ResponseNotDeliveredError, match="https address of CloudFormation's own") as error:
        put(f"{url}?{QUERY}", b"{}")

    assert nothing_is_opened == []
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", [*OWN, *FOREIGN])
def test_no_error_shows_the_address(nothing_is_opened: list[str], url: str) -> None:
    with pytest.raises(ResponseNotDeliveredError) as error:
        put(f"{url}?{QUERY}", b"{}")

    shown = f"{error.value!r} {error.value.__cause__!r}"
    assert "secret" not in shown
    assert len(nothing_is_opened) in (0, 3)


@pytest.mark.parametrize("path", ["a b", "a\tb", "\u00fc"])
def test_an_address_that_is_malformed_is_an_error_without_the_address(path: str) -> None:
    """No connection is made to it."""
    with pytest.raises(ResponseNotDeliveredError, match="3 attempts") as error:
        put(f"https://{BUCKET}-useast1.s3.amazonaws.com/{path}?{QUERY}", b"{}")

    assert "secret" not in str(error.value)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
@pytest.mark.parametrize(
    ("endpoint", "url", "is_answered"),
    [
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/x", True),
        ("https://s3.local", "https://s3.local/x", True),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4567/x", False),
        ("https://s3.local", "http://s3.local/x", False),
        ("https://s3.local", "https://s3.local.evil.example/x", False),
        ("", "x", False),
        ("http://[", "http://[/x", False),
    ],
)
def test_an_endpoint_that_the_function_is_configured_with_is_answered(
    monkeypatch: pytest.MonkeyPatch,
    nothing_is_opened: list[str],
    variable: str,
    endpoint: str,
    url: str,
    is_answered: bool,
) -> None:
    monkeypatch.setenv(variable, endpoint)

    with pytest.raises(ResponseNotDeliveredError):
        put(f"{url}?{QUERY}", b"{}")

    assert bool(nothing_is_opened) is is_answered


@pytest.fixture
def redirecting() -> Iterator[tuple[str, list[str]]]:
    """A server that sends everybody on to another path of itself, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asked.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_an_answer_is_not_sent_on_to_where_a_server_points(
    monkeypatch: pytest.MonkeyPatch, redirecting: tuple[str, list[str]]
) -> None:
    url, asked = redirecting
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

    with pytest.raises(ResponseNotDeliveredError, match="HTTP status 307"):
        put(f"{url}/here", b"{}")

    assert set(asked) == {"/here"}


# When a request was sent, as its address says.

SIGNED = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("X-Amz-Date=20231114T221320Z&X-Amz-Expires=7199&X-Amz-Signature=secret", SIGNED),
        (f"AWSAccessKeyId=A&Expires={int(SIGNED.timestamp()) + 7200}&Signature=secret", SIGNED),
        ("Signature=secret", None),
        ("AWSAccessKeyId=A&Expires=soon&Signature=secret", None),
        (f"AWSAccessKeyId=A&Expires={10**30}&Signature=secret", None),
        ("X-Amz-Date=rubbish", None),
        ("", None),
    ],
)
def test_the_address_says_when_the_request_was_sent(
    aws: SimulatedAws, query: str, sent: datetime | None
) -> None:
    request = create(aws) | {"ResponseURL": f"{OWN[0]}?{query}"}
    assert Request.parse(request).sent == sent


def test_a_request_with_an_old_address_that_was_long_in_a_queue_is_answered_within_the_hour(
    in_dialect: Any,
) -> None:
    aws: SimulatedAws = in_dialect(response_url="Expires")
    aws.sagemaker.script = Script(ends_after=20_000)
    name = aws.carry_out(create(aws))["PhysicalResourceId"]
    request = leg(aws, name)
    aws.send_later(request, 1800)
    aws.settle(3400)

    assert aws.answers[request["RequestId"]][0]["Status"] == "SUCCESS"


def test_a_request_whose_address_says_nothing_is_carried_out(in_dialect: Any) -> None:
    aws: SimulatedAws = in_dialect(response_url="neither")
    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
