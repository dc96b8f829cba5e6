"""Rules for endpoints that serve an artifact."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import botocore.loaders
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.rules.endpoints import MOST_ALARMS, REGIONS_WITHOUT_COMPONENTS
from tests.constructs.rules.support import DJL, token, warnings_about, warnings_at_synthesis
from tests.constructs.serving.endpoint_support import (
    COMPILED,
    COMPONENT,
    COMPONENTS,
    QUANTIZED,
    SHARDED,
    Endpoints,
    Hosting,
    Update,
    make_endpoint,
    make_model,
)

InstanceType = optimization.DeploymentInstanceType

_TEN = cdk.Duration.minutes(10)
_KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888"


@pytest.fixture(scope="module")
def endpoints() -> Endpoints:
    return Endpoints()


def test_the_usual_endpoint_breaks_no_rule(endpoints: Endpoints) -> None:
    endpoint = endpoints.make(hosting=Hosting.instances(2), update=Update.canary(10, _TEN))
    endpoint.auto_scale(min_capacity=2, max_capacity=4).scale_on_concurrency("Load", target=8)
    assert warnings_about(endpoint) == {}
    component = endpoints.make(hosting=COMPONENTS)
    component.auto_scale(min_capacity=0, max_capacity=4).scale_on_concurrency("Load", target=8)
    assert warnings_about(component) == {}


class TestSharded:
    @pytest.mark.parametrize(("hosting", "got"), [(None, "no hosting"), (Hosting.instances(), "instances")])
    def test_it_needs_a_component(self, endpoints: Endpoints, hosting: Hosting | None, got: str) -> None:
        model = endpoints.model_of(SHARDED, "ml.p4d.24xlarge")
        refusal = endpoints.refusal(model=model, hosting=hosting)
        assert refusal.startswith("hosting must be Hosting.components(min_memory=…) for the sharded model")
        assert f"got {got}" in refusal

    def test_as_a_component_it_is_served(self, endpoints: Endpoints) -> None:
        model = endpoints.model_of(SHARDED, "ml.p4d.24xlarge")
        assert endpoints.warnings(model=model, hosting=COMPONENTS) == {}


class TestZero:
    def test_instances_stay(self, endpoints: Endpoints) -> None:
        endpoint = endpoints.make()
        variant = endpoint.add_variant("other", model=endpoints.model)
        for scales, name in ((endpoint, "optimized"), (variant, "other")):
            with pytest.raises(
                ValueError, match=f"^min_capacity of the variant '{name}' must be at least 1, .* got 0"
            ):
                scales.auto_scale(min_capacity=0, max_capacity=1)

    def test_those_of_an_asynchronous_endpoint_go(self, endpoints: Endpoints) -> None:
        bucket = s3.Bucket.from_bucket_name(endpoints.stack, "Zero", "inference")
        endpoint = endpoints.make(asynchronous=optimization.AsyncInference.to_bucket(bucket))
        endpoint.auto_scale(min_capacity=0, max_capacity=1)


class TestOtherChips:
    def test_a_model_for_neuron_needs_neuron(self, endpoints: Endpoints) -> None:
        model = endpoints.model_of(COMPILED, "ml.inf2.24xlarge")
        refusal = endpoints.refusal(model=model, instance_type=InstanceType.ML_G5_12XLARGE)
        assert refusal.startswith("instance_type must have AWS Inferentia or Trainium, because ")
        assert "was optimized for ml.inf2.24xlarge, got ml.g5.12xlarge" in refusal

    @pytest.mark.parametrize("config", [QUANTIZED, COMPILED], ids=["quantized", "compiled"])
    def test_a_model_for_gpus_needs_gpus(
        self, endpoints: Endpoints, config: optimization.OptimizationConfig
    ) -> None:
        model = endpoints.model_of(config)
        refusal = endpoints.refusal(model=model, instance_type=InstanceType.ML_INF2_8XLARGE)
        assert refusal.startswith("instance_type must have GPUs, because ")

    def test_the_models_of_other_variants_do_as_well(self, endpoints: Endpoints) -> None:
        endpoint = endpoints.make()
        with pytest.raises(ValueError, match=r"^instance_type must have AWS Inferentia or Trainium"):
            endpoint.add_variant("other", model=endpoints.model_of(COMPILED, "ml.inf2.24xlarge"))

    def test_a_compiled_model_may_not_run_on_another_size(self, endpoints: Endpoints) -> None:
        model = endpoints.model_of(COMPILED, "ml.g5.12xlarge")
        warnings = endpoints.warnings(model=model, instance_type=InstanceType.ML_G5_48XLARGE)
        assert set(warnings) == {"compiledForOtherType"}
        assert "compiled for ml.g5.12xlarge, and ml.g5.48xlarge serves it" in warnings["compiledForOtherType"]

    def test_a_quantized_one_does(self, endpoints: Endpoints) -> None:
        assert endpoints.warnings(instance_type=InstanceType.ML_G6_48XLARGE) == {}

    def test_a_type_that_is_known_only_at_deployment_is_not_compared(self, endpoints: Endpoints) -> None:
        instance = InstanceType.of(token(endpoints.stack, "Type"))
        model = endpoints.model_of(COMPILED, "ml.inf2.24xlarge")
        assert endpoints.warnings(model=model, instance_type=instance) == {}


class TestCompiledDegree:
    def test_a_copy_needs_as_many_accelerators(self, endpoints: Endpoints) -> None:
        model = endpoints.model_of(COMPILED, "ml.g5.12xlarge")
        hosting = Hosting.components(min_memory=cdk.Size.gibibytes(8), accelerators=2)
        refusal = endpoints.refusal(model=model, hosting=hosting)
        assert refusal.startswith("accelerators must be 4, because ")
        assert "was compiled with OPTION_TENSOR_PARALLEL_DEGREE 4, got 2" in refusal

    def test_a_device_of_neuron_has_two_cores(self, endpoints: Endpoints) -> None:
        model = endpoints.model_of(COMPILED, "ml.inf2.24xlarge")
        memory = cdk.Size.gibibytes(8)
        assert endpoints.refusal(
            model=model, hosting=Hosting.components(min_memory=memory, accelerators=4)
        ).startswith("accelerators must be 2")
        endpoints.make(model=model, hosting=Hosting.components(min_memory=memory, accelerators=2))

    def test_a_quantized_model_has_no_fixed_number(self, endpoints: Endpoints) -> None:
        endpoints.make(hosting=Hosting.components(min_memory=cdk.Size.gibibytes(8), accelerators=4))


class TestAccelerators:
    @pytest.mark.parametrize(
        ("instance", "accelerators", "warns"),
        [
            ("ml.g5.2xlarge", 8, True),
            ("ml.g5.2xlarge", 1, False),
            ("ml.g5.12xlarge", 4, False),
            ("ml.g5.12xlarge", 5, True),
            ("ml.p4d.24xlarge", 8, False),
            # Nobody knows how many GPUs these have.
            ("ml.p9.48xlarge", 16, False),
            ("ml.g7.2xlarge", 8, False),
        ],
    )
    def test_a_copy_needs_no_more_than_an_instance_has(
        self, endpoints: Endpoints, instance: str, accelerators: int, warns: bool
    ) -> None:
        warnings = endpoints.warnings(
            instance_type=optimization.DeploymentInstanceType.of(instance),
            hosting=Hosting.components(min_memory=cdk.Size.gibibytes(8), accelerators=accelerators),
        )
        assert ("moreAcceleratorsThanInstance" in warnings) is warns
        if warns:
            assert f"got {accelerators}" in warnings["moreAcceleratorsThanInstance"]


class TestUpdates:
    @pytest.mark.parametrize(
        ("update", "call"),
        [
            (Update.all_at_once(), "all_at_once"),
            (Update.canary(10, _TEN), "canary"),
            (Update.linear(10, _TEN), "linear"),
        ],
    )
    def test_components_only_roll(self, endpoints: Endpoints, update: Update, call: str) -> None:
        refusal = endpoints.refusal(hosting=COMPONENTS, update=update)
        assert refusal.startswith("update must be EndpointUpdate.rolling(…) with Hosting.components(…)")
        assert f"got EndpointUpdate.{call}(…)" in refusal

    def test_several_variants_do_not(self, endpoints: Endpoints) -> None:
        endpoint = endpoints.make(update=Update.rolling(10, _TEN))
        with pytest.raises(
            ValueError, match=r"^update must not be EndpointUpdate.rolling\(…\) .*got 2 variants"
        ):
            endpoint.add_variant("other", model=endpoints.model)

    def test_alarms_need_time(self, endpoints: Endpoints) -> None:
        alarm = cloudwatch.Alarm.from_alarm_name(endpoints.stack, "Alarm", "alarm")
        none, some = Update.canary(10, cdk.Duration.seconds(0)), Update.canary(10, _TEN)
        two: dict[str, Any] = {"hosting": Hosting.instances(2)}
        assert set(endpoints.warnings(update=none, rollback_alarms=[alarm], **two)) == {"alarmsWithoutTime"}
        assert endpoints.warnings(update=some, rollback_alarms=[alarm], **two) == {}
        assert endpoints.warnings(update=none, **two) == {}
        assert endpoints.warnings(rollback_alarms=[alarm], **two) == {}

    @pytest.mark.parametrize(
        "update", [Update.canary(50, _TEN), Update.linear(50, _TEN), Update.rolling(50, _TEN)]
    )
    def test_a_single_instance_has_no_parts(self, endpoints: Endpoints, update: Update) -> None:
        (warning,) = endpoints.warnings(update=update).values()
        assert warning.startswith(
            f"EndpointUpdate.{update.strategy.lower()}(…) changes a part of the variant"
        )
        assert "got less than two (1)" in warning
        two = Hosting.instances(2)
        assert endpoints.warnings(update=update, hosting=two) == {}
        scales = endpoints.make(update=update, hosting=two)
        scales.auto_scale(min_capacity=1, max_capacity=4).scale_on_concurrency("Load", target=8)
        assert set(warnings_about(scales)) == {"stepsOfOneInstance"}

    def test_one_of_several_variants_may_be_a_single_instance(self, endpoints: Endpoints) -> None:
        endpoint = endpoints.make(update=Update.canary(50, _TEN), hosting=Hosting.instances(2))
        endpoint.add_variant("small", model=endpoints.model)
        (warning,) = warnings_about(endpoint).values()
        assert "a part of the variant 'small' at a time" in warning

    def test_neither_has_a_single_copy(self, endpoints: Endpoints) -> None:
        alarm = cloudwatch.Alarm.from_alarm_name(endpoints.stack, "OfCopies", "alarm")
        by_alarms = endpoints.warnings(hosting=COMPONENTS, rollback_alarms=[alarm])
        assert by_alarms["stepsOfOneInstance"].startswith("rollback_alarms changes a part of the component")
        by_update = endpoints.warnings(hosting=COMPONENTS, update=Update.rolling(50, _TEN))
        assert set(by_update) == {"stepsOfOneInstance"}
        two = Hosting.components(min_memory=cdk.Size.gibibytes(24), copies=2)
        assert endpoints.warnings(hosting=two, update=Update.rolling(50, _TEN), rollback_alarms=[alarm]) == {}

    def test_a_number_that_is_known_only_at_deployment_may_be_enough(self, endpoints: Endpoints) -> None:
        count: Any = cdk.Token.as_number(cdk.Fn.ref("Count"))
        assert endpoints.warnings(update=Update.canary(50, _TEN), hosting=Hosting.instances(count)) == {}

    def test_as_many_alarms_as_the_api_accepts(self) -> None:
        shapes = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")["shapes"]
        assert shapes["AlarmList"]["max"] == MOST_ALARMS


def test_a_component_is_the_only_one(endpoints: Endpoints) -> None:
    endpoint = endpoints.make(hosting=COMPONENTS)
    with pytest.raises(
        ValueError, match=r"^an endpoint with Hosting.components\(…\) must have one model.*got 2"
    ):
        endpoint.add_variant("other", model=endpoints.model)


@pytest.mark.parametrize("instance", ["ml.g5.2xlarge", "ml.p4d.24xlarge", "ml.p5en.48xlarge"])
def test_a_disk_of_its_own_takes_no_key(endpoints: Endpoints, instance: str) -> None:
    key = kms.Key.from_key_arn(endpoints.stack, f"Key{instance}", _KEY_ARN)
    refusal = endpoints.refusal(encryption_key=key, instance_type=InstanceType.of(instance))
    assert refusal.startswith(f"encryption_key must be left out for {instance}")


def test_what_aws_does_not_document_is_a_warning(endpoints: Endpoints) -> None:
    bucket = s3.Bucket.from_bucket_name(endpoints.stack, "Bucket", "inference")
    props: dict[str, Any] = {
        "asynchronous": optimization.AsyncInference.to_bucket(bucket),
        "data_capture": optimization.DataCapture.to_bucket(bucket),
    }
    both = endpoints.warnings(hosting=COMPONENTS, **props)
    assert set(both) == {"asyncWithComponents", "captureWithAsync", "captureWithComponents"}
    assert set(endpoints.warnings(**props)) == {"captureWithAsync"}
    for name, value in props.items():
        assert endpoints.warnings(**{name: value}) == {}


class TestAsynchronous:
    @pytest.mark.parametrize(
        ("tag", "expected"),
        [
            ("0.30.0-lmi12.0.0-cu124", {"asyncImageOld"}),
            ("0.29.0-neuronx-sdk2.19.1", {"asyncImageOld"}),
            ("0.31.0-lmi13.0.0-cu124", set()),
            ("0.36.0-lmi20.0.0-cu128", set()),
        ],
    )
    def test_an_old_container_does_not_say_how_long_its_response_is(
        self, endpoints: Endpoints, tag: str, expected: set[str]
    ) -> None:
        bucket = s3.Bucket.from_bucket_name(endpoints.stack, f"Of{tag}", "inference")
        model = endpoints.model_with(image=f"{DJL}:{tag}")
        asynchronous = optimization.AsyncInference.to_bucket(bucket)
        assert set(endpoints.warnings(model=model, asynchronous=asynchronous)) == expected
        assert endpoints.warnings(model=model) == {}

    def test_it_scales_on_its_backlog_alone(self, stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "inference")
        asynchronous = optimization.AsyncInference.to_bucket(bucket)
        model = make_model(stack)
        scaled = make_endpoint(stack, "OnRequests", model=model, asynchronous=asynchronous)
        scaling = scaled.auto_scale(min_capacity=0, max_capacity=2)
        scaling.scale_on_concurrency("Load", target=8)
        scaling.scale_on_invocations("Requests", per_minute=60)
        scaling.scale_on_backlog("Backlog", target=5)
        waiting = make_endpoint(stack, "OnItsBacklog", model=model, asynchronous=asynchronous)
        waiting.auto_scale(min_capacity=0, max_capacity=2).scale_on_backlog("Backlog", target=5)
        at_once = make_endpoint(stack, "AtOnce", model=model)
        at_once.auto_scale(min_capacity=1, max_capacity=2).scale_on_invocations("Requests", per_minute=60)
        ((path, text),) = warnings_at_synthesis(stack)["asyncMetricMissing"]
        assert path == "/Stack/OnRequests"
        assert text.startswith("the policies Load, Requests never scale")


class TestVolume:
    @pytest.mark.parametrize("instance", ["ml.g5.2xlarge", "ml.p4d.24xlarge"])
    def test_a_disk_of_its_own_is_all_that_an_instance_has(self, endpoints: Endpoints, instance: str) -> None:
        size = cdk.Size.gibibytes(256)
        refusal = endpoints.refusal(volume_size=size, instance_type=InstanceType.of(instance))
        assert refusal.startswith(f"volume_size must be left out for {instance}")

    def test_without_a_disk_it_should_be_chosen(self, endpoints: Endpoints) -> None:
        model = endpoints.model_of(COMPILED, "ml.inf2.48xlarge")
        assert set(endpoints.warnings(model=model)) == {"volumeNotChosen"}
        assert endpoints.warnings(model=model, volume_size=cdk.Size.gibibytes(512)) == {}

    def test_nothing_is_said_of_a_type_that_is_not_known(self, endpoints: Endpoints) -> None:
        for instance in ("ml.p9.48xlarge", token(endpoints.stack, "TypeWithVolume")):
            kind = InstanceType.of(instance)
            assert endpoints.warnings(instance_type=kind) == {}
            assert endpoints.warnings(instance_type=kind, volume_size=cdk.Size.gibibytes(512)) == {}


class TestMachineImage:
    @pytest.mark.parametrize(
        ("image", "instance"),
        [
            (f"{DJL}:0.36.0-lmi26.0.0-cu130", "ml.g5.12xlarge"),
            (f"{DJL}:0.36.0-lmi27.0.0-cu130-v1.1", "ml.p5.48xlarge"),
            (
                "111122223333.dkr.ecr.us-east-1.amazonaws.com/vllm:0.21.0-gpu-py312-cu130-ubuntu22.04",
                "ml.g6.xlarge",
            ),
        ],
    )
    def test_an_image_for_cuda_13_needs_a_newer_driver(
        self, endpoints: Endpoints, image: str, instance: str
    ) -> None:
        props: dict[str, Any] = {
            "model": endpoints.model_with(image=image),
            "instance_type": InstanceType.of(instance),
        }
        (warning,) = endpoints.warnings(**props).items()
        assert warning[0] == "imageNeedsNewerDriver"
        assert "is built for CUDA 13" in warning[1]
        assert "got no ami_version" in warning[1]
        older = endpoints.warnings(ami_version=optimization.InferenceAmiVersion.GPU_3_1, **props)
        assert "got 'al2-ami-sagemaker-inference-gpu-3-1'" in older["imageNeedsNewerDriver"]
        for newer in (
            optimization.InferenceAmiVersion.GPU_4_1,
            optimization.InferenceAmiVersion.of("al2027-ami-sagemaker-inference-gpu-9"),
            optimization.InferenceAmiVersion.of(token(endpoints.stack, f"Ami{instance}")),
        ):
            assert endpoints.warnings(ami_version=newer, **props) == {}

    @pytest.mark.parametrize(
        ("tag", "instance"),
        [
            # AWS's notebook serves a draft so.
            ("0.36.0-lmi18.0.0-cu128", "ml.g5.2xlarge"),
            ("0.36.0-lmi26.0.0", "ml.g5.2xlarge"),
            ("0.36.0-lmi26.0.0-cu130", "ml.p6-b200.48xlarge"),
            ("0.36.0-cu1300x", "ml.g5.2xlarge"),
        ],
    )
    def test_other_images_and_newer_instances_need_none(
        self, endpoints: Endpoints, tag: str, instance: str
    ) -> None:
        model = endpoints.model_with(image=f"{DJL}:{tag}")
        assert endpoints.warnings(model=model, instance_type=InstanceType.of(instance)) == {}

    def test_a_tag_that_is_known_only_at_deployment_may_be_any(self, endpoints: Endpoints) -> None:
        model = endpoints.model_with(image=f"{DJL}:0.36.0-{token(endpoints.stack, 'Tag')}-cu130")
        assert endpoints.warnings(model=model) == {}


class TestRegions:
    @pytest.mark.parametrize(
        ("region", "expected"),
        [("us-west-1", {"componentsNotInRegion"}), ("us-west-2", set()), ("xx-new-1", set())],
    )
    def test_components_are_not_everywhere(self, app: cdk.App, region: str, expected: set[str]) -> None:
        stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region=region))
        assert set(warnings_about(make_endpoint(stack, hosting=COMPONENTS))) == expected

    def test_instances_are(self, app: cdk.App) -> None:
        stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-west-1"))
        assert warnings_about(make_endpoint(stack)) == {}

    def test_the_list_is_that_of_cfn_lint(self) -> None:
        without = {
            region
            for region in REGIONS
            if COMPONENT not in PROVIDER_SCHEMA_MANAGER.get_resource_types(region)
        }
        assert without == REGIONS_WITHOUT_COMPONENTS


class TestScaling:
    def test_the_type_of_a_variant_that_scales_must_not_change(self, endpoints: Endpoints) -> None:
        instance = InstanceType.of(token(endpoints.stack, "Type"))
        endpoint = endpoints.make(instance_type=instance)
        assert warnings_about(endpoint) == {}
        endpoint.auto_scale(min_capacity=1, max_capacity=2)
        assert set(warnings_about(endpoint)) == {"variantScaledInstanceTypeChange"}
        component = endpoints.make(instance_type=instance, hosting=COMPONENTS)
        component.auto_scale(min_capacity=1, max_capacity=2)
        assert warnings_about(component) == {}

    def test_a_deployment_sets_chosen_copies_again(self, endpoints: Endpoints) -> None:
        hosting = Hosting.components(min_memory=cdk.Size.gibibytes(8), copies=3)
        endpoint = endpoints.make(hosting=hosting)
        assert warnings_about(endpoint) == {}
        endpoint.auto_scale(min_capacity=1, max_capacity=4)
        (warning,) = warnings_about(endpoint).values()
        assert warning.startswith("each deployment that changes the component sets its copies to 3")

    def test_scaling_without_a_policy_scales_on_nothing(self, stack: cdk.Stack) -> None:
        model = make_model(stack)
        idle = make_endpoint(stack, "Idle", model=model)
        idle.auto_scale(min_capacity=1, max_capacity=2)
        busy = make_endpoint(stack, "Busy", model=model)
        busy.auto_scale(min_capacity=1, max_capacity=2).scale_on_concurrency("Load", target=8)
        ((path, text),) = warnings_at_synthesis(stack)["scalesOnNothing"]
        assert path == "/Stack/Idle"
        assert text.startswith("auto_scale of optimized has no policy")
