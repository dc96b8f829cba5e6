"""Inference components: copies of models on the instances of an endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.served import Served, specification, variant
from tests.localcloud.services.sagemaker.test_endpoints import alarm, goes_off


@pytest.fixture
def served(cloud: LocalCloud) -> Served:
    return Served(cloud)


def update(served: Served, **members: Any) -> None:
    served.sagemaker.update_inference_component(InferenceComponentName="llama", **members)


def rolling(count: int = 1, wait: int = 300) -> dict[str, Any]:
    return {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "COPY_COUNT", "Value": count},
            "WaitIntervalInSeconds": wait,
        }
    }


def test_a_component_serves_its_model(served: Served) -> None:
    served.component_endpoint()
    served.component(2)
    described = served.described_component()
    assert described["InferenceComponentStatus"] == "InService"
    assert described["RuntimeConfig"] == {"DesiredCopyCount": 2, "CurrentCopyCount": 2}
    answer = served.invoke(InferenceComponentName="llama")
    assert (answer["InferenceComponentName"], answer["ModelName"]) == ("llama", "first")
    assert answer["Artifact"] == "s3://models/first/"
    assert "header is required" in refusal(served.invoke)["Message"]
    assert "not found" in refusal(served.invoke, InferenceComponentName="other")["Message"]


def test_a_component_needs_an_endpoint_in_service_that_hosts_components(served: Served) -> None:
    served.endpoint("first")
    assert "that hosts inference components" in refusal(served.component)["Message"]
    served.update("first")
    assert "must be InService" in refusal(served.component)["Message"]


def test_a_component_that_is_not_healthy_fails_and_is_deleted(served: Served) -> None:
    served.component_endpoint()
    served.cloud.endpoints.fail_health_check()
    served.component()
    described = served.described_component()
    assert described["InferenceComponentStatus"] == "Failed"
    assert "ping health check" in described["FailureReason"]
    served.sagemaker.delete_inference_component(InferenceComponentName="llama")
    served.cloud.clock.advance(60)
    assert served.sagemaker.list_inference_components()["InferenceComponents"] == []


def test_a_new_model_rolls_over_the_copies(served: Served) -> None:
    served.component_endpoint()
    served.component(2)
    update(served, Specification=specification("second"), DeploymentConfig=rolling())
    served.cloud.clock.advance(900)
    assert served.described_component()["InferenceComponentStatus"] == "Updating"
    assert served.invoke(InferenceComponentName="llama")["ModelName"] == "first"
    served.cloud.clock.advance(600)
    assert served.described_component()["InferenceComponentStatus"] == "InService"
    assert served.invoke(InferenceComponentName="llama")["ModelName"] == "second"
    assert served.described_component()["LastDeploymentConfig"] == rolling()
    assert served.status() == "InService"


@pytest.mark.parametrize("silently", [False, True])
def test_a_roll_that_fails_returns_to_the_old_specification(served: Served, silently: bool) -> None:
    served.component_endpoint()
    served.component(2)
    served.cloud.endpoints.fail_health_check(when="update", silently=silently)
    update(served, Specification=specification("second"), DeploymentConfig=rolling())
    served.cloud.clock.advance(900)
    described = served.described_component()
    assert described["InferenceComponentStatus"] == "InService"
    assert described["Specification"]["ModelName"] == "first"
    assert ("FailureReason" in described) is not silently
    assert served.invoke(InferenceComponentName="llama")["ModelName"] == "first"


def test_an_alarm_rolls_a_component_back(served: Served) -> None:
    served.component_endpoint()
    served.component(2)
    config = rolling() | alarm(served.cloud)
    update(served, Specification=specification("second"), DeploymentConfig=config)
    served.cloud.clock.advance(300)
    goes_off(served.cloud)
    served.cloud.clock.advance(60)
    assert served.described_component()["Specification"]["ModelName"] == "first"
    assert "alarm errors" in served.described_component()["FailureReason"]


@pytest.mark.parametrize(("batch", "copies"), [(1, 1), (2, 3), (1, 21)])
def test_a_batch_that_is_too_great_or_too_small_a_part_is_refused(
    served: Served, batch: int, copies: int
) -> None:
    served.component_endpoint()
    served.component(copies)
    error = refusal(
        update, served=served, Specification=specification("second"), DeploymentConfig=rolling(batch)
    )
    assert error["Message"].endswith(f"percent of the copies, got {batch} of {copies}")


def test_a_component_begins_with_a_copy(served: Served) -> None:
    served.component_endpoint()
    assert "larger than 0" in refusal(served.component, copies=0)["Message"]


def test_sagemaker_scales_the_instances_of_components_alone(served: Served) -> None:
    served.model()
    scaling = {"Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 2}
    error = refusal(lambda: served.config("first", variant(ManagedInstanceScaling=scaling)))
    assert "only supported for inference component endpoints" in error["Message"]


def test_a_component_without_copies_counts_what_it_cannot_serve(served: Served) -> None:
    served.component_endpoint(
        ManagedInstanceScaling={"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 2}
    )
    served.component()
    served.sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="llama", DesiredRuntimeConfig={"CopyCount": 0}
    )
    served.cloud.clock.advance(60)

    assert "has no capacity" in refusal(served.invoke, InferenceComponentName="llama")["Message"]
    metrics = served.cloud.client("cloudwatch").list_metrics(MetricName="NoCapacityInvocationFailures")
    assert metrics["Metrics"][0]["Dimensions"] == [{"Name": "InferenceComponentName", "Value": "llama"}]
    assert served.described()["ProductionVariants"][0]["CurrentInstanceCount"] == 0


def test_an_endpoint_is_deleted_after_its_components(served: Served) -> None:
    served.component_endpoint()
    served.component()
    delete = served.sagemaker.delete_endpoint
    error = refusal(delete, EndpointName="chat")
    assert error["Message"].startswith("Cannot delete endpoint with inference component associated.")
    served.sagemaker.delete_inference_component(InferenceComponentName="llama")
    assert "Cannot delete endpoint" in refusal(delete, EndpointName="chat")["Message"]
    served.cloud.clock.advance(60)
    delete(EndpointName="chat")
    served.cloud.clock.advance(60)
    assert served.cloud.endpoints.names("Endpoint") == []


def test_a_component_that_is_in_progress_cannot_be_deleted(served: Served) -> None:
    served.component_endpoint()
    served.sagemaker.create_inference_component(
        InferenceComponentName="llama",
        EndpointName="chat",
        VariantName="optimized",
        Specification=specification("first"),
        RuntimeConfig={"CopyCount": 1},
    )
    delete = served.sagemaker.delete_inference_component
    assert "in-progress" in refusal(delete, InferenceComponentName="llama")["Message"]


def test_components_are_listed_by_endpoint(served: Served) -> None:
    served.component_endpoint()
    served.component()
    of = served.sagemaker.list_inference_components
    assert len(of(EndpointNameEquals="chat", VariantNameEquals="optimized")["InferenceComponents"]) == 1
    assert of(EndpointNameEquals="other")["InferenceComponents"] == []
