"""The most that a job may cost."""

from __future__ import annotations

from cdk_sagemaker_optimization.checks.numbers import positive_number

_CENT = 0.01
# No sum of money has more digits before the point.
_LARGE = 1e15


class CostGuard:
    """A price, and the most that one run of a job may cost.

    The price is yours: the library fetches none and knows no currency, so give both numbers in the same one.
    """

    def __init__(self, *, hourly_price: float, max_cost: float | None = None) -> None:
        """Set the price and the limit.

        Args:
            hourly_price: the price of one instance of the job for an hour, as AWS's price list has it.
            max_cost: the most that one run may cost. Default: any sum; synthesis says how much it can be.

        Raises:
            ValueError: a number is not above zero.
        """
        self._hourly_price = positive_number("hourly_price", hourly_price)
        self._max_cost = None if max_cost is None else positive_number("max_cost", max_cost)

    @property
    def hourly_price(self) -> float:
        """The price of one instance for an hour."""
        return self._hourly_price

    @property
    def max_cost(self) -> float | None:
        """The most that one run may cost. None for any sum."""
        return self._max_cost


def money(amount: float, *, unlike: float | None = None) -> str:
    """Return an amount for a message, without a currency: ``1,234.5`` as ``1,234.50``.

    Args:
        amount: the amount.
        unlike: another amount, which must not look the same. Default: none.
    """
    if amount >= _LARGE:
        return f"{amount:.4g}"
    for digits in (2, 6) if amount >= _CENT else (6,):
        text = f"{amount:,.{digits}f}"
        if unlike is None or text != f"{unlike:,.{digits}f}":
            return text
    return f"{amount:.17g}"


def price(amount: float) -> str:
    """Return a price for a message, with all digits that a sum needs."""
    return money(amount, unlike=None if amount == round(amount, 2) else round(amount, 2))
