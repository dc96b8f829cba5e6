"""A role of moto's IAM, as the evaluation needs it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from localcloud.kernel.managed_policies import adopt
from localcloud.kernel.moto_app import backend


@dataclass(frozen=True)
class Role:
    """A role and the policies that count for it.

    Attributes:
        policies: The documents of its inline and attached policies.
        boundary: The document of its permissions boundary, if it has one.
        trust: The document of its trust policy.
    """

    arn: str
    id: str
    policies: list[str]
    boundary: str | None
    trust: str
    tags: dict[str, str]


def role(arn_or_session_arn: str, region: str) -> Role | None:
    """The role of an ARN (the role's own, or a session's); None if there is no such role."""
    iam = backend("iam", region)
    name = role_name(arn_or_session_arn)
    found: Any = next((role for role in list(iam.roles.values()) if role.name == name), None)
    if found is None:
        return None
    boundary = found.permissions_boundary_arn
    return Role(
        arn=found.arn,
        id=found.id,
        policies=[_text(document) for document in list(found.policies.values())]
        + [_document(policy) for policy in list(found.managed_policies.values())],
        boundary=_document(_managed_policy(iam, boundary)) if boundary else None,
        trust=_text(found.assume_role_policy_document),
        tags=_tags(found.tags),
    )


def role_name(arn: str) -> str:
    """The name of the role of a role's or a session's ARN."""
    resource = arn.split(":", 5)[5].split("/")
    return resource[1] if resource[0] == "assumed-role" else resource[-1]


def _managed_policy(iam: Any, arn: str) -> Any:
    adopt(iam, arn)
    return iam.managed_policies[arn]


def _document(policy: Any) -> str:
    version = next(version for version in policy.versions if version.version_id == policy.default_version_id)
    return _text(version.document)


def _text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _tags(tags: object) -> dict[str, str]:
    """Return the tags of a role, which moto keeps as a mapping from the key to the tag."""
    if not isinstance(tags, dict):
        return {}
    return {key: tag["Value"] if isinstance(tag, dict) else str(tag) for key, tag in tags.items()}
