"""The waiting of a deployment for a job."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_sagemaker_optimization._lambda.optimization_job.contract import DEFAULT_POLL_INTERVAL, LONGEST_WAIT
from cdk_sagemaker_optimization.checks.durations import check_duration, describe, is_known, seconds

#: The most resources that a stack may have.
_MOST_RESOURCES = 500

_SHORTEST_POLL_INTERVAL = 5

# The time that a job needs before and after its run, to get an instance and to upload its artifact.
_AROUND_THE_RUN = 3_600


class Completion:
    """The choice whether a deployment waits for the job that it has created, and how long."""

    def __init__(self, legs: tuple[int, ...] | None, poll_interval: float | None) -> None:
        self._legs = legs
        self._poll_interval = poll_interval

    @staticmethod
    def wait(timeout: cdk.Duration | None = None, *, poll_interval: cdk.Duration | None = None) -> Completion:
        """Wait until the job has completed. A job that fails or is stopped fails the deployment.

        Args:
            timeout: the longest wait, which must be known at synthesis. A job that takes longer fails the
                deployment, and the rollback stops it. Default: ``max_runtime`` and one hour more.
            poll_interval: the time between two looks at the job, from 5 seconds to 55 minutes. Default: 30
                seconds.

        Raises:
            ValueError: a duration is out of range, or the timeout is a token.
        """
        legs = None if timeout is None else _legs("timeout", _known("timeout", timeout))
        interval = None
        if poll_interval is not None:
            interval = seconds(
                "poll_interval", poll_interval, minimum=_SHORTEST_POLL_INTERVAL, maximum=LONGEST_WAIT
            )
        return Completion(legs if timeout is not None else None, interval)

    @staticmethod
    def detached() -> Completion:
        """Do not wait. The deployment goes on once the job has been created, and ignores its end.

        Attributes that are known only after completion cannot be used then.
        """
        return _DETACHED

    @property
    def poll_interval(self) -> float | None:
        """Seconds between two looks at the job. None for the default."""
        return None if self._poll_interval == DEFAULT_POLL_INTERVAL else self._poll_interval

    def legs(self, max_runtime: cdk.Duration) -> tuple[int, ...]:
        """Return the seconds that each leg of the waiting takes.

        Args:
            max_runtime: the longest run of the job, which decides about the timeout unless one was given.

        Raises:
            ValueError: ``max_runtime`` is a token, or so long that the legs do not fit into a stack.
        """
        if self._legs is not None:
            return self._legs
        check_duration("max_runtime", max_runtime)
        if not is_known(max_runtime):
            raise ValueError(
                "max_runtime is known only at deployment, so the timeout cannot follow from it: "
                "give completion=Completion.wait(timeout) a timeout that is known at synthesis, got a token"
            )
        return _legs("max_runtime", int(seconds("max_runtime", max_runtime)) + _AROUND_THE_RUN)


_DETACHED = Completion((), None)


def _known(prop: str, timeout: cdk.Duration) -> int:
    check_duration(prop, timeout)
    if not is_known(timeout):
        raise ValueError(
            f"{prop} must be known at synthesis, because the number of resources follows from it, got a token"
        )
    return int(seconds(prop, timeout))


def _legs(prop: str, total: int) -> tuple[int, ...]:
    full, rest = divmod(total, LONGEST_WAIT)
    legs = (LONGEST_WAIT,) * full + ((rest,) if rest else ())
    if len(legs) >= _MOST_RESOURCES:
        raise ValueError(
            f"{prop} must be shorter: waiting {describe(total)} takes {len(legs)} resources, one for each "
            f"{describe(LONGEST_WAIT)}, and a stack holds {_MOST_RESOURCES}; use Completion.detached() "
            "instead"
        )
    return legs
