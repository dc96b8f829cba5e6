"""A model is checked when it is created, and its containers start with its execution role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.kernel.dialect import Dialect
from tests.localcloud.services.sagemaker.refusals import refusal
from tests.localcloud.services.sagemaker.requests import ROLE_ARN
from tests.localcloud.services.sagemaker.served import IMAGE, Served, model, prefix, variant

ARN = "arn:aws:sagemaker:us-east-1:123456789012:model"


@pytest.fixture
def served(cloud: LocalCloud) -> Served:
    return Served(cloud)


def deny(cloud: LocalCloud, action: str, resource: str = "*") -> None:
    statement = {"Effect": "Deny", "Action": action, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    cloud.client("iam").put_role_policy(
        RoleName="execution", PolicyName="deny", PolicyDocument=json.dumps(document)
    )


def test_a_model_is_described_as_it_was_created(served: Served) -> None:
    put = served.cloud.client("s3").put_object
    put(Bucket="models", Key="base/config.json", Body=b"")
    put(Bucket="models", Key="out/draft/config.json", Body=b"")
    draft = {"ChannelName": "eagle", **prefix("s3://models/out/draft/")}
    base = prefix("s3://models/base/")
    base["S3DataSource"]["ModelAccessConfig"] = {"AcceptEula": True}
    request = model(ModelDataSource=base, AdditionalModelDataSources=[draft])
    made = served.sagemaker.create_model(**request, Tags=[{"Key": "OptimizationJobName", "Value": "llama"}])

    described = served.sagemaker.describe_model(ModelName="first")
    assert described["ModelArn"] == made["ModelArn"] == f"{ARN}/first"
    assert described["PrimaryContainer"] == request["PrimaryContainer"]
    tags = served.sagemaker.list_tags(ResourceArn=made["ModelArn"])["Tags"]
    assert tags == [{"Key": "OptimizationJobName", "Value": "llama"}]
    assert served.cloud.endpoints.names("Model") == ["first"]


def test_the_draft_of_an_eagle_model_is_told_with_its_base(served: Served) -> None:
    put = served.cloud.client("s3").put_object
    put(Bucket="models", Key="base/config.json", Body=b"")
    put(Bucket="models", Key="out/draft/config.json", Body=b"")
    draft = {"ChannelName": "eagle", **prefix("s3://models/out/draft/")}
    served.sagemaker.create_model(**model(uri="s3://models/base/", AdditionalModelDataSources=[draft]))
    served.config()
    served.sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="first")
    served.cloud.clock.advance(600)
    answer = served.invoke()
    assert answer["Artifact"] == "s3://models/base/"
    assert answer["AdditionalArtifacts"] == {"eagle": "s3://models/out/draft/"}
    assert answer["Image"] == IMAGE


def test_a_name_is_taken_until_its_model_is_deleted(served: Served) -> None:
    served.model()
    assert refusal(served.model)["Message"] == f'Cannot create already existing model "{ARN}/first".'
    served.sagemaker.delete_model(ModelName="first")
    gone = refusal(served.sagemaker.describe_model, ModelName="first")
    assert (gone["Code"], gone["Message"]) == ("ValidationException", f'Could not find model "{ARN}/first".')
    assert refusal(served.sagemaker.delete_model, ModelName="first") == gone
    served.model()


def test_a_read_of_a_model_may_be_late(served: Served) -> None:
    served.cloud.dialect = Dialect(job_read_lag=30)
    served.model()
    assert "Could not find model" in refusal(served.sagemaker.describe_model, ModelName="first")["Message"]
    served.cloud.clock.advance(30)
    assert served.sagemaker.describe_model(ModelName="first")["ModelName"] == "first"
    served.sagemaker.delete_model(ModelName="first")
    assert served.sagemaker.describe_model(ModelName="first")["ModelName"] == "first"
    served.cloud.clock.advance(31)
    assert "Could not find model" in refusal(served.sagemaker.describe_model, ModelName="first")["Message"]


def test_a_role_that_sagemaker_may_not_assume_is_refused(served: Served) -> None:
    served.cloud.optimization_jobs.role_not_assumable(times=1)
    assert "Could not assume role" in refusal(served.model)["Message"]
    served.model()
    request = model("second") | {"ExecutionRoleArn": f"{ROLE_ARN}-of-nobody"}
    assert "Could not assume role" in refusal(served.sagemaker.create_model, **request)["Message"]


@pytest.mark.parametrize(
    ("action", "resource", "words"),
    [
        ("s3:ListBucket", "arn:aws:s3:::models", "No S3 objects found under S3 URL"),
        ("s3:GetObject", "arn:aws:s3:::models/first/*", "Could not access model data at s3://models/first/"),
    ],
)
@pytest.mark.parametrize("checked", ["by CreateModel", "by the first container"])
def test_data_that_the_role_may_not_read_is_told_by_the_model_or_by_the_endpoint(
    served: Served, action: str, resource: str, words: str, checked: Any
) -> None:
    deny(served.cloud, action, resource)
    served.cloud.dialect = Dialect(model_data_is_checked=checked)
    if checked == "by CreateModel":
        assert words in refusal(served.model)["Message"]
        return
    served.endpoint()
    assert served.status() == "Failed"
    assert words in served.described()["FailureReason"]


def test_a_prefix_without_objects_is_no_model(served: Served) -> None:
    error = refusal(served.sagemaker.create_model, **model(uri="s3://models/empty/"))
    assert "that objects exist under that S3 prefix" in error["Message"]


def test_a_bucket_of_somebody_else_only_needs_the_permission(served: Served) -> None:
    served.sagemaker.create_model(**model(uri="s3://jumpstart-cache-prod-us-east-1/llama/"))


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("ecr:GetAuthorizationToken", "does not have GetAuthorizationToken permission for the image"),
        ("ecr:BatchGetImage", "does not have BatchGetImage permission for the image"),
        ("ecr:GetDownloadUrlForLayer", "does not have GetDownloadUrlForLayer permission"),
        ("logs:PutLogEvents", "Failed to write logs"),
        ("cloudwatch:PutMetricData", "Failed to publish metrics"),
    ],
)
def test_an_endpoint_fails_for_what_its_role_may_not_do(served: Served, action: str, words: str) -> None:
    deny(served.cloud, action)
    served.endpoint()
    assert served.status() == "Failed"
    assert words in served.described()["FailureReason"]


@pytest.mark.parametrize("looks", [True, False])
def test_a_model_s_bucket_may_be_looked_at_as_a_whole(served: Served, looks: bool) -> None:
    served.cloud.optimization_jobs.look_at_buckets(looks)
    deny(served.cloud, "s3:GetBucketLocation", "arn:aws:s3:::models")
    served.endpoint()
    assert served.status() == ("Failed" if looks else "InService")


def test_a_model_in_a_vpc_needs_network_interfaces(served: Served) -> None:
    deny(served.cloud, "ec2:CreateNetworkInterface")
    served.cloud.client("s3").put_object(Bucket="models", Key="first/config.json", Body=b"")
    vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    served.sagemaker.create_model(**model(), VpcConfig=vpc)
    served.config()
    served.sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="first")
    served.cloud.clock.advance(600)
    assert "network interfaces" in served.described()["FailureReason"]


def test_a_configuration_names_models_that_there_are(served: Served) -> None:
    missing = refusal(served.config, name="first")
    assert missing["Message"] == f'Could not find model "{ARN}/first".'
    served.model()
    served.config()
    taken = refusal(served.config, name="first")
    assert taken["Message"].startswith("Cannot create already existing endpoint configuration")


def test_a_configuration_for_components_has_a_role(served: Served) -> None:
    error = refusal(lambda: served.config("host", variant(None)))
    assert "ExecutionRoleArn is required" in error["Message"]
    served.config("host", variant(None), ExecutionRoleArn=ROLE_ARN)
    described = served.sagemaker.describe_endpoint_config(EndpointConfigName="host")
    assert described["ExecutionRoleArn"] == ROLE_ARN


def test_what_does_not_fit_the_service_model_is_refused(served: Served) -> None:
    error = refusal(served.sagemaker.create_model, ModelName="not_a_name")
    assert "failed to satisfy constraint" in error["Message"]
