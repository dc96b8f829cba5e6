"""The name of a job follows from what it makes, and from nothing else.

SageMaker has no client token: the name is all that makes CreateOptimizationJob idempotent. So a repeated
request finds the job that it made before, a rollback finds the old one, and whoever deletes can compute the
name that somebody else created.
"""

from __future__ import annotations

import hashlib
import json
import re

from .properties import JobProperties
from .request import Request

#: On a job whose name the user chose: which definition it was made from, and so whose it is.
OWNER_TAG = "cdk-sagemaker-optimization:fingerprint"

_GENERATED = re.compile(r"[a-zA-Z0-9-]+--[a-zA-Z0-9-]+-[0-9a-f]{16}")


def fingerprint(stack_id: str, logical_resource_id: str, properties: JobProperties) -> str:
    """16 hexadecimal digits for a definition of an artifact in one place of one stack.

    What goes in here, and how, can never change: every job that is deployed has its name from it.
    """
    identity = {"Stack": stack_id, "Resource": logical_resource_id, "Artifact": properties.artifact}
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def job_name(request: Request, properties: JobProperties) -> str:
    """The name of the job that these properties define."""
    if properties.explicit_name:
        return properties.explicit_name
    return (
        f"{properties.name_prefix}-{fingerprint(request.stack_id, request.logical_resource_id, properties)}"
    )


def is_name_of(fingerprint: str, name: str) -> bool:
    """Whether a name was made from this fingerprint."""
    return is_generated(name) and name.endswith(f"-{fingerprint}")


def is_generated(name: str | None) -> bool:
    """Whether a name is one of ours, and not one that CloudFormation invented for a create that was never
    answered.
    """
    return bool(name and len(name) <= 63 and _GENERATED.fullmatch(name))
