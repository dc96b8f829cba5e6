"""Waiting for what happens on other threads and in other processes, each time with a bound."""

from __future__ import annotations

import threading
from collections.abc import Callable

from localcloud import LocalCloud
from localcloud.services.cloudformation import StackView

_LONGEST_SECONDS = 120.0
"""Real seconds without a move of the clock after which something is taken for hung."""


def wait_patiently(cloud: LocalCloud, wait: Callable[[float], bool]) -> bool:
    """Wait for something for as long as the clock moves, however slow the machine is.

    Args:
        wait: Waits for this many real seconds at most, and answers whether it came.
    """
    moved_to = None
    while moved_to != (now := cloud.clock.time()):
        moved_to = now
        if wait(_LONGEST_SECONDS):
            return True
    return False


def wait_for(cloud: LocalCloud, what: str, condition: Callable[[], bool]) -> None:
    """Wait until something is so that CloudFormation tells its observers of."""
    engine = cloud.cloudformation.engine
    with engine.changed:
        came = wait_patiently(cloud, lambda seconds: engine.changed.wait_for(condition, seconds))
    assert came, f"waited in vain for {what}"


def wait_for_operation(cloud: LocalCloud, name: str) -> StackView:
    """Wait until something is done to a stack."""
    stacks = cloud.cloudformation.engine.stacks
    wait_for(
        cloud,
        f"something to be done to {name}",
        lambda: any(stack.name == name and stack.in_progress for stack in stacks.values()),
    )
    return cloud.cloudformation.stack(name)


def settle(cloud: LocalCloud, stack: StackView) -> StackView:
    """Wait until nothing is done to a stack any more."""
    operations = cloud.cloudformation.engine.operations
    wait_for(cloud, f"the end of what is done to {stack.name}", lambda: stack.stack_id not in operations)
    return stack


def advance(cloud: LocalCloud, seconds: float) -> None:
    """Let clock seconds pass, and everything happen that is due in them."""
    came = threading.Event()

    def run() -> None:
        cloud.clock.advance(seconds)
        came.set()

    threading.Thread(target=run, daemon=True).start()
    assert wait_patiently(cloud, came.wait), f"the clock did not come {seconds} seconds further"
