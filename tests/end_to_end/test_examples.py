"""Every example deploys, and leaves nothing when it is deleted but its models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.end_to_end.support_account import created, inventory, make_role, recorded_jobs
from tests.end_to_end.support_project import Project, reasons
from tests.end_to_end.support_waiting import advance

_JOB = "Custom::SageMakerOptimizationJob"
_NAMES_WHAT_IS_THERE = ("bring_your_own", "regulated")
_DOES_NOT_WAIT = ("start_and_do_not_wait",)
_RUNS_A_PIPELINE = ("run_in_a_pipeline",)
# The last one is that of the models.
_EXAMPLE_KEYS = ("1234abcd-12ab-34cd-56ef-1234567890ab", "0987dcba-09fe-87dc-65ba-ab0987654321")
_EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("[a-z]*.py"))


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_an_example_deploys_and_leaves_only_its_models(
    cloud: LocalCloud, project: Project, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = _load(path)
    if path.stem in _NAMES_WHAT_IS_THERE:
        monkeypatch.setattr(module, "_ACCOUNT", cloud.account)
        monkeypatch.setattr(module, "_REGION", cloud.region)
    project.synthesize_stacks(module.build)
    names = _stacks(project)
    project.stack_name = names[0]
    if path.stem in _NAMES_WHAT_IS_THERE:
        _bring_what_it_names(cloud, project)
    _fill_the_buckets_that_were_there(cloud, project)
    # Nobody can fill a bucket that the deployment itself makes, before the job begins.
    cloud.optimization_jobs.next_job(require_source=True, name_prefix="")
    before = inventory(cloud)

    for name in names:
        project.stack_name = name
        stack = project.update()
        assert stack.status == "CREATE_COMPLETE", reasons(stack)
    if path.stem in _RUNS_A_PIPELINE:
        _run_the_pipeline(cloud)
    if path.stem not in _DOES_NOT_WAIT:
        assert set(recorded_jobs(cloud).values()) == {"COMPLETED"}
    assert len(created(cloud)) == len(recorded_jobs(cloud))
    for name in reversed(names):
        assert project.delete(name).status == "DELETE_COMPLETE"
    after = inventory(cloud)
    if path.stem in _RUNS_A_PIPELINE:
        # The record of its job is no part of the stack, and costs nothing.
        after = {each for each in after if not each.startswith("job ")}
    assert after == before


def _run_the_pipeline(cloud: LocalCloud) -> None:
    """Run the state machine of an example once, to its end, with a model in the bucket that it names."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="my-models")
    s3.put_object(Bucket="my-models", Key="mistral-7b/config.json", Body=b"{}")
    machines = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    (arn,) = [each["stateMachineArn"] for each in machines if each["name"].startswith("Pipeline")]
    cloud.clock.pause()
    execution = cloud.state_machines.start(arn)
    advance(cloud, 3_600)
    cloud.clock.resume()
    assert cloud.state_machines.execution(execution).status == "SUCCEEDED"


def _stacks(project: Project) -> list[str]:
    """The names of an app's stacks, in the order in which they are deployed: that of their dependencies."""
    manifest = json.loads((project.assembly / "manifest.json").read_text())["artifacts"]
    stacks = {name: each for name, each in manifest.items() if each["type"] == "aws:cloudformation:stack"}
    ordered = TopologicalSorter(
        {
            name: [other for other in each.get("dependencies", []) if other in stacks]
            for name, each in stacks.items()
        }
    )
    return list(ordered.static_order())


def _load(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _fill_the_buckets_that_were_there(cloud: LocalCloud, project: Project) -> None:
    """Make the buckets that a template knows by their names, with a file at each place that a job reads."""
    s3 = cloud.client("s3")
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    resources = json.loads(project.template.read_text())["Resources"].values()
    jobs = [resource["Properties"] for resource in resources if resource["Type"] == _JOB]
    for uri in [uri for job in jobs for uri in _uris(job) if uri.startswith("s3://")]:
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        if bucket not in there:
            s3.create_bucket(Bucket=bucket)
            there.add(bucket)
        if uri not in [job["OutputConfig"]["S3OutputLocation"] for job in jobs]:
            s3.put_object(Bucket=bucket, Key=f"{prefix}config.json", Body=b"{}")


def _uris(value: Any) -> Iterator[str]:
    """The strings in a job's definition. What is known only at deployment is none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _uris(item)
    elif isinstance(value, dict) and not any(key.startswith(("Fn::", "Ref")) for key in value):
        yield from _uris(list(value.values()))


def _bring_what_it_names(cloud: LocalCloud, project: Project) -> None:
    """Make what an example names of a network, keys, a role, buckets and a queue, and have its template name
    these.
    """
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    project.edit("vpc-0123456789abcdef0", vpc)
    for number in range(2):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        project.edit(f"subnet-0123456789abcdef{number}", subnet)
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="example-models")
    for example in _EXAMPLE_KEYS:
        key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
        if example in project.template.read_text():
            project.edit(example, key)
    s3.put_bucket_encryption(Bucket="example-models", ServerSideEncryptionConfiguration=_encryption(key))
    make_role(cloud, "optimization")
    s3.create_bucket(Bucket="example-access-logs")
    s3.put_bucket_acl(Bucket="example-access-logs", ACL="log-delivery-write")
    s3.create_bucket(Bucket="example-replica")
    cloud.client("sqs").create_queue(QueueName="lost-requests")


def _encryption(key: str) -> Any:
    """A bucket's setting that encrypts what it holds with a key."""
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
