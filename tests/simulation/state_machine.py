"""Runs a state machine's definition: the states, fields and comparisons that ours uses, and an error for any
other.

An execution is a generator, so that whoever drives it decides what happens between two of its steps: it
yields the seconds until it wants to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any

#: Step Functions ends an execution with a longer history,
#: https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
_LONGEST_HISTORY = 25_000

Invoke = Callable[[str, dict[str, Any]], Any]


class TaskFailedError(Exception):
    """A task's error name and cause, as States Language knows them."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class ExecutionFailedError(Exception):
    """An execution that ended in an error which nothing caught."""


def run(
    definition: dict[str, Any], data: dict[str, Any], invoke: Invoke, now: Callable[[], float]
) -> Generator[float, None, None]:
    """Runs an execution.

    Args:
        invoke: calls a function with a payload. What it raises as TaskFailedError is retried and caught as
        the definition says.

    Raises:
        ExecutionFailedError: the execution failed.
    """
    started = now()
    events = 1
    name: str | None = definition["StartAt"]
    while name is not None:
        if now() - started > definition.get("TimeoutSeconds", float("inf")):
            raise ExecutionFailedError("States.Timeout")
        if events > _LONGEST_HISTORY:
            raise ExecutionFailedError("the execution reached the maximum number of history events")
        state = definition["States"][name]
        context: dict[str, Any] = {
            "Execution": {"StartTime": _iso(started)},
            "State": {"EnteredTime": _iso(now()), "RetryCount": 0},
        }
        if state["Type"] == "Task":
            data, name = yield from _task(state, data, context, invoke, now)
            # Each attempt is scheduled and started, and fails or succeeds.
            events += 3 * (context["State"]["RetryCount"] + 1)
        elif state["Type"] == "Choice":
            name = next((c["Next"] for c in state["Choices"] if _matches(c, data)), state["Default"])
        elif state["Type"] == "Wait":
            yield float(
                _read(state["SecondsPath"], data, context) if "SecondsPath" in state else state["Seconds"]
            )
            name = state["Next"]
        elif state["Type"] == "Pass":
            result = state.get("Result", _build(state.get("Parameters", data), data, context))
            data = (
                _write(state["ResultPath"], data, result) if state.get("ResultPath", "$") != "$" else result
            )
            name = None if state.get("End") else state["Next"]
        elif state["Type"] == "Succeed":
            name = None
        elif state["Type"] == "Fail":
            raise ExecutionFailedError(f"{state['Error']}: {state['Cause']}")
        else:
            raise ValueError(f"unknown type of state: {state['Type']}")
        # It is entered and left.
        events += 2


def _task(
    state: dict[str, Any],
    data: dict[str, Any],
    context: dict[str, Any],
    invoke: Invoke,
    now: Callable[[], float],
) -> Generator[float, None, tuple[dict[str, Any], str | None]]:
    attempts = [0] * len(state.get("Retry", []))
    while True:
        try:
            parameters = _build(state["Parameters"], data, context)
            latest = now() + state.get("TimeoutSeconds", float("inf"))
            try:
                result = {"Payload": invoke(parameters["FunctionName"], parameters["Payload"])}
            except TaskFailedError:
                _check_time(latest, now)
                raise
            _check_time(latest, now)
            break
        except TaskFailedError as failure:
            index = next((i for i, r in enumerate(state.get("Retry", [])) if _covers(r, failure)), None)
            if index is not None and attempts[index] < state["Retry"][index].get("MaxAttempts", 3):
                retrier = state["Retry"][index]
                delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2) ** attempts[index]
                attempts[index] += 1
                context["State"]["RetryCount"] += 1
                yield min(delay, retrier.get("MaxDelaySeconds", delay))
                continue
            catcher = next((c for c in state.get("Catch", []) if _covers(c, failure)), None)
            if catcher is None:
                raise ExecutionFailedError(str(failure)) from failure
            caught = {"Error": failure.error, "Cause": failure.cause}
            return _write(catcher["ResultPath"], data, caught), catcher["Next"]
    if "ResultSelector" in state:
        result = _build(state["ResultSelector"], result, context)
    if state.get("ResultPath", "$") is not None:
        data = result if state.get("ResultPath", "$") == "$" else _write(state["ResultPath"], data, result)
    return data, None if state.get("End") else state["Next"]


def _check_time(latest: float, now: Callable[[], float]) -> None:
    """Nobody listens to a task any more whose time is over, whatever becomes of it."""
    if now() > latest:
        raise TaskFailedError("States.Timeout", "")


def _covers(rule: dict[str, Any], failure: TaskFailedError) -> bool:
    return "States.ALL" in rule["ErrorEquals"] or failure.error in rule["ErrorEquals"]


def _matches(rule: dict[str, Any], data: dict[str, Any]) -> bool:
    if "And" in rule:
        return all(_matches(part, data) for part in rule["And"])
    try:
        value = _read(rule["Variable"], data, {})
    except KeyError:
        if "IsPresent" in rule:
            return not rule["IsPresent"]
        raise ExecutionFailedError(f"States.Runtime: {rule['Variable']} is not there") from None
    (operator,) = set(rule) - {"Variable", "Next"}
    expected = rule[operator]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    comparisons: dict[str, Callable[[], bool]] = {
        "IsPresent": lambda: bool(expected),
        "IsNumeric": lambda: is_number is expected,
        "BooleanEquals": lambda: value is expected,
        "StringEquals": lambda: value == expected,
        "NumericGreaterThanEquals": lambda: is_number and value >= expected,
        "NumericLessThanEquals": lambda: is_number and value <= expected,
    }
    return comparisons[operator]()


def _build(template: Any, data: dict[str, Any], context: dict[str, Any]) -> Any:
    if not isinstance(template, dict):
        return template
    built = {}
    for key, value in template.items():
        if key.endswith(".$"):
            try:
                built[key[:-2]] = _read(value, data, context)
            except KeyError:
                raise TaskFailedError("States.ParameterPathFailure", value) from None
        else:
            built[key] = _build(value, data, context)
    return built


def _read(path: str, data: dict[str, Any], context: dict[str, Any]) -> Any:
    root: Any = context if path.startswith("$$") else data
    for step in path.split(".")[1:]:
        if not isinstance(root, dict):
            raise KeyError(path)
        root = root[step]
    return root


def _write(path: str, data: dict[str, Any], value: Any) -> dict[str, Any]:
    _, step = path.split(".")
    return {**data, step: value}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
