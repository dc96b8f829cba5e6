"""Rules for combinations of props that do not work, checked at synthesis."""

from .check import check_against, check_late_against
from .job_view import JobView
from .jobs import RULES, check_late_rules, check_rules
from .late import LateRules
from .rule import Rule, Severity, View
from .served_models import RULES as SERVED_MODEL_RULES
from .serving_view import ServedModelView

__all__ = [
    "RULES",
    "SERVED_MODEL_RULES",
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
]
