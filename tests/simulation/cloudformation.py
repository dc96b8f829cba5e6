"""CloudFormation, as far as stacks of jobs and legs go: what it sends, in which order, and what it makes of
the answers.

An operation is a generator that yields whenever it waits for an answer. Whoever drives it decides what
happens meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.simulation.aws import ACCOUNT, REGION, SimulatedAws, stringified

JOB = "Custom::SageMakerOptimizationJob"
COMPLETION = "Custom::SageMakerOptimizationJobCompletion"

Process = Generator[None, None, None]
Waiting = Generator[None, None, bool]


@dataclass(frozen=True)
class JobTemplate:
    """A job of a template, and the legs of the waiting for it."""

    definition: int = 0
    run_settings: int = 0
    tags: int = 0
    legs: int = 1
    explicit_name: str | None = None

    def properties(self, logical_id: str) -> dict[str, Any]:
        naming = (
            {"OptimizationJobName": self.explicit_name} if self.explicit_name else {"NamePrefix": "app--job"}
        )
        return {
            "ServiceToken": "arn",
            "Version": "1",
            **naming,
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/ExecutionRole",
            "ModelSource": {"S3": {"S3Uri": f"s3://models/{self.definition}/"}},
            "DeploymentInstanceType": "ml.g5.12xlarge",
            "OptimizationConfigs": [
                {"ModelQuantizationConfig": {"OverrideEnvironment": {"OPTION_QUANTIZE": "awq"}}}
            ],
            "OutputConfig": {"S3OutputLocation": "s3://models/optimized/"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 7200 + self.run_settings},
            **({"Tags": [{"Key": "Tag", "Value": str(self.tags)}]} if self.tags else {}),
        }


Template = dict[str, JobTemplate]


@dataclass
class Resource:
    logical_id: str
    type: str
    properties: dict[str, Any]
    #: None until a create has been answered.
    physical_id: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


class SimulatedStack:
    """One stack, from its creation to its deletion.

    Args:
        deliver: hands a request to the function; at once, or later, or twice.
    """

    def __init__(self, aws: SimulatedAws, deliver: Callable[[dict[str, Any]], None]) -> None:
        self.aws = aws
        self.id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/app/{len(aws.stack_statuses):08x}"
        self.resources: dict[str, Resource] = {}
        self.template: Template = {}
        self.cancelled = False
        self.sent: list[dict[str, Any]] = []
        #: Requests that were waited for in vain, for the whole hour.
        self.unanswered: list[dict[str, Any]] = []
        #: Whether jobs may run that are no resource, because the user asked for no rollback.
        self.kept_failures = False
        self._deliver = deliver
        aws.stack_resources[self.id] = self._physical_ids
        self._failed: set[str] = set()
        #: What was replaced in an update that was neither finished nor rolled back.
        self._to_clean_up: list[Resource] = []

    @property
    def status(self) -> str:
        return self.aws.stack_statuses.get(self.id) or "NONE"

    @status.setter
    def status(self, status: str) -> None:
        self.aws.stack_statuses[self.id] = status

    def _physical_ids(self) -> dict[str, str | None]:
        return {name: resource.physical_id for name, resource in self.resources.items()}

    # Operations.

    def create(self, template: Template, *, rollback: bool = True, fails_elsewhere: bool = False) -> Process:
        self.status = "CREATE_IN_PROGRESS"
        succeeded = (yield from self._go_forward(template)) and not fails_elsewhere
        self.template = template
        if succeeded:
            self.status = "CREATE_COMPLETE"
        elif not rollback:
            self.kept_failures = True
            self.status = "CREATE_FAILED"
        else:
            self.status = "ROLLBACK_IN_PROGRESS"
            deleted = yield from self._delete_all()
            self.status = "ROLLBACK_COMPLETE" if deleted else "ROLLBACK_FAILED"

    def update(self, template: Template, *, rollback: bool = True, fails_elsewhere: bool = False) -> Process:
        self.cancelled = False
        before = {logical_id: replace(resource) for logical_id, resource in self.resources.items()}
        failed_before = set(self._failed)
        self.status = "UPDATE_IN_PROGRESS"
        self.aws.stack_updates[self.id] = self.aws.time
        succeeded = (yield from self._go_forward(template)) and not fails_elsewhere
        if succeeded:
            self.template = template
            self.kept_failures = False
            self.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            yield from self._clean_up([*self._to_clean_up, *before.values()])
            self._to_clean_up = []
            self.status = "UPDATE_COMPLETE"
        elif not rollback:
            self.kept_failures = True
            self._to_clean_up += before.values()
            self.template = template
            self.status = "UPDATE_FAILED"
        else:
            self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
            after = self.resources
            returned = yield from self._go_back(before, after)
            self._failed = failed_before
            if not returned:
                self.status = "UPDATE_ROLLBACK_FAILED"
                return
            self.status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
            yield from self._clean_up(list(after.values()))
            self.status = "UPDATE_ROLLBACK_COMPLETE"

    def delete(self) -> Process:
        self.cancelled = True
        self.status = "DELETE_IN_PROGRESS"
        deleted = yield from self._delete_all()
        self.status = "DELETE_COMPLETE" if deleted else "DELETE_FAILED"

    def cancel(self) -> None:
        """The user cancels the update, or a resource that is none of ours has failed: nobody waits for an
        answer any more.
        """
        self.cancelled = True

    # Forward.

    def _go_forward(self, template: Template) -> Waiting:
        chains = [self._bring_up(logical_id, job) for logical_id, job in template.items()]
        return (yield from self._all(chains))

    def _bring_up(self, logical_id: str, job: JobTemplate) -> Waiting:
        if not (yield from self._bring(logical_id, JOB, job.properties(logical_id))):
            return False
        for index in range(job.legs):
            main = self.resources[logical_id]
            properties = _leg_properties(main, index, job.legs)
            if not (yield from self._bring(f"{logical_id}Leg{index}", COMPLETION, properties)):
                return False
        return True

    def _bring(self, logical_id: str, type_: str, properties: dict[str, Any]) -> Waiting:
        present = self.resources.get(logical_id)
        if present is not None and present.physical_id is None:
            # A create that failed, or was never answered, is deleted and created anew.
            yield from self._delete(present)
            present = None
        if present is None:
            resource = Resource(logical_id, type_, properties)
            self.resources[logical_id] = resource
            answer = yield from self._request("Create", resource)
        elif stringified(present.properties) == stringified(properties) and logical_id not in self._failed:
            return True
        else:
            resource = Resource(logical_id, type_, properties, present.physical_id, present.attributes)
            self.resources[logical_id] = resource
            answer = yield from self._request("Update", resource, present)
        if answer is None or answer["Status"] == "FAILED":
            self._failed.add(logical_id)
            return False
        self._failed.discard(logical_id)
        resource.physical_id = answer["PhysicalResourceId"]
        resource.attributes = answer.get("Data", {})
        return True

    # Back.

    def _go_back(self, before: dict[str, Resource], after: dict[str, Resource]) -> Waiting:
        self.cancelled = False
        self.resources = dict(before)
        returned = True
        for logical_id, old in before.items():
            new = after.get(logical_id)
            if old.physical_id is None:
                # It was never created: there is nothing to go back to, and what the update made of it is
                # deleted.
                del self.resources[logical_id]
                continue
            if new is None:
                continue
            is_same = stringified(new.properties) == stringified(old.properties)
            if is_same and new.physical_id == old.physical_id:
                continue
            resource = Resource(logical_id, old.type, old.properties, new.physical_id, old.attributes)
            answer = yield from self._request("Update", resource, new)
            if answer is None or answer["Status"] == "FAILED":
                returned = False
                continue
            resource.physical_id = answer["PhysicalResourceId"]
            resource.attributes = answer.get("Data", {})
            self.resources[logical_id] = resource
        return returned

    def _clean_up(self, others: list[Resource]) -> Waiting:
        """Deletes what was replaced, and what is in the template no more."""
        wanted = _logical_ids(self.template)
        removed = [resource for name, resource in self.resources.items() if name not in wanted]
        for resource in reversed(removed):
            if (yield from self._delete(resource)):
                del self.resources[resource.logical_id]
        done = {
            (resource.logical_id, resource.physical_id) for resource in [*removed, *self.resources.values()]
        }
        for resource in reversed(others):
            present = self.resources.get(resource.logical_id)
            if resource.physical_id is None and present is not None and present.physical_id:
                # Its create had failed: it was deleted before it was created anew.
                continue
            if (resource.logical_id, resource.physical_id) not in done:
                done.add((resource.logical_id, resource.physical_id))
                yield from self._delete(resource)
        return True

    def _delete_all(self) -> Waiting:
        self.cancelled = False
        deleted = True
        for resource in self._to_clean_up:
            present = self.resources.get(resource.logical_id)
            if present is None or resource.physical_id != present.physical_id:
                yield from self._delete(resource)
        for logical_id, resource in reversed(list(self.resources.items())):
            if (yield from self._delete(resource)):
                del self.resources[logical_id]
            else:
                deleted = False
        return deleted

    def _delete(self, resource: Resource) -> Waiting:
        invented = f"app-{resource.logical_id}-ABCDEFGHIJKL"
        doomed = replace(resource, physical_id=resource.physical_id or invented)
        for _ in range(3):
            answer = yield from self._request("Delete", doomed)
            if answer is not None and answer["Status"] == "SUCCESS":
                return True
        return False

    # Requests.

    def _request(
        self, request_type: str, resource: Resource, old: Resource | None = None
    ) -> Generator[None, None, dict[str, Any] | None]:
        if self.cancelled and request_type != "Delete":
            return None
        more: dict[str, Any] = {"StackId": self.id, "LogicalResourceId": resource.logical_id}
        if resource.physical_id is not None:
            more["PhysicalResourceId"] = resource.physical_id
        if old is not None:
            more["OldResourceProperties"] = old.properties
        request = self.aws.request(request_type, resource.type, resource.properties, **more)
        self.sent.append(request)
        self._deliver(request)
        deadline = self.aws.time + 3600
        while request["RequestId"] not in self.aws.answers:
            if self.cancelled and request_type != "Delete":
                return None
            if self.aws.time >= deadline:
                self.unanswered.append(request)
                return None
            yield
        return self.aws.answers[request["RequestId"]][0]

    def _all(self, chains: list[Waiting]) -> Waiting:
        """Runs several chains side by side; the first failure cancels the others, as CloudFormation does."""
        succeeded = True
        while chains:
            for chain in list(chains):
                try:
                    next(chain)
                except StopIteration as end:
                    chains.remove(chain)
                    if not end.value:
                        succeeded = False
                        self.cancelled = True
            if chains:
                yield
        return succeeded and not self.cancelled


def _leg_properties(job: Resource, index: int, legs: int) -> dict[str, Any]:
    last = {"Last": True} if index == legs - 1 else {}
    return {
        "ServiceToken": "arn",
        "Version": "1",
        "OptimizationJobName": job.physical_id,
        "Run": job.attributes.get("CreationTime", ""),
        "Timeout": 3300,
        **last,
    }


def _logical_ids(template: Template) -> set[str]:
    return {
        logical_id
        for name, job in template.items()
        for logical_id in (name, *(f"{name}Leg{index}" for index in range(job.legs)))
    }
