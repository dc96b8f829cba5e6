"""Step Functions, executed."""

from __future__ import annotations

from localcloud.services.stepfunctions.service import StateMachineService
from localcloud.services.stepfunctions.state_machines import Execution, StateMachines

__all__ = ["Execution", "StateMachineService", "StateMachines"]
