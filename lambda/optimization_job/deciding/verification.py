"""The comparison of what an endpoint serves with what was deployed.

SageMaker may roll an endpoint's update back, and leave the endpoint in service with the config before. Then
CloudFormation deletes that config, and every later update fails. So the deployment fails instead, and
CloudFormation goes back as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..cloudformation.properties import VerificationProperties, name_in
from ..cloudformation.request import Request
from ..cloudformation.response import Response
from ..contract import ENDPOINT_CONFIG_NAME, MODEL_NAME
from ..errors import CallError
from ..sagemaker.endpoint import INFERENCE_COMPONENT
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from .actions import Action, Respond, Wait
from .evidence import Evidence
from .messages import (
    config_was_rolled_back,
    does_not_serve,
    model_was_rolled_back,
    never_settled,
    settings_were_rolled_back,
)
from .patience import give_up_after
from .physical_id import unchanging_physical_resource_id

#: Seconds between two looks at what is changing.
_INTERVAL = 20

#: The beginning of what is to be believed: another problem starts another minute.
_DOUBT = "not as it was deployed: "

#: The members of a component's description that say what each copy needs.
_SPECIFICATIONS = ("Specification", "Specifications")


def decide_verification(request: Request, evidence: Evidence) -> Action:
    """The next action for a verification.

    What runs as it was deployed is seen in one look. Nothing else is believed in less than a minute.

    Raises:
        DoubtError: another look has to say.
        InvalidValueError: the properties are not understood.
        CallError: SageMaker or CloudFormation did not say what they were asked.
    """
    if request.is_delete:
        return _respond(request)
    properties = VerificationProperties.parse(request.properties)
    if request.is_update and evidence.memory.since:
        # A rollback has to see that it is one, and after slow calls there is no time for that.
        evidence.stack()
    try:
        problem, is_settled = _look(request, properties, evidence)
    except CallError:
        if request.is_update and not evidence.goes_forward():
            # A rollback must come to its end, also if nobody may look.
            evidence.believe_return()
            return _respond(request)
        raise
    if not problem:
        return _respond(request)
    doubt = _DOUBT + problem
    if not is_settled or doubt not in evidence.memory.since:
        evidence.memory = evidence.memory.over(_DOUBT)
    # A rollback must come to its end, whatever it finds.
    if is_settled:
        # Both are believed in the same minute.
        evidence.meet(doubt)
        if not evidence.goes_forward_for_sure():
            return _respond(request)
        evidence.believe(doubt)
        return _respond(request, problem)
    if not evidence.goes_forward():
        evidence.believe_return()
        return _respond(request)
    remaining = give_up_after(request, evidence.memory) - evidence.elapsed
    if remaining <= 0:
        return _respond(request, never_settled(problem, evidence.elapsed))
    return Wait(max(1, min(_INTERVAL, int(remaining))), problem)


def _look(request: Request, properties: VerificationProperties, evidence: Evidence) -> tuple[str, bool]:
    """The first thing that is not as it was deployed.

    Returns:
        The problem, empty if there is none; and True if time alone does not solve it.
    """
    name, wanted = properties.endpoint_name, properties.endpoint_config_name
    endpoint = evidence.job(name)
    problem, is_settled = _state(request.kind, name, endpoint, request)
    if problem or endpoint is None:
        return problem, is_settled
    present = name_in(str(endpoint.described.get(ENDPOINT_CONFIG_NAME, "")))
    if not _is_same(present, wanted):
        return config_was_rolled_back(endpoint, present, wanted), True
    for component_name, model in properties.models.items():
        component = evidence.job(component_name, INFERENCE_COMPONENT)
        problem, is_settled = _state(INFERENCE_COMPONENT, component_name, component, request)
        if problem or component is None:
            return problem, is_settled
        served = _served_models(component)
        if not any(_is_same(each, model) for each in served):
            return model_was_rolled_back(component, served, model), True
        returned = _returned_settings(request, properties, component_name, component)
        if returned:
            deployed = properties.settings[component_name]
            return settings_were_rolled_back(component, returned, deployed), True
    return "", False


def _state(kind: JobKind, name: str, job: Job | None, request: Request) -> tuple[str, bool]:
    """The obstacle that keeps an endpoint or a component from serving, if any, and True if it stays."""
    if job is None:
        return does_not_serve(kind, name, "does not exist", "", request), True
    if job.is_completed:
        return "", False
    if job.has_failed:
        return does_not_serve(kind, name, f"is {job.status}", job.failure_reason, request), True
    return f"{kind.noun} {name} is {job.status}", False


def _served_models(component: Job) -> list[str]:
    """The models of a component, which may have one specification for each instance type."""
    described = component.described
    specifications = [described.get("Specification") or {}, *(described.get("Specifications") or [])]
    names = [str(each.get(MODEL_NAME) or "") for each in specifications]
    return list(dict.fromkeys(name_in(name) for name in names if name))


def _returned_settings(
    request: Request, properties: VerificationProperties, name: str, component: Job
) -> dict[str, float]:
    """The settings that a component has again as they were before, although others were deployed.

    AWS does not document that it describes every setting, nor that it describes them as they were given. So
    a setting counts only if it is described as before.
    """
    old = VerificationProperties.parse_if_valid(request.old_properties)
    before = old.settings.get(name, {}) if old else {}
    changed = {
        setting: value for setting, value in before.items() if properties.settings[name].get(setting) != value
    }
    described = list(_numbers_in([component.described.get(each) for each in _SPECIFICATIONS]))
    return {
        setting: value
        for setting, value in changed.items()
        if setting in properties.settings[name]
        and {number for found, number in described if found == setting} == {value}
    }


def _numbers_in(described: Any) -> Iterator[tuple[str, float]]:
    """The numbers in a specification, with their names."""
    if isinstance(described, list):
        for item in described:
            yield from _numbers_in(item)
    elif isinstance(described, dict):
        for name, value in described.items():
            if isinstance(value, int | float):
                yield name, float(value)
            else:
                yield from _numbers_in(value)


def _is_same(name: str, other: str) -> bool:
    """True if two names are of one thing. An ARN has them in lower case, and SageMaker takes each once."""
    return name.lower() == other.lower()


def _respond(request: Request, failure: str = "") -> Respond:
    physical_id = unchanging_physical_resource_id(request)
    return Respond(Response("FAILED" if failure else "SUCCESS", physical_id, failure))
