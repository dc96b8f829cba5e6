"""Durations as the API wants them: whole seconds, within the service model's limits."""

from __future__ import annotations

import aws_cdk as cdk

from .kinds import check_kind
from .validation import limits

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def describe(seconds: float) -> str:
    """A number of seconds in the largest unit that leaves no rest, such as ``28 days``."""
    if seconds != int(seconds):
        return f"{seconds} seconds"
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "0 seconds"


def check_duration(prop: str, duration: object) -> None:
    """
    Raises:
        ValueError: a number or the like, whose unit nobody can tell.
    """
    check_kind(cdk.Duration, duration, prop, "a Duration, such as Duration.minutes(90)")


def seconds(
    prop: str, duration: cdk.Duration, *, minimum: int | None = 1, maximum: int | None = None
) -> float:
    """The whole seconds of a duration. Of a token, a number token.

    Args:
        prop: the name under which the user gave it.
        minimum: the least number of seconds allowed.
        maximum: the greatest number of seconds allowed.

    Raises:
        ValueError: a number, a fraction of a second, a token in another unit than seconds, or a value out of
            range.
    """
    check_duration(prop, duration)
    if duration.is_unresolved():
        if duration.unit_label() != "seconds":
            raise ValueError(
                f"{prop} is known only at deployment, so it must be a number of seconds: use "
                f"Duration.seconds(…), got a number of {duration.unit_label()}"
            )
        return duration.to_seconds()
    value = duration.to_milliseconds() / 1000
    if value != int(value):
        raise ValueError(f"{prop} must be a whole number of seconds, got {describe(value)}")
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        raise ValueError(f"{prop} must be {_range(minimum, maximum)}, got {describe(value)}")
    return int(value)


def seconds_by_model(prop: str, duration: cdk.Duration, shape_name: str) -> float:
    """The whole seconds of a duration, within the limits of one of the service model's shapes."""
    minimum, maximum = limits(shape_name)
    return seconds(prop, duration, minimum=minimum, maximum=maximum)


def _range(minimum: int | None, maximum: int | None) -> str:
    if maximum is None:
        return f"at least {describe(minimum or 0)}"
    if minimum is None:
        return f"at most {describe(maximum)}"
    return f"between {describe(minimum)} and {describe(maximum)}"
