"""An endpoint that serves what a job made: its config, its name, its grants, and what it waits for."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import botocore.loaders
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.serving import endpoint_checks, optimized_endpoint
from tests.constructs.rules.support import token
from tests.constructs.serving.endpoint_support import (
    COMPILED,
    COMPONENT,
    COMPONENTS,
    CONFIG,
    EAGLE,
    ENDPOINT,
    SHARDED,
    VERIFICATION,
    Endpoints,
    Hosting,
    Update,
    id_of,
    make_endpoint,
    make_model,
    variant_of,
    variants_of,
)
from tests.constructs.support import (
    allowed,
    flat,
    new_app,
    properties_of,
    resources_of,
    statements_of,
    template_of,
)

InstanceType = optimization.DeploymentInstanceType
_KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888"


def test_an_endpoint_serves_its_model_on_the_type_that_the_job_optimized_for(stack: cdk.Stack) -> None:
    make_endpoint(stack)
    template = template_of(stack)
    model = id_of(template, "AWS::SageMaker::Model")
    assert variant_of(template) == {
        "VariantName": "optimized",
        "ModelName": {"Fn::GetAtt": [model, "ModelName"]},
        "InstanceType": "ml.g5.2xlarge",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1,
        "ContainerStartupHealthCheckTimeoutInSeconds": 900,
        "ModelDataDownloadTimeoutInSeconds": 1800,
    }
    config = id_of(template, CONFIG)
    endpoint = properties_of(template, ENDPOINT)
    assert endpoint["EndpointConfigName"] == {"Fn::GetAtt": [config, "EndpointConfigName"]}
    assert set(endpoint) == {"EndpointConfigName", "EndpointName"}


def test_an_endpoint_is_one_of_the_cdk(stack: cdk.Stack) -> None:
    def arn_of(endpoint: sagemaker.IEndpoint) -> str:
        return endpoint.endpoint_arn

    endpoint = make_endpoint(stack)
    assert stack.resolve(arn_of(endpoint)) == {"Ref": stack.resolve(_resource(endpoint).logical_id)}
    # A construct of the CDK that takes one.
    assert cdk.Resource.is_resource(endpoint)
    assert stack.resolve(endpoint.env.region) == {"Ref": "AWS::Region"}


@pytest.mark.newest_cdk  # an older one has no references
def test_an_endpoint_is_what_newer_constructs_of_the_cdk_take(stack: cdk.Stack) -> None:
    endpoint = make_endpoint(stack)
    assert endpoint.endpoint_ref.endpoint_arn == endpoint.endpoint_arn


def _resource(endpoint: optimization.OptimizedEndpoint) -> sagemaker.CfnEndpoint:
    resource = endpoint.node.default_child
    assert isinstance(resource, sagemaker.CfnEndpoint)
    return resource


def test_another_instance_type_and_other_timeouts_can_be_chosen(stack: cdk.Stack) -> None:
    make_endpoint(
        stack,
        instance_type=InstanceType.ML_G6_12XLARGE,
        startup_timeout=cdk.Duration.minutes(20),
        download_timeout=cdk.Duration.seconds(60),
        hosting=optimization.Hosting.instances(3),
    )
    variant = variant_of(template_of(stack))
    assert variant["InstanceType"] == "ml.g6.12xlarge"
    assert variant["InitialInstanceCount"] == 3
    assert variant["ContainerStartupHealthCheckTimeoutInSeconds"] == 1200
    assert variant["ModelDataDownloadTimeoutInSeconds"] == 60


def test_a_compiled_model_may_take_an_hour_to_start(stack: cdk.Stack) -> None:
    make_endpoint(stack, model=make_model(stack, config=COMPILED))
    assert variant_of(template_of(stack))["ContainerStartupHealthCheckTimeoutInSeconds"] == 3600


def test_an_imported_job_needs_the_instance_type(stack: cdk.Stack) -> None:
    job = optimization.OptimizationJob.from_optimization_job_attributes(
        stack,
        "Imported",
        optimization_job_arn="arn:aws:sagemaker:us-east-1:111122223333:optimization-job/llama",
        output_location="s3://artifacts/llama/",
    )
    model = optimization.OptimizedModel(
        stack,
        "Model",
        job=job,
        technique=optimization.Technique.QUANTIZATION,
        image="763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.31.0-lmi13.0.0-cu124",
    )
    with pytest.raises(ValueError, match=r"Stack/Model was optimized for is not known.*give instance_type"):
        make_endpoint(stack, "Unknown", model=model)
    make_endpoint(stack, model=model, instance_type=InstanceType.ML_G5_2XLARGE)
    assert variant_of(template_of(stack))["InstanceType"] == "ml.g5.2xlarge"


class TestName:
    def test_the_default_is_the_stacks_own_and_has_no_reference_to_the_endpoint(
        self, stack: cdk.Stack
    ) -> None:
        make_endpoint(stack, "Chat")
        name = flat(properties_of(template_of(stack), ENDPOINT)["EndpointName"])
        beginning, _, unique = name.partition('{"Fn::Select"')
        assert beginning.startswith("stack-")
        assert re.search(r"--chat-[0-9a-f]{6}-$", beginning)
        assert unique.count("AWS::StackId") == 1
        # With eight digits of the stack's id.
        assert len(beginning) + 8 <= 63

    def test_the_longest_default_has_63_characters(self, app: cdk.App) -> None:
        stack = cdk.Stack(app, "A-very-long-name-of-a-stack-which-goes-on-and-on")
        make_endpoint(stack, "AVeryLongNameOfAnEndpointWhichGoesOnAndOn", hosting=COMPONENTS)
        name = flat(properties_of(template_of(stack), ENDPOINT)["EndpointName"])
        assert len(name.partition('{"Fn::Select"')[0]) + 8 + len("-ic") <= 63

    def test_it_can_be_chosen(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, endpoint_name="Chat-1")
        attribute = stack.resolve(endpoint.endpoint_name)
        template = template_of(stack)
        assert properties_of(template, ENDPOINT)["EndpointName"] == "Chat-1"
        # What uses the name waits for the endpoint.
        assert attribute == {"Fn::GetAtt": [id_of(template, ENDPOINT), "EndpointName"]}

    def test_the_default_of_the_other_hosting_is_another_name(self) -> None:
        found = []
        for hosting in (None, optimization.Hosting.instances(2), COMPONENTS):
            stack = cdk.Stack(new_app(), "Stack")
            make_endpoint(stack, hosting=hosting)
            found.append(flat(properties_of(template_of(stack), ENDPOINT)["EndpointName"]))
        default, instances, components = found
        assert default == instances
        assert components == f"{default}-ic"

    def test_a_chosen_name_stays_with_the_other_hosting(self, stack: cdk.Stack) -> None:
        make_endpoint(stack, hosting=COMPONENTS, endpoint_name="chat")
        assert properties_of(template_of(stack), ENDPOINT)["EndpointName"] == "chat"

    def test_it_may_be_known_only_at_deployment(self, stack: cdk.Stack) -> None:
        make_endpoint(stack, endpoint_name=token(stack, "Name"))
        assert properties_of(template_of(stack), ENDPOINT)["EndpointName"] == {"Ref": "Name"}

    def test_another_name_makes_another_component(self) -> None:
        found = set()
        for name in ("one", "two"):
            stack = cdk.Stack(new_app(), "Stack")
            make_endpoint(stack, hosting=COMPONENTS, endpoint_name=name)
            (component,) = resources_of(template_of(stack), COMPONENT).items()
            found |= {component[0], flat(component[1]["Properties"]["InferenceComponentName"])}
        assert len(found) == 4

    @pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "a" * 64, "a.b", 7])
    def test_what_the_api_does_not_allow_is_refused(self, endpoints: Endpoints, name: Any) -> None:
        assert endpoints.refusal(endpoint_name=name).startswith("endpoint_name must")
        with pytest.raises(ValueError, match=r"^the name of a variant must"):
            endpoints.make().add_variant(name, model=endpoints.model)


class TestComponents:
    def test_the_model_is_a_component_and_the_config_has_its_role(self, stack: cdk.Stack) -> None:
        make_endpoint(stack, hosting=COMPONENTS)
        template = template_of(stack)
        config = properties_of(template, CONFIG)
        assert config["EnableNetworkIsolation"] is False
        assert flat(config["ExecutionRoleArn"]).startswith("${EndpointModelRole")
        assert config["ProductionVariants"] == [
            {
                "VariantName": "optimized",
                "InstanceType": "ml.g5.2xlarge",
                "InitialInstanceCount": 1,
                "ManagedInstanceScaling": {
                    "Status": "ENABLED",
                    "MinInstanceCount": 1,
                    "MaxInstanceCount": 1,
                },
                "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
            }
        ]
        component = properties_of(template, COMPONENT)
        assert component["EndpointName"] == {"Fn::GetAtt": [id_of(template, ENDPOINT), "EndpointName"]}
        assert component["VariantName"] == "optimized"
        assert component["RuntimeConfig"] == {"CopyCount": 1}
        assert component["Specification"] == {
            "ModelName": {"Fn::GetAtt": [id_of(template, "AWS::SageMaker::Model"), "ModelName"]},
            "StartupParameters": {
                "ContainerStartupHealthCheckTimeoutInSeconds": 900,
                "ModelDataDownloadTimeoutInSeconds": 1800,
            },
            "ComputeResourceRequirements": {
                "NumberOfAcceleratorDevicesRequired": 1,
                "MinMemoryRequiredInMb": 24576,
            },
        }
        assert "DeploymentConfig" not in component
        assert "DeploymentConfig" not in properties_of(template, ENDPOINT)
        assert "RetainAllVariantProperties" not in properties_of(template, ENDPOINT)

    def test_the_components_name_is_known_and_waits_for_it(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, hosting=COMPONENTS)
        name = stack.resolve(endpoint.inference_component_name)
        component = id_of(template_of(stack), COMPONENT)
        assert name == {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": component}]}]}

    def test_without_a_component_there_is_no_name_of_one(self, endpoints: Endpoints) -> None:
        endpoint = endpoints.make()
        with pytest.raises(ValueError, match=r"has no inference component.*give hosting=Hosting.components"):
            _ = endpoint.inference_component_name

    def test_the_model_of_a_vpc_brings_its_network_into_the_config(self, stack: cdk.Stack) -> None:
        vpc = ec2.Vpc.from_vpc_attributes(
            stack,
            "Vpc",
            vpc_id="vpc-1",
            availability_zones=["a"],
            private_subnet_ids=["subnet-1"],
        )
        make_endpoint(stack, model=make_model(stack, vpc=vpc), hosting=COMPONENTS)
        template = template_of(stack)
        model = properties_of(template, "AWS::SageMaker::Model")
        assert properties_of(template, CONFIG)["VpcConfig"] == model["VpcConfig"]

    def test_as_many_accelerators_as_share_the_model(self, stack: cdk.Stack) -> None:
        model = make_model(stack, config=SHARDED, instance="ml.p4d.24xlarge")
        make_endpoint(stack, model=model, hosting=COMPONENTS)
        requirements = properties_of(template_of(stack), COMPONENT)["Specification"]
        assert requirements["ComputeResourceRequirements"]["NumberOfAcceleratorDevicesRequired"] == 8

    def test_a_device_of_neuron_has_two_cores(self, stack: cdk.Stack) -> None:
        model = make_model(stack, config=COMPILED, instance="ml.inf2.24xlarge")
        make_endpoint(stack, model=model, hosting=COMPONENTS)
        requirements = properties_of(template_of(stack), COMPONENT)["Specification"]
        assert requirements["ComputeResourceRequirements"]["NumberOfAcceleratorDevicesRequired"] == 2

    def test_everything_can_be_chosen(self, stack: cdk.Stack) -> None:
        hosting = optimization.Hosting.components(
            min_memory=cdk.Size.mebibytes(1000),
            accelerators=4,
            copies=2,
            min_instances=2,
            max_instances=5,
            cache=True,
        )
        make_endpoint(stack, hosting=hosting)
        template = template_of(stack)
        component = properties_of(template, COMPONENT)
        assert component["Specification"]["DataCacheConfig"] == {"EnableCaching": True}
        assert component["Specification"]["ComputeResourceRequirements"] == {
            "NumberOfAcceleratorDevicesRequired": 4,
            "MinMemoryRequiredInMb": 1000,
        }
        assert component["RuntimeConfig"] == {"CopyCount": 2}
        variant = variant_of(template)
        assert variant["InitialInstanceCount"] == 2
        assert variant["ManagedInstanceScaling"] == {
            "Status": "ENABLED",
            "MinInstanceCount": 2,
            "MaxInstanceCount": 5,
        }

    def test_every_copy_has_room(self, stack: cdk.Stack) -> None:
        hosting = optimization.Hosting.components(min_memory=cdk.Size.gibibytes(8), copies=3)
        make_endpoint(stack, hosting=hosting)
        assert variant_of(template_of(stack))["ManagedInstanceScaling"]["MaxInstanceCount"] == 3


class TestVariants:
    def test_each_has_its_model_its_weight_and_its_instances(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack)
        other = make_model(stack, "Other")
        variant = endpoint.add_variant("challenger", model=other, weight=0.25, instance_count=2)
        assert variant.variant_name == "challenger"
        assert variant.model is other
        template = template_of(stack)
        first, second = variants_of(template)
        assert (first["VariantName"], second["VariantName"]) == ("optimized", "challenger")
        assert first["ModelName"] != second["ModelName"]
        assert (second["InitialVariantWeight"], second["InitialInstanceCount"]) == (0.25, 2)
        assert second["InstanceType"] == "ml.g5.2xlarge"
        # Both models' roles have their permissions before SageMaker uses them.
        depends = resources_of(template, CONFIG).popitem()[1]["DependsOn"]
        assert len([name for name in depends if "RoleDefaultPolicy" in name]) == 2

    def test_a_second_one_of_a_name_is_refused(self, endpoints: Endpoints) -> None:
        endpoint = endpoints.make()
        with pytest.raises(ValueError, match="one variant of a name, got a second one called 'optimized'"):
            endpoint.add_variant("optimized", model=endpoints.model)

    @pytest.mark.parametrize(
        ("props", "message"),
        [
            ({"weight": -1}, "weight must be a number of at least 0, got -1"),
            ({"weight": "1"}, "weight must be a number of at least 0, got '1'"),
            ({"instance_count": 0}, "instance_count must be a whole number of at least 1, got 0"),
            ({"model": "model"}, "model must be an OptimizedModel, got 'model'"),
        ],
    )
    def test_a_wrong_value_is_refused(
        self, endpoints: Endpoints, props: dict[str, Any], message: str
    ) -> None:
        endpoint = endpoints.make()
        with pytest.raises(ValueError, match=f"^{message}"):
            endpoint.add_variant("other", **{"model": endpoints.model, **props})
        # A refused variant is not there.
        assert len(endpoints.stack.resolve(_config(endpoint).production_variants)) == 1


def _config(endpoint: optimization.OptimizedEndpoint) -> sagemaker.CfnEndpointConfig:
    config = endpoint.node.find_child("Config")
    assert isinstance(config, sagemaker.CfnEndpointConfig)
    return config


class TestAnotherConfig:
    """AWS does not document whether an endpoint may be updated to the config that it has."""

    def _ids(self, *changes: Any) -> list[str]:
        found = []
        for change in changes:
            stack = cdk.Stack(new_app(), "Stack")
            model, alarm = make_model(stack), cloudwatch.Alarm.from_alarm_name(stack, "Alarm", "alarm")
            change(
                lambda stack=stack, model=model, **props: make_endpoint(stack, model=model, **props), alarm
            )
            found.append(id_of(template_of(stack), CONFIG))
        return found

    def test_whatever_changes_an_endpoint_comes_with_one(self) -> None:
        ten, twenty = cdk.Duration.minutes(10), cdk.Duration.minutes(20)
        ids = self._ids(
            lambda make, _: make(),
            lambda make, _: make(update=Update.canary(10, ten)),
            lambda make, _: make(update=Update.canary(20, ten)),
            lambda make, _: make(update=Update.canary(20, twenty)),
            lambda make, _: make(update=Update.linear(20, twenty)),
            lambda make, alarm: make(rollback_alarms=[alarm]),
            lambda make, _: make().auto_scale(min_capacity=1, max_capacity=2),
            lambda make, alarm: make(rollback_alarms=[alarm]).auto_scale(min_capacity=1, max_capacity=2),
        )
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"EndpointConfig[0-9A-F]{8}([0-9a-f]{6})?", each) for each in ids)

    def test_nothing_else_does(self) -> None:
        scaled, other = self._ids(
            lambda make, _: make().auto_scale(min_capacity=1, max_capacity=2),
            lambda make, _: (
                make(tags={"a": "b"})
                .auto_scale(min_capacity=2, max_capacity=8)
                .scale_on_concurrency("Load", target=8)
            ),
        )
        assert scaled == other

    def test_that_of_components_stays(self) -> None:
        plain, changed = self._ids(
            lambda make, _: make(hosting=COMPONENTS),
            lambda make, alarm: make(
                hosting=COMPONENTS,
                rollback_alarms=[alarm],
                update=Update.rolling(10, cdk.Duration.minutes(10)),
            ),
        )
        assert plain == changed


class TestVerification:
    def test_a_deployment_compares_what_runs_with_what_was_deployed(self, stack: cdk.Stack) -> None:
        make_endpoint(stack)
        template = template_of(stack)
        endpoint, config = id_of(template, ENDPOINT), id_of(template, CONFIG)
        (verification,) = resources_of(template, VERIFICATION).values()
        properties = verification["Properties"]
        assert properties["EndpointName"] == {"Fn::GetAtt": [endpoint, "EndpointName"]}
        assert properties["EndpointConfigName"] == {"Fn::GetAtt": [config, "EndpointConfigName"]}
        assert "InferenceComponents" not in properties
        policies = [name for name in verification["DependsOn"] if "VerificationPermissions" in name]
        (policy,) = policies
        statements = template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
        assert statements == [
            {"Action": "sagemaker:DescribeEndpoint", "Effect": "Allow", "Resource": {"Ref": endpoint}}
        ]

    def test_it_looks_at_the_component_as_well(self, stack: cdk.Stack) -> None:
        make_endpoint(stack, hosting=COMPONENTS)
        template = template_of(stack)
        component = id_of(template, COMPONENT)
        properties = properties_of(template, VERIFICATION)
        assert properties["InferenceComponents"] == [
            {
                "InferenceComponentName": {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": component}]}]},
                "ModelName": properties_of(template, COMPONENT)["Specification"]["ModelName"],
                "Settings": {
                    "ContainerStartupHealthCheckTimeoutInSeconds": 900,
                    "MinMemoryRequiredInMb": 24_576,
                    "ModelDataDownloadTimeoutInSeconds": 1800,
                    "NumberOfAcceleratorDevicesRequired": 1,
                },
            }
        ]
        statements = statements_of(template, "OptimizationJobProviderFunctionRole")
        assert allowed(statements, "sagemaker:DescribeInferenceComponent") == [f"${{{component}}}"]

    def test_it_can_be_left_out(self, stack: cdk.Stack) -> None:
        make_endpoint(stack, verify_update=False)
        assert resources_of(template_of(stack), VERIFICATION) == {}

    def test_what_depends_on_the_endpoint_waits_for_it(self, stack: cdk.Stack) -> None:
        endpoint = make_endpoint(stack, hosting=COMPONENTS)
        topic = sns.Topic(stack, "Topic")
        topic.node.add_dependency(endpoint)
        template = template_of(stack)
        (resource,) = resources_of(template, "AWS::SNS::Topic").values()
        awaited = {id_of(template, each) for each in (CONFIG, ENDPOINT, COMPONENT, VERIFICATION)}
        assert awaited <= set(resource["DependsOn"])

    def test_the_function_may_be_another_stacks(self, app: cdk.App) -> None:
        shared, stack = cdk.Stack(app, "Shared"), cdk.Stack(app, "Stack")
        provider = optimization.OptimizationJobProvider.for_stack(shared)
        model = make_model(stack)
        make_endpoint(stack, model=model, provider=provider)
        token_of_function = properties_of(template_of(stack), VERIFICATION)["ServiceToken"]
        assert "Fn::ImportValue" in token_of_function


class TestGrantInvoke:
    def _grantee(self, stack: cdk.Stack) -> iam.Role:
        return iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))

    def test_it_is_for_this_endpoint_and_also_for_a_response_in_parts(self, stack: cdk.Stack) -> None:
        grant = make_endpoint(stack).grant_invoke(self._grantee(stack))
        template = template_of(stack)
        assert grant.success
        (statement,) = statements_of(template, "Caller")
        assert statement["Action"] == [
            "sagemaker:InvokeEndpoint",
            "sagemaker:InvokeEndpointWithResponseStream",
        ]
        assert statement["Resource"] == {"Ref": id_of(template, ENDPOINT)}

    def test_it_covers_the_component(self, stack: cdk.Stack) -> None:
        make_endpoint(stack, hosting=COMPONENTS).grant_invoke(self._grantee(stack))
        template = template_of(stack)
        (statement,) = statements_of(template, "Caller")
        assert statement["Resource"] == [
            {"Ref": id_of(template, ENDPOINT)},
            {"Ref": id_of(template, COMPONENT)},
        ]

    def test_an_asynchronous_endpoint_is_invoked_with_files(self, stack: cdk.Stack) -> None:
        bucket = s3.Bucket(stack, "Bucket")
        endpoint = make_endpoint(stack, asynchronous=optimization.AsyncInference.to_bucket(bucket))
        endpoint.grant_invoke(self._grantee(stack))
        (statement,) = statements_of(template_of(stack), "Caller")
        # SageMaker refuses every other request.
        assert statement["Action"] == "sagemaker:InvokeEndpointAsync"

    def test_a_name_is_no_principal(self, endpoints: Endpoints) -> None:
        endpoint = endpoints.make()
        wrong: Any = "lambda.amazonaws.com"
        with pytest.raises(ValueError, match="grantee must be a principal"):
            endpoint.grant_invoke(wrong)


def test_a_key_encrypts_the_volumes_of_instances_that_have_some(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", _KEY_ARN)
    model = make_model(stack, config=COMPILED, instance="ml.inf2.24xlarge")
    make_endpoint(stack, model=model, encryption_key=key)
    template = template_of(stack)
    assert properties_of(template, CONFIG)["KmsKeyId"] == _KEY_ARN
    assert allowed(statements_of(template, "ModelRole"), "kms:CreateGrant") == [_KEY_ARN]


def test_the_volume_of_every_instance_can_be_chosen(stack: cdk.Stack) -> None:
    model = make_model(stack, config=COMPILED, instance="ml.inf2.24xlarge")
    endpoint = make_endpoint(stack, model=model, volume_size=cdk.Size.tebibytes(0.5))
    endpoint.add_variant("other", model=model)
    assert [each["VolumeSizeInGB"] for each in variants_of(template_of(stack))] == [512, 512]


@pytest.mark.parametrize(
    ("size", "got"),
    [
        (cdk.Size.gibibytes(0), "got 0"),
        (cdk.Size.gibibytes(513), "got 513"),
        (cdk.Size.mebibytes(1536), "got 1.5"),
    ],
)
def test_a_volume_has_a_size_that_the_api_allows(endpoints: Endpoints, size: cdk.Size, got: str) -> None:
    refusal = endpoints.refusal(volume_size=size)
    assert refusal == f"volume_size in GiB must be a whole number from 1 to 512, {got}"


def test_the_size_of_a_volume_may_be_known_only_at_deployment(stack: cdk.Stack) -> None:
    given = cdk.CfnParameter(stack, "Given", type="Number").value_as_number
    model = make_model(stack, config=COMPILED, instance="ml.inf2.24xlarge")
    with pytest.raises(ValueError, match=r"use Size\.gibibytes\(…\), got a number of another unit"):
        make_endpoint(stack, "Wrong", model=model, volume_size=cdk.Size.mebibytes(given))
    other = cdk.Stack(new_app(), "Other")
    given = cdk.CfnParameter(other, "Given", type="Number").value_as_number
    make_endpoint(
        other, volume_size=cdk.Size.gibibytes(given), instance_type=InstanceType.of("ml.p3.2xlarge")
    )
    assert variant_of(template_of(other))["VolumeSizeInGB"] == {"Ref": "Given"}


@pytest.mark.parametrize("hosting", [Hosting.instances(), COMPONENTS], ids=["instances", "components"])
def test_the_machine_image_can_be_chosen(stack: cdk.Stack, hosting: Hosting) -> None:
    make_endpoint(stack, hosting=hosting, ami_version=optimization.InferenceAmiVersion.GPU_4_1)
    variant = variant_of(template_of(stack))
    assert variant["InferenceAmiVersion"] == "al2023-ami-sagemaker-inference-gpu-4-1"


def test_every_variant_starts_from_the_chosen_machine_image(stack: cdk.Stack) -> None:
    model = make_model(stack)
    ami = optimization.InferenceAmiVersion.of("al2027-ami-sagemaker-inference-gpu-9")
    make_endpoint(stack, model=model, ami_version=ami).add_variant("other", model=model)
    variants = variants_of(template_of(stack))
    assert [each["InferenceAmiVersion"] for each in variants] == [ami.value] * 2


def test_sagemaker_chooses_the_volume_and_the_machine_image_otherwise(stack: cdk.Stack) -> None:
    make_endpoint(stack)
    assert not {"VolumeSizeInGB", "InferenceAmiVersion"} & set(variant_of(template_of(stack)))


def test_the_machine_images_are_those_of_the_api() -> None:
    model = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")
    known = model["shapes"]["ProductionVariantInferenceAmiVersion"]["enum"]
    assert sorted(optimization.InferenceAmiVersion.known_values()) == sorted(known)


@pytest.mark.parametrize("chosen", [True, False])
def test_detailed_observability_can_be_chosen(stack: cdk.Stack, chosen: bool) -> None:
    make_endpoint(stack, detailed_observability=chosen)
    config = properties_of(template_of(stack), CONFIG)
    assert config["MetricsConfig"] == {"EnableDetailedObservability": chosen}


def test_tags_are_those_of_the_props_and_of_the_app(stack: cdk.Stack) -> None:
    endpoint = make_endpoint(stack, hosting=COMPONENTS, tags={"team": "search", "cost": "1"})
    cdk.Tags.of(endpoint).add("cost", "2")
    template = template_of(stack)
    for kind in (CONFIG, ENDPOINT, COMPONENT):
        tags = properties_of(template, kind)["Tags"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "search", "cost": "2"}


def test_a_model_of_another_stack_could_never_change_and_is_refused(app: cdk.App) -> None:
    models, stack = cdk.Stack(app, "Models"), cdk.Stack(app, "Stack")
    model = make_model(models)
    with pytest.raises(
        ValueError, match=r"the model of Stack/Endpoint must be in its stack, Stack, got Models/Model"
    ):
        make_endpoint(stack, model=model)


def test_the_model_of_a_nested_stack_is_deployed_with_the_endpoint(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    make_endpoint(stack, model=make_model(nested))
    assert "Outputs" in flat(str(variant_of(template_of(stack))["ModelName"]))


def test_a_model_with_a_draft_is_served_like_another(stack: cdk.Stack) -> None:
    make_endpoint(stack, model=make_model(stack, config=EAGLE))
    template = template_of(stack)
    model = id_of(template, "Custom::SageMakerModel")
    assert variant_of(template)["ModelName"] == {"Ref": model}


def test_a_role_of_yours_gets_the_permissions_too(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    bucket = s3.Bucket(stack, "Bucket")
    make_endpoint(
        stack,
        model=make_model(stack, role=role),
        data_capture=optimization.DataCapture.to_bucket(bucket, "captured/"),
    )
    assert allowed(statements_of(template_of(stack), "Mine"), "s3:PutObject") == [
        "${Bucket83908E77.Arn}/captured/*"
    ]


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"model": "model"}, "model must be an OptimizedModel, got 'model'"),
        ({"instance_type": "ml.g5.2xlarge"}, "instance_type must be a member of DeploymentInstanceType"),
        ({"hosting": 2}, r"hosting must be Hosting.instances\(…\) or Hosting.components\(…\), got 2"),
        ({"update": "canary"}, "update must be an EndpointUpdate, .*got 'canary'"),
        ({"rollback_alarms": "alarm"}, "rollback_alarms must be a list of alarms, got 'alarm'"),
        ({"rollback_alarms": ["alarm"]}, r"rollback_alarms\[0\] must be an alarm, .*got 'alarm'"),
        ({"data_capture": "s3://a/"}, r"data_capture must be DataCapture.to_bucket\(…\), got 's3://a/'"),
        ({"asynchronous": True}, r"asynchronous must be AsyncInference.to_bucket\(…\), got True"),
        ({"volume_size": 256}, "volume_size must be a Size, such as .*, got 256"),
        (
            {"ami_version": "al2-ami-sagemaker"},
            "ami_version must be a member of InferenceAmiVersion, .*, got 'al2-ami-sagemaker'",
        ),
        ({"detailed_observability": "no"}, "detailed_observability must be True or False, got 'no'"),
        ({"encryption_key": "alias/a"}, "encryption_key must be a key, .*got 'alias/a'"),
        ({"verify_update": 1}, "verify_update must be True or False, got 1"),
        ({"provider": "arn"}, "provider must be an OptimizationJobProvider, got 'arn'"),
        ({"tags": ["a"]}, "tags must be a mapping of strings"),
        ({"tags": {"a": 1}}, "tags.a must be a string, got 1"),
        ({"tags": {"AWS:a": "b"}}, "the key of a tag must not begin with 'aws:', which only AWS may use"),
        ({"startup_timeout": 60}, "startup_timeout must be a Duration"),
        (
            {"startup_timeout": cdk.Duration.seconds(59)},
            "startup_timeout must be between 1 minute and 1 hour, got 59 seconds",
        ),
        (
            {"download_timeout": cdk.Duration.minutes(61)},
            "download_timeout must be between 1 minute and 1 hour, got 61 minutes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value),
)
def test_a_wrong_value_is_refused(endpoints: Endpoints, props: dict[str, Any], message: str) -> None:
    assert re.match(message, endpoints.refusal(**props)), endpoints.refusal(**props)


def test_the_limits_are_those_of_the_api() -> None:
    shapes = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")["shapes"]
    for name in ("ModelDataDownload", "ContainerStartupHealthCheck"):
        shape = shapes[f"ProductionVariant{name}TimeoutInSeconds"]
        limits = optimized_endpoint.SHORTEST_TIMEOUT, optimized_endpoint.LONGEST_TIMEOUT
        assert (shape["min"], shape["max"]) == limits
    for name in ("EndpointName", "VariantName"):
        assert shapes[name]["pattern"] == endpoint_checks.NAME.pattern
        assert shapes[name]["max"] == endpoint_checks.LONGEST_NAME


def test_endpoints_that_differ_in_capitals_alone_have_different_names(stack: cdk.Stack) -> None:
    model = make_model(stack)
    for id in ("Chat", "chat", "CHAT"):
        make_endpoint(stack, id, model=model, hosting=COMPONENTS)
    template = template_of(stack)
    for resource_type, name in ((ENDPOINT, "EndpointName"), (COMPONENT, "InferenceComponentName")):
        found = resources_of(template, resource_type).values()
        assert len({flat(each["Properties"][name]) for each in found}) == 3
