"""Every example deploys, and leaves nothing when it is deleted but its models."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from localcloud import LocalCloud
from tests.end_to_end.support_account import created, inventory, make_role, recorded_jobs
from tests.end_to_end.support_project import Project, reasons

_NAMES_WHAT_IS_THERE = ("bring_your_own", "regulated")
_EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("[a-z]*.py"))


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_an_example_deploys_and_leaves_only_its_models(
    cloud: LocalCloud, project: Project, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = _load(path)
    if path.stem in _NAMES_WHAT_IS_THERE:
        monkeypatch.setattr(module, "_ACCOUNT", cloud.account)
        monkeypatch.setattr(module, "_REGION", cloud.region)
    project.synthesize_app(module.build)
    if path.stem in _NAMES_WHAT_IS_THERE:
        _bring_what_it_names(cloud, project)
    before = inventory(cloud)
    cloud.optimization_jobs.allow_foreign_buckets()

    stack = project.update()
    assert stack.status == "CREATE_COMPLETE", reasons(stack)
    assert set(recorded_jobs(cloud).values()) == {"COMPLETED"}
    assert len(created(cloud)) == len(recorded_jobs(cloud))
    assert project.delete().status == "DELETE_COMPLETE"
    assert inventory(cloud) == before


def _load(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _bring_what_it_names(cloud: LocalCloud, project: Project) -> None:
    """Make what an example names of a network, a key, a role, buckets and a queue, and have its template name
    these.
    """
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    project.edit("vpc-0123456789abcdef0", vpc)
    for number in range(2):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        project.edit(f"subnet-0123456789abcdef{number}", subnet)
    key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
    project.edit("1234abcd-12ab-34cd-56ef-1234567890ab", key)
    make_role(cloud, "optimization")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="example-access-logs")
    s3.put_bucket_acl(Bucket="example-access-logs", ACL="log-delivery-write")
    s3.create_bucket(Bucket="example-replica")
    cloud.client("sqs").create_queue(QueueName="lost-requests")
