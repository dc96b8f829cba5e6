"""Rules for combinations of props that do not work, checked at synthesis."""

from .check import RULES, check_late_rules, check_rules
from .job_view import JobView
from .rule import Rule, Severity

__all__ = ["RULES", "JobView", "Rule", "Severity", "check_late_rules", "check_rules"]
