"""The function's one handler, for CloudFormation's requests and for the steps of the state machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from . import receive, steps
from .clients import client
from .contract import PIPELINE_STEP

_STEPS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "advance": steps.advance,
    "respond": steps.respond,
    "fail": steps.fail,
    "clean_up": steps.clean_up,
    "start_tracking": steps.start_tracking,
    "track": steps.track,
    "measure": steps.measure,
    PIPELINE_STEP: steps.run,
}

if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    # While Lambda starts a process it has a whole processor, afterwards only a share of one.
    client("sagemaker")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A step of the state machine says which it is; everything else is a request of CloudFormation."""
    step = event.get("Step")
    if step is None:
        receive.receive(event, context.invoked_function_arn, context.get_remaining_time_in_millis)
        return {}
    return _STEPS[step](event)
