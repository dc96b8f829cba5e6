"""Rules for combinations of props that do not work, checked at synthesis."""

from .check import check_against, check_late_against
from .endpoint_view import EndpointView
from .endpoints import RULES as ENDPOINT_RULES
from .instance_type import has_disk
from .job_view import JobView
from .jobs import RULES, check_late_rules, check_rules
from .late import LateRules
from .rule import Rule, Severity, View
from .served_models import RULES as SERVED_MODEL_RULES
from .serving_view import ServedModelView
from .tensor_parallelism import devices_for, tensor_parallel_degree

__all__ = [
    "ENDPOINT_RULES",
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
    "has_disk",
    "tensor_parallel_degree",
]
