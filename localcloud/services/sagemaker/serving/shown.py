"""Endpoints and components as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localcloud.services.sagemaker.listing import moment
from localcloud.services.sagemaker.serving.component import Component
from localcloud.services.sagemaker.serving.containers import containers
from localcloud.services.sagemaker.serving.endpoint import Endpoint, Fleet, Variant
from localcloud.services.sagemaker.serving.resources import members


def endpoint_shown(endpoint: Endpoint, components: Sequence[Component]) -> dict[str, Any]:
    """The response of DescribeEndpoint."""
    shown: dict[str, Any] = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config_name,
        "EndpointStatus": str(endpoint.status),
        "CreationTime": moment(endpoint.created),
        "LastModifiedTime": moment(endpoint.modified),
    }
    if endpoint.reason is not None:
        shown["FailureReason"] = endpoint.reason
    if endpoint.deployment_config is not None:
        shown["LastDeploymentConfig"] = endpoint.deployment_config
    if endpoint.fleet is not None:
        shown["ProductionVariants"] = [_variant(variant, components) for variant in endpoint.fleet.variants]
        shown |= members(
            endpoint.fleet.config.request, "AsyncInferenceConfig", "ExplainerConfig", "MetricsConfig"
        )
        shown |= _data_capture(endpoint.fleet)
    if endpoint.pending is not None:
        shown["PendingDeploymentSummary"] = {
            "EndpointConfigName": endpoint.pending.config.name,
            "ProductionVariants": [{"VariantName": each.name} for each in endpoint.pending.variants],
            "StartTime": moment(endpoint.modified),
        }
    return shown


def component_shown(component: Component) -> dict[str, Any]:
    """The response of DescribeInferenceComponent."""
    shown: dict[str, Any] = {
        "InferenceComponentName": component.name,
        "InferenceComponentArn": component.arn,
        "EndpointName": component.endpoint.name,
        "EndpointArn": component.endpoint.arn,
        "VariantName": component.variant_name,
        "InferenceComponentStatus": str(component.status),
        "CreationTime": moment(component.created),
        "LastModifiedTime": moment(component.modified),
        "Specification": dict(component.specification),
        "RuntimeConfig": {"DesiredCopyCount": component.desired, "CurrentCopyCount": component.copies},
    }
    if component.reason is not None:
        shown["FailureReason"] = component.reason
    if component.deployment_config is not None:
        shown["LastDeploymentConfig"] = component.deployment_config
    return shown


def instances(variant: Variant, components: Sequence[Component]) -> int:
    """The number of instances of a variant. Managed scaling takes the last one away with the last copy."""
    scaling = variant.request.get("ManagedInstanceScaling")
    if scaling is None:
        return variant.count
    used = any(each.copies or each.desired for each in components if each.variant_name == variant.name)
    least = int(scaling.get("MinInstanceCount", variant.count))
    return min(max(least, int(used)), int(scaling.get("MaxInstanceCount", variant.count)))


def _variant(variant: Variant, components: Sequence[Component]) -> dict[str, Any]:
    count = instances(variant, components)
    shown = {
        "VariantName": variant.name,
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
        **members(variant.request, "ManagedInstanceScaling", "RoutingConfig"),
    }
    if variant.model is not None:
        images = [each["Image"] for each in containers(variant.model.request) if each.get("Image")]
        shown["DeployedImages"] = [{"SpecifiedImage": image, "ResolvedImage": image} for image in images]
    return shown


def _data_capture(fleet: Fleet) -> dict[str, Any]:
    config = fleet.config.request.get("DataCaptureConfig")
    if config is None:
        return {}
    enabled = bool(config.get("EnableCapture"))
    return {
        "DataCaptureConfig": {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
            "DestinationS3Uri": config["DestinationS3Uri"],
            "KmsKeyId": config.get("KmsKeyId", ""),
        }
    }
