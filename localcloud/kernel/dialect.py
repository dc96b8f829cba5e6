"""The behaviours of AWS that public evidence leaves open.

A dialect is one consistent set of behaviours. The defaults are what the documentation suggests; each field is
an assumption of ``docs/assumptions.md`` that has a plausible alternative. The tests play them all.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal


@dataclass(frozen=True)
class Wording:
    """The code and the message of an error. ``{name}`` and ``{status}`` stand for those of the job."""

    code: str
    message: str

    def text(self, *, name: str = "", status: str = "") -> str:
        """The message about one job."""
        return self.message.replace("{name}", name).replace("{status}", status)


@dataclass(frozen=True)
class Dialect:
    """One set of behaviours. Times are in seconds."""

    #: How Describe, Stop and Delete say that there is no such job.
    missing_job: Wording = field(
        default_factory=lambda: Wording("ResourceNotFound", "Could not find optimization job {name}")
    )
    #: How Stop and Delete say that the job's status does not allow the call.
    out_of_turn: Wording = field(
        default_factory=lambda: Wording(
            "ValidationException", "The request was rejected because the job is in status {status}."
        )
    )
    #: How long DescribeOptimizationJob, DescribeModel, ListTags of a job, DescribeModelPackage and
    #: ListModelPackages may show the state before, or not find what is new.
    job_read_lag: float = 0
    #: How long DescribeStacks and DescribeStackResource may show the state before.
    stack_read_lag: float = 0
    #: How long the record of a deleted job is still there.
    delete_lag: float = 0
    #: Whether that record has the status DELETING, which is in no list of the service model.
    shows_deleting: bool = False
    #: How long a job that was stopped is still shown as running.
    stop_lag: float = 0
    #: How long CreateOptimizationJob takes until the job exists.
    create_time: float = 0
    #: Whether the function's permissions go as soon as its stack has deleted the jobs.
    permissions_leave: bool = False
    #: How long a new stack's function has no permission yet.
    permissions_come_after: float = 0
    #: Whether the ARN of a job, as IAM sees it, has the job's name in lower case.
    lower_case_arns: bool = False
    #: The status of a job that has reached MaxRuntimeInSeconds, and its FailureReason.
    status_at_limit: Literal["STOPPED", "FAILED"] = "STOPPED"
    reason_at_limit: str = ""
    #: When CloudFormation deletes what a failed create without rollback has left: before it creates the
    #: resource again, or in the cleanup phase of that update.
    failed_create_is_deleted: Literal["before", "after"] = "before"
    #: The properties with which a resource is deleted after an update that failed and was not rolled back.
    deleted_with: Literal["properties of the update", "properties of the resource"] = (
        "properties of the update"
    )
    #: Whether a resource whose update failed is updated back although the stack is not rolled back, and the
    #: stack's status meanwhile.
    failed_update_goes_back: Literal["never", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"] = "never"
    #: The stack's status while what a rolled-back update made is deleted.
    new_is_deleted_in: Literal[
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"
    ] = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    #: How the address of a response says when the request was signed.
    response_url: Literal["X-Amz-Date", "Expires", "neither"] = "X-Amz-Date"
    #: Whether the resource properties of a request have the ServiceTimeout of the template.
    service_timeout_is_sent: bool = True
    #: How UpdateEndpoint takes the endpoint configuration that the endpoint already uses.
    update_to_same_config: Literal["accepted", "refused"] = "accepted"
    #: How UpdateEndpoint takes a configuration whose variants have a model of their own, if those of the
    #: endpoint run inference components, or the other way round.
    update_to_other_hosting: Literal["accepted", "refused"] = "refused"
    #: The wait of an update that moves all traffic in one step, during which an alarm rolls it back: the
    #: WaitIntervalInSeconds of the routing, or the TerminationWaitInSeconds.
    all_at_once_bakes_in: Literal["WaitIntervalInSeconds", "TerminationWaitInSeconds"] = (
        "WaitIntervalInSeconds"
    )
    #: When SageMaker first looks for the data of a model, with the model's execution role.
    model_data_is_checked: Literal["by CreateModel", "by the first container"] = "by CreateModel"
    #: Whether CloudFormation fails an update of an endpoint that SageMaker has rolled back.
    cloudformation_notices_rollback: bool = True
    #: How events of endpoints write a status, for example that of an endpoint in service.
    endpoint_event_statuses: Literal["IN_SERVICE", "InService"] = "IN_SERVICE"

    #: How CreateModelPackage responds to a client token that it knows: with the version that it made then,
    #: with another version, or with an error.
    known_client_token: Literal["the same version", "another version", "refused"] = "the same version"
    #: What becomes of the metadata properties of a version that UpdateModelPackage leaves out.
    metadata_left_out: Literal["stays", "goes"] = "stays"
    #: How long a new version is Pending before it is Completed.
    version_pending: float = 0

    def as_json(self) -> str:
        """The dialect as a JSON document."""
        return json.dumps(asdict(self), indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Dialect:
        """The dialect of a JSON document; what it leaves out has its default.

        Raises:
            ValueError: the document has a member that no dialect has.
        """
        members: dict[str, Any] = json.loads(text)
        known = {each.name for each in fields(cls)}
        unknown = sorted(set(members) - known)
        if unknown:
            raise ValueError(f"a dialect has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        for name in ("missing_job", "out_of_turn"):
            if name in members:
                members[name] = Wording(**members[name])
        return cls(**members)


#: Every wording that public evidence has for a missing resource of SageMaker's, of whatever kind.
MISSING_WORDINGS = (
    Wording("ResourceNotFound", "Could not find optimization job {name}"),
    Wording("ResourceNotFound", "Amazon SageMaker can't find an optimization job {name}"),
    Wording("ResourceNotFound", "{name} does not exist."),
    Wording("ResourceNotFoundException", ""),
    Wording("ValidationException", "Requested resource not found."),
    Wording("ValidationException", "Could not find requested job"),
    Wording("ValidationException", "Could not find requested job with name"),
    Wording("ValidationException", 'Could not find optimization job "{name}".'),
    Wording("ValidationException", "RecordNotFound"),
    Wording("ValidationException", "Unable to describe {name} (Details: {name} does not exist.)"),
    Wording("ValidationException", "Cannot find Optimization Job: {name}"),
)

#: Every way in which a call may be refused that the job's status does not allow.
OUT_OF_TURN_WORDINGS = (
    Wording("ValidationException", "The request was rejected because the job is in status {status}."),
    Wording("ResourceInUse", "The job is in use"),
    Wording("ResourceInUseException", "The job is in use"),
    Wording("ConflictException", "The job is not in a terminal state"),
)
