"""Each change of an endpoint is an event on the default bus."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.kernel.dialect import Dialect
from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.served import Served

_STATE = "SageMaker Endpoint State Change"
_DEPLOYMENT = "SageMaker Endpoint Deployment State Change"


@pytest.fixture
def served(cloud: LocalCloud) -> Served:
    return Served(cloud)


def told(cloud: LocalCloud, detail_type: str = _STATE) -> list[dict[str, Any]]:
    return [event.detail for event in cloud.events.all() if event.detail_type == detail_type]


def statuses(cloud: LocalCloud) -> list[str]:
    return [detail["EndpointStatus"] for detail in told(cloud)]


def test_the_life_of_an_endpoint_is_told_once_and_in_order(served: Served) -> None:
    served.endpoint("first", "second")
    served.update("second")
    served.cloud.clock.advance(600)
    served.sagemaker.delete_endpoint(EndpointName="chat")
    served.cloud.clock.advance(600)
    assert statuses(served.cloud) == ["CREATING", "IN_SERVICE", "UPDATING", "IN_SERVICE", "DELETING"]
    configs = [detail["EndpointConfigName"] for detail in told(served.cloud)]
    assert configs == ["first", "first", "first", "second", "second"]


def test_an_event_is_of_sagemaker_and_names_the_endpoint(served: Served) -> None:
    served.endpoint()
    event = served.cloud.events.all()[-1]
    arn = served.described()["EndpointArn"]
    assert (event.source, event.bus, event.resources) == ("aws.sagemaker", "default", (arn,))
    assert event.detail["EndpointName"] == "chat"
    assert event.detail["ProductionVariants"][0]["VariantName"] == "optimized"
    assert event.detail["LastModifiedTime"] > event.detail["CreationTime"]


def test_a_rollback_and_a_failure_are_told(served: Served) -> None:
    served.endpoint("first", "second")
    served.cloud.endpoints.fail_health_check()
    served.update("second")
    served.cloud.clock.advance(3600)
    assert statuses(served.cloud)[-3:] == ["UPDATING", "ROLLING_BACK", "IN_SERVICE"]


def test_a_dialect_writes_a_status_as_the_api_does(served: Served) -> None:
    served.cloud.dialect = Dialect(endpoint_event_statuses="InService")
    served.endpoint()
    assert statuses(served.cloud) == ["Creating", "InService"]


def test_each_shift_of_traffic_is_told_with_the_next_configuration(served: Served) -> None:
    served.endpoint("first", "second")
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 25},
        "WaitIntervalInSeconds": 600,
    }
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    served.update("second", DeploymentConfig=policy)
    served.cloud.clock.advance(3600)
    steps = told(served.cloud, _DEPLOYMENT)
    assert [detail["PendingDeploymentSummary"]["EndpointConfigName"] for detail in steps] == ["second"] * 2
    variants = [detail["PendingDeploymentSummary"]["ProductionVariants"][0] for detail in steps]
    assert "25 %" in variants[0]["VariantStatus"][0]["StatusMessage"]
    assert "100 %" in variants[1]["VariantStatus"][0]["StatusMessage"]


def test_a_request_can_fail_and_counts_as_an_error(served: Served) -> None:
    served.endpoint()
    served.cloud.endpoints.fail_requests()
    assert refusal(served.invoke)["Code"] == "ModelError"
    assert served.invoke()["Artifact"] == "s3://models/first/"
    listed = served.cloud.client("cloudwatch").list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    names = {each["MetricName"] for each in listed}
    assert names == {"Invocations", "Invocation5XXErrors", "ModelLatency"}


def test_a_fault_of_requests_is_forgotten_with_the_account(served: Served) -> None:
    served.cloud.endpoints.fail_requests(times=None)
    served.cloud.endpoints.reset()
    served.endpoint()
    assert served.invoke()["Artifact"] == "s3://models/first/"
