"""State machines that are deleted: their executions end at their next transition.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html

Seam into moto (5.2): deleting a state machine leaves its executions running forever. Its interpreter keeps
the name of the state that comes next; where that is set, the executions of a deleted state machine stop.
"""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.asl.eval.environment import Environment

from localcloud.kernel.api import ApiError
from localcloud.kernel.clock import Clock

_NEXT_STATE: Any = Environment.next_state_name


class _Current:
    """The state machines that are deleted in the cloud that there is now, and its clock."""

    deleted: frozenset[str] = frozenset()
    clock: Clock | None = None


class Deletions:
    """The state machines that were deleted since the last reset.

    Attributes:
        machines: moto's models of them, with their executions.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.machines: list[Any] = []

    def add(self, machine: Any) -> None:
        """Let the executions of a state machine end, each at its next transition."""
        self.machines.append(machine)
        self.apply()

    def deleting(self, arn: str) -> Any | None:
        """A state machine that is deleted, but has an execution that has not come to its end yet."""
        return next((each for each in self.machines if each.arn == arn and _is_busy(each)), None)

    def check(self, arn: str) -> None:
        """Raise ApiError if a state machine is just being deleted."""
        if self.deleting(arn) is not None:
            raise ApiError("StateMachineDeleting", f"State Machine is deleting: '{arn}'")

    def clear(self) -> None:
        self.machines.clear()

    def apply(self) -> None:
        """The interpreter is the process's: it works for the cloud that was made or reset last."""
        executions = [each for machine in self.machines for each in list(machine.executions)]
        _Current.deleted = frozenset(each.execution_arn for each in executions)
        _Current.clock = self._clock
        Environment.next_state_name = _NEXT_STATE.setter(_set_next_state)  # type: ignore[method-assign]


def _is_busy(machine: Any) -> bool:
    return any(execution.stop_date is None for execution in list(machine.executions))


def _set_next_state(self: Any, name: str) -> None:
    _NEXT_STATE.fset(self, name)
    if self.states.context_object.context_object_data["Execution"]["Id"] in _Current.deleted:
        assert _Current.clock is not None
        self.set_stop(stop_date=_Current.clock.now(), cause="the state machine was deleted", error=None)
