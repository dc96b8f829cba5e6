"""Deployments on MiniStack, which `make independent` asks for: they need an environment of their own.

The tests of the stub are part of `make test`.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest

from localcloud.kernel.dialect import Dialect, Wording
from tests.independent.support_cli import CdkCli
from tests.independent.support_ministack import ROOT, MiniStack
from tools.independent import ASKED_FOR

collect_ignore_glob = [] if ASKED_FOR in os.environ else ["test_deployments.py"]

DIALECTS = {
    "as documented": Dialect(),
    "requested resource not found": Dialect(
        missing_job=Wording("ValidationException", "Requested resource not found.")
    ),
    "everything is late": Dialect(
        job_read_lag=3, create_time=1, stop_lag=2, delete_lag=3, shows_deleting=True
    ),
    "names in lower case": Dialect(
        missing_job=Wording("ValidationException", "RecordNotFound"),
        out_of_turn=Wording("ConflictException", "The job is not in a terminal state"),
        lower_case_arns=True,
    ),
}

Synthesize = Callable[..., Path]


@pytest.fixture(scope="session", params=list(DIALECTS))
def cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """An account that is ready for the CDK, in each of the dialects."""
    directory = tmp_path_factory.mktemp("ministack")
    with MiniStack(directory, DIALECTS[request.param]) as ministack:
        bootstrapped = CdkCli(ministack, directory).bootstrap()
        assert bootstrapped.succeeded, bootstrapped.printed
        yield ministack


@pytest.fixture
def cli(cloud: MiniStack, tmp_path: Path) -> CdkCli:
    """The CDK CLI, with a home of its own."""
    return CdkCli(cloud, tmp_path)


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Synthesizes an example as the CLI would, once for all dialects."""
    made: dict[str, Path] = {}
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]

    def assembly(example: str, **context: str) -> Path:
        key = json.dumps([example, context])
        if key not in made:
            made[key] = tmp_path_factory.mktemp("assembly")
            values = {**settings, **context, "aws:cdk:enable-path-metadata": True}
            app = cdk.App(outdir=str(made[key]), context=values, analytics_reporting=False)
            importlib.import_module(example).build(app)
            app.synth()
        return made[key]

    return assembly
