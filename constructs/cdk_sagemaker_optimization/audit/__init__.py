"""Reasons for the findings that auditors such as cdk-nag have in the library's resources."""

from .acknowledgement import acknowledge
from .wildcards import explain_wildcards

__all__ = ["acknowledge", "explain_wildcards"]
