"""Combinations that do not work, found at synthesis."""

from .check import RULES, check_rules
from .job_view import JobView
from .rule import Rule, Severity

__all__ = ["RULES", "JobView", "Rule", "Severity", "check_rules"]
