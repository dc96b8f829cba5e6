"""Counts the messages between a synthesis and the CDK.

The CDK runs in another process, the kernel of jsii. Each request to it is a message, and so is each response
to a request of the kernel. Their number does not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from benchmarks.contenders.contender import Contender
from benchmarks.templates import synthesize

_FEWER, _MORE = 5, 15

# Each message passes here. It is no part of jsii's API.
_MODULE, _METHOD = "jsii._kernel.providers.process", "_NodeProcess.send"


@dataclass
class Calls:
    """The messages that were sent.

    Attributes:
        number: Their number.
    """

    number: int = 0


@contextmanager
def counted() -> Iterator[Calls]:
    """Count the messages while the block runs."""
    calls = Calls()
    send = resolve_name(f"{_MODULE}:{_METHOD}")

    def counting(kernel: Any, request: Any, response_type: Any) -> Any:
        calls.number += 1
        return send(kernel, request, response_type)

    with mock.patch(f"{_MODULE}.{_METHOD}", counting):
        yield calls


def calls_for_each_job(contender: Contender) -> float:
    """Count the messages for one more job, from its construction to the template."""
    return (_calls(contender, _MORE) - _calls(contender, _FEWER)) / (_MORE - _FEWER)


def calls_for_the_first_job(contender: Contender) -> int:
    """Count the messages of an app with one job, with its provider, bucket and role."""
    return _calls(contender, 1)


def _calls(contender: Contender, jobs: int) -> int:
    with TemporaryDirectory() as directory, counted() as calls:
        synthesize(contender, jobs, Path(directory))
    return calls.number
