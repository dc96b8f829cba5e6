"""State machines that are encrypted with a key: who uses it, and for what.

https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.kernel.api import ApiError
from localcloud.services.iam import Context, Decision

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud

_USES = ("kms:Decrypt", "kms:GenerateDataKey")


def check_key(cloud: LocalCloud, machine: Any, caller_role: str | None) -> None:
    """Raise ApiError if whoever starts an execution, or the state machine's role, may not use its key.

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
            decision = _decide(cloud, role, action, key, context)
            if not decision.allowed:
                raise ApiError("KmsAccessDeniedException", decision.reason)


def log_start(cloud: LocalCloud, machine: Any, execution_arn: str) -> None:
    """Log that an execution has started, if everything is logged and the log may be encrypted."""
    logging = machine.loggingConfiguration or {}
    if logging.get("level") != "ALL":
        return
    key = _key(machine)
    context = {"kms:EncryptionContext:SourceArn": f"arn:aws:logs:{cloud.region}:{cloud.account}:*"}
    if key and not _decide(cloud, str(machine.roleArn), "kms:GenerateDataKey", key, context).allowed:
        return
    for destination in logging["destinations"]:
        arn = destination["cloudWatchLogsLogGroup"]["logGroupArn"]
        group = arn.removesuffix(":*").split(":", 6)[6]
        stream = f"states/{machine.name}/{execution_arn.rpartition(':')[2]}"
        cloud.logs.deliver(group, stream, [f"ExecutionStarted {execution_arn}"])


def _key(machine: Any) -> str | None:
    encryption = machine.encryptionConfiguration or {}
    return encryption.get("kmsKeyId") if encryption.get("type") == "CUSTOMER_MANAGED_KMS_KEY" else None


def _decide(cloud: LocalCloud, role_arn: str, action: str, key: str, context: Context) -> Decision:
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/StepFunctions"
    return cloud.authorization.authorize(session, action, key, context)
