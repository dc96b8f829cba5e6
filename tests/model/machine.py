"""Random histories of one stack."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.model.history import Fault, History, Mishap
from tests.simulation import Script
from tests.simulation.cloudformation import JobTemplate

JOBS = st.builds(
    JobTemplate,
    definition=st.integers(0, 2),
    run_settings=st.integers(0, 1),
    tags=st.integers(0, 2),
    legs=st.integers(0, 2),
    explicit_name=st.sampled_from([None] * 6 + ["chosen"]),
)

TEMPLATES = st.dictionaries(st.sampled_from(["Llama", "Qwen"]), JOBS, min_size=1, max_size=2)

SCRIPTS = st.sampled_from(
    [
        Script(),
        Script(ends_after=5400),
        Script(ends_after=5, outcome="FAILED", reason="out of memory", starts_after=1),
        Script(ends_after=900, outcome="FAILED", reason="out of memory"),
        Script(ends_after=None),
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
        late=st.sampled_from([0, 0, 1, 40, 700]),
        again=st.sampled_from([None, 0, 1, 60, 5000]),
    ),
    max_size=2,
)


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.history = History()

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
        )

    @precondition(lambda self: self.history.stack is not None)
    @rule(faults=FAULTS, mishaps=MISHAPS)
    def delete(self, faults: list[Fault], mishaps: list[Mishap]) -> None:
        self.history.delete(faults=faults, mishaps=mishaps)

    @precondition(lambda self: self.history.stack is not None)
    @rule(index=st.integers(0, 3))
    def somebody_deletes_a_record(self, index: int) -> None:
        self.history.lose_record(index)
