"""boto3 clients of a local cloud."""

from __future__ import annotations

import threading
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from localcloud.kernel.principals import ADMINISTRATOR_KEY, Credentials, Principals

_CONFIG = Config(
    # An error is what a caller in this process wants to see; the SDK's retries would wait in real time.
    retries={"total_max_attempts": 1},
    max_pool_connections=64,
    read_timeout=600,
    parameter_validation=False,
)


class Clients:
    """Makes clients, and keeps them: making one takes longer than most calls."""

    def __init__(self, endpoint_url: str, region: str, principals: Principals) -> None:
        self._endpoint_url = endpoint_url
        self._region = region
        self._principals = principals
        self._lock = threading.Lock()
        # Untyped, because boto3's stubs know a service's client only by a literal name.
        self._session: Any = boto3.session.Session(botocore_session=botocore.session.Session())
        self._clients: dict[tuple[str, str, str | None, str], Any] = {}

    def client(
        self, service: str, *, region: str | None = None, role_arn: str | None = None, session_name: str
    ) -> Any:
        key = (service, region or self._region, role_arn, session_name)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,
                    region_name=key[1],
                    endpoint_url=self._endpoint_url,
                    config=_CONFIG,
                    **self._keys(role_arn, session_name),
                )
            return self._clients[key]

    def reset(self) -> None:
        """Forget the clients of sessions, whose keys are no longer known."""
        with self._lock:
            self._clients = {key: client for key, client in self._clients.items() if key[2] is None}

    def close(self) -> None:
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _keys(self, role_arn: str | None, session_name: str) -> dict[str, str]:
        if role_arn is None:
            return {"aws_access_key_id": ADMINISTRATOR_KEY, "aws_secret_access_key": ADMINISTRATOR_KEY}
        credentials: Credentials = self._principals.start_session(role_arn, session_name)
        return {
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key,
            "aws_session_token": credentials.session_token,
        }
