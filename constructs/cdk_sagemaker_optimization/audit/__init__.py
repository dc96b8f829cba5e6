"""Answers to auditors such as cdk-nag: what the library knows they find, and why it is as it should be."""

from .acknowledgement import acknowledge
from .wildcards import explain_wildcards

__all__ = ["acknowledge", "explain_wildcards"]
