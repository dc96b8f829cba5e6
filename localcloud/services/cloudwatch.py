"""CloudWatch's alarms: moto keeps them, and this evaluates them over the clock."""

from __future__ import annotations

import json
import operator
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import ceil, floor
from statistics import fmean
from typing import Any

from localcloud.kernel.api import ApiRequest
from localcloud.kernel.moto_app import backend
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site

_SERVICE = "cloudwatch.amazonaws.com"

_LONGEST_LOOK_BACK = 3 * 60 * 60.0
"""The clock seconds before the present in which alarms are evaluated period by period."""

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Average": fmean,
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}

Act = Callable[[str, Any, float, float], None]
"""Carries out the action of an alarm: its ARN, moto's alarm, the metric's value, and the time."""

_Series = tuple[str, str, frozenset[tuple[str, str]]]


class Alarms:
    """The alarms of single metrics. Those of metric math keep the state that they are given.

    An alarm is evaluated at the end of each of its periods, as soon as its metric has had a datum. Before
    that it keeps the state that `SetAlarmState` gives it.

    A topic that is an action gets a message when the alarm goes into ALARM, if its policy lets CloudWatch
    publish.

    Args:
        settle: Lets everything happen elsewhere that was due until a time, and shows it the alarms.
        act: Carries out any other action: when the alarm goes into ALARM, and at each further period in
            ALARM.
    """

    def __init__(
        self,
        site: Site,
        server: Server,
        permissions: Permissions,
        settle: Callable[[float], None],
        act: Act,
    ) -> None:
        self._site = site
        self._permissions = permissions
        self._settle = settle
        self._act = act
        self._lock = threading.RLock()
        self._data: defaultdict[_Series, list[tuple[float, float]]] = defaultdict(list)
        self._evaluated = 0.0
        server.observe(after=self._after_call)
        site.clock.watch(self.evaluate)

    def in_alarm(self) -> frozenset[str]:
        """The names of the alarms that are in ALARM."""
        return frozenset(alarm.name for alarm in self._all() if alarm.state_value == "ALARM")

    def put(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        value: float = 1,
        *,
        at: datetime | None = None,
    ) -> None:
        """Put one datum, as a service of AWS does. Default: now."""
        time = at or self._site.clock.now()
        pairs = [{"Name": key, "Value": text} for key, text in dimensions.items()]
        datum = {"MetricName": name, "Dimensions": pairs, "Value": value, "Timestamp": time}
        self._record(namespace, datum)
        # moto's own times have no zone.
        kept = {**datum, "Timestamp": time.replace(tzinfo=None)}
        backend("cloudwatch", self._site.region).put_metric_data(namespace, [kept])

    def evaluate(self, now: float) -> None:
        """Evaluate every alarm at the end of each of its periods until `now`."""
        if not self._data:
            # Most tests have no metrics, and moto's CloudWatch takes long to import.
            self._evaluated = now
            return
        with self._lock:
            alarms = [alarm for alarm in self._all() if self._data.get(_series(alarm))]
            since = max(self._evaluated, now - _LONGEST_LOOK_BACK)
            self._evaluated = max(self._evaluated, now)
            ends = {end for alarm in alarms for end in _ends(float(alarm.period), since, now)}
            for end in sorted(ends):
                for alarm in alarms:
                    if end % float(alarm.period) == 0:
                        self._evaluate(alarm, end)

    def reset(self) -> None:
        """Forget every datum."""
        with self._lock:
            self._data.clear()
            self._evaluated = 0.0

    def _all(self) -> list[Any]:
        return list(backend("cloudwatch", self._site.region).alarms.values())

    def _after_call(self, request: ApiRequest) -> None:
        if request.service != "cloudwatch":
            return
        if request.operation == "PutMetricData":
            for datum in request.parameters.get("MetricData") or ():
                self._record(request.parameters["Namespace"], datum)
        elif request.operation == "SetAlarmState":
            alarm = backend("cloudwatch", self._site.region).alarms.get(request.parameters["AlarmName"])
            now = self._site.clock.time()
            self._settle(now)
            if alarm is not None and alarm.state_value == "ALARM":
                self._carry_out(alarm, float(alarm.threshold or 0), now, is_new=True)

    def _record(self, namespace: str, datum: Mapping[str, Any]) -> None:
        moment = datum.get("Timestamp")
        time = self._site.clock.time() if moment is None else moment.timestamp()
        pairs = ((each["Name"], each["Value"]) for each in datum.get("Dimensions") or ())
        values = [datum["Value"]] if datum.get("Value") is not None else datum.get("Values") or ()
        self._data[(namespace, datum["MetricName"], frozenset(pairs))] += [(time, each) for each in values]

    def _evaluate(self, alarm: Any, end: float) -> None:
        self._settle(end)
        values = self._values(alarm, end)
        state = _state(alarm, values)
        is_new = state != alarm.state_value
        if is_new:
            alarm.update_state(f"Threshold Crossed: {values} at {end}", json.dumps(values), state)
            self._settle(end)
        # An alarm that nothing new is known about does not act again.
        if state == "ALARM" and (is_new or values[0] is not None):
            newest = next((value for value in values if value is not None), float(alarm.threshold))
            self._carry_out(alarm, newest, end, is_new=is_new)

    def _carry_out(self, alarm: Any, value: float, time: float, *, is_new: bool) -> None:
        for action in alarm.alarm_actions if alarm.actions_enabled else ():
            if action.split(":")[2] != "sns":
                self._act(action, alarm, value, time)
            elif is_new:
                self._publish(action, alarm)
            self._settle(time)

    def _publish(self, topic_arn: str, alarm: Any) -> None:
        """Tell a topic, if its policy allows that.

        https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
        """
        may = self._permissions.service_may(_SERVICE, "sns:Publish", topic_arn, alarm.alarm_arn)
        topic = backend("sns", self._site.region).topics.get(topic_arn)
        if not may.allowed or topic is None:
            return
        message = {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": self._site.account,
            "NewStateValue": alarm.state_value,
            "NewStateReason": alarm.state_reason,
            "AlarmArn": alarm.alarm_arn,
        }
        topic.publish(json.dumps(message), subject=f'ALARM: "{alarm.name}" in {self._site.region}'[:100])

    def _values(self, alarm: Any, end: float) -> list[float | None]:
        """The statistic of each period that the alarm looks at, the newest first."""
        period, statistic = float(alarm.period), _statistic(alarm)
        data = self._data[_series(alarm)]
        found: list[float | None] = []
        for number in range(int(alarm.evaluation_periods)):
            until = end - number * period
            inside = [value for time, value in data if until - period <= time < until]
            found.append(statistic(inside) if inside else None)
        return found


