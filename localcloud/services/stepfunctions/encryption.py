"""State machines that are encrypted with a key: the uses of the key.

https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.kernel.api import ApiError
from localcloud.kernel.permissions import Permissions, session_arn

_SESSION = "StepFunctions"
_USES = ("kms:Decrypt", "kms:GenerateDataKey")


def check_key(permissions: Permissions, machine: Any, caller_role: str | None) -> None:
    """Raise ApiError if the caller or the state machine's role may not use its key.

    Args:
        machine: moto's model.
        caller_role: None for the account's administrator.
    """
    key = _key(machine)
    if key is None:
        return
    context = {"kms:EncryptionContext:aws:states:stateMachineArn": str(machine.arn)}
    for role in filter(None, (caller_role, str(machine.roleArn))):
        for action in _USES:
            decision = permissions.authorize(session_arn(role, _SESSION), action, key, context)
            if not decision.allowed:
                raise ApiError("KmsAccessDeniedException", decision.reason)


def log_start(
    permissions: Permissions, log: Callable[[str, str, list[str]], None], machine: Any, execution_arn: str
) -> None:
    """Log that an execution has started, if everything is logged and the log may be encrypted."""
    logging = machine.loggingConfiguration or {}
    if logging.get("level") != "ALL":
        return
    key = _key(machine)
    region, account = machine.arn.split(":")[3:5]
    context = {"kms:EncryptionContext:SourceArn": f"arn:aws:logs:{region}:{account}:*"}
    session = session_arn(str(machine.roleArn), _SESSION)
    if key and not permissions.authorize(session, "kms:GenerateDataKey", key, context).allowed:
        return
    for destination in logging["destinations"]:
        arn = destination["cloudWatchLogsLogGroup"]["logGroupArn"]
        group = arn.removesuffix(":*").split(":", 6)[6]
        stream = f"states/{machine.name}/{execution_arn.rpartition(':')[2]}"
        log(group, stream, [f"ExecutionStarted {execution_arn}"])


def _key(machine: Any) -> str | None:
    encryption = machine.encryptionConfiguration or {}
    return encryption.get("kmsKeyId") if encryption.get("type") == "CUSTOMER_MANAGED_KMS_KEY" else None
