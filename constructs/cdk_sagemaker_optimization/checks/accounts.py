"""Comparison of accounts and Regions, which may be known only at deployment."""

from __future__ import annotations

from .validation import is_unresolved


def differ(one: str | None, other: str | None) -> bool:
    """Tell whether two accounts, or two Regions, are certain to be different.

    Args:
        one: an account or Region. None and a token may stand for any.
        other: the other account or Region.
    """
    return one != other and not any(value is None or is_unresolved(value) for value in (one, other))


def are_same(one: str, other: str | None) -> bool:
    """Tell whether two accounts count as the same.

    Two accounts that are both known only at deployment do.

    Args:
        one: an account.
        other: the other account. None is a different account.
    """
    return one == other or (is_unresolved(one) and is_unresolved(other))