def _series(alarm: Any) -> _Series:
    pairs = ((each.name, each.value) for each in alarm.dimensions or ())
    return alarm.namespace, alarm.metric_name, frozenset(pairs)


def _statistic(alarm: Any) -> Callable[[Sequence[float]], float]:
    if not alarm.extended_statistic:
        return _STATISTICS[alarm.statistic or "Average"]
    part = float(alarm.extended_statistic.removeprefix("p")) / 100
    return lambda values: sorted(values)[max(ceil(part * len(values)), 1) - 1]


def _ends(period: float, since: float, now: float) -> list[float]:
    first, last = floor(since / period) + 1, floor(now / period)
    return [number * period for number in range(first, last + 1)]


def _state(alarm: Any, values: Sequence[float | None]) -> str:
    """The state of an alarm with these values; the one that it has if they do not say."""
    compare = _COMPARISONS[alarm.comparison_operator]
    known = [compare(value, float(alarm.threshold)) for value in values if value is not None]
    missing, treatment = len(values) - len(known), alarm.treat_missing_data or "missing"
    breaching = sum(known) + (missing if treatment == "breaching" else 0)
    if breaching >= int(alarm.datapoints_to_alarm or alarm.evaluation_periods):
        return "ALARM"
    if treatment == "notBreaching" or False in known:
        return "OK"
    if not known and treatment == "missing":
        return "INSUFFICIENT_DATA"
    return str(alarm.state_value)
