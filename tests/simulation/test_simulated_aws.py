"""The simulation answers as its dialect says, and time passes in it as it does for the function."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.kernel.dialect import Dialect, Wording
from tests.function.requests import create, properties
from tests.simulation import STACK_ID, Died, Script, Shown, SimulatedAws
from tests.simulation.aws import Execution
from tests.simulation.cloudformation import JobTemplate, Process, SimulatedStack, Template
from tests.simulation.models import TAKEN_WORDINGS

REQUEST: dict[str, Any] = {
    "OptimizationJobName": "app--job",
    "OutputConfig": {"S3OutputLocation": "s3://models/optimized/"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
}


def started(dialect: Dialect, **changes: Any) -> SimulatedAws:
    """An account in which a job was just started."""
    aws = SimulatedAws(dialect)
    aws.sagemaker.create_optimization_job(**{**REQUEST, **changes})
    return aws


def statuses(aws: SimulatedAws, *, reads: int = 20) -> set[str]:
    """What some reads show: replicas differ."""
    return {status(aws) for _ in range(reads)}


def status(aws: SimulatedAws) -> str:
    try:
        job = aws.sagemaker.describe_optimization_job(OptimizationJobName="app--job")
    except ClientError as error:
        return error.response["Error"]["Code"]
    return str(job["OptimizationJobStatus"])


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    """The code and the message of a call that is refused."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return refusal.value.response["Error"]["Code"], refusal.value.response["Error"]["Message"]


# Time.


def test_an_execution_waits_from_the_end_of_a_step_that_took_time() -> None:
    aws = SimulatedAws()

    def slow() -> Generator[float, None, None]:
        aws.settle(20)
        yield 5

    began = aws.time
    aws.executions["slow"] = Execution("slow", slow(), aws.time)
    aws.step(aws.time)

    assert aws.executions["slow"].wakes_at == began + 25


def test_other_executions_go_on_while_a_call_takes_time(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = SimulatedAws(Dialect(create_time=15))
    aws.install(monkeypatch)
    seen: list[tuple[float, list[str]]] = []

    def other() -> Generator[float, None, None]:
        seen.append((aws.time, list(aws.sagemaker.jobs)))
        yield from ()

    began = aws.time
    aws.executions["other"] = Execution("other", other(), aws.time + 10)
    aws.carry_out(create(aws))

    assert seen == [(began + 10, [])], "the job is there only when its create has had its effect"
    assert [job.created for job in aws.sagemaker.started] == [began + 15]


def test_a_function_that_takes_longer_than_it_may_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = SimulatedAws(call_time=200)
    aws.install(monkeypatch)

    with pytest.raises(Died):
        aws._run(create(aws))  # noqa: SLF001 - one delivery, as Lambda makes it


# Jobs.


def test_a_missing_job_is_told_in_the_words_of_the_dialect() -> None:
    aws = SimulatedAws(Dialect(missing_job=Wording("ValidationException", "no {name}")))

    for call in (
        aws.sagemaker.describe_optimization_job,
        aws.sagemaker.stop_optimization_job,
        aws.sagemaker.delete_optimization_job,
    ):
        assert refused(call, OptimizationJobName="app--job") == ("ValidationException", "no app--job")


def test_a_call_out_of_turn_is_told_in_the_words_of_the_dialect() -> None:
    aws = started(Dialect(out_of_turn=Wording("ConflictException", "it is {status}")))

    told = refused(aws.sagemaker.delete_optimization_job, OptimizationJobName="app--job")
    assert told == ("ConflictException", "it is STARTING")


def test_reads_lag_each_by_another_time() -> None:
    aws = started(Dialect(job_read_lag=30))
    assert statuses(aws) == {"ResourceNotFound", "STARTING"}

    aws.settle(31)
    assert statuses(aws) == {"STARTING"}

    aws.settle(34)
    assert statuses(aws) == {"STARTING", "INPROGRESS"}


def test_tags_lag() -> None:
    aws = started(Dialect(job_read_lag=30))
    aws.settle(60)
    arn = aws.sagemaker.arn("app--job")
    aws.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])

    seen = [aws.sagemaker.list_tags(ResourceArn=arn, MaxResults=50)["Tags"] for _ in range(20)]

    assert [] in seen
    assert [{"Key": "a", "Value": "b"}] in seen


