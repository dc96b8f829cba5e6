"""References of a template in the form that cdk-nag writes into its ids."""

from __future__ import annotations

import json
from typing import Any


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
