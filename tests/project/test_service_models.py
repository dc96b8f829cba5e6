"""The function's service models know everything that the installed botocore knows of their operations."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any

import botocore.loaders
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.project import checkout
from tests.project.service_model_difference import missing

MODELS = checkout.ROOT / "lambda" / "optimization_job" / "models"
FILES = sorted(MODELS.glob("*/*/service-2.json"))


def carried(service: str) -> dict[str, Any]:
    (file,) = MODELS.glob(f"{service}/*/service-2.json")
    return dict(json.loads(file.read_text()))


def installed(service: str) -> dict[str, Any]:
    return dict(botocore.loaders.Loader().load_service_model(service, "service-2"))


@pytest.mark.parametrize("service", [file.parts[-3] for file in FILES])
def test_botocore_knows_nothing_that_the_function_does_not(service: str) -> None:
    assert missing(installed(service), carried(service)) == [], "run: make refresh-model"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parts[-3])
def test_the_model_is_of_the_api_version_that_botocore_would_choose(file: Any) -> None:
    assert file.parts[-2] == botocore.loaders.Loader().determine_latest_version(file.parts[-3], "service-2")


def test_every_operation_on_a_job_is_carried_but_the_one_nobody_calls() -> None:
    on_jobs = {name for name in installed("sagemaker")["operations"] if "OptimizationJob" in name}
    assert on_jobs - carried("sagemaker")["operations"].keys() == {"ListOptimizationJobs"}


def test_every_region_has_the_endpoints_that_botocore_knows() -> None:
    regions = [
        region
        for partition in botocore.loaders.Loader().load_data("endpoints")["partitions"]
        for region in partition["regions"]
    ]

    assert endpoints([str(MODELS)], regions) == endpoints([], regions), "run: make refresh-model"


def endpoints(paths: list[str], regions: list[str]) -> dict[tuple[str, str, bool], tuple[str, str]]:
    session = botocore.session.Session()
    session.register_component("data_loader", botocore.loaders.Loader(extra_search_paths=paths))
    found = {}
    for region, service, fips in itertools.product(regions, (f.parts[-3] for f in FILES), (False, True)):
        config = Config(use_fips_endpoint=fips, signature_version=UNSIGNED)
        client = session.create_client(service, region_name=region, config=config)
        found[region, service, fips] = (client.meta.endpoint_url, client.meta.partition)
    return found


def _add_member(model: dict[str, Any]) -> None:
    model["shapes"]["CreateOptimizationJobRequest"]["members"]["Priority"] = {"shape": "Arn"}


def _add_enum_value(model: dict[str, Any]) -> None:
    model["shapes"]["OptimizationJobDeploymentInstanceType"]["enum"].append("ml.new.large")


def _loosen_limit(model: dict[str, Any]) -> None:
    model["shapes"]["OptimizationConfigs"]["max"] = 20


def _require_member(model: dict[str, Any]) -> None:
    model["shapes"]["CreateOptimizationJobRequest"]["required"].append("Tags")


def _add_error(model: dict[str, Any]) -> None:
    model["operations"]["StopOptimizationJob"]["errors"] = [{"shape": "ResourceInUse"}]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_add_member, "CreateOptimizationJob.input.Priority"),
        (_add_enum_value, "CreateOptimizationJob.input.DeploymentInstanceType: value ml.new.large"),
        (_loosen_limit, "CreateOptimizationJob.input.OptimizationConfigs: max is 20, not 10"),
        (_require_member, "CreateOptimizationJob.input: required is"),
        (_add_error, "StopOptimizationJob: error ResourceInUse"),
    ],
)
def test_what_a_newer_botocore_adds_is_named(change: Callable[[dict[str, Any]], None], named: str) -> None:
    newer = copy.deepcopy(carried("sagemaker"))
    change(newer)
    assert [line for line in missing(newer, carried("sagemaker")) if line.startswith(named)]