@pytest.mark.parametrize(("shows_deleting", "seen"), [(False, "COMPLETED"), (True, "DELETING")])
def test_a_deleted_record_is_still_there_and_so_is_its_name(shows_deleting: bool, seen: str) -> None:
    aws = started(Dialect(delete_lag=30, shows_deleting=shows_deleting))
    aws.settle(1500)
    aws.sagemaker.delete_optimization_job(OptimizationJobName="app--job")

    assert statuses(aws) == {seen}
    assert refused(aws.sagemaker.create_optimization_job, **REQUEST)[0] == "ResourceInUse"

    aws.settle(30)
    assert statuses(aws) == {"ResourceNotFound"}
    aws.sagemaker.create_optimization_job(**REQUEST)


def test_a_stop_is_seen_late_and_may_be_asked_for_again() -> None:
    aws = started(Dialect(stop_lag=30))
    aws.settle(60)
    aws.sagemaker.stop_optimization_job(OptimizationJobName="app--job")

    assert statuses(aws) == {"INPROGRESS"}
    aws.sagemaker.stop_optimization_job(OptimizationJobName="app--job")

    aws.settle(30)
    assert statuses(aws) == {"STOPPED"}


def test_a_job_at_its_limit_ends_as_the_dialect_says() -> None:
    aws = started(Dialect(status_at_limit="FAILED", reason_at_limit="it timed out"))
    aws.sagemaker.jobs["app--job"].script = Script(ends_after=None)
    aws.settle(7260)

    job = aws.sagemaker.describe_optimization_job(OptimizationJobName="app--job")
    assert (job["OptimizationJobStatus"], job["FailureReason"]) == ("FAILED", "it timed out")


def test_iam_may_see_names_in_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = SimulatedAws(Dialect(lower_case_arns=True))
    aws.install(monkeypatch)

    assert aws.carry_out(create(aws, NamePrefix="models--llama3"))["Status"] == "SUCCESS"
    aws.sagemaker.allowed_names.clear()
    answer = aws.carry_out(create(aws, NamePrefix="Models--Llama3"))
    assert "not authorized" in answer["Reason"]


# Stacks.


