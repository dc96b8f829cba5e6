"""Resolved values that hold functions of CloudFormation."""

from __future__ import annotations

import json
import re
from typing import Any

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
# "${!" stands for "${" as such.
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def spelt_out(resolved: Any) -> Any:
    """Return a resolved value with an ``Fn::Join`` of text and variables for each ``Fn::Sub``."""
    if isinstance(resolved, list):
        return [spelt_out(item) for item in resolved]
    if not isinstance(resolved, dict):
        return resolved
    match resolved:
        case {"Fn::Sub": str(pattern)}:
            variables: dict[str, Any] = {}
        case {"Fn::Sub": [str(pattern), dict(variables)]}:
            pass
        case _:
            return {key: spelt_out(item) for key, item in resolved.items()}
    texts_and_names = _VARIABLE.split(pattern)
    return {
        "Fn::Join": [
            "",
            [
                spelt_out(variables.get(part, {"Ref": part})) if number % 2 else part
                for number, part in enumerate(texts_and_names)
            ],
        ]
    }


def flat(value: Any) -> str:
    """Return a resolved value as one string: ``<Bucket.Arn>/llama/*``.

    The rules are those of
    https://github.com/cdklabs/cdk-nag/blob/main/src/utils/flatten-cfn-reference.ts
    """
    match value:
        case str():
            return value.replace("${", "<").replace("}", ">")
        case {"Fn::Join": [delimiter, items]}:
            return str(delimiter).join(map(flat, items))
        case {"Fn::Sub": pattern}:
            return flat(pattern)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{flat(resource)}.{flat(attribute)}>"
        case {"Fn::ImportValue": name}:
            return flat(name)
        case {"Ref": name}:
            return f"<{flat(name)}>"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
