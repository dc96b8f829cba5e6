"""Templates with one permission less."""

from __future__ import annotations

import copy
import json
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud import LocalCloud
from localcloud.services.iam import Grant

Template = dict[str, Any]

_HARMLESS = "sts:GetCallerIdentity"


@dataclass(frozen=True)
class Place:
    """An action in a statement of a policy of a template."""

    resource: str
    policy: int
    statement: int
    action: str

    def __str__(self) -> str:
        return f"{self.action} in statement {self.statement} of {self.resource}"

    def is_one_of(self, sample: Container[tuple[str, str]]) -> bool:
        """Whether it is in a sample of actions in policies, whose logical ids have a hash at their ends."""
        return (self.resource[:-8], self.action) in sample


def read_template(assembly: Path, stack: str) -> Template:
    """The template of a stack in an assembly."""
    template: Template = json.loads((assembly / f"{stack}.template.json").read_text())
    return template


def granted_in(cloud: LocalCloud, stack_name: str) -> frozenset[Grant]:
    """What the roles of a stack are granted now; nothing after its deletion."""
    stacks = [stack for stack in cloud.cloudformation.stacks if stack.name == stack_name]
    roles = [
        f"arn:aws:iam::{cloud.account}:role/{resource.shown_id}"
        for stack in stacks
        for resource in stack.resources.values()
        if resource.type == "AWS::IAM::Role"
    ]
    return frozenset(grant for role in roles for grant in cloud.authorization.grants(role))


def places(template: Template) -> Iterator[Place]:
    """Every action that a template permits, once for each role.

    A role that a model or a job is given has the permissions for logs and metrics of its own, and again in
    the policy that the model or the job waits for.
    """
    known = set()
    for resource, documents in _documents(template):
        for number, document in enumerate(documents):
            for index, statement in enumerate(document["Statement"]):
                for action in _list(statement["Action"]):
                    grant = json.dumps([_role_of(template, resource), action, _but_actions(statement)])
                    if grant not in known:
                        known.add(grant)
                        yield Place(resource, number, index, action)


def without(template: Template, place: Place) -> Template:
    """The template with one action replaced by another that does nothing, wherever the role has it."""
    mutant = copy.deepcopy(template)
    documents = dict(_documents(mutant))
    taken = _but_actions(documents[place.resource][place.policy]["Statement"][place.statement])
    role = _role_of(mutant, place.resource)
    for resource in documents:
        for document in documents[resource]:
            for statement in document["Statement"]:
                if _role_of(mutant, resource) == role and _but_actions(statement) == taken:
                    statement["Action"] = [
                        _HARMLESS if each == place.action else each for each in _list(statement["Action"])
                    ]
    return mutant


def _documents(template: Template) -> Iterable[tuple[str, list[Template]]]:
    """The policies of the roles in a template, by the resource that has them."""
    for name, resource in template["Resources"].items():
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            yield name, [resource["Properties"]["PolicyDocument"]]
        elif resource["Type"] == "AWS::IAM::Role":
            yield name, [policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", [])]


def _role_of(template: Template, resource: str) -> Any:
    """The roles that have the policies of a resource: itself, or those that a policy is attached to."""
    return template["Resources"][resource]["Properties"].get("Roles", [{"Ref": resource}])


def _but_actions(statement: Template) -> Template:
    return {name: value for name, value in statement.items() if name != "Action"}


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
