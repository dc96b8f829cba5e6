"""The life of the example app: deployed, deployed again, destroyed."""

from __future__ import annotations

from app import JobStack
from localcloud import LocalCloud
from tests.constructs.payloads.stacks import payload
from tests.end_to_end.support_account import answers_to, artifact_files, created, inventory, recorded_jobs
from tests.end_to_end.support_project import Project


def test_the_example_app_is_deployed_and_deployed_again_and_destroyed(
    cloud: LocalCloud, project: Project
) -> None:
    before = inventory(cloud)
    buckets = {bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]}
    project.synthesize_app(lambda app: JobStack(app, "OptimizedModel"))

    # It is deployed: the job is as asked for, and the outputs say what came of it.
    deployed = project.deploy()
    assert deployed.succeeded, deployed.output
    (request,) = created(cloud)
    expected = payload("awq_llama3_8b")
    assert _without(request) == _without(expected)
    name = request["OptimizationJobName"]
    bucket = project.stack.physical_id("Bucket83908E77")
    assert name.startswith("optimizedmodel-024a15--job-")
    outputs = project.stack.outputs
    assert outputs == {
        "JobName": name,
        "JobArn": f"arn:aws:sagemaker:us-east-1:{cloud.account}:optimization-job/{name}",
        "ArtifactLocation": f"s3://{bucket}/inference-model-awq/{name}/",
        "RecommendedImage": expected["OptimizationConfigs"][0]["ModelQuantizationConfig"]["Image"],
    }
    for value in outputs.values():
        assert value in deployed.output
    assert "config.json" in artifact_files(cloud, outputs["ArtifactLocation"])

    # The job itself was answered for within seconds, and each leg after the job had ended.
    job = cloud.optimization_jobs.job(name)
    assert job.ended is not None
    first, *legs = cloud.cloudformation.responses
    assert (first.logical_id[:3], first.kind) == ("Job", "Create")
    assert first.time - job.created < 10
    assert len(legs) == 4
    assert all(leg.time >= job.ended for leg in legs)
    assert all(leg.time - job.ended <= 30 + 4 * 5 for leg in legs)
    assert answers_to(cloud, "Job") == [("Create", "SUCCESS")] * 5

    # It is deployed again: nobody is asked anything.
    again = project.deploy()
    assert again.succeeded
    assert "no changes" in again.output
    assert len(cloud.cloudformation.responses) == 5
    assert len(created(cloud)) == 1

    # It is destroyed: nothing is left but the model.
    assert project.destroy().succeeded
    assert recorded_jobs(cloud) == {}
    assert inventory(cloud) == before
    assert answers_to(cloud, "Job") == [("Create", "SUCCESS")] * 5 + [("Delete", "SUCCESS")] * 5
    kept = {entry["Name"] for entry in cloud.client("s3").list_buckets()["Buckets"]} - buckets
    assert kept == {bucket}
    assert "config.json" in artifact_files(cloud, outputs["ArtifactLocation"])


def _without(request: dict[str, object]) -> dict[str, object]:
    ours = ("OptimizationJobName", "RoleArn", "OutputConfig")
    return {member: value for member, value in request.items() if member not in ours}
