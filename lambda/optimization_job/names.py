"""The name of a job follows from what it makes, and from nothing else.

SageMaker has no client token: the name is all that makes CreateOptimizationJob idempotent. So a repeated
request finds the job that it made before, a rollback finds the old one, and whoever deletes can compute the
name that somebody else created.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .properties import JobProperties
from .request import Request

#: On a job whose name the user chose: which definition it was made from, and for which resource.
OWNER_TAG = "cdk-sagemaker-optimization:fingerprint"

_GENERATED = re.compile(r"[a-zA-Z0-9-]+--[a-zA-Z0-9-]+-[0-9a-f]{16}")

#: What CloudFormation puts at the end of an id that it has to invent.
_INVENTED = re.compile(r".*-[A-Z0-9]{12,13}")

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True)
class Owner:
    """What a job with a chosen name says of itself in its tag."""

    #: Of the definition that it was made from.
    fingerprint: str
    #: Of the place in a stack that it was made for. What is there may have another definition by now.
    resource: str

    @classmethod
    def of(cls, request: Request, fingerprint: str) -> Owner:
        return cls(fingerprint, resource_mark(request))

    @classmethod
    def parse(cls, tag: str | None) -> Owner | None:
        if not tag:
            return None
        fingerprint, _, resource = tag.partition("-")
        return cls(fingerprint, resource)

    @property
    def tag(self) -> str:
        return f"{self.fingerprint}-{self.resource}"


def fingerprint(stack_id: str, logical_resource_id: str, properties: JobProperties) -> str:
    """16 hexadecimal digits for a definition of an artifact in one place of one stack.

    What goes in here, and how, can never change: every job that is deployed has its name from it.
    """
    return _digest({"Stack": stack_id, "Resource": logical_resource_id, "Artifact": properties.artifact})


def resource_mark(request: Request) -> str:
    """16 hexadecimal digits for a place in a stack."""
    return _digest({"Stack": request.stack_id, "Resource": request.logical_resource_id})


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


def is_chosen(physical_resource_id: str | None, request: Request) -> bool:
    """Whether an id is a job's name that a user chose, and not one that was made up for a create that failed
    or was never answered.
    """
    if not physical_resource_id or is_generated(physical_resource_id):
        return False
    if not _NAME.fullmatch(physical_resource_id):
        return False
    made_up = (f"{request.stack_name}-{request.logical_resource_id}-", f"{request.logical_resource_id}-")
    return not (physical_resource_id.startswith(made_up) or _INVENTED.fullmatch(physical_resource_id))


def _digest(identity: Mapping[str, object]) -> str:
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
