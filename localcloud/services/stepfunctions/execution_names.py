"""The names of executions.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from localcloud.kernel.api import ApiError

_LONGEST = 80
_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
_KEPT = timedelta(days=90)


def check_execution_name(name: str) -> None:
    """Raise ApiError for a name that Step Functions does not take."""
    if not 1 <= len(name) <= _LONGEST or _FORBIDDEN.search(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")


def forget_old_executions(machine: Any, now: datetime) -> None:
    """Step Functions forgets an execution 90 days after its end: then its name is free again."""
    machine.executions[:] = [
        each for each in machine.executions if each.stop_date is None or now - each.stop_date < _KEPT
    ]
