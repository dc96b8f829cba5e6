"""Requests for what serves a model, right in every way, to be made wrong in one."""

from __future__ import annotations

import json
from typing import Any

from localcloud import LocalCloud
from tests.localcloud.services.sagemaker.requests import ROLE_ARN

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi18.0.0-cu128"
ACCOUNT = "123456789012"


def prefix(uri: str) -> dict[str, Any]:
    """A data source of the objects below an S3 prefix."""
    return {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}}


def model(name: str = "first", uri: str = "s3://models/first/", **container: Any) -> dict[str, Any]:
    """A CreateModel request."""
    primary = {"Image": IMAGE, "ModelDataSource": prefix(uri), **container}
    return {"ModelName": name, "ExecutionRoleArn": ROLE_ARN, "PrimaryContainer": primary}


def variant(model_name: str | None = "first", **members: Any) -> dict[str, Any]:
    """A production variant; without a model it hosts inference components."""
    named = {} if model_name is None else {"ModelName": model_name}
    return {
        "VariantName": "optimized",
        "InstanceType": "ml.g5.12xlarge",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
        **named,
        **members,
    }


class Served:
    """Makes what serves models, and looks at it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.sagemaker = cloud.client("sagemaker")
        self.runtime = cloud.client("sagemaker-runtime")

    def model(self, name: str = "first") -> None:
        """A model whose artifact is below s3://models/<name>/."""
        self.cloud.client("s3").put_object(Bucket="models", Key=f"{name}/config.json", Body=b"{}")
        self.sagemaker.create_model(**model(name, f"s3://models/{name}/"))

    def config(self, name: str = "first", *variants: dict[str, Any], **members: Any) -> None:
        """An endpoint configuration, by default of one instance of the model of the same name."""
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=list(variants or [variant(name)]), **members
        )

    def endpoint(self, *names: str) -> None:
        """An InService endpoint of the first of these models, and configurations of all."""
        for name in names or ("first",):
            self.model(name)
            self.config(name)
        self.sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName=(names or ("first",))[0])
        self.cloud.clock.advance(600)

    def update(self, config: str, **members: Any) -> None:
        self.sagemaker.update_endpoint(EndpointName="chat", EndpointConfigName=config, **members)

    def component_endpoint(self, **scaling: Any) -> None:
        """An InService endpoint that hosts components, and the models `first` and `second`."""
        self.model("first")
        self.model("second")
        self.config("host", variant(None, **scaling), ExecutionRoleArn=ROLE_ARN)
        self.sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="host")
        self.cloud.clock.advance(600)

    def component(self, copies: int = 1, **members: Any) -> None:
        """An inference component of the model `first`."""
        self.sagemaker.create_inference_component(
            InferenceComponentName="llama",
            EndpointName="chat",
            VariantName="optimized",
            Specification=specification("first"),
            RuntimeConfig={"CopyCount": copies},
            **members,
        )
        self.cloud.clock.advance(600)

    def described(self) -> dict[str, Any]:
        return dict(self.sagemaker.describe_endpoint(EndpointName="chat"))

    def described_component(self) -> dict[str, Any]:
        return dict(self.sagemaker.describe_inference_component(InferenceComponentName="llama"))

    def status(self) -> str:
        return str(self.described()["EndpointStatus"])

    def invoke(self, **members: Any) -> dict[str, Any]:
        """What the endpoint answers."""
        response = self.runtime.invoke_endpoint(EndpointName="chat", Body=b"{}", **members)
        answer: dict[str, Any] = json.loads(response["Body"].read())
        return answer


def specification(model_name: str) -> dict[str, Any]:
    """The specification of an inference component."""
    return {
        "ModelName": model_name,
        "ComputeResourceRequirements": {
            "NumberOfAcceleratorDevicesRequired": 4,
            "MinMemoryRequiredInMb": 65_536,
        },
    }
