"""Accounts and Regions, which may be known only at deployment."""

from __future__ import annotations

from .validation import is_unresolved


def differ(one: str | None, other: str | None) -> bool:
    """Whether two accounts, or two Regions, are certain to be different.

    Args:
        one: an account or Region. None, and a token, may be any.
        other: the other one.
    """
    return one != other and not any(value is None or is_unresolved(value) for value in (one, other))


def are_same(one: str, other: str | None) -> bool:
    """Whether two accounts are taken to be the same: two that are both known only at deployment are.

    Args:
        one: an account.
        other: the other one. None is another one.
    """
    return one == other or (is_unresolved(one) and is_unresolved(other))
