"""`{{resolve:ssm:…}}` within a value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localcloud.services.cloudformation.errors import TemplateError

_REFERENCE = re.compile(r"\{\{resolve:([^:}]+):([^}]+)\}\}")


def replace_dynamic_references(text: str, client: Callable[[str], Any]) -> str:
    """Replace references by the stored values. Raises TemplateError for one that does not exist."""
    return _REFERENCE.sub(lambda match: _value(match[1], match[2], client), text)


def _value(service: str, reference: str, client: Callable[[str], Any]) -> str:
    if service not in ("ssm", "ssm-secure"):
        raise TemplateError(f"the local cloud resolves references to ssm and ssm-secure only, got {service}")
    try:
        found = client("ssm").get_parameter(Name=reference, WithDecryption=True)
    except ClientError as error:
        name = reference.split(":")[0]
        raise TemplateError(f"Parameters: [{name}] do not exist in the parameter store") from error
    return str(found["Parameter"]["Value"])
