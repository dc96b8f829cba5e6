"""Whether a deployment waits for a job, and how long."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_sagemaker_optimization.checks.durations import check_duration, describe, seconds

#: CloudFormation gives up on a resource after an hour, so no leg of the waiting is longer than 55 minutes.
LONGEST_LEG = 55 * 60

#: What every stack may hold.
_MOST_RESOURCES = 500

_DEFAULT_POLL_INTERVAL = 30
_SHORTEST_POLL_INTERVAL = 5

# The time that a job needs before and after its run: to get an instance, to upload what it made.
_AROUND_THE_RUN = 3_600


class Completion:
    """What a deployment does after the job has been created."""

    def __init__(self, legs: tuple[int, ...] | None, poll_interval: float | None) -> None:
        self._legs = legs
        self._poll_interval = poll_interval

    @staticmethod
    def wait(timeout: cdk.Duration | None = None, *, poll_interval: cdk.Duration | None = None) -> Completion:
        """Wait until the job has completed; one that fails, or is stopped, fails the deployment.

        Args:
            timeout: how long. It must be known at synthesis. A job that takes longer fails the deployment,
                and is stopped when that is rolled back. Default: ``max_runtime`` and one hour more.
            poll_interval: how often SageMaker is asked, from 5 seconds to 55 minutes. Default: 30 seconds.

        Raises:
            ValueError: a duration out of its range, or a timeout that is a token.
        """
        legs = None if timeout is None else _legs("timeout", timeout)
        interval = None
        if poll_interval is not None:
            interval = seconds(
                "poll_interval", poll_interval, minimum=_SHORTEST_POLL_INTERVAL, maximum=LONGEST_LEG
            )
        return Completion(legs if timeout is not None else None, interval)

    @staticmethod
    def detached() -> Completion:
        """Do not wait: the deployment goes on when the job has been created, and does not learn how it ends.

        Attributes that are known only after completion cannot be used then.
        """
        return _DETACHED

    @property
    def poll_interval(self) -> float | None:
        """Seconds between two looks at the job; none for the default."""
        return None if self._poll_interval == _DEFAULT_POLL_INTERVAL else self._poll_interval

    def legs(self, max_runtime: cdk.Duration) -> tuple[int, ...]:
        """The seconds that each leg of the waiting takes.

        Args:
            max_runtime: what the timeout follows from if none was given.

        Raises:
            ValueError: a ``max_runtime`` that is a token, or so long that a stack cannot hold the legs.
        """
        if self._legs is not None:
            return self._legs
        if max_runtime.is_unresolved():
            raise ValueError(
                "max_runtime is known only at deployment, so how long to wait cannot follow from it: "
                "give completion=Completion.wait(timeout) a timeout that is known at synthesis, got a token"
            )
        whole = seconds("max_runtime", max_runtime)
        return _legs("max_runtime", cdk.Duration.seconds(whole + _AROUND_THE_RUN))


_DETACHED = Completion((), None)


def _legs(prop: str, timeout: cdk.Duration) -> tuple[int, ...]:
    check_duration(prop, timeout)
    if timeout.is_unresolved():
        raise ValueError(
            f"{prop} must be known at synthesis, because the number of resources follows from it, got a token"
        )
    total = int(seconds(prop, timeout))
    full, rest = divmod(total, LONGEST_LEG)
    legs = (LONGEST_LEG,) * full + ((rest,) if rest else ())
    if len(legs) >= _MOST_RESOURCES:
        raise ValueError(
            f"{prop} must be shorter: waiting {describe(total)} takes {len(legs)} resources, one for each "
            f"{describe(LONGEST_LEG)}, and a stack holds {_MOST_RESOURCES}; use Completion.detached() instead"
        )
    return legs
