"""The grants of a role, in managed policies."""

from __future__ import annotations

import json

from aws_cdk import aws_iam as iam

# IAM takes 6,144 characters for a managed policy.
_ROOM = 6_000
# The length that counts for a value that is known only at deployment.
_UNKNOWN = 100


class ManagedGrants:
    """Puts a role's grants into managed policies, and into the next one when one is full.

    IAM attaches ten managed policies to a role, or as many as an account's quota says.
    """

    def __init__(self, role: iam.Role) -> None:
        self._role = role
        self._policies: list[iam.ManagedPolicy] = []
        self._size = 0
        self._holders: dict[str, iam.ManagedPolicy] = {}

    def add(self, statement: iam.PolicyStatement) -> iam.ManagedPolicy:
        """Add a statement, unless an earlier one is the same, and return the policy that has it."""
        text = json.dumps(statement.to_statement_json(), sort_keys=True)
        if text not in self._holders:
            policy = self._policy_for(len(text) + text.count("${Token[") * _UNKNOWN)
            policy.add_statements(statement)
            self._holders[text] = policy
        return self._holders[text]

    def _policy_for(self, size: int) -> iam.ManagedPolicy:
        if not self._policies or self._size + size > _ROOM:
            number = len(self._policies) or ""
            self._policies.append(iam.ManagedPolicy(self._role, f"ManagedPolicy{number}", roles=[self._role]))
            self._size = 0
        self._size += size
        return self._policies[-1]
