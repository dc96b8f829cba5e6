"""CloudFormation, as far as stacks of jobs, legs and models go: what it sends, in which order, and what it
makes of the answers.

An operation is a generator that yields whenever it waits for an answer. Whoever drives it decides what
happens meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.simulation.aws import ACCOUNT, REGION, SimulatedAws, stringified

JOB = "Custom::SageMakerOptimizationJob"
COMPLETION = "Custom::SageMakerOptimizationJobCompletion"
MODEL = "Custom::SageMakerModel"
VERSION = "Custom::SageMakerModelPackage"

#: Seconds that CloudFormation waits for an answer.
LONGEST = 3600

Process = Generator[None, None, None]
Waiting = Generator[None, None, bool]


@dataclass(frozen=True)
class JobTemplate:
    """A job of a template, and the legs of the waiting for it."""

    type: ClassVar[str] = JOB

    definition: int = 0
    run_settings: int = 0
    tags: int = 0
    legs: int = 1
    explicit_name: str | None = None
    #: Seconds that CloudFormation waits for an answer about the job and about each leg, if somebody has set
    #: that.
    service_timeout: int | None = None

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
            **self.timing,
        }

    @property
    def timing(self) -> dict[str, Any]:
        return {} if self.service_timeout is None else {"ServiceTimeout": self.service_timeout}


@dataclass(frozen=True)
class ModelTemplate:
    """A model of a template."""

    type: ClassVar[str] = MODEL
    legs: ClassVar[int] = 0

    definition: int = 0
    tags: int = 0
    service_timeout: int | None = None

    def properties(self, logical_id: str) -> dict[str, Any]:
        return {
            "ServiceToken": "arn",
            "Version": "1",
            "NamePrefix": "app--model",
            "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/ServingRole",
            "PrimaryContainer": {
                "Image": "registry/djl-inference:0.36.0",
                "Environment": {"OPTION_MODEL": f"/opt/ml/model/{self.definition}"},
            },
            **({"Tags": [{"Key": "Tag", "Value": str(self.tags)}]} if self.tags else {}),
            **self.timing,
        }

    @property
    def timing(self) -> dict[str, Any]:
        return {} if self.service_timeout is None else {"ServiceTimeout": self.service_timeout}


@dataclass(frozen=True)
class VersionTemplate:
    """A version of a template, in a group that every stack shares."""

    type: ClassVar[str] = VERSION
    legs: ClassVar[int] = 0

    definition: int = 0
    tags: int = 0
    approval: str = "PendingManualApproval"
    service_timeout: int | None = None

    def properties(self, logical_id: str) -> dict[str, Any]:
        return {
            "ServiceToken": "arn",
            "Version": "1",
            "NamePrefix": "app--version",
            "ModelPackageGroupName": "Shared",
            "ModelApprovalStatus": self.approval,
            "ModelPackageDescription": f"the definition {self.definition}",
            **({"Tags": [{"Key": "Tag", "Value": str(self.tags)}]} if self.tags else {}),
            **self.timing,
        }

    @property
    def timing(self) -> dict[str, Any]:
        return {} if self.service_timeout is None else {"ServiceTimeout": self.service_timeout}


AnyTemplate = JobTemplate | ModelTemplate | VersionTemplate
Template = Mapping[str, AnyTemplate]


@dataclass
class Resource:
    logical_id: str
    type: str
    properties: dict[str, Any]
    #: None until a create has been answered.
    physical_id: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    #: The id with which a create has failed.
    failed_id: str | None = None
    #: The properties of the last create or update that succeeded.
    settled: dict[str, Any] | None = None
    #: The id of the request that created it.
    create: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What distinguishes it from another that has had its logical id."""
        return self.logical_id, self.physical_id or self.create


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
        #: The requests that take back what a failed update has changed.
        self.returns: set[str] = set()
        #: Every id that a job of this stack has had as a resource.
        self.was_resource: set[str] = set()
        self._deliver = deliver
        aws.stack_resources[self.id] = self._physical_ids
        aws.stack_resources_at[self.id] = self._resources_at
        #: What DescribeStackResource shows of each resource, from a time on.
        self._shown: list[tuple[float, dict[str, dict[str, Any]]]] = []
        self._states: dict[str, tuple[str, float]] = {}
        self._failed: set[str] = set()
        #: What an update has made that is rolled back, until it has gone back or is deleted.
        self._not_back_yet: dict[str, Resource] = {}
        #: What was replaced in an update that was neither finished nor rolled back.
        self._to_clean_up: list[Resource] = []
        #: The creates without success whose resources are deleted.
        self._deleted_creates: set[str] = set()

    @property
    def status(self) -> str:
        return self.aws.stack_statuses.get(self.id) or "NONE"

    @status.setter
    def status(self, status: str) -> None:
        self.aws.stack_statuses[self.id] = status

    def _physical_ids(self) -> dict[str, str | None]:
        return {name: resource.physical_id for name, resource in self._visible.items()}

    @property
    def _visible(self) -> dict[str, Resource]:
        """The resources as CloudFormation shows them: what is to go back is as it was until it has."""
        return {**self.resources, **self._not_back_yet}

    @property
    def known(self) -> set[str | None]:
        """The ids of everything that the stack will delete some day."""
        return {resource.physical_id for resource in [*self.resources.values(), *self._to_clean_up]}

    def _resources_at(self, time: float) -> dict[str, dict[str, Any]]:
        self._show()
        return next((shown for since, shown in reversed(self._shown) if since <= time), {})

    def _show(self) -> None:
        """What DescribeStackResource shows is what there is now."""
        shown = {name: self._details(resource) for name, resource in self._visible.items()}
        if not self._shown or self._shown[-1][1] != shown:
            self._shown.append((self.aws.time, shown))

    def _details(self, resource: Resource) -> dict[str, Any]:
        status, since = self._states.get(resource.logical_id, (None, None))
        return {
            "PhysicalResourceId": resource.physical_id,
            "ResourceStatus": status,
            "LastUpdatedTimestamp": None if since is None else datetime.fromtimestamp(since, UTC),
        }

    def _watched(self, process: Process) -> Process:
        for _ in process:
            self._show()
            yield
        self._show()

    # Operations.

    def create(self, template: Template, *, rollback: bool = True, fails_elsewhere: bool = False) -> Process:
        return self._watched(self._create(template, rollback, fails_elsewhere))

    def update(self, template: Template, *, rollback: bool = True, fails_elsewhere: bool = False) -> Process:
        return self._watched(self._update(template, rollback, fails_elsewhere))

    def delete(self) -> Process:
        return self._watched(self._delete_stack())

    def _create(self, template: Template, rollback: bool, fails_elsewhere: bool) -> Process:
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

    def _update(self, template: Template, rollback: bool, fails_elsewhere: bool) -> Process:
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
            if self.aws.dialect.failed_update_goes_back != "never":
                self.status = self.aws.dialect.failed_update_goes_back
                yield from self._take_back_what_failed(before)
            self.status = "UPDATE_FAILED"
        else:
            self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
            after = self.resources
            returned = yield from self._go_back(before, after)
            self._failed = failed_before
            if not returned:
                self.status = "UPDATE_ROLLBACK_FAILED"
                return
            self.status = self.aws.dialect.new_is_deleted_in
            never_created = [resource for resource in before.values() if resource.physical_id is None]
            yield from self._clean_up(
                [*(never_created if self._deletes_failed_creates_late else ()), *after.values()]
            )
            self._not_back_yet = {}
            self.status = "UPDATE_ROLLBACK_COMPLETE"

    def _delete_stack(self) -> Process:
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

    def _bring_up(self, logical_id: str, job: AnyTemplate) -> Waiting:
        if not (yield from self._bring(logical_id, job.type, job.properties(logical_id))):
            return False
        for index in range(job.legs):
            main = self.resources[logical_id]
            properties = _leg_properties(main, index, job)
            if not (yield from self._bring(f"{logical_id}Leg{index}", COMPLETION, properties)):
                return False
        return True

    def _bring(self, logical_id: str, type_: str, properties: dict[str, Any]) -> Waiting:
        present = self.resources.get(logical_id)
        if present is not None and present.physical_id is None:
            # A create that failed, or was never answered, is deleted and created anew.
            if not self._deletes_failed_creates_late:
                yield from self._delete(present)
            present = None
        if present is None:
            resource = Resource(logical_id, type_, properties)
            self.resources[logical_id] = resource
            answer = yield from self._request("Create", resource)
        elif stringified(present.properties) == stringified(properties) and logical_id not in self._failed:
            return True
        else:
            resource = replace(present, properties=properties)
            self.resources[logical_id] = resource
            answer = yield from self._request("Update", resource, present)
        if answer is None or answer["Status"] == "FAILED":
            self._failed.add(logical_id)
            if answer is not None and resource.physical_id is None:
                resource.failed_id = answer["PhysicalResourceId"]
            return False
        self._failed.discard(logical_id)
        self._take_over(resource, answer)
        return True

    def _take_over(self, resource: Resource, answer: dict[str, Any]) -> None:
        resource.physical_id = answer["PhysicalResourceId"]
        resource.attributes = answer.get("Data", {})
        resource.settled = resource.properties
        self.was_resource.add(answer["PhysicalResourceId"])

    @property
    def _deletes_failed_creates_late(self) -> bool:
        return self.aws.dialect.failed_create_is_deleted == "after"

    # Back.

    def _take_back_what_failed(self, before: dict[str, Resource]) -> Waiting:
        """Each resource whose update failed is updated back, although the stack is not rolled back."""
        self.cancelled = False
        for logical_id, old in before.items():
            new = self.resources[logical_id]
            if logical_id in self._failed and old.physical_id is not None and new is not old:
                # What an update before this one wanted, and never got, is no state to go back to.
                back = replace(old, properties=old.settled or old.properties)
                answer = yield from self._request("Update", back, new, is_return=True)
                if answer is not None and answer["Status"] == "SUCCESS":
                    self._take_over(back, answer)
                    self.resources[logical_id] = back
                    self._failed.discard(logical_id)
        return True

    def _go_back(self, before: dict[str, Resource], after: dict[str, Resource]) -> Waiting:
        self.cancelled = False
        self.resources = dict(before)
        self._not_back_yet = dict(after)
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
                del self._not_back_yet[logical_id]
                continue
            resource = replace(old, physical_id=new.physical_id)
            answer = yield from self._request("Update", resource, new, is_return=True)
            del self._not_back_yet[logical_id]
            if answer is None or answer["Status"] == "FAILED":
                returned = False
                continue
            self._take_over(resource, answer)
            self.resources[logical_id] = resource
        return returned

    def _clean_up(self, others: list[Resource]) -> Waiting:
        """Deletes what was replaced, and what is in the template no more."""
        wanted = _logical_ids(self.template)
        removed = [resource for name, resource in self.resources.items() if name not in wanted]
        for resource in reversed(removed):
            if (yield from self._delete(resource)):
                del self.resources[resource.logical_id]
        done = {resource.key for resource in [*removed, *self.resources.values()]}
        for resource in reversed(others):
            present = self.resources.get(resource.logical_id)
            if resource.physical_id is None and present is not None and present.physical_id:
                if not self._deletes_failed_creates_late:
                    # Its create had failed: it was deleted before it was created anew.
                    continue
                if resource.failed_id == present.physical_id:
                    # That is the resource by now.
                    continue
            if resource.key not in done:
                done.add(resource.key)
                yield from self._delete(resource)
        return True

    def _delete_all(self) -> Waiting:
        self.cancelled = False
        deleted = True
        had_jobs = any(resource.type in (JOB, MODEL, VERSION) for resource in self.resources.values())
        for resource in self._to_clean_up:
            present = self.resources.get(resource.logical_id)
            if present is None or resource.key != present.key:
                yield from self._delete(resource)
        for logical_id, resource in reversed(list(self.resources.items())):
            if (yield from self._delete(resource)):
                del self.resources[logical_id]
            else:
                deleted = False
        if deleted and had_jobs and self.aws.dialect.permissions_leave:
            self.aws.without_permissions.add(self.id)
        return deleted

    def _delete(self, resource: Resource) -> Waiting:
        if resource.physical_id is None and resource.create in self._deleted_creates:
            return True
        invented = f"app-{resource.logical_id}-ABCDEFGHIJKL"
        physical_id = resource.physical_id or resource.failed_id or invented
        doomed = replace(resource, physical_id=physical_id)
        if self.aws.dialect.deleted_with == "properties of the resource" and resource.settled is not None:
            doomed.properties = resource.settled
        for _ in range(3):
            answer = yield from self._request("Delete", doomed)
            if answer is not None and answer["Status"] == "SUCCESS":
                self._deleted_creates.add(resource.create)
                return True
        return False

    # Requests.

    def _request(
        self, request_type: str, resource: Resource, old: Resource | None = None, *, is_return: bool = False
    ) -> Generator[None, None, dict[str, Any] | None]:
        if self.cancelled and request_type != "Delete":
            return None
        more: dict[str, Any] = {"StackId": self.id, "LogicalResourceId": resource.logical_id}
        if resource.physical_id is not None:
            more["PhysicalResourceId"] = resource.physical_id
        if old is not None:
            more["OldResourceProperties"] = old.properties
        request = self.aws.request(request_type, resource.type, resource.properties, **more)
        if request_type == "Create":
            resource.create = request["RequestId"]
        self.sent.append(request)
        if is_return:
            self.returns.add(request["RequestId"])
        self._note(resource, request_type, "IN_PROGRESS")
        deadline = self.aws.time + self._longest(resource)
        self._deliver(request)
        while request["RequestId"] not in self.aws.answers:
            if self.cancelled and request_type != "Delete":
                self._note(resource, request_type, "FAILED")
                return None
            if self.aws.time >= deadline:
                break
            yield
        answered = self.aws.answered_at.get(request["RequestId"])
        if answered is None or answered > deadline:
            self._note(resource, request_type, "FAILED")
            self.unanswered.append(request)
            return None
        answer = self.aws.answers[request["RequestId"]][0]
        self._note(resource, request_type, "COMPLETE" if answer["Status"] == "SUCCESS" else "FAILED")
        return answer

    def _longest(self, resource: Resource) -> float:
        """Seconds until a request is given up. A time that is not sent is left to the constructs."""
        is_sent = self.aws.dialect.service_timeout_is_sent
        return int(resource.properties.get("ServiceTimeout", LONGEST)) if is_sent else LONGEST

    def _note(self, resource: Resource, request_type: str, state: str) -> None:
        present = self._visible.get(resource.logical_id)
        if request_type == "Delete" and present is not None and present.physical_id != resource.physical_id:
            # What was replaced is deleted, and the resource has the status of its update.
            return
        self._states[resource.logical_id] = (f"{request_type.upper()}_{state}", self.aws.time)
        self._show()

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


def _leg_properties(main: Resource, index: int, job: AnyTemplate) -> dict[str, Any]:
    last = {"Last": True} if index == job.legs - 1 else {}
    return {
        "ServiceToken": "arn",
        "Version": "1",
        "OptimizationJobName": main.physical_id,
        "Run": main.attributes.get("CreationTime", ""),
        "Timeout": 3300,
        **job.timing,
        **last,
    }


def _logical_ids(template: Template) -> set[str]:
    return {
        logical_id
        for name, job in template.items()
        for logical_id in (name, *(f"{name}Leg{index}" for index in range(job.legs)))
    }
