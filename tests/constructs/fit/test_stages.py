"""Stages, and a pipeline that deploys them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from aws_cdk import pipelines

from tests.constructs.fit.support import IRELAND, VIRGINIA, synthesized
from tests.constructs.support import JOB, make_job, properties_of, resources_of


class Models(cdk.Stage):
    """What is deployed to each environment: a job, and a stack that uses what it makes."""

    def __init__(self, scope: cdk.Stack | cdk.App, id: str, **props: Any) -> None:
        super().__init__(scope, id, **props)
        job = make_job(cdk.Stack(self, "Models"))
        ssm.StringParameter(cdk.Stack(self, "Serving"), "Location", string_value=job.output_location)


def test_each_stage_has_jobs_of_its_own(app: cdk.App) -> None:
    for name in ("Beta", "Prod"):
        Models(app, name)
    templates = synthesized(app)
    prefixes = {properties_of(templates[name])["NamePrefix"] for name in ("Beta-Models", "Prod-Models")}
    assert prefixes == {"beta-models-4df4cb--job", "prod-models-38308d--job"}
    assert list(templates) == ["Beta-Models", "Prod-Models", "Beta-Serving", "Prod-Serving"]


def test_a_pipeline_deploys_the_jobs_of_its_stages(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Pipeline", env=VIRGINIA)
    source = pipelines.CodePipelineSource.s3(s3.Bucket.from_bucket_name(stack, "Source", "source"), "app.zip")
    pipeline = pipelines.CodePipeline(
        stack,
        "Pipeline",
        synth=pipelines.ShellStep("Synth", input=source, commands=["cdk synth"]),
        cross_account_keys=True,
    )
    pipeline.add_stage(Models(stack, "Beta", env=VIRGINIA))
    pipeline.add_stage(Models(stack, "Prod", env=IRELAND))
    templates = synthesized(app)
    (machinery,) = resources_of(templates["Pipeline"], "AWS::CodePipeline::Pipeline").values()
    stages = [stage["Name"] for stage in machinery["Properties"]["Stages"]]
    assert stages[-3:] == ["Assets", "Beta", "Prod"]
    assert len(resources_of(templates["Beta-Models"], JOB)) == 1
    # A pipeline deploys a template to whatever account has its turn, so both are the same but for the names.
    assert (
        properties_of(templates["Beta-Models"])["ServiceToken"]
        == (properties_of(templates["Prod-Models"])["ServiceToken"])
    )
