"""Creating a stack."""

from __future__ import annotations

import threading

from tests.localcloud.services.cloudformation.stand_in import FUNCTION, Request, StandInCloud, answer
from tests.localcloud.services.cloudformation.templates import of, parameter, thing


def test_resources_are_made_after_what_they_refer_to_or_depend_on(cloud: StandInCloud) -> None:
    template = of(
        Last=thing(depends_on=["Second"]), Second=thing(Name={"Fn::Sub": "${First}!"}), First=thing(Size=1)
    )

    stack = cloud.cloudformation.deploy(template, "demo")

    assert stack.status == "CREATE_COMPLETE"
    assert cloud.functions.kinds() == ["Create First", "Create Second", "Create Last"]


def test_independent_resources_are_made_at_the_same_time(cloud: StandInCloud) -> None:
    started = cloud.clock.time()

    cloud.cloudformation.deploy(of(**{f"P{number}": parameter("x") for number in range(20)}), "demo")

    assert cloud.clock.time() - started < 3


def test_events_tell_the_story(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(of(Only=thing()), "demo")

    told = [(event.logical_id, event.status, event.reason) for event in stack.events]
    assert told == [
        ("demo", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Only", "CREATE_IN_PROGRESS", None),
        ("Only", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Only", "CREATE_COMPLETE", None),
        ("demo", "CREATE_COMPLETE", None),
    ]


def test_a_failure_takes_everything_back_in_reverse_order(cloud: StandInCloud) -> None:
    def code(request: Request) -> object:
        if request["LogicalResourceId"] == "Third" and request["RequestType"] == "Create":
            return answer(request, Status="FAILED", Reason="no room")
        return answer(request)

    cloud.functions.code = code
    template = of(
        First=thing(),
        Second=thing(depends_on=["First"]),
        Third=thing(depends_on=["Second"]),
        Far=thing(depends_on=["Third"]),
    )

    stack = cloud.cloudformation.deploy(template, "demo")

    assert stack.status == "ROLLBACK_COMPLETE"
    assert cloud.functions.kinds()[-3:] == ["Delete Third", "Delete Second", "Delete First"]
    assert "Create Far" not in cloud.functions.kinds()
    reasons = [event.reason or "" for event in stack.events]
    assert any(
        "Received response status [FAILED] from custom resource. Message returned: no room" in r
        for r in reasons
    )
    assert "The following resource(s) failed to create: [Third]. Rollback requested by user." in reasons


def test_a_failure_cancels_what_is_being_made(cloud: StandInCloud) -> None:
    slow_is_being_made = threading.Event()

    def code(request: Request) -> object:
        if request["RequestType"] == "Delete":
            return answer(request)
        if request["LogicalResourceId"] == "Bad":
            slow_is_being_made.wait()
            return answer(request, Status="FAILED", Reason="no")
        slow_is_being_made.set()
        return None

    cloud.functions.code = code

    stack = cloud.cloudformation.deploy(of(Bad=thing(), Slow=thing()), "demo")

    cancelled = [event for event in stack.events if event.reason == "Resource creation cancelled"]
    assert [event.logical_id for event in cancelled] == ["Slow"]
    deleted = next(
        r
        for r in cloud.functions.requests
        if r["RequestType"] == "Delete" and r["LogicalResourceId"] == "Slow"
    )
    assert deleted["PhysicalResourceId"].startswith("demo-Slow-")
    assert len(deleted["PhysicalResourceId"]) == len("demo-Slow-") + 12
    assert stack.reason is None
    assert stack.status == "ROLLBACK_COMPLETE"


def test_a_failed_resource_that_told_an_id_is_deleted_by_it(cloud: StandInCloud) -> None:
    def code(request: Request) -> object:
        if request["RequestType"] == "Create":
            return answer(request, Status="FAILED", Reason="half done", PhysicalResourceId="half")
        return answer(request)

    cloud.functions.code = code

    cloud.cloudformation.deploy(of(Only=thing()), "demo")

    assert cloud.functions.requests[-1]["RequestType"] == "Delete"
    assert cloud.functions.requests[-1]["PhysicalResourceId"] == "half"


def test_a_retained_resource_survives_the_rollback(cloud: StandInCloud) -> None:
    def code(request: Request) -> object:
        failing = (request["RequestType"], request["LogicalResourceId"]) == ("Create", "Bad")
        return answer(request, Status="FAILED", Reason="no") if failing else answer(request)

    cloud.functions.code = code

    stack = cloud.cloudformation.deploy(
        of(Kept=thing(policy="Retain"), Bad=thing(depends_on=["Kept"])), "demo"
    )

    assert stack.history("Kept")[-1] == "DELETE_SKIPPED"
    assert "Delete Kept" not in cloud.functions.kinds()


def test_a_rollback_that_fails_says_so(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: (
        answer(request)
        if request["LogicalResourceId"] == "Fine" and request["RequestType"] == "Create"
        else answer(request, Status="FAILED", Reason="never")
    )

    stack = cloud.cloudformation.deploy(of(Fine=thing(), Bad=thing(depends_on=["Fine"])), "demo")

    assert stack.status == "ROLLBACK_FAILED"
    assert stack.reason == "The following resource(s) failed to delete: [Bad]. "


def test_a_stack_that_takes_too_long_is_given_up(cloud: StandInCloud) -> None:
    cloud.functions.code = lambda request: answer(request) if request["RequestType"] == "Delete" else None
    body = '{"Resources": {"Slow": {"Type": "Custom::Thing", "Properties": {"ServiceToken": "%s"}}}}'
    cloud.cloudformation.call(
        "CreateStack", {"StackName": "demo", "TemplateBody": body % FUNCTION, "TimeoutInMinutes": 5}
    )
    stack = cloud.cloudformation.stack("demo").wait()

    assert stack.status == "ROLLBACK_COMPLETE"
    assert stack.history("Slow")[1] == "CREATE_FAILED"


def test_an_unknown_resource_type_fails_and_says_what_is_missing(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(of(Exotic={"Type": "AWS::Braket::Thing"}), "demo")

    assert stack.status == "ROLLBACK_COMPLETE"
    reason = next(event.reason for event in stack.events if event.status == "CREATE_FAILED")
    assert reason is not None
    assert "the local cloud cannot make resources of type AWS::Braket::Thing" in reason


def test_stack_tags_reach_the_resources(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(of(Bucket={"Type": "AWS::S3::Bucket"}), "demo", tags={"team": "ml"})

    tagging = cloud.client("s3").get_bucket_tagging(Bucket=stack.physical_id("Bucket"))
    assert {"Key": "team", "Value": "ml"} in tagging["TagSet"]


def test_names_are_made_up_as_cloudformation_does(cloud: StandInCloud) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}}

    stack = cloud.cloudformation.deploy(of(Bucket={"Type": "AWS::S3::Bucket"}, Role=role), "Demo")

    assert stack.physical_id("Bucket").startswith("demo-bucket-")
    assert stack.physical_id("Role").startswith("Demo-Role-")


def test_a_mistake_of_the_local_cloud_itself_still_ends_the_operation(cloud: StandInCloud) -> None:
    stack = cloud.cloudformation.deploy(of(Role={"Type": "AWS::IAM::Role"}), "demo")

    assert stack.status == "ROLLBACK_COMPLETE"
