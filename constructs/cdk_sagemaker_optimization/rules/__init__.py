"""Combinations that do not work, found at synthesis."""

from .check import check_rules
from .job_view import JobView
from .rule import Rule, Severity
from .table import RULES

__all__ = ["RULES", "JobView", "Rule", "Severity", "check_rules"]
