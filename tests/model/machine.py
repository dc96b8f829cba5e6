"""Random histories of one stack."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from localcloud.kernel.dialect import MISSING_WORDINGS, OUT_OF_TURN_WORDINGS, Dialect, Wording
from tests.model.history import Fault, History, Mishap, Refusal
from tests.simulation import Script
from tests.simulation.cloudformation import JobTemplate, ModelTemplate, Template, VersionTemplate
from tests.simulation.models import TAKEN_WORDINGS

#: The ways in which AWS may answer, for each assumption about jobs, models and endpoints.
_WAYS: dict[str, st.SearchStrategy[Any]] = {
    "missing_job": st.sampled_from(MISSING_WORDINGS),
    "out_of_turn": st.sampled_from(OUT_OF_TURN_WORDINGS),
    "job_read_lag": st.sampled_from([0, 0, 2, 30]),
    "stack_read_lag": st.sampled_from([0, 0, 2, 30]),
    "delete_lag": st.sampled_from([0, 0, 5, 30]),
    "shows_deleting": st.booleans(),
    "stop_lag": st.sampled_from([0, 0, 5, 30]),
    "create_time": st.sampled_from([0, 0, 2, 15]),
    "permissions_leave": st.booleans(),
    "permissions_come_after": st.sampled_from([0, 0, 20, 90]),
    "lower_case_arns": st.booleans(),
    "status_at_limit": st.sampled_from(["STOPPED", "FAILED"]),
    "reason_at_limit": st.sampled_from(["", "the job timed out"]),
    "failed_create_is_deleted": st.sampled_from(["before", "after"]),
    "deleted_with": st.sampled_from(["properties of the update", "properties of the resource"]),
    "failed_update_goes_back": st.sampled_from(["never", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"]),
    "new_is_deleted_in": st.sampled_from(
        ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"]
    ),
    "response_url": st.sampled_from(["X-Amz-Date", "Expires", "neither"]),
    "service_timeout_is_sent": st.booleans(),
    "update_to_same_config": st.sampled_from(["accepted", "refused"]),
    "update_to_other_hosting": st.sampled_from(["accepted", "refused"]),
    "all_at_once_bakes_in": st.sampled_from(["WaitIntervalInSeconds", "TerminationWaitInSeconds"]),
    "model_data_is_checked": st.sampled_from(["by CreateModel", "by the first container"]),
    "cloudformation_notices_rollback": st.booleans(),
    "endpoint_event_statuses": st.sampled_from(["IN_SERVICE", "InService"]),
}

#: The same for all assumptions, with those about the model registry.
WAYS: dict[str, st.SearchStrategy[Any]] = {
    **_WAYS,
    "known_client_token": st.sampled_from(["the same version", "another version", "refused"]),
    "metadata_left_out": st.sampled_from(["stays", "goes"]),
    "version_pending": st.sampled_from([0, 0, 20]),
}

#: As the documentation suggests, or in any other way that is plausible.
DIALECTS = st.one_of(st.just(Dialect()), st.builds(Dialect, **_WAYS))
DIALECTS_OF_THE_REGISTRY = st.one_of(st.just(Dialect()), st.builds(Dialect, **WAYS))

#: Seconds that a call takes.
CALL_TIMES = st.sampled_from([0, 0, 0.1, 1])

#: What stays wrong. An implicit denial may be a new role, for two minutes.
REFUSALS = st.sampled_from(
    [
        Refusal(
            "AccessDeniedException",
            "User: arn is not authorized to perform: sagemaker:CreateOptimizationJob on resource: arn "
            "because no identity-based policy allows the sagemaker:CreateOptimizationJob action",
            told_after=120,
        ),
        Refusal(
            "AccessDeniedException",
            "User: arn is not authorized to perform: sagemaker:CreateOptimizationJob on resource: arn with "
            "an explicit deny in a service control policy",
        ),
        Refusal(
            "ValidationException", "1 validation error detected: Value 'ml.x' failed to satisfy constraint"
        ),
        Refusal(
            "ResourceLimitExceeded",
            "The account-level service limit 'ml.g5.12xlarge for optimization job usage' is 0 Instances, "
            "with current utilization of 0 Instances and a request delta of 1 Instances.",
        ),
        Refusal(
            "ResourceLimitExceeded",
            "The requested resource optimization-job/ml.g5.12xlarge is not available in this region",
        ),
    ]
)

JOBS = st.builds(
    JobTemplate,
    definition=st.integers(0, 2),
    run_settings=st.integers(0, 1),
    tags=st.integers(0, 2),
    legs=st.integers(0, 2),
    explicit_name=st.sampled_from([None] * 6 + ["chosen"]),
    service_timeout=st.sampled_from([None] * 5 + [1800]),
)

TEMPLATES = st.dictionaries(st.sampled_from(["Llama", "Qwen"]), JOBS, min_size=1, max_size=2)

MODELS = st.builds(
    ModelTemplate,
    definition=st.integers(0, 2),
    tags=st.integers(0, 2),
    service_timeout=st.sampled_from([None] * 5 + [1800]),
)

VERSIONS = st.builds(
    VersionTemplate,
    definition=st.integers(0, 2),
    tags=st.integers(0, 2),
    approval=st.sampled_from(["PendingManualApproval", "Approved"]),
    service_timeout=st.sampled_from([None] * 5 + [1800]),
)

#: A version or two, and perhaps a model beside them.
TEMPLATES_WITH_VERSIONS = st.fixed_dictionaries(
    {"Registered": VERSIONS}, optional={"Second": VERSIONS, "Served": MODELS}
)

#: A model or two, and perhaps a job beside them.
TEMPLATES_WITH_MODELS = st.fixed_dictionaries({"Served": MODELS}, optional={"Draft": MODELS, "Llama": JOBS})

FOR_EVER = Script(ends_after=None)

SCRIPTS = st.sampled_from(
    [
        Script(),
        Script(ends_after=5400),
        Script(ends_after=5, outcome="FAILED", reason="out of memory", starts_after=1),
        Script(ends_after=900, outcome="FAILED", reason="out of memory"),
        FOR_EVER,
        Script(ends_after=600, outcome="STOPPED", stops_after=600),
    ]
)

FAULTS = st.lists(
    st.builds(
        Fault,
        at=st.integers(1, 40),
        kind=st.sampled_from(
            [
                "throttled",
                "internal error",
                "not permitted",
                "lost answer",
                "dies before",
                "dies after",
                "interrupted",
                "interrupted",
            ]
        ),
    ),
    max_size=4,
)

MISHAPS = st.lists(
    st.builds(
        Mishap,
        at=st.integers(1, 8),
        late=st.sampled_from([0, 0, 1, 40, 700, 4000]),
        again=st.sampled_from([None, 0, 1, 60, 5000]),
        is_never_answered=st.sampled_from([False] * 9 + [True]),
    ),
    max_size=2,
)

#: AWS as it mostly is: what it says is a few seconds old.
NEARLY_USUAL = st.builds(
    Dialect,
    stack_read_lag=st.sampled_from([0, 0, 2, 5]),
    job_read_lag=st.sampled_from([0, 0, 2]),
    create_time=st.sampled_from([0, 1]),
    deleted_with=_WAYS["deleted_with"],
)

#: Seconds until a user, or a pipeline, deploys again.
PAUSES = st.sampled_from([10, 15, 20, 40, 75])

#: The call of an update at which something else fails that is none of ours.
CALLS = st.integers(1, 10)


def can_be_updated(history: History) -> bool:
    """Whether there is a stack, and something else can be done with it than to delete it."""
    return history.stack is not None and history.stack.status != "ROLLBACK_COMPLETE"


def keep_what_fails_elsewhere(history: History, template: Template, at: int, is_deleted: bool) -> None:
    """Updates a stack without a rollback until something else fails, and deletes it then, or does not."""
    cancelled = [Fault(at, "interrupted")]
    history.deploy(template, script=FOR_EVER, faults=cancelled, mishaps=[], rollback=False)
    if is_deleted:
        history.delete(faults=[], mishaps=[])


class ModelHistories(RuleBasedStateMachine):
    """Histories of stacks that have models."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History()

    @initialize(dialect=DIALECTS, call_time=CALL_TIMES, taken=st.sampled_from(TAKEN_WORDINGS))
    def in_a_dialect(self, dialect: Dialect, call_time: float, taken: Wording) -> None:
        self.history.close()
        self.history = History(dialect, call_time)
        self.history.aws.sagemaker.models.taken = taken

    def teardown(self) -> None:
        self.history.close()

    @rule(
        template=TEMPLATES_WITH_MODELS,
        script=SCRIPTS,
        faults=FAULTS,
        mishaps=MISHAPS,
        rollback=st.integers(0, 5),
        fails_elsewhere=st.sampled_from([False] * 3 + [True]),
        refusal=st.one_of(*([st.none()] * 9), REFUSALS),
    )
    def deploy(
        self,
        template: dict[str, JobTemplate | ModelTemplate],
        script: Script,
        faults: list[Fault],
        mishaps: list[Mishap],
        rollback: int,
        fails_elsewhere: bool,
        refusal: Refusal | None,
    ) -> None:
        stack = self.history.stack
        if stack is not None and stack.status == "ROLLBACK_COMPLETE":
            self.history.delete(faults=[], mishaps=[])
        self.history.deploy(
            template,
            script=script,
            faults=faults,
            mishaps=mishaps,
            rollback=rollback > 0,
            fails_elsewhere=fails_elsewhere,
            refusal=refusal,
        )

    @precondition(lambda self: can_be_updated(self.history))
    @rule(template=TEMPLATES_WITH_MODELS, at=CALLS, is_deleted=st.booleans())
    def an_update_fails_elsewhere_and_is_kept(
        self, template: dict[str, JobTemplate | ModelTemplate], at: int, is_deleted: bool
    ) -> None:
        keep_what_fails_elsewhere(self.history, template, at, is_deleted)

    @precondition(lambda self: self.history.stack is not None)
    @rule(faults=FAULTS, mishaps=MISHAPS)
    def delete(self, faults: list[Fault], mishaps: list[Mishap]) -> None:
        self.history.delete(faults=faults, mishaps=mishaps)

    @precondition(lambda self: self.history.stack is not None)
    @rule(index=st.integers(0, 3))
    def somebody_deletes_a_model(self, index: int) -> None:
        self.history.lose_model(index)


