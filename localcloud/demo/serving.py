"""The endpoint of the account, and the artifact that it serves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud


@dataclass(frozen=True)
class Serving:
    """An endpoint at a moment.

    Attributes:
        history: Every status that it has had, oldest first, each with the clock seconds since 1970 from which
            it had it.
        artifact: The S3 URI of the artifact that served a request; empty if the request failed.
    """

    name: str
    history: tuple[tuple[float, str], ...]
    artifact: str

    @property
    def status(self) -> str:
        """The present status."""
        return self.history[-1][1]


def invoke(cloud: LocalCloud) -> Serving | None:
    """Send a request to the only endpoint of an account; None if there is none."""
    names = cloud.endpoints.names("Endpoint")
    if not names:
        return None
    (name,) = names
    artifact = _artifact(cloud, name)
    history = cloud.endpoints.endpoint(name).history
    return Serving(name, tuple((time, str(status)) for time, status, _ in history), artifact)


def _artifact(cloud: LocalCloud, name: str) -> str:
    try:
        response = cloud.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"{}")
    except ClientError:
        return ""
    return str(json.loads(response["Body"].read())["Artifact"])
