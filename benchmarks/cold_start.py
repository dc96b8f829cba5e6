"""Compares the function's cold start with a handler that does `boto3.client("sagemaker")`.

    python benchmarks/cold_start.py [--pairs 20]

Each start is a new process. The two handlers take turns, so other work of the machine affects both. The time
is that of importing the handler and making its SageMaker client. The memory is the process's largest resident
size. As in Lambda, boto3 and the standard library are compiled in advance, and the handlers are not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FUNCTION = Path(__file__).parents[1] / "lambda" / "optimization_job"

#: The function may take this share of the plain handler's time and memory.
TIME_TARGET, MEMORY_TARGET = 0.75, 0.80

PLAIN = "import boto3\n\nsagemaker = boto3.client('sagemaker')\n"
OURS = "import optimization_job.handler\nfrom optimization_job.clients import client\n\nclient('sagemaker')\n"

#: On Linux, a child's `ru_maxrss` includes the parent's size, and VmHWM does not.
MEASURE = """
import sys, time
start = time.perf_counter()
import {module}
seconds = time.perf_counter() - start
import json, pathlib, resource
status = pathlib.Path("/proc/self/status")
if status.exists():
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    size = int(lines["VmHWM"].split()[0]) / 1024
else:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
print(json.dumps([seconds * 1000, size]))
"""


@dataclass(frozen=True)
class Start:
    """One cold start."""

    milliseconds: float
    mebibytes: float


class Handlers:
    """Both handlers as Lambda unpacks them: only sources, in a directory that no process writes to.

    Args:
        root: An empty directory.
        plain: The source of the plain handler.
    """

    def __init__(self, root: Path, plain: str) -> None:
        self._sources = root / "sources"
        self._compiled = root / "compiled"
        shutil.copytree(FUNCTION, self._sources / FUNCTION.name, ignore=shutil.ignore_patterns("__pycache__"))
        (self._sources / "plain.py").write_text(plain)
        (self._sources / "ours.py").write_text(OURS)
        for module in ("plain", "ours"):
            self._start(module, write_compiled=True)
        shutil.rmtree(self._compiled / self._sources.relative_to("/"))

    def start(self, module: str) -> Start:
        """Import one of the handlers in a new process."""
        return self._start(module, write_compiled=False)

    def _start(self, module: str, *, write_compiled: bool) -> Start:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._sources),
            "PYTHONPATH": str(self._sources),
            "PYTHONPYCACHEPREFIX": str(self._compiled),
            "PYTHONDONTWRITEBYTECODE": "" if write_compiled else "1",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
        }
        command = [sys.executable, "-c", MEASURE.format(module=module)]
        output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return Start(*json.loads(output.stdout))


def compare(pairs: int, plain: str = PLAIN) -> list[tuple[Start, Start]]:
    """Start both handlers in turn, and return (plain, ours) for each pair."""
    with tempfile.TemporaryDirectory() as directory:
        handlers = Handlers(Path(directory).resolve(), plain)
        return [(handlers.start("plain"), handlers.start("ours")) for _ in range(pairs)]


def report(pairs: list[tuple[Start, Start]]) -> bool:
    """Print the table, and return whether both targets are met."""
    median = statistics.median
    time_ratio = median(ours.milliseconds / plain.milliseconds for plain, ours in pairs)
    memory_ratio = median(ours.mebibytes / plain.mebibytes for plain, ours in pairs)
    print(
        f"{len(pairs)} pairs, Python {sys.version.split()[0]}; medians, and the median of the pairs' ratios\n"
    )
    print(f"{'':<20}{'plain':>10}{'function':>10}{'ratio':>8}{'target':>8}")
    rows = [
        ("import and client", "ms", time_ratio, TIME_TARGET),
        ("memory", "MiB", memory_ratio, MEMORY_TARGET),
    ]
    for (name, unit, ratio, target), attribute in zip(rows, ("milliseconds", "mebibytes"), strict=True):
        plain, ours = (median(getattr(one, attribute) for one in side) for side in zip(*pairs, strict=True))
        print(f"{f'{name} ({unit})':<20}{plain:>10.1f}{ours:>10.1f}{ratio:>8.2f}{target:>8.2f}")
    return time_ratio <= TIME_TARGET and memory_ratio <= MEMORY_TARGET


def main() -> int:
    """Measure and print; 0 if both targets are met, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=20, help="how often to start both (default: 20)")
    met = report(compare(parser.parse_args().pairs))
    print("\nboth targets are met" if met else "\na target is missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
