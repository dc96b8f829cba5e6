"""The number of accelerators that share a model."""

from __future__ import annotations

from .instance_type import InstanceTypeView
from .known import NotKnown, known
from .serving_view import ServedModelView

DEGREE = "OPTION_TENSOR_PARALLEL_DEGREE"

# A Neuron device of inf2 and trn1 has two cores, and the degree counts cores.
_CORES = 2


def tensor_parallel_degree(model: ServedModelView) -> int | None:
    """Return the number of GPUs or Neuron cores that share a model.

    Args:
        model: the model.

    Returns:
        None if it is not known at synthesis.
    """
    try:
        given = model.given_value(DEGREE) if model.has_draft else None
        values = {given} if given else model.job_values(DEGREE)
    except NotKnown:
        return None
    if len(values) != 1:
        return None
    (degree,) = values
    return int(degree) if degree.isdecimal() and int(degree) > 0 else None


def devices_for(degree: int, type_name: str) -> int:
    """Return the accelerators that an inference component needs.

    Args:
        degree: the number of GPUs or Neuron cores that share the model.
        type_name: the name of the instance type, which may be a token.
    """
    try:
        has_neuron = InstanceTypeView(known(type_name)).has_neuron
    except NotKnown:
        return degree
    return -(-degree // _CORES) if has_neuron else degree
