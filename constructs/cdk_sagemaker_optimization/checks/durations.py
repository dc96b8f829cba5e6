"""Durations as the API wants them: whole seconds, within the service model's limits."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_sagemaker_optimization.facts import once

from .kinds import check_kind
from .validation import is_unresolved, limits

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def describe(seconds: float) -> str:
    """Describe a number of seconds in the largest unit that leaves no rest, such as ``28 days``."""
    if seconds != int(seconds):
        return f"{seconds} seconds"
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "0 seconds"


def check_duration(prop: str, duration: object) -> None:
    """Check that a value is a Duration.

    Raises:
        ValueError: the value is something else, such as a number, which has no unit.
    """
    check_kind(cdk.Duration, duration, prop, "a Duration, such as Duration.minutes(90)")


def is_known(duration: cdk.Duration) -> bool:
    """Tell whether a duration is known at synthesis."""
    value = _seconds(duration)
    return value is not None and not is_unresolved(value)


def seconds(
    prop: str, duration: cdk.Duration, *, minimum: int | None = 1, maximum: int | None = None
) -> float:
    """Return the whole seconds of a duration.

    Args:
        prop: the name of the prop, for the message.
        duration: the duration.
        minimum: the least number of seconds allowed. Default: a second; None for no limit.
        maximum: the greatest number of seconds allowed. Default: no limit.

    Returns:
        The number of seconds, and for a token a number token.

    Raises:
        ValueError: the value is no Duration, holds a fraction of a second, is a token in another unit than
            seconds, or is out of range.
    """
    check_duration(prop, duration)
    value = _seconds(duration)
    if value is None:
        raise ValueError(
            f"{prop} is known only at deployment, so it must be a number of seconds: use "
            f"Duration.seconds(…), got a number of {duration.unit_label()}"
        )
    if is_unresolved(value):
        return value
    if value != int(value):
        raise ValueError(f"{prop} must be a whole number of seconds, got {describe(value)}")
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        raise ValueError(f"{prop} must be {_range(minimum, maximum)}, got {describe(value)}")
    return int(value)


def seconds_by_model(prop: str, duration: cdk.Duration, shape_name: str) -> float:
    """Return the whole seconds of a duration, within the limits of one of the service model's shapes."""
    minimum, maximum = limits(shape_name)
    return seconds(prop, duration, minimum=minimum, maximum=maximum)


def _seconds(duration: cdk.Duration) -> float | None:
    """Return the seconds of a duration, and a number token for a token. None for one in another unit."""

    def ask() -> float | None:
        try:
            return duration.to_seconds(integral=False)
        except RuntimeError:
            # The CDK converts no tokens.
            return None

    return once(duration, "seconds", ask)


def _range(minimum: int | None, maximum: int | None) -> str:
    if maximum is None:
        return f"at least {describe(minimum or 0)}"
    if minimum is None:
        return f"at most {describe(maximum)}"
    return f"between {describe(minimum)} and {describe(maximum)}"
