"""A synthesized template that is deployed without the CDK."""

from __future__ import annotations

from typing import Any

from app import JobStack
from localcloud import LocalCloud
from tests.end_to_end.support_account import artifact_files, created, recorded_jobs
from tests.end_to_end.support_project import Project, publish_assets, reasons
from tests.end_to_end.support_waiting import settle

_STACK = "OptimizedModel"


def test_a_template_is_deployed_as_the_aws_cli_does_it(cloud: LocalCloud, project: Project) -> None:
    """The calls are those of ``aws cloudformation deploy --capabilities CAPABILITY_IAM``."""
    project.synthesize_app(lambda app: JobStack(app, _STACK))
    publish_assets(cloud, project.assembly)
    assert _change_set(cloud, project, "CREATE")["Status"] == "CREATE_COMPLETE"
    _execute(cloud)
    assert project.stack.status == "CREATE_COMPLETE", reasons(project.stack)
    (job,) = recorded_jobs(cloud)
    assert "config.json" in artifact_files(cloud, project.stack.outputs["ArtifactLocation"])

    # Once more: the CLI says that there is nothing to deploy.
    nothing = _change_set(cloud, project, "UPDATE")
    assert nothing["Status"] == "FAILED"
    assert "didn't contain changes" in nothing["StatusReason"]
    assert recorded_jobs(cloud) == {job: "COMPLETED"}
    assert len(created(cloud)) == 1
    cloud.client("cloudformation").delete_stack(StackName=_STACK)
    settle(cloud, project.stack)
    assert recorded_jobs(cloud) == {}


def _change_set(cloud: LocalCloud, project: Project, kind: str) -> dict[str, Any]:
    client = cloud.client("cloudformation")
    client.create_change_set(
        StackName=_STACK,
        ChangeSetName=f"awscli-cloudformation-package-deploy-{kind.lower()}",
        ChangeSetType=kind,
        TemplateBody=project.template.read_text(),
        Parameters=[],
        Capabilities=["CAPABILITY_IAM"],
        Tags=[],
    )
    name = f"awscli-cloudformation-package-deploy-{kind.lower()}"
    answer: dict[str, Any] = client.describe_change_set(ChangeSetName=name, StackName=_STACK)
    return answer


def _execute(cloud: LocalCloud) -> None:
    name = "awscli-cloudformation-package-deploy-create"
    cloud.client("cloudformation").execute_change_set(ChangeSetName=name, StackName=_STACK)
    settle(cloud, cloud.cloudformation.stack(_STACK))