class VersionHistories(RuleBasedStateMachine):
    """Histories of stacks that register versions."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History()

    @initialize(dialect=DIALECTS_OF_THE_REGISTRY, call_time=CALL_TIMES)
    def in_a_dialect(self, dialect: Dialect, call_time: float) -> None:
        self.history.close()
        self.history = History(dialect, call_time)

    def teardown(self) -> None:
        self.history.close()

    @rule(
        template=TEMPLATES_WITH_VERSIONS,
        faults=FAULTS,
        mishaps=MISHAPS,
        rollback=st.integers(0, 5),
        fails_elsewhere=st.sampled_from([False] * 3 + [True]),
        refusal=st.one_of(*([st.none()] * 9), REFUSALS),
    )
    def deploy(
        self,
        template: dict[str, VersionTemplate | ModelTemplate],
        faults: list[Fault],
        mishaps: list[Mishap],
        rollback: int,
        fails_elsewhere: bool,
        refusal: Refusal | None,
    ) -> None:
        stack = self.history.stack
        if stack is not None and stack.status == "ROLLBACK_COMPLETE":
            self.history.delete(faults=[], mishaps=[])
        self.history.deploy(
            template,
            script=Script(),
            faults=faults,
            mishaps=mishaps,
            rollback=rollback > 0,
            fails_elsewhere=fails_elsewhere,
            refusal=refusal,
        )

    @precondition(lambda self: can_be_updated(self.history))
    @rule(template=TEMPLATES_WITH_VERSIONS, at=CALLS, is_deleted=st.booleans())
    def an_update_fails_elsewhere_and_is_kept(
        self, template: dict[str, VersionTemplate | ModelTemplate], at: int, is_deleted: bool
    ) -> None:
        keep_what_fails_elsewhere(self.history, template, at, is_deleted)

    @precondition(lambda self: self.history.stack is not None)
    @rule(faults=FAULTS, mishaps=MISHAPS)
    def delete(self, faults: list[Fault], mishaps: list[Mishap]) -> None:
        self.history.delete(faults=faults, mishaps=mishaps)

    @precondition(lambda self: self.history.stack is not None)
    @rule(index=st.integers(0, 3))
    def somebody_deletes_a_version(self, index: int) -> None:
        self.history.lose_model(index)


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.history = History()

    @initialize(dialect=DIALECTS, call_time=CALL_TIMES)
    def in_a_dialect(self, dialect: Dialect, call_time: float) -> None:
        self.history.close()
        self.history = History(dialect, call_time)

    def teardown(self) -> None:
        self.history.close()

    @rule(
        template=TEMPLATES,
        script=SCRIPTS,
        faults=FAULTS,
        mishaps=MISHAPS,
        rollback=st.integers(0, 5),
        quota=st.sampled_from([None] * 5 + [1]),
        fails_elsewhere=st.sampled_from([False] * 4 + [True]),
        refusal=st.one_of(*([st.none()] * 9), REFUSALS),
    )
    def deploy(
        self,
        template: dict[str, JobTemplate],
        script: Script,
        faults: list[Fault],
        mishaps: list[Mishap],
        rollback: int,
        quota: int | None,
        fails_elsewhere: bool,
        refusal: Refusal | None,
    ) -> None:
        stack = self.history.stack
        if stack is not None and stack.status == "ROLLBACK_COMPLETE":
            self.history.delete(faults=[], mishaps=[])
        self.history.deploy(
            template,
            script=script,
            faults=faults,
            mishaps=mishaps,
            rollback=rollback > 0,
            quota=quota,
            fails_elsewhere=fails_elsewhere,
            refusal=refusal,
        )

    @precondition(lambda self: can_be_updated(self.history))
    @rule(template=TEMPLATES, at=CALLS, is_deleted=st.booleans())
    def an_update_fails_elsewhere_and_is_kept(
        self, template: dict[str, JobTemplate], at: int, is_deleted: bool
    ) -> None:
        keep_what_fails_elsewhere(self.history, template, at, is_deleted)

    @precondition(lambda self: self.history.stack is not None)
    @rule(faults=FAULTS, mishaps=MISHAPS)
    def delete(self, faults: list[Fault], mishaps: list[Mishap]) -> None:
        self.history.delete(faults=faults, mishaps=mishaps)

    @precondition(lambda self: self.history.stack is not None)
    @rule(index=st.integers(0, 3))
    def somebody_deletes_a_record(self, index: int) -> None:
        self.history.lose_record(index)