def test_what_is_read_of_a_stack_lags() -> None:
    aws = SimulatedAws(Dialect(stack_read_lag=30))
    aws.stack_status = "UPDATE_IN_PROGRESS"
    aws.stack_updates[STACK_ID] = aws.time

    seen = [aws.describe_stacks(StackName=STACK_ID)["Stacks"][0] for _ in range(20)]

    assert {stack["StackStatus"] for stack in seen} == {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
    assert all(("LastUpdatedTime" in s) == (s["StackStatus"] == "UPDATE_IN_PROGRESS") for s in seen)


def test_permissions_come_late_in_a_new_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = SimulatedAws(Dialect(permissions_come_after=60))
    aws.install(monkeypatch)
    began = aws.time

    assert aws.carry_out(create(aws))["Status"] == "SUCCESS"
    assert began + 60 <= aws.sagemaker.started[0].created < began + 120


@pytest.mark.parametrize("leave", [False, True])
def test_permissions_leave_with_the_jobs_of_a_stack(monkeypatch: pytest.MonkeyPatch, leave: bool) -> None:
    aws, stack = deployed(monkeypatch, Dialect(permissions_leave=leave), {"Llama": JobTemplate(legs=0)})

    carry_out(aws, stack.delete())

    assert aws.without_permissions == ({stack.id} if leave else set())


@pytest.mark.parametrize(
    ("response_url", "query"),
    [
        ("X-Amz-Date", "X-Amz-Date=20231114T221320Z"),
        ("Expires", "Expires=1700007200"),
        ("neither", "?Signature=secret"),
    ],
)
def test_the_address_of_a_response_is_cloudformations_own(response_url: Any, query: str) -> None:
    request = create(SimulatedAws(Dialect(response_url=response_url)))

    assert request["ResponseURL"].startswith(
        "https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/request-1?"
    )
    assert query in request["ResponseURL"]


@pytest.mark.parametrize("sent", [False, True])
def test_the_service_timeout_of_the_template_is_sent_or_not(sent: bool) -> None:
    aws = SimulatedAws(Dialect(service_timeout_is_sent=sent))

    request = aws.request("Create", "Custom::SageMakerOptimizationJob", properties(ServiceTimeout="1800"))

    assert ("ServiceTimeout" in request["ResourceProperties"]) is sent


@pytest.mark.parametrize(
    ("order", "requests"),
    [("before", ["Create", "Delete", "Create"]), ("after", ["Create", "Create", "Delete"])],
)
def test_what_a_failed_create_left_is_deleted_in_either_order(
    monkeypatch: pytest.MonkeyPatch, order: Any, requests: list[str]
) -> None:
    aws, stack = simulated(monkeypatch, Dialect(failed_create_is_deleted=order))
    wrong = {"Llama": JobTemplate(legs=0, explicit_name="not a name")}
    carry_out(aws, stack.create(wrong, rollback=False))
    aws.stack_statuses[stack.id] = "CREATE_FAILED"
    carry_out(aws, stack.update({"Llama": JobTemplate(legs=0)}))

    assert stack.status == "UPDATE_COMPLETE"
    assert [request["RequestType"] for request in stack.sent] == requests


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("then", ["rolled back", "kept and deleted"])
def test_each_create_that_failed_is_deleted_once(
    monkeypatch: pytest.MonkeyPatch, order: Any, then: str
) -> None:
    aws, stack = simulated(monkeypatch, Dialect(failed_create_is_deleted=order))
    carry_out(aws, stack.create({}))
    for name, rollback in (("not a name", False), ("no name either", then == "rolled back")):
        wrong = {"Llama": JobTemplate(legs=0, explicit_name=name)}
        carry_out(aws, stack.update(wrong, rollback=rollback))
    if then == "kept and deleted":
        carry_out(aws, stack.delete())

    deleted = [r["ResourceProperties"] for r in stack.sent if r["RequestType"] == "Delete"]
    assert sorted(each["OptimizationJobName"] for each in deleted) == ["no name either", "not a name"]


def failed_update(monkeypatch: pytest.MonkeyPatch, dialect: Dialect) -> tuple[SimulatedAws, SimulatedStack]:
    """A stack whose update has failed, and was not rolled back."""
    aws, stack = deployed(monkeypatch, dialect, {"Llama": JobTemplate(legs=0)})
    wrong = {"Llama": JobTemplate(legs=0, explicit_name="not a name")}
    carry_out(aws, stack.update(wrong, rollback=False))
    assert stack.status == "UPDATE_FAILED"
    return aws, stack


@pytest.mark.parametrize(
    ("deleted_with", "names_the_update"),
    [("properties of the update", True), ("properties of the resource", False)],
)
def test_a_resource_whose_update_failed_is_deleted_with_either_properties(
    monkeypatch: pytest.MonkeyPatch, deleted_with: Any, names_the_update: bool
) -> None:
    aws, stack = failed_update(monkeypatch, Dialect(deleted_with=deleted_with))
    carry_out(aws, stack.delete())

    assert stack.sent[-1]["RequestType"] == "Delete"
    assert ("OptimizationJobName" in stack.sent[-1]["ResourceProperties"]) is names_the_update


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_FAILED"])
def test_a_failed_update_may_go_back_without_a_rollback(monkeypatch: pytest.MonkeyPatch, status: Any) -> None:
    seen: list[str] = []
    noted = SimulatedStack._note  # noqa: SLF001 - what is sent in which status

    def note(stack: SimulatedStack, resource: Any, request_type: str, state: str) -> None:
        seen.append(f"{request_type} {state} {stack.status}")
        noted(stack, resource, request_type, state)

    monkeypatch.setattr(SimulatedStack, "_note", note)
    failed_update(monkeypatch, Dialect(failed_update_goes_back=status))

    assert seen[-2:] == [f"Update IN_PROGRESS {status}", f"Update COMPLETE {status}"]


@pytest.mark.parametrize(
    "status", ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"]
)
def test_what_a_rolled_back_update_made_is_deleted_in_either_status(
    monkeypatch: pytest.MonkeyPatch, status: Any
) -> None:
    aws, stack = deployed(monkeypatch, Dialect(new_is_deleted_in=status), {"Llama": JobTemplate(legs=0)})
    process = stack.update({"Llama": JobTemplate(1, legs=0)}, fails_elsewhere=True)
    while stack.sent[-1]["RequestType"] != "Delete":
        next(process)
        aws.step(aws.time + 60)

    assert stack.status == status


def test_a_resource_of_a_stack_shows_its_status_and_since_when(monkeypatch: pytest.MonkeyPatch) -> None:
    aws, stack = deployed(monkeypatch, Dialect(), {"Llama": JobTemplate(legs=0)})

    detail = aws.describe_stack_resource(StackName=stack.id, LogicalResourceId="Llama")["StackResourceDetail"]

    assert detail == {
        "PhysicalResourceId": stack.resources["Llama"].physical_id,
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": datetime.fromtimestamp(1_700_000_000, UTC),
    }


def simulated(monkeypatch: pytest.MonkeyPatch, dialect: Dialect) -> tuple[SimulatedAws, SimulatedStack]:
    aws = SimulatedAws(dialect)
    aws.install(monkeypatch)
    return aws, SimulatedStack(aws, aws.send)


def deployed(
    monkeypatch: pytest.MonkeyPatch, dialect: Dialect, template: Template
) -> tuple[SimulatedAws, SimulatedStack]:
    aws, stack = simulated(monkeypatch, dialect)
    carry_out(aws, stack.create(template))
    assert stack.status == "CREATE_COMPLETE"
    return aws, stack


def carry_out(aws: SimulatedAws, process: Process) -> None:
    for _ in process:
        aws.step(aws.time + 60)


# Models and endpoints.


def made(dialect: Dialect) -> SimulatedAws:
    """An account in which a model was just made."""
    aws = SimulatedAws(dialect)
    aws.sagemaker.create_model(ModelName="app--model", Tags=[{"Key": "Team", "Value": "nlp"}])
    return aws


def test_a_model_shows_what_it_was_made_of_and_not_its_tags() -> None:
    aws = made(Dialect())

    assert aws.sagemaker.describe_model(ModelName="app--model") == {
        "ModelName": "app--model",
        "ModelArn": "arn:aws:sagemaker:us-east-1:111122223333:model/app--model",
        "CreationTime": datetime.fromtimestamp(aws.time, UTC),
    }
    aws.sagemaker.delete_tags(ResourceArn=aws.sagemaker.models.arn("app--model"), TagKeys=["Team"])
    assert aws.sagemaker.models.present["app--model"].tags == {}


@pytest.mark.parametrize("wording", TAKEN_WORDINGS, ids=str)
def test_a_name_of_a_model_is_taken_until_its_deletion_is_seen(wording: Wording) -> None:
    aws = made(Dialect(delete_lag=30))
    aws.sagemaker.models.taken = wording
    taken = (wording.code, wording.text(name="app--model"))
    assert refused(aws.sagemaker.create_model, ModelName="app--model") == taken

    aws.sagemaker.delete_model(ModelName="app--model")
    assert refused(aws.sagemaker.create_model, ModelName="app--model") == taken
    assert aws.sagemaker.describe_model(ModelName="app--model")["ModelName"] == "app--model"

    aws.settle(30)
    refusal = refused(aws.sagemaker.describe_model, ModelName="app--model")
    assert refusal == ("ResourceNotFound", "Could not find model app--model")
    aws.sagemaker.create_model(ModelName="app--model")


def test_an_endpoint_shows_what_it_is_at_a_time() -> None:
    aws = SimulatedAws()
    aws.sagemaker.endpoints.show("e", Shown("Updating", "old"), Shown("InService", "new", after=60))

    def shown() -> tuple[str, str]:
        response = aws.sagemaker.describe_endpoint(EndpointName="E")
        return response["EndpointStatus"], response["EndpointConfigName"]

    assert shown() == ("Updating", "old")
    aws.settle(60)
    assert shown() == ("InService", "new")
    assert refused(aws.sagemaker.describe_inference_component, InferenceComponentName="c") == (
        "ResourceNotFound",
        "Could not find inference component c",
    )
