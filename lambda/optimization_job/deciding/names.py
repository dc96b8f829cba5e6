"""The name of a job follows from what it makes and where it belongs, and from nothing else.

SageMaker has no client token: the name is all that makes CreateOptimizationJob idempotent. So a repeated
request finds the job that it made before, a rollback finds the old one, and a Delete can compute the name
of what a Create made.

A generated name is ``<stack>--<job>-<8 digits of the place><8 digits of the definition>``. The place is the
stack and the logical id, so that the name itself shows whose job it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from ..cloudformation.properties import JobProperties
from ..cloudformation.request import Request

#: On a job whose name the user chose: which definition it was made from, and for which resource.
OWNER_TAG = "cdk-sagemaker-optimization:fingerprint"

_GENERATED = re.compile(r"[a-zA-Z0-9-]+--[a-zA-Z0-9-]+-[0-9a-f]{16}")

#: What CloudFormation puts at the end of an id that it has to invent. A date of digits only is a user's.
_INVENTED = re.compile(r".*-(?=[0-9]*[A-Z])[A-Z0-9]{12,13}")

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")

#: Of the place, and of the definition, in a generated name.
_DIGITS = 8


@dataclass(frozen=True)
class Owner:
    """The owner that a job with a chosen name has in its tag."""

    #: Of the definition that it was made from.
    fingerprint: str
    #: Of the place in a stack that it was made for. What is there may have another definition by now.
    resource: str

    @classmethod
    def of(cls, request: Request, properties: JobProperties) -> Owner:
        """The owner of a job that a request asks for with these properties."""
        return cls(fingerprint(properties), resource_mark(request))

    @classmethod
    def parse(cls, tag: str | None) -> Owner | None:
        """The owner that a tag names; None if the job has no such tag."""
        if not tag:
            return None
        fingerprint, _, resource = tag.partition("-")
        return cls(fingerprint, resource)

    @property
    def tag(self) -> str:
        """The value of the tag that names this owner."""
        return f"{self.fingerprint}-{self.resource}"


def fingerprint(properties: JobProperties) -> str:
    """16 hexadecimal digits for a definition of an artifact.

    What goes in here, and how, can never change: every job that is deployed has its name from it.
    """
    return _digest(properties.artifact)


def resource_mark(request: Request) -> str:
    """16 hexadecimal digits for a place in a stack."""
    return _digest({"Stack": request.stack_id, "Resource": request.logical_resource_id})


def job_name(request: Request, properties: JobProperties) -> str:
    """The name of the job that these properties define."""
    if properties.explicit_name:
        return properties.explicit_name
    place, definition = resource_mark(request)[:_DIGITS], fingerprint(properties)[:_DIGITS]
    return f"{properties.name_prefix}-{place}{definition}"


def is_name_of(properties: JobProperties, name: str | None) -> bool:
    """True if a job of this name is one of this definition, in whatever place."""
    if properties.explicit_name or not name or not is_generated(name):
        return bool(name) and properties.explicit_name == name
    return name.endswith(fingerprint(properties)[:_DIGITS])


def is_made_for(request: Request, name: str) -> bool:
    """True if a generated name was made for the request's resource."""
    return name[-2 * _DIGITS : -_DIGITS] == resource_mark(request)[:_DIGITS]


def is_generated(name: str | None) -> bool:
    """True if a name has the form of ours. It does not say whose it is.

    The ids that CloudFormation invents for a create without a response have another form.
    """
    return bool(name and len(name) <= 63 and _GENERATED.fullmatch(name))


def is_chosen(physical_resource_id: str | None, request: Request) -> bool:
    """True if an id is a job's name that a user chose.

    An id that was made up for a create that failed, or never had a response, is none.
    """
    if not physical_resource_id or is_generated(physical_resource_id):
        return False
    if not _NAME.fullmatch(physical_resource_id):
        return False
    made_up = f"{request.stack_name}-{request.logical_resource_id}-"
    return not (physical_resource_id.startswith(made_up) or _INVENTED.fullmatch(physical_resource_id))


def _digest(identity: dict[str, object]) -> str:
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
