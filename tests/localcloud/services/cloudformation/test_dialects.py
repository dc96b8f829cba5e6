"""What CloudFormation does where that is not known of AWS."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest

from localcloud.kernel.dialect import Dialect
from tests.localcloud.services.cloudformation.stand_in import Request, StandInCloud, answer
from tests.localcloud.services.cloudformation.templates import of, thing


def unlucky(request: Request) -> object:
    """Size 13 fails. The id follows the size."""
    size = request["ResourceProperties"].get("Size", "1")
    physical_id = f"{request['LogicalResourceId']}-{size}"
    if request["RequestType"] != "Delete" and size == "13":
        return answer(request, Status="FAILED", Reason="unlucky", PhysicalResourceId=physical_id)
    if request["RequestType"] == "Delete":
        return answer(request)
    return answer(request, PhysicalResourceId=physical_id)


# --- requests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "members"),
    [
        ("X-Amz-Date", {"X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature"}),
        ("Expires", {"AWSAccessKeyId", "Expires", "Signature"}),
        ("neither", {"AWSAccessKeyId", "Signature"}),
    ],
)
def test_a_response_url_has_the_form_of_the_dialect(
    cloud: StandInCloud, form: Literal["X-Amz-Date", "Expires", "neither"], members: set[str]
) -> None:
    cloud.site.dialect = Dialect(response_url=form)
    statuses: list[int] = []

    def forge(request: Request) -> None:
        statuses.append(answer({**request, "ResponseURL": request["ResponseURL"] + "0"}))
        statuses.append(answer(request))

    cloud.functions.code = forge
    sent = cloud.clock.time()

    stack = cloud.cloudformation.deploy(of(A=thing()), "demo")

    assert stack.status == "CREATE_COMPLETE"
    assert statuses[0] == 403
    query = parse_qs(urlsplit(cloud.functions.requests[0]["ResponseURL"]).query)
    assert members <= query.keys()
    assert ("X-Amz-Date" in query) == (form == "X-Amz-Date")
    if form == "Expires":
        assert 0 <= int(query["Expires"][0]) - int(sent) - 7200 <= 60


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_request_may_lack_the_service_timeout(cloud: StandInCloud, is_sent: bool) -> None:
    cloud.site.dialect = Dialect(service_timeout_is_sent=is_sent)
    cloud.cloudformation.deploy(of(A=thing(ServiceTimeout=60, Size=1)), "demo")
    cloud.cloudformation.deploy(of(A=thing(ServiceTimeout=90, Size=2)), "demo")

    create, update = cloud.functions.requests
    for properties in (
        create["ResourceProperties"],
        update["ResourceProperties"],
        update["OldResourceProperties"],
    ):
        assert ("ServiceTimeout" in properties) == is_sent


# --- orders -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"),
    [("before", ["Delete A-13", "Create None"]), ("after", ["Create None", "Delete A-13"])],
)
def test_what_a_failed_create_left_is_deleted_before_or_after_it_is_made_anew(
    cloud: StandInCloud, order: Literal["before", "after"], expected: list[str]
) -> None:
    cloud.site.dialect = Dialect(failed_create_is_deleted=order)
    cloud.functions.code = unlucky
    cloud.cloudformation.deploy(of(A=thing(Size=13)), "demo", rollback=False)

    stack = cloud.cloudformation.deploy(of(A=thing(Size=12)), "demo", rollback=False)

    assert stack.status == "UPDATE_COMPLETE"
    asked = [f"{each['RequestType']} {each.get('PhysicalResourceId')}" for each in cloud.functions.requests]
    assert asked[1:] == expected
    assert stack.physical_id("A") == "A-12"


@pytest.mark.parametrize(
    ("with_", "size"), [("properties of the update", "13"), ("properties of the resource", "1")]
)
def test_what_failed_to_be_updated_is_deleted_with_either_properties(
    cloud: StandInCloud, with_: Any, size: str
) -> None:
    cloud.site.dialect = Dialect(deleted_with=with_)
    cloud.functions.code = lambda request: (
        answer(request, Status="FAILED", Reason="no")
        if request["ResourceProperties"]["Size"] == "13" and request["RequestType"] == "Update"
        else answer(request)
    )
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    cloud.cloudformation.deploy(of(A=thing(Size=13)), "demo", rollback=False)

    cloud.cloudformation.delete("demo")

    assert cloud.functions.requests[-1]["ResourceProperties"]["Size"] == size


@pytest.mark.parametrize("status", ["never", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"])
def test_a_failed_update_may_be_taken_back_without_a_rollback(cloud: StandInCloud, status: Any) -> None:
    cloud.site.dialect = Dialect(failed_update_goes_back=status)
    cloud.functions.code = unlucky
    cloud.cloudformation.deploy(of(A=thing(Size=1), B=thing(Size=1)), "demo")
    seen: list[str] = []

    def noting(request: Request) -> object:
        seen.append(cloud.cloudformation.stack("demo").status)
        return unlucky(request)

    cloud.functions.code = noting
    stack = cloud.cloudformation.deploy(of(A=thing(Size=13), B=thing(Size=1)), "demo", rollback=False)

    assert stack.status == "UPDATE_FAILED"
    back = [
        (each["ResourceProperties"]["Size"], each["OldResourceProperties"]["Size"])
        for each in cloud.functions.requests
        if each["RequestType"] == "Update"
    ]
    assert back == [("13", "1")] if status == "never" else [("13", "1"), ("1", "13")]
    assert seen == ["UPDATE_IN_PROGRESS"] + ([] if status == "never" else [status])

    cloud.functions.code = unlucky
    stack = cloud.cloudformation.deploy(of(A=thing(Size=2), B=thing(Size=1)), "demo", rollback=False)
    assert stack.status == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    "status", ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"]
)
def test_what_a_rolled_back_update_made_is_deleted_in_either_status(cloud: StandInCloud, status: Any) -> None:
    cloud.site.dialect = Dialect(new_is_deleted_in=status)
    cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    seen: list[str] = []

    def noting(request: Request) -> object:
        if request["RequestType"] == "Delete":
            seen.append(cloud.cloudformation.stack("demo").status)
        return unlucky(request)

    cloud.functions.code = noting
    template = of(A=thing(Size=1), B=thing(Size=2), C=thing(Size=13, depends_on=["B"]))
    stack = cloud.cloudformation.deploy(template, "demo")

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert seen == [status, status]


# --- reads --------------------------------------------------------------------------------------------------


def test_reads_of_stacks_may_be_of_before(cloud: StandInCloud) -> None:
    client = cloud.client("cloudformation")
    stack = cloud.cloudformation.deploy(of(A=thing(Size=1)), "demo")
    cloud.site.dialect = Dialect(stack_read_lag=20)
    cloud.functions.code = unlucky
    cloud.clock.pause()
    cloud.clock.advance(60)

    def shown() -> tuple[str, str]:
        (described,) = client.describe_stacks(StackName=stack.stack_id)["Stacks"]
        detail = client.describe_stack_resource(StackName=stack.stack_id, LogicalResourceId="A")
        return described["StackStatus"], detail["StackResourceDetail"]["PhysicalResourceId"]

    cloud.cloudformation.deploy(of(A=thing(Size=2)), "demo", wait=False)
    stack.wait_until("A", "UPDATE_COMPLETE")
    assert shown() == ("CREATE_COMPLETE", "A-1")
    cloud.clock.advance(15)
    assert stack.status == "UPDATE_COMPLETE"
    assert shown() == ("CREATE_COMPLETE", "A-1")
    cloud.clock.advance(20)
    assert shown() == ("UPDATE_COMPLETE", "A-2")

    cloud.cloudformation.delete("demo", wait=False)
    cloud.clock.advance(10)
    assert stack.status == "DELETE_COMPLETE"
    assert client.describe_stacks(StackName="demo")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"
    cloud.clock.advance(20)
    assert shown()[0] == "DELETE_COMPLETE"
    with pytest.raises(client.exceptions.ClientError, match="Stack with id demo does not exist"):
        client.describe_stacks(StackName="demo")


def test_a_new_stack_may_not_be_seen_yet(cloud: StandInCloud) -> None:
    cloud.site.dialect = Dialect(stack_read_lag=20)
    client = cloud.client("cloudformation")
    cloud.clock.pause()
    stack = cloud.cloudformation.deploy(of(A=thing()), "demo", wait=False)
    stack.wait_until("A", "CREATE_COMPLETE")

    with pytest.raises(client.exceptions.ClientError, match="does not exist"):
        client.describe_stacks(StackName=stack.stack_id)
    cloud.clock.advance(40)
    assert client.describe_stacks(StackName="demo")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
