"""References of a template, as cdk-nag writes them into its ids."""

from __future__ import annotations

import json
from typing import Any


def flat(value: Any) -> str:
    """A resolved value as one string: ``<Bucket.Arn>/llama/*``.

    These are the rules of
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
