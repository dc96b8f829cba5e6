"""Draws docs/watch.svg: the terminal view of a deployment that waits, and of a job that has failed.

    python -m tools.docs.watch_picture docs/watch.svg

Both stacks are deployed on the local cloud, and the picture is the view of the command itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import aws_cdk as cdk
from rich.text import Text

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.watch.account import Account
from cdk_sagemaker_optimization.watch.live_view import picture
from cdk_sagemaker_optimization.watch.observer import Observer
from cdk_sagemaker_optimization.watch.prices import Prices
from localcloud import LocalCloud
from localcloud.demo.svg import COLUMNS, paper, save
from tests.end_to_end.support_project import publish_assets

_MINUTE, _HOUR = 60, 3600
_REASON = "AlgorithmError: CUDA out of memory while the model was being calibrated on 1 GPU of 24 GB"
_PRICES = ("ml.g5.12xlarge=7.09", "ml.g5.2xlarge=1.52")
_EVENTS = 3


def main(file: str) -> None:
    """Draw the picture into a file."""
    with TemporaryDirectory() as directory, LocalCloud() as cloud:
        cloud.bootstrap()
        _synthesize(Path(directory))
        publish_assets(cloud, Path(directory))
        cloud.clock.pause()
        cloud.optimization_jobs.next_job(runtime=9 * _MINUTE, outcome="FAILED", reason=_REASON)
        _deploy(cloud, Path(directory), "Mistral", 20 * _MINUTE)
        cloud.optimization_jobs.next_job(starting=12 * _MINUTE, runtime=3 * _HOUR)
        _deploy(cloud, Path(directory), "Llama", 80 * _MINUTE)
        _draw(cloud, Path(file))
        # Everything ends with the cloud, and nothing is left.
        cloud.clock.resume()


def _synthesize(directory: Path) -> None:
    app = cdk.App(outdir=str(directory), analytics_reporting=False)
    awq = optimization.OptimizationConfig.quantization(technique=optimization.QuantizationTechnique.AWQ)
    large, small = (
        optimization.DeploymentInstanceType.ML_G5_12XLARGE,
        optimization.DeploymentInstanceType.ML_G5_2XLARGE,
    )
    for name, source, instance_type, completion in (
        ("Llama", "s3://models/llama-3-8b/", large, optimization.Completion.wait()),
        ("Mistral", "s3://models/mistral-7b/", small, optimization.Completion.detached()),
    ):
        stack = cdk.Stack(app, name)
        bucket = optimization.OptimizationBucket(stack, "Artifacts", bucket_name=f"{name.lower()}-artifacts")
        optimization.OptimizationJob(
            stack,
            "Awq",
            model_source=optimization.ModelSource.from_s3_uri(source),
            deployment_instance_type=instance_type,
            optimization_configs=[awq],
            output=optimization.OptimizationOutput.to_bucket(bucket, f"{name.lower()}/"),
            max_runtime=cdk.Duration.hours(4),
            max_pending_time=cdk.Duration.hours(1),
            completion=completion,
        )
    app.synth()


def _deploy(cloud: LocalCloud, directory: Path, name: str, seconds: float) -> None:
    """Begin to deploy a stack, and let clock seconds pass."""
    template = (directory / f"{name}.template.json").read_text(encoding="utf-8")
    cloud.cloudformation.deploy(template, name, wait=False)
    cloud.clock.advance(seconds)


def _draw(cloud: LocalCloud, file: Path) -> None:
    account = Account(cloudformation=cloud.client("cloudformation"), sagemaker=cloud.client("sagemaker"))
    look = Observer(account, events=_EVENTS, now=cloud.clock.now).look()
    sheet = paper()
    sheet.print(
        Text(f"$ cdk-sagemaker-optimization watch --price {' --price '.join(_PRICES)}", "bright_black")
    )
    sheet.print(picture(look, Prices.parse(_PRICES), (), cloud.clock.now(), COLUMNS))
    save(sheet, file, title="cdk-sagemaker-optimization watch", name="watch")
    sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
