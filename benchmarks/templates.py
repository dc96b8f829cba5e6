"""Measures the size of a template and the time of its synthesis."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk

from benchmarks.contenders.contender import Contender


@dataclass(frozen=True)
class Size:
    """The size of a stack. CloudFormation accepts 500 resources, and 1,000,000 bytes of template.

    Attributes:
        resources: The number of resources.
        bytes: The size of the template, as minified JSON.
        functions: The number of functions among the resources.
        packages: The size of the functions' zip files in bytes.
    """

    resources: int
    bytes: int
    functions: int
    packages: int


def synthesize(contender: Contender, jobs: int, directory: Path) -> Path:
    """Synthesize an app with one stack into an empty directory, and return the template's file."""
    app = cdk.App(outdir=str(directory), analytics_reporting=False)
    contender.build(cdk.Stack(app, contender.name), jobs)
    app.synth()
    return directory / f"{contender.name}.template.json"


def size(contender: Contender, jobs: int) -> Size:
    """Measure the size of a stack with a number of jobs."""
    with TemporaryDirectory() as directory:
        template: dict[str, Any] = json.loads(synthesize(contender, jobs, Path(directory)).read_text())
        packages = [_zipped_bytes(asset) for asset in Path(directory).glob("asset.*") if asset.is_dir()]
    resources = template["Resources"].values()
    return Size(
        resources=len(resources),
        bytes=len(json.dumps(template, separators=(",", ":")).encode()),
        functions=len([each for each in resources if each["Type"] == "AWS::Lambda::Function"]),
        packages=sum(packages),
    )


def synthesis_seconds(
    left: Contender, right: Contender, jobs: int, *, pairs: int
) -> tuple[float, float, float]:
    """Measure the synthesis of two stacks.

    The two take turns, and each begins every other pair.

    Returns:
        The medians of both, and the median of the pairs' ratios right / left.
    """
    measured: list[tuple[float, float]] = []
    for number in range(pairs):
        if number % 2:
            second, first = _seconds(right, jobs), _seconds(left, jobs)
        else:
            first, second = _seconds(left, jobs), _seconds(right, jobs)
        measured.append((first, second))
    lefts, rights = zip(*measured, strict=True)
    return median(lefts), median(rights), median(right / left for left, right in measured)


def _seconds(contender: Contender, jobs: int) -> float:
    with TemporaryDirectory() as directory:
        started = time.perf_counter()
        synthesize(contender, jobs, Path(directory))
        return time.perf_counter() - started


def _zipped_bytes(asset: Path) -> int:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for path in sorted(asset.rglob("*")):
            files.write(path, path.relative_to(asset))
    return len(archive.getvalue())
