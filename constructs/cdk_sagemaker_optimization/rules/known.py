"""Values that a rule can read at synthesis."""

from __future__ import annotations

from cdk_sagemaker_optimization.checks.tokens import Masked
from cdk_sagemaker_optimization.checks.validation import is_placeholder


class NotKnown(Exception):
    """A value is known only at deployment, so the rule that reads it finds nothing."""


def holds_token(string: str) -> bool:
    """Tell whether a part of a string is known only at deployment, or yet to be looked up."""
    return Masked(string).text != string or is_placeholder(string)


def known(string: str) -> str:
    """Return a string that is known at synthesis.

    Raises:
        NotKnown: it holds a token.
    """
    if holds_token(string):
        raise NotKnown
    return string
