"""Rules for combinations of props that do not work, checked at synthesis."""

from __future__ import annotations

from typing import Any

from .check import check_against, check_late_against
from .endpoint_view import EndpointView
from .endpoints import RULES as ENDPOINT_RULES
from .instance_type import gpus_of, has_disk
from .job_view import JobView
from .jobs import RULES as JOB_RULES
from .jobs import check_late_rules, check_rules
from .late import LateRules
from .registered_models import RULES as REGISTERED_MODEL_RULES
from .rule import Rule, Severity, View
from .served_models import RULES as SERVED_MODEL_RULES
from .serving_view import ServedModelView
from .tensor_parallelism import devices_for, tensor_parallel_degree

#: Every rule, about whatever kind of construct.
RULES: tuple[Rule[Any], ...] = (
    *JOB_RULES,
    *SERVED_MODEL_RULES,
    *ENDPOINT_RULES,
    *REGISTERED_MODEL_RULES,
)

__all__ = [
    "ENDPOINT_RULES",
    "JOB_RULES",
    "REGISTERED_MODEL_RULES",
    "RULES",
    "SERVED_MODEL_RULES",
    "EndpointView",
    "JobView",
    "LateRules",
    "Rule",
    "ServedModelView",
    "Severity",
    "View",
    "check_against",
    "check_late_against",
    "check_late_rules",
    "check_rules",
    "devices_for",
    "gpus_of",
    "has_disk",
    "tensor_parallel_degree",
]
