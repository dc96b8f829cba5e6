"""What can go wrong with a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import ClientError


class Died(BaseException):
    """The function's process ends here, between two instructions."""


def client_error(operation: str, code: str, message: str = "", status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )


def at_most_50(tags: dict[str, str], operation: str) -> dict[str, str]:
    """The tags, which are not more than anything of SageMaker's can have."""
    if len(tags) > 50:
        raise client_error(operation, "ValidationException", f"at most 50 tags are allowed, got {len(tags)}")
    return tags


@dataclass
class Faults:
    """What happens before and after each call: a list of hooks that may raise, or do something else
    meanwhile.
    """

    before: list[Callable[[str], None]] = field(default_factory=list)
    after: list[Callable[[str], None]] = field(default_factory=list)
    #: What each call meets when it is made: it may not be permitted.
    made: Callable[[str], None] = lambda _: None
    #: What passes until a call has its effect, if no hook has kept it from that.
    under_way: Callable[[str], None] = lambda _: None

    def call(self, operation: str) -> _Call:
        return _Call(self, operation)

    def fail(
        self, operation: str, code: str, message: str = "", *, times: int = 1, status: int = 400
    ) -> None:
        """The next calls of this operation fail, without an effect."""
        self.before.append(
            Countdown(operation, lambda: client_error(operation, code, message, status), times)
        )

    def lose_answer(self, operation: str, *, times: int = 1) -> None:
        """The next calls of this operation have their effect, but the caller sees an error of the service."""
        self.after.append(
            Countdown(operation, lambda: client_error(operation, "InternalFailure", "lost", 500), times)
        )

    def die_before(self, operation: str, *, times: int = 1) -> None:
        self.before.append(Countdown(operation, Died, times))

    def die_after(self, operation: str, *, times: int = 1) -> None:
        self.after.append(Countdown(operation, Died, times))

    def meanwhile(self, operation: str, action: Callable[[], None]) -> None:
        """Something else happens just before the next call of this operation."""
        self.before.append(_Meanwhile(operation, action))

    def meanwhile_after(self, operation: str, action: Callable[[], None]) -> None:
        """Something else happens just after the next call of this operation had its effect."""
        self.after.append(_Meanwhile(operation, action))


@dataclass
class _Call:
    faults: Faults
    operation: str

    def __enter__(self) -> None:
        self.faults.made(self.operation)
        for hook in list(self.faults.before):
            hook(self.operation)
        self.faults.under_way(self.operation)

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            for hook in list(self.faults.after):
                hook(self.operation)


@dataclass
class Countdown:
    operation: str
    make: Callable[[], BaseException]
    left: int

    def __call__(self, operation: str) -> None:
        if operation == self.operation and self.left > 0:
            self.left -= 1
            raise self.make()


@dataclass
class _Meanwhile:
    operation: str
    action: Callable[[], None]
    done: bool = False

    def __call__(self, operation: str) -> None:
        if operation == self.operation and not self.done:
            self.done = True
            self.action()
