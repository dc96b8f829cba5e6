"""The configuration of a function at the moment of an invocation."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.kernel.moto_app import backend


@dataclass(frozen=True)
class Configuration:
    """A function as it is registered now.

    Attributes:
        timeout: In seconds.
        log_group: Where its log lines go.
        environment_key: ARN of the key that its variables are encrypted with; empty for Lambda's own.
        fingerprint: Differs as soon as anything differs that a process was started with.
    """

    name: str
    arn: str
    version: str
    handler: str
    runtime: str
    role_arn: str
    timeout: int
    memory: int
    variables: dict[str, str]
    log_group: str
    log_format: str
    environment_key: str
    code_sha: str
    layer_shas: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def registered(function: str, region: str, qualifier: str | None = None) -> Any:
    """Return moto's model of a function (by name or ARN). Raises ApiError if there is none."""
    name, qualifier = _name_and_qualifier(function, qualifier)
    try:
        return backend("lambda", region).get_function(name, qualifier)
    except Exception as error:
        message = f"Function not found: {function}"
        raise ApiError("ResourceNotFoundException", message, 404, Type="User") from error


def configuration(function: str, region: str, qualifier: str | None = None) -> Configuration:
    """The configuration of a function (by name or ARN). Raises ApiError if there is none."""
    model = registered(function, region, qualifier)
    logging = getattr(model, "logging_config", None) or {}
    return Configuration(
        name=model.function_name,
        arn=model.function_arn,
        version=str(model.version) if qualifier and qualifier != "$LATEST" else "$LATEST",
        handler=model.handler or "",
        runtime=model.run_time or "",
        role_arn=model.role,
        timeout=int(model.timeout),
        memory=int(model.memory_size),
        variables={key: str(value) for key, value in (model.environment_vars or {}).items()},
        log_group=logging.get("LogGroup") or f"/aws/lambda/{model.function_name}",
        log_format=logging.get("LogFormat") or "Text",
        environment_key=model.kms_key_arn or "",
        code_sha=model.code_sha_256,
        layer_shas=tuple(str(layer["Arn"]) for layer in model.layers or []),
    )


def code_of(function: str, region: str) -> bytes:
    """The zip file of a function's code."""
    return bytes(registered(function, region).code_bytes)


def _name_and_qualifier(function: str, qualifier: str | None) -> tuple[str, str | None]:
    if function.startswith("arn:"):
        parts = function.split(":")
        return parts[6], parts[7] if len(parts) > 7 else qualifier
    name, _, suffix = function.rpartition(":function:")[2].partition(":")
    return name, suffix or qualifier
