"""`{{resolve:ssm:…}}` and `{{resolve:secretsmanager:…}}` within a value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localcloud.services.cloudformation.errors import TemplateError

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}")


def replace_dynamic_references(text: str, client: Callable[[str], Any]) -> str:
    """Replace references by the stored values. Raises TemplateError for one that does not exist."""
    return _REFERENCE.sub(lambda match: _value(match.group(1), match.group(2), client), text)


def _value(service: str, reference: str, client: Callable[[str], Any]) -> str:
    return _secret(reference, client) if service == "secretsmanager" else _parameter(reference, client)


def _parameter(reference: str, client: Callable[[str], Any]) -> str:
    try:
        found = client("ssm").get_parameter(Name=reference, WithDecryption=True)
    except ClientError as error:
        name = reference.split(":")[0]
        raise TemplateError(f"Parameters: [{name}] do not exist in the parameter store") from error
    return str(found["Parameter"]["Value"])


def _secret(reference: str, client: Callable[[str], Any]) -> str:
    # <secret id or ARN>:SecretString:<key>:<stage>:<version>; an ARN has six colons of its own.
    count = 7 if reference.startswith("arn:") else 1
    parts = reference.split(":")
    secret_id = ":".join(parts[:count])
    kind, key, stage, version = [*parts[count:], "", "", "", ""][:4]
    arguments = {"SecretId": secret_id}
    if stage:
        arguments["VersionStage"] = stage
    if version:
        arguments["VersionId"] = version
    try:
        text = str(client("secretsmanager").get_secret_value(**arguments)["SecretString"])
    except ClientError as error:
        raise TemplateError(f"Secrets Manager can't find the specified secret {secret_id}") from error
    if kind not in ("", "SecretString"):
        raise TemplateError(f"Dynamic reference to {secret_id} must read SecretString, got {kind}")
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError) as error:
        raise TemplateError(
            f"Could not find a value associated with JSONKey in SecretString: {key}"
        ) from error
