"""Compares this library with a stack that one would write without it, and writes docs/benchmarks.md.

    python benchmarks/compare.py [--pairs 10]

It takes about ten minutes. If a figure depends on the machine's speed, both stacks take turns, and the ratio
counts.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

import aws_cdk as cdk

from benchmarks import cold_start, document, rows, whole_synthesis
from benchmarks.contenders.library import library
from benchmarks.contenders.stock import stock
from benchmarks.deployment import local_cloud
from benchmarks.kernel_calls import calls_for_each_job
from benchmarks.mishaps import MISHAPS
from benchmarks.stock import FUNCTION
from benchmarks.templates import size, synthesis_seconds
from benchmarks.tracking import effort, seconds_until_the_end_is_noticed
from localcloud import LocalCloud

_HOUR = cdk.Duration.hours(1)

Measured = dict[rows.Row, tuple[float, float] | tuple[float, float, float]]


def main() -> int:
    """Measure, write, and return 0 if every row is ahead or explained, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=10, help="how often to time both (default: 10)")
    pairs = parser.parse_args().pairs
    figures = _templates(pairs) | _synthesis(pairs) | _cold_starts(pairs)
    with local_cloud() as cloud:
        figures |= _tracking(cloud)
        outcomes = {}
        for mishap in MISHAPS:
            print(mishap.name, flush=True)
            outcomes[mishap] = mishap.befall_both(cloud)
    document.write(figures, outcomes)
    print(f"written to {document.DOCUMENT.name}")
    bad = [
        f"the library's stack does not end as it should when {mishap.name}"
        for mishap, (_, ours) in outcomes.items()
        if not mishap.is_well(ours)
    ]
    bad += [
        f"the library is behind, and benchmarks/rows.py does not say why: {row.name}"
        for row, figure in figures.items()
        if row.is_unexplained(*figure)
    ]
    bad += [
        f"the library takes more than {row.most} of what the stock stack takes: {row.name}"
        for row, figure in figures.items()
        if row.is_too_much(*figure)
    ]
    for line in bad:
        print(line, file=sys.stderr)
    return 1 if bad else 0


def _templates(pairs: int) -> Measured:
    left, right = stock(), library(timeout=_HOUR)
    measured: Measured = {}
    synthesis_seconds(left, right, 1, pairs=1)  # The first synthesis in a process takes seconds.
    for jobs in rows.JOBS:
        print(f"templates of {jobs}", flush=True)
        one, other = size(left, jobs), size(right, jobs)
        measured[rows.resources(jobs)] = (one.resources, other.resources)
        measured[rows.template(jobs)] = (one.bytes, other.bytes)
        slow, fast, ratio = synthesis_seconds(left, right, jobs, pairs=pairs)
        measured[rows.synthesis(jobs)] = (slow * 1000, fast * 1000, ratio)
    one, other = size(left, 1), size(right, 1)
    measured[rows.FUNCTIONS] = (one.functions, other.functions)
    measured[rows.PACKAGES] = (one.packages, other.packages)
    return measured


def _synthesis(pairs: int) -> Measured:
    print("synthesis", flush=True)
    measured: Measured = {rows.WHOLE_SYNTHESIS: _medians(whole_synthesis.compare(pairs), unit=1000)}
    for row, own_roles in ((rows.CALLS, False), (rows.CALLS_OWN_ROLE, True)):
        measured[row] = (
            calls_for_each_job(stock(own_roles=own_roles)),
            calls_for_each_job(library(timeout=_HOUR, own_roles=own_roles)),
        )
    return measured


def _cold_starts(pairs: int) -> Measured:
    print("cold starts", flush=True)
    measured: Measured = {}
    for handler in rows.HANDLERS:
        starts = cold_start.compare(pairs, (FUNCTION / f"{handler}.py").read_text())
        times = [(plain.milliseconds, ours.milliseconds) for plain, ours in starts]
        sizes = [(plain.mebibytes, ours.mebibytes) for plain, ours in starts]
        measured[rows.cold_start(handler)] = _medians(times)
        measured[rows.memory(handler)] = _medians(sizes)
    return measured


def _medians(pairs: list[tuple[float, float]], *, unit: float = 1) -> tuple[float, float, float]:
    lefts, rights = zip(*pairs, strict=True)
    ratio = median(right / left for left, right in pairs)
    return median(lefts) * unit, median(rights) * unit, ratio


def _tracking(cloud: LocalCloud) -> Measured:
    print("tracking", flush=True)
    # A stock stack can wait only for an hour.
    _, one = effort(cloud, stock(), seconds=50 * 60)
    _, eager = effort(cloud, stock(poll_interval=None), seconds=50 * 60)
    _, other = effort(cloud, library(), seconds=2 * 3600)
    return {
        rows.INVOCATIONS: (one.invocations, other.invocations),
        rows.INVOCATIONS_BY_DEFAULT: (eager.invocations, other.invocations),
        rows.LOOKS: (one.looks, other.looks),
        rows.FURTHER_CALLS: (one.further_calls, other.further_calls),
        rows.EXECUTIONS: (one.executions, other.executions),
        rows.TRANSITIONS: (one.transitions, other.transitions),
        rows.NOTICED: (
            seconds_until_the_end_is_noticed(cloud, stock()),
            seconds_until_the_end_is_noticed(cloud, library()),
        ),
    }


if __name__ == "__main__":
    sys.exit(main())
