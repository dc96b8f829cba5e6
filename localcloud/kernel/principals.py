"""Access keys, their principals, and sessions of roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcloud.kernel.api import Principal
from localcloud.kernel.moto_app import ACCOUNT, backend

_SESSION_SECONDS = 12 * 3600

ADMINISTRATOR_KEY = "local"
"""The administrator's access key id. Any other that is not a session's works as well."""


@dataclass(frozen=True)
class Credentials:
    """A session's keys."""

    access_key_id: str
    secret_access_key: str
    session_token: str


class Principals:
    """The principals of access keys, according to moto's STS."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._known: dict[str, Principal] = {}

    def of(self, access_key_id: str) -> Principal:
        """The principal behind an access key: a role's session, or else the account's administrator."""
        known = self._known.get(access_key_id)
        if known is not None:
            return known
        session = backend("sts", self._region).get_assumed_role_from_access_key(access_key_id)
        if session is None:
            return Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, ACCOUNT, access_key_id)
        principal = Principal(
            arn=session.arn,
            account=session.account_id,
            user_id=session.user_id,
            access_key_id=access_key_id,
            role_arn=session.role_arn,
            session_name=session.session_name,
        )
        self._known[access_key_id] = principal
        return principal

    def start_session(self, role_arn: str, session_name: str) -> Credentials:
        """A new session of a role, as its service gets it."""
        session: Any = backend("sts", self._region).assume_role(
            region_name=self._region,
            role_session_name=session_name,
            role_arn=role_arn,
            policy=None,
            duration=_SESSION_SECONDS,
            external_id=None,
        )
        return Credentials(session.access_key_id, session.secret_access_key, session.session_token)

    def session(self, role_arn: str, session_name: str) -> Principal:
        """A service that acts as a role, for calls that need no keys."""
        key = f"{role_arn} {session_name}"
        if key not in self._known:
            self._known[key] = self.of(self.start_session(role_arn, session_name).access_key_id)
        return self._known[key]

    def reset(self) -> None:
        self._known.clear()
