"""KMS keys as IAM sees them: a policy's resource is compared with the key's ARN, however a call names it.

https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.kernel.moto_app import backend
from localcloud.services.iam.requirements import Need

_ABOUT_ALIASES = ("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias")
_UNKNOWN_KEY = "00000000-0000-0000-0000-000000000000"
"""Stands for the key of an alias that is not in this local cloud."""


def as_iam_sees(need: Need, region: str) -> Need:
    """A permission to use a key, with the key's ARN and with its aliases for conditions."""
    if not need.action.startswith("kms:") or need.action in _ABOUT_ALIASES or need.resource == "*":
        return need
    keys: dict[str, Any] = backend("kms", region).keys
    place, is_alias, name = need.resource.replace(":key/alias/", ":alias/").partition(":alias/")
    if not is_alias:
        key = keys.get(need.resource.rpartition("/")[2])
        return need if key is None else _with_aliases(need, list(key.aliases))
    alias = f"alias/{name}"
    key = next((each for each in list(keys.values()) if alias in each.aliases), None)
    arn = f"{place}:key/{_UNKNOWN_KEY}" if key is None else str(key.arn)
    found = _with_aliases(replace(need, resource=arn), [alias] if key is None else list(key.aliases))
    # A call to decrypt names no key: the ciphertext does.
    asked = {} if need.action == "kms:Decrypt" else {"kms:RequestAlias": alias}
    return replace(found, context={**found.context, **asked})


def _with_aliases(need: Need, aliases: list[str]) -> Need:
    return replace(need, context={**need.context, "kms:ResourceAliases": aliases}) if aliases else need
