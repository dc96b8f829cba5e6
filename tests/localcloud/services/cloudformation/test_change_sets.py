"""Change sets, as the CDK CLI uses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.services.cloudformation.stand_in import StandInCloud
from tests.localcloud.services.cloudformation.templates import of, parameter, thing


def change_set(
    cloud: StandInCloud, template: dict[str, Any], kind: str = "UPDATE", **more: Any
) -> dict[str, Any]:
    """Make a change set. Answers its description."""
    client = cloud.client("cloudformation")
    made = client.create_change_set(
        StackName="demo",
        ChangeSetName="changes",
        ChangeSetType=kind,
        TemplateBody=json.dumps(template),
        **more,
    )
    described: dict[str, Any] = client.describe_change_set(
        StackName=made["StackId"], ChangeSetName=made["Id"]
    )
    return described


def changes_in(description: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """The action and the replacement for each logical id."""
    changed = (change["ResourceChange"] for change in description["Changes"])
    return {change["LogicalResourceId"]: (change["Action"], change.get("Replacement")) for change in changed}


def test_a_new_stack_is_reviewed_first(cloud: StandInCloud) -> None:
    described = change_set(cloud, of(A=thing()), "CREATE")

    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert changes_in(described) == {"A": ("Add", None)}
    assert cloud.cloudformation.stack("demo").status == "REVIEW_IN_PROGRESS"
    assert cloud.functions.requests == []

    cloud.client("cloudformation").execute_change_set(StackName="demo", ChangeSetName="changes")
    assert cloud.cloudformation.stack("demo").wait().status == "CREATE_COMPLETE"


def test_what_would_change_is_worked_out(cloud: StandInCloud) -> None:
    template = of(
        Same=thing(),
        Name=parameter("x", Name="/a"),
        Value=parameter("x", Name="/b"),
        Reader=parameter({"Ref": "Name"}, Name="/c"),
        Gone=thing(),
    )
    cloud.cloudformation.deploy(template, "demo")
    changed = of(
        Same=thing(),
        Name=parameter("x", Name="/a2"),
        Value=parameter("y", Name="/b"),
        Reader=parameter({"Ref": "Name"}, Name="/c"),
        New=thing(),
    )

    described = change_set(cloud, changed)

    assert changes_in(described) == {
        "Name": ("Modify", "True"),
        "Value": ("Modify", "False"),
        "Reader": ("Modify", "False"),
        "New": ("Add", None),
        "Gone": ("Remove", None),
    }
    reader = next(
        c["ResourceChange"]
        for c in described["Changes"]
        if c["ResourceChange"]["LogicalResourceId"] == "Reader"
    )
    assert reader["Details"][0]["Evaluation"] == "Dynamic"
    assert reader["Details"][0]["CausingEntity"] == "Name"


def test_no_changes_are_told_in_words_that_tools_know(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")

    described = change_set(cloud, of(A=thing()))

    assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert described["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(ClientError, match="InvalidChangeSetStatus"):
        cloud.client("cloudformation").execute_change_set(StackName="demo", ChangeSetName="changes")


@pytest.mark.parametrize(
    "change",
    [
        {"Outputs": {"O": {"Value": "x"}}},
        {"Resources": {"A": {**thing(), "Metadata": {"note": "x"}}}},
        {"Resources": {"A": thing(policy="Retain")}},
    ],
)
def test_changes_beyond_properties_count(cloud: StandInCloud, change: dict[str, Any]) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")

    described = change_set(cloud, {**of(A=thing()), **change})
    assert described["Status"] == "CREATE_COMPLETE"

    cloud.client("cloudformation").execute_change_set(StackName="demo", ChangeSetName="changes")
    assert cloud.cloudformation.stack("demo").wait().status == "UPDATE_COMPLETE"
    assert cloud.functions.kinds() == ["Create A"]


def test_changed_tags_reach_what_carries_tags(cloud: StandInCloud) -> None:
    template = of(A=thing(), P=parameter("x", Name="/p"))
    cloud.cloudformation.deploy(template, "demo", tags={"team": "a", "old": "x"})

    change_set(cloud, template, Tags=[{"Key": "team", "Value": "b"}])
    cloud.client("cloudformation").execute_change_set(StackName="demo", ChangeSetName="changes")
    cloud.cloudformation.stack("demo").wait()

    tags = cloud.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/p")["TagList"]
    assert tags == [{"Key": "team", "Value": "b"}]
    assert cloud.functions.kinds() == ["Create A"]


def test_executing_one_makes_the_others_useless(cloud: StandInCloud) -> None:
    client = cloud.client("cloudformation")
    cloud.cloudformation.deploy(of(A=thing()), "demo")
    change_set(cloud, of(A=thing(X=1)))
    client.create_change_set(
        StackName="demo", ChangeSetName="other", TemplateBody=json.dumps(of(A=thing(X=2)))
    )

    client.execute_change_set(StackName="demo", ChangeSetName="changes")
    cloud.cloudformation.stack("demo").wait()

    assert [item["ChangeSetName"] for item in client.list_change_sets(StackName="demo")["Summaries"]] == [
        "changes"
    ]


def test_a_deleted_change_set_is_gone(cloud: StandInCloud) -> None:
    client = cloud.client("cloudformation")
    change_set(cloud, of(A=thing()), "CREATE")

    client.delete_change_set(StackName="demo", ChangeSetName="changes")

    with pytest.raises(ClientError, match=r"ChangeSetNotFound.*ChangeSet \[changes\] does not exist"):
        client.describe_change_set(StackName="demo", ChangeSetName="changes")


def test_a_stack_under_review_is_deleted_at_once(cloud: StandInCloud) -> None:
    change_set(cloud, of(A=thing()), "CREATE")
    stack = cloud.cloudformation.stack("demo")

    cloud.cloudformation.delete("demo")

    assert stack.status == "DELETE_COMPLETE"


def test_a_stack_that_was_rolled_back_cannot_be_updated(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A={"Type": "AWS::Unknown::Thing"}), "demo")

    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        change_set(cloud, of(A=thing()))


def test_a_create_for_a_stack_that_exists_is_refused(cloud: StandInCloud) -> None:
    cloud.cloudformation.deploy(of(A=thing()), "demo")

    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        change_set(cloud, of(A=thing()), "CREATE")
