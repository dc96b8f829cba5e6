"""Seams into moto (5.2): every state machine lands where state machines are executed.

moto has two registries, one of which only pretends to execute, and its CloudFormation model writes to that
one. It also neither substitutes `DefinitionSubstitutions` nor takes the definition as an object, both of
which CloudFormation does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import moto.stepfunctions
import moto.stepfunctions.models
import moto.stepfunctions.responses
import moto.stepfunctions.urls
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

_original_create = StateMachine.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]
_original_update = StateMachine.update_from_cloudformation_json.__func__  # type: ignore[attr-defined]
_original_start: Callable[[ExecutionWorker], None] = ExecutionWorker.start


def execute_all_state_machines() -> None:
    """Make the executing registry the only one."""
    for module in (moto.stepfunctions, moto.stepfunctions.models, moto.stepfunctions.responses):
        module.stepfunctions_backends = stepfunctions_parser_backends  # type: ignore[attr-defined]
    # A backend's web addresses are looked for beside its class, where this one's are not.
    url_module: Any = property(lambda _: moto.stepfunctions.urls)
    StepFunctionsParserBackend._url_module = url_module  # type: ignore[method-assign]  # noqa: SLF001
    StateMachine.create_from_cloudformation_json = classmethod(_create)  # type: ignore[assignment, method-assign]
    StateMachine.update_from_cloudformation_json = classmethod(_update)  # type: ignore[assignment, method-assign]
    ExecutionWorker.start = _start  # type: ignore[method-assign]


def definition_of(properties: Mapping[str, Any]) -> str | None:
    """The definition that CloudFormation makes of a state machine's properties, if it is among them."""
    definition = properties.get("DefinitionString", properties.get("Definition"))
    if definition is None:
        return None
    text = definition if isinstance(definition, str) else json.dumps(definition)
    for name, value in (properties.get("DefinitionSubstitutions") or {}).items():
        text = text.replace("${" + name + "}", str(value))
    return text


def _resolved(cloudformation_json: dict[str, Any]) -> dict[str, Any]:
    properties = cloudformation_json.get("Properties", {})
    definition = definition_of(properties)
    resolved = properties | ({"DefinitionString": definition} if definition is not None else {})
    return cloudformation_json | {"Properties": resolved}


def _create(
    cls: type[StateMachine],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    *place: Any,
    **further: Any,
) -> Any:
    return _original_create(cls, resource_name, _resolved(cloudformation_json), *place, **further)


def _update(
    cls: type[StateMachine], original: Any, new_name: str, cloudformation_json: dict[str, Any], *place: Any
) -> Any:
    return _original_update(cls, original, new_name, _resolved(cloudformation_json), *place)


def _start(self: Any) -> None:
    """Have the execution's environment from its first moment on, so that it can be stopped at once."""
    self.env = self._get_evaluation_environment()
    self._get_evaluation_environment = lambda: self.env
    _original_start(self)
