"""Seams into moto (5.2): every state machine is executed, can be stopped at once, and fails quietly.

moto has two registries of state machines, one of which only pretends to execute. Its interpreter logs an
error when a Choice looks at a member that is not there, even if that is the question.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import moto.stepfunctions
import moto.stepfunctions.models
import moto.stepfunctions.responses
import moto.stepfunctions.urls
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

_original_start: Callable[[ExecutionWorker], None] = ExecutionWorker.start


def execute_all_state_machines() -> None:
    """Make the executing registry the only one."""
    for module in (moto.stepfunctions, moto.stepfunctions.models, moto.stepfunctions.responses):
        module.stepfunctions_backends = stepfunctions_parser_backends  # type: ignore[attr-defined]
    # A backend's web addresses are looked for beside its class, where this one's are not.
    url_module: Any = property(lambda _: moto.stepfunctions.urls)
    StepFunctionsParserBackend._url_module = url_module  # type: ignore[method-assign]  # noqa: SLF001
    ExecutionWorker.start = _start  # type: ignore[method-assign]
    # The history of an execution has what really fails.
    logging.getLogger("moto.stepfunctions.parser.asl.component.eval_component").setLevel(logging.CRITICAL)


def _start(self: Any) -> None:
    """Set the environment of an execution from its first moment on, so that it can be stopped at once."""
    self.env = self._get_evaluation_environment()
    self._get_evaluation_environment = lambda: self.env
    _original_start(self)
