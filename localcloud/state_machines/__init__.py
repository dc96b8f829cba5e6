"""Step Functions, executed."""

from __future__ import annotations

from localcloud.state_machines.state_machines import Execution, StateMachines

__all__ = ["Execution", "StateMachines"]
