"""CloudFormation's own resource for a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct


def source_of(uri: str, accept_eula: bool | None) -> dict[str, Any]:
    """Return files under a prefix as the API takes them."""
    source: dict[str, Any] = {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}
    if accept_eula is not None:
        source["ModelAccessConfig"] = {"AcceptEula": accept_eula}
    return {"S3DataSource": source}


def cfn_model(model: Construct, request: Mapping[str, Any], tags: Mapping[str, str]) -> sagemaker.CfnModel:
    """Define CloudFormation's own resource."""
    container = request["PrimaryContainer"]
    files = container["ModelDataSource"]["S3DataSource"]
    network = request.get("VpcConfig")
    accessed = files.get("ModelAccessConfig")
    access_config = accessed and sagemaker.CfnModel.ModelAccessConfigProperty(
        accept_eula=accessed["AcceptEula"]
    )
    source = sagemaker.CfnModel.S3DataSourceProperty(
        s3_uri=files["S3Uri"],
        s3_data_type=files["S3DataType"],
        compression_type=files["CompressionType"],
        model_access_config=access_config,
    )
    return sagemaker.CfnModel(
        model,
        "Resource",
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=container["Image"],
            environment=container.get("Environment"),
            model_data_source=sagemaker.CfnModel.ModelDataSourceProperty(s3_data_source=source),
        ),
        execution_role_arn=request["ExecutionRoleArn"],
        enable_network_isolation=request["EnableNetworkIsolation"],
        vpc_config=network
        and sagemaker.CfnModel.VpcConfigProperty(
            security_group_ids=network["SecurityGroupIds"], subnets=network["Subnets"]
        ),
        tags=[cdk.CfnTag(key=key, value=value) for key, value in tags.items()],
    )
