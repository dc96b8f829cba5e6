"""moto's registry of functions, with what it forgets.

Seams into moto (5.2): `LambdaFunction` does not keep `LoggingConfig`, nor changes of
`KMSKeyArn` and `TracingConfig`, and its Invoke needs Docker. The first are added here, the last never comes
to pass, since `localcloud.services.awslambda.service` takes the calls.
"""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction

_original_init = LambdaFunction.__init__
_original_update = LambdaFunction.update_configuration
_original_configuration = LambdaFunction.get_configuration

_KEPT = {
    "KMSKeyArn": "kms_key_arn",
    "TracingConfig": "tracing_config",
}


def keep_configurations() -> None:
    """Let functions remember all of what CreateFunction and UpdateFunctionConfiguration say."""
    LambdaFunction.__init__ = _init  # type: ignore[method-assign]
    LambdaFunction.update_configuration = _update_configuration  # type: ignore[method-assign]
    LambdaFunction.get_configuration = _get_configuration  # type: ignore[method-assign]


def _init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    _original_init(self, account_id, spec, region, version)
    self.logging_config = _with_defaults(self, spec.get("LoggingConfig"))


def _update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
    if "LoggingConfig" in config_updates:
        self.logging_config = _with_defaults(self, config_updates["LoggingConfig"])
    for member, attribute in _KEPT.items():
        if member in config_updates:
            setattr(self, attribute, config_updates[member])
    return _original_update(self, config_updates)


def _get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
    return {**_original_configuration(self, on_create), "LoggingConfig": self.logging_config}


def _with_defaults(function: Any, given: dict[str, Any] | None) -> dict[str, Any]:
    return {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}", **(given or {})}
