"""MiniStack as a process of its own, in the environment that `make independent` sets up."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3

from localcloud.kernel.dialect import Dialect

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-independent" / "bin" / "python"
ACCOUNT = "000000000000"
REGION = "us-east-1"

_ROOT_USER = {
    "AWS_ACCESS_KEY_ID": "root",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
_LONGEST_START = 60.0
"""Real seconds. It takes one."""


@dataclass(frozen=True)
class Call:
    """A request to SageMaker, and the code of the error that it met."""

    operation: str
    name: str
    code: str


class MiniStack:
    """A MiniStack with IAM and TLS, on a port of its own.

    Args:
        directory: Where everything goes that it writes.
        dialect: How its SageMaker answers.
    """

    def __init__(self, directory: Path, dialect: Dialect) -> None:
        self._calls = directory / "calls.jsonl"
        self._log = directory / "ministack.log"
        self._certificate = directory / "ministack-tls" / "server.crt"
        self._environment = {
            **_without_a_cloud(),
            **_ROOT_USER,
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(_free_port()),
            # It would listen on every interface.
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            # The host of a ResponseURL. A function's AWS_ENDPOINT_URL has this one, whatever is said here.
            "MINISTACK_HOST": "127.0.0.1",
            "SFN_WAIT_SCALE": "0.05",
            "TMPDIR": str(directory),
            "USE_SSL": "1",
            # A function takes these over from MiniStack.
            "AWS_CA_BUNDLE": str(self._certificate),
            "SSL_CERT_FILE": str(self._certificate),
            "STUB_CALLS": str(self._calls),
            "STUB_DIALECT": dialect.as_json(),
        }
        self.endpoint = f"https://127.0.0.1:{self._environment['GATEWAY_PORT']}"

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "tests.independent.launch"],
                cwd=ROOT,
                env=self._environment,
                # It ends as soon as nobody holds the other end.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # The functions are its children: all of them end together.
                start_new_session=True,
            )
        self._wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a program finds this cloud and no other."""
        return {
            **_without_a_cloud(),
            **_ROOT_USER,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CA_BUNDLE": str(self._certificate),
            "NODE_EXTRA_CA_CERTS": str(self._certificate),
        }

    def client(self, service: str, **credentials: str) -> Any:
        """A client, of root unless it is given a user's credentials."""
        make_client: Any = boto3.client
        root = {
            "aws_access_key_id": _ROOT_USER["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": _ROOT_USER["AWS_SECRET_ACCESS_KEY"],
        }
        place = {"region_name": REGION, "endpoint_url": self.endpoint, "verify": str(self._certificate)}
        return make_client(service, **place, **(credentials or root))

    def calls(self, operation: str) -> list[Call]:
        """The requests to SageMaker for an operation, so far."""
        if not self._calls.exists():
            return []
        calls = [Call(**json.loads(line)) for line in self._calls.read_text().splitlines()]
        return [call for call in calls if call.operation == operation]

    def jobs(self) -> dict[str, str]:
        """The status of every optimization job that there is."""
        found = self.client("sagemaker").list_optimization_jobs()["OptimizationJobSummaries"]
        return {job["OptimizationJobName"]: job["OptimizationJobStatus"] for job in found}

    def stack_status(self, name: str) -> str:
        """The status of a stack."""
        status: str = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0][
            "StackStatus"
        ]
        return status

    def log(self) -> str:
        """What MiniStack has printed."""
        return self._log.read_text(errors="replace")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _LONGEST_START
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"MiniStack did not start; it printed:\n{self.log()[-4000:]}")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            trusted = ssl.create_default_context(cafile=self._certificate)
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=5, context=trusted):
                return True
        except OSError:
            return False


def _without_a_cloud() -> dict[str, str]:
    """This machine's variables, but for those that say where a cloud is, or whose certificates to trust."""
    elsewhere = ("AWS_", "CDK_", "PYTHON", "SSL_CERT_", "REQUESTS_CA_", "CURL_CA_", "NODE_EXTRA_CA_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(elsewhere)},
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
