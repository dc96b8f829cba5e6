"""Rules for endpoints that serve an artifact."""

from __future__ import annotations

from collections.abc import Iterable

from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.props.inference_ami_version import InferenceAmiVersion
from cdk_sagemaker_optimization.props.technique import Technique

from .endpoint_view import EndpointView
from .instance_type import FAMILIES_WITH_DISK, FAMILIES_WITH_OLD_DRIVER, FAMILIES_WITH_VOLUME
from .known import NotKnown
from .rule import Rule, Severity
from .serving_view import ServedModelView
from .sources import (
    AMI_DEFAULT,
    AMI_INFERRED,
    API,
    ASYNC_INVOCATIONS,
    ASYNC_METRICS,
    ASYNC_SCALING,
    AUTO_ROLLBACK,
    CAPTURE,
    COMPONENT_BATCH,
    COMPONENT_RESOURCES,
    COMPONENT_ROLLING,
    COMPONENT_RUNTIME,
    COMPONENT_TYPE,
    CONTAINER_ASYNC,
    CONTAINER_TASKS,
    ENDPOINT_CONFIG,
    GUARDRAILS,
    INSTANCE_TYPES,
    KEY_OF_DISK,
    LOCAL_DISK,
    ROLLING,
    ROLLING_POLICY,
    SCALING_UPDATE,
    SDK_AMI,
    SDK_DEPLOYMENT,
    SMALL_VOLUME,
    STORAGE,
    TRAFFIC,
    ZERO,
)
from .tensor_parallelism import DEGREE, devices_for, tensor_parallel_degree

MOST_ALARMS = 10

# The machine images whose drivers are for CUDA 12.
_OLDER_AMIS = tuple(
    each.value
    for each in (InferenceAmiVersion.GPU_2, InferenceAmiVersion.GPU_2_1, InferenceAmiVersion.GPU_3_1)
)
# The CUDA of the newest machine image.
_CUDA_OF_NEWEST_AMI = 13

# The instances or copies of which one is half.
_HALVES = 2

# The first version of DJL that an asynchronous endpoint can run.
_ASYNCHRONOUS = (0, 31)

#: The Regions in which CloudFormation has no inference components, as far as cfn-lint knows.
REGIONS_WITHOUT_COMPONENTS = frozenset(
    {
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-northeast-3",
        "ap-south-2",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "cn-north-1",
        "cn-northwest-1",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "eu-west-3",
        "il-central-1",
        "mx-central-1",
        "us-gov-east-1",
        "us-gov-west-1",
        "us-west-1",
    }
)


def _sharded_without_components(endpoint: EndpointView) -> str | None:
    sharded = endpoint.models_with(Technique.SHARDING)
    if not sharded or endpoint.has_component:
        return None
    given = "instances of its own" if endpoint.has_hosting else "no hosting"
    return (
        "hosting must be Hosting.components(min_memory=…) for the sharded model "
        f"{sharded[0].scope.node.path}, because only an inference component loads its parts, got {given}: "
        "give the memory of a copy, which SageMaker cannot know, such as min_memory=Size.gibibytes(200) for "
        "70 billion parameters"
    )


def _zero_without_components(endpoint: EndpointView) -> str | None:
    if endpoint.has_component or endpoint.is_asynchronous:
        return None
    for name, least, _ in endpoint.capacities:
        if least == 0:
            return (
                f"min_capacity of the variant {name!r} must be at least 1, because only inference components "
                "and asynchronous endpoints scale to zero, got 0: give hosting=Hosting.components(…), or "
                "asynchronous=AsyncInference.to_bucket(…), or min_capacity=1"
            )
    return None


def _neuron_served_on_gpu(endpoint: EndpointView) -> str | None:
    for model in _compiled(endpoint):
        if model.instance_type.has_neuron and not endpoint.instance_type.has_neuron:
            return _other_chip(endpoint, model, "AWS Inferentia or Trainium")
    return None


def _gpu_artifact_on_neuron(endpoint: EndpointView) -> str | None:
    for model in _known(endpoint.models):
        if model.instance_type.has_gpu and endpoint.instance_type.has_neuron:
            return _other_chip(endpoint, model, "GPUs")
    return None


def _other_chip(endpoint: EndpointView, model: ServedModelView, chips: str) -> str:
    return (
        f"instance_type must have {chips}, because {model.scope.node.path} was optimized for "
        f"{model.instance_type.name}, got {endpoint.instance_type.name}: leave instance_type out, or "
        "optimize the model for the type that serves it"
    )


def _compiled_degree_differs(endpoint: EndpointView) -> str | None:
    if endpoint.accelerators is None:
        return None
    for model in endpoint.models_with(Technique.COMPILATION):
        degree = tensor_parallel_degree(model)
        if degree is None:
            continue
        needed = devices_for(degree, endpoint.instance_type.name)
        if needed != endpoint.accelerators:
            return (
                f"accelerators must be {needed}, because {model.scope.node.path} was compiled with {DEGREE} "
                f"{degree}, got {endpoint.accelerators}: leave accelerators out, or compile the model for "
                f"{endpoint.accelerators}"
            )
    return None


def _compiled_for_other_type(endpoint: EndpointView) -> str | None:
    for model in _compiled(endpoint):
        if model.instance_type.name != endpoint.instance_type.name:
            return (
                f"{model.scope.node.path} was compiled for {model.instance_type.name}, and "
                f"{endpoint.instance_type.name} serves it: a compiled model works on the type that it was "
                "compiled for, so leave instance_type out, or try it and acknowledge this warning"
            )
    return None


def _more_accelerators_than_instance(endpoint: EndpointView) -> str | None:
    gpus = endpoint.instance_type.gpus
    if not gpus or endpoint.accelerators is None or endpoint.accelerators <= gpus:
        return None
    return (
        f"{endpoint.instance_type.name} has {gpus} GPUs, and accelerators must not be more, because a copy "
        f"runs on one instance, got {endpoint.accelerators}: give at most {gpus}, or an instance_type with "
        "more GPUs, or acknowledge this warning"
    )


def _component_not_rolling(endpoint: EndpointView) -> str | None:
    if not endpoint.has_component or endpoint.update in (None, "ROLLING"):
        return None
    return (
        "update must be EndpointUpdate.rolling(…) with Hosting.components(…), because the copies of an "
        f"inference component only roll, got {_call(endpoint)}: give EndpointUpdate.rolling(…), or leave "
        "update out"
    )


def _rolling_with_variants(endpoint: EndpointView) -> str | None:
    if endpoint.variants < 2 or endpoint.update != "ROLLING":
        return None
    return (
        "update must not be EndpointUpdate.rolling(…) with more than one variant, which SageMaker does not "
        f"roll, got {endpoint.variants} variants: give EndpointUpdate.canary(…) or .linear(…), or give each "
        "model an endpoint of its own"
    )


def _variants_with_component(endpoint: EndpointView) -> str | None:
    if endpoint.variants < 2 or not endpoint.has_component:
        return None
    return (
        "an endpoint with Hosting.components(…) must have one model, because a request names the component "
        f"and no weight chooses, got {endpoint.variants} variants: give each model an endpoint of its own, "
        "or use Hosting.instances(…)"
    )


def _too_many_alarms(endpoint: EndpointView) -> str | None:
    if endpoint.alarms <= MOST_ALARMS:
        return None
    return (
        f"rollback_alarms must have at most {MOST_ALARMS} items, got {endpoint.alarms}: join some of them in "
        "a cloudwatch.CompositeAlarm"
    )


def _key_with_disk(endpoint: EndpointView) -> str | None:
    if not endpoint.has_key or not endpoint.has_disk:
        return None
    return (
        f"encryption_key must be left out for {endpoint.instance_type.name}, whose own disk SageMaker "
        "encrypts by itself, and for which it accepts no key, got one: leave encryption_key out"
    )


def _volume_with_disk(endpoint: EndpointView) -> str | None:
    if not endpoint.has_volume_size or not endpoint.has_disk:
        return None
    return (
        f"volume_size must be left out for {endpoint.instance_type.name}, whose own disk holds the model, so "
        "that SageMaker attaches no volume, got one: leave volume_size out"
    )


def _volume_not_chosen(endpoint: EndpointView) -> str | None:
    if endpoint.has_volume_size or not endpoint.instance_type.needs_volume:
        return None
    return (
        f"{endpoint.instance_type.name} has no disk of its own, and the volume that SageMaker attaches by "
        "default holds 30 GB, as far as is known, for the image, the model and its download: give "
        "volume_size, such as volume_size=Size.gibibytes(512), or acknowledge this warning"
    )


def _image_needs_newer_driver(endpoint: EndpointView) -> str | None:
    if not endpoint.instance_type.has_old_driver or endpoint.ami_version not in (None, *_OLDER_AMIS):
        return None
    for model in endpoint.models:
        if model.cuda is not None and model.cuda >= _CUDA_OF_NEWEST_AMI:
            given = "no ami_version" if endpoint.ami_version is None else repr(endpoint.ami_version)
            return (
                f"the image of {model.scope.node.path} is built for CUDA {model.cuda}, and the driver of "
                f"{endpoint.instance_type.name} is too old for it, so the container may not start, without a "
                f"line in its log, got {given}: give ami_version=InferenceAmiVersion.GPU_4_1, or an image "
                "for CUDA 12, or acknowledge this warning"
            )
    return None


def _async_image_old(endpoint: EndpointView) -> str | None:
    if not endpoint.is_asynchronous:
        return None
    for model in endpoint.models:
        image = model.image
        if image is not None and image.version < _ASYNCHRONOUS:
            return (
                f"the image {image.text} of {model.scope.node.path} responds without a Content-Length, which "
                "an asynchronous endpoint needs, so every request may fail: give image=… with djl-inference "
                "0.31 or newer, leave asynchronous out, or acknowledge this warning"
            )
    return None


def _capture_with_async(endpoint: EndpointView) -> str | None:
    if not endpoint.captures or not endpoint.is_asynchronous:
        return None
    return (
        "AWS documents data capture for endpoints that respond at once, and not for asynchronous ones, so "
        "nothing may be captured: leave data_capture out, because requests and responses are files in S3 "
        "anyway, or try it and acknowledge this warning"
    )


def _async_metric_missing(endpoint: EndpointView) -> str | None:
    if not endpoint.policies_without_metric:
        return None
    policies = ", ".join(endpoint.policies_without_metric)
    return (
        f"the policies {policies} never scale, because an asynchronous endpoint "
        "publishes neither its invocations nor its concurrent requests: call scale_on_backlog instead"
    )


def _alarms_without_time(endpoint: EndpointView) -> str | None:
    if not endpoint.alarms or endpoint.watches:
        return None
    return (
        "the rollback_alarms have no time to go off, because the duration of the update is 0: give "
        f"{_call(endpoint)} a duration in which a bad model shows, such as 10 minutes"
    )


def _steps_of_one(endpoint: EndpointView) -> str | None:
    rolls = endpoint.has_component and (endpoint.update is not None or endpoint.alarms)
    if not rolls and endpoint.update in (None, "ALL_AT_ONCE"):
        return None
    for name, count in endpoint.fewest.items():
        if not is_unresolved(count) and count < _HALVES:
            what = "the component" if endpoint.has_component else f"the variant {name!r}"
            unit, more = ("copy", "copies=2") if endpoint.has_component else ("instance", "more instances")
            chosen = "rollback_alarms" if endpoint.update is None else _call(endpoint)
            return (
                f"{chosen} changes a part of {what} at a time, which must be at most half of it, as AWS "
                f"documents, got less than two ({count}), so SageMaker may refuse to update a single {unit}: "
                f"give {more}, or a min_capacity of at least 2, or leave {chosen} out, or try it and "
                "acknowledge this warning"
            )
    return None


def _async_with_components(endpoint: EndpointView) -> str | None:
    if not endpoint.is_asynchronous or not endpoint.has_component:
        return None
    return (
        "AWS does not document asynchronous inference with inference components, so the deployment may fail: "
        "use Hosting.instances(…), or try it and acknowledge this warning"
    )


def _capture_with_components(endpoint: EndpointView) -> str | None:
    if not endpoint.captures or not endpoint.has_component:
        return None
    return (
        "AWS does not document data capture with inference components, so nothing may be captured: use "
        "Hosting.instances(…), or try it and acknowledge this warning"
    )


def _no_components_in_region(endpoint: EndpointView) -> str | None:
    if not endpoint.has_component or endpoint.region not in REGIONS_WITHOUT_COMPONENTS:
        return None
    return (
        f"CloudFormation has no inference components in {endpoint.region}, as far as is known, so the "
        "deployment may fail: use Hosting.instances(…) or another Region, or try it and acknowledge this "
        "warning"
    )


def _scaled_type_may_change(endpoint: EndpointView) -> str | None:
    if not endpoint.capacities or endpoint.has_component:
        return None
    try:
        _ = endpoint.instance_type
    except NotKnown:
        return (
            "the instance type of a variant that scales is known only at deployment, and SageMaker refuses "
            "to change it: give a type that is known at synthesis, or use Hosting.components(…), whose "
            "copies scale instead"
        )
    return None


def _copies_reset(endpoint: EndpointView) -> str | None:
    if endpoint.copies is None or not endpoint.capacities:
        return None
    ((_, least, most),) = endpoint.capacities
    return (
        f"each deployment that changes the component sets its copies to {endpoint.copies}, whatever scaling "
        f"between {least} and {most} has chosen: leave copies out to begin with min_capacity, or acknowledge "
        "this warning"
    )


def _scales_on_nothing(endpoint: EndpointView) -> str | None:
    if not endpoint.idle_scalings:
        return None
    return (
        f"auto_scale of {', '.join(endpoint.idle_scalings)} has no policy, so nothing scales with the load: "
        "call scale_on_concurrency, or another scale_on_… method, of what auto_scale returns"
    )


def _compiled(endpoint: EndpointView) -> list[ServedModelView]:
    """Return the compiled models whose instance types are known."""
    return _known(endpoint.models_with(Technique.COMPILATION))


def _known(models: Iterable[ServedModelView]) -> list[ServedModelView]:
    """Return the models that were optimized for an instance type which is known."""
    found = []
    for model in models:
        try:
            _ = model.instance_type
        except NotKnown:
            continue
        found.append(model)
    return found


def _call(endpoint: EndpointView) -> str:
    return f"EndpointUpdate.{(endpoint.update or 'ALL_AT_ONCE').lower()}(…)"


RULES: tuple[Rule[EndpointView], ...] = (
    Rule(
        id="shardedWithoutComponents",
        severity=Severity.ERROR,
        finds="a sharded model on instances of its own, or without `hosting`",
        why="SageMaker loads the parts of a model only into an inference component.",
        sources=(SDK_DEPLOYMENT,),
        problem=_sharded_without_components,
    ),
    Rule(
        id="zeroWithoutComponents",
        severity=Severity.ERROR,
        finds="`min_capacity` 0 without `Hosting.components(…)` and without `asynchronous`",
        why="Instances scale to zero only if they run inference components, or work through a queue.",
        sources=(ZERO, ASYNC_SCALING),
        problem=_zero_without_components,
    ),
    Rule(
        id="neuronServedOnGpu",
        severity=Severity.ERROR,
        finds="a model that was compiled for AWS Inferentia or Trainium, on another instance type",
        why="The compiled model is a program for Neuron cores.",
        sources=(CONTAINER_TASKS,),
        problem=_neuron_served_on_gpu,
    ),
    Rule(
        id="gpuArtifactOnNeuron",
        severity=Severity.ERROR,
        finds="a model that was optimized for GPUs, on AWS Inferentia or Trainium",
        why="The container for Neuron runs models that were compiled for it, and none of the others.",
        sources=(CONTAINER_TASKS,),
        problem=_gpu_artifact_on_neuron,
    ),
    Rule(
        id="compiledDegreeDiffers",
        severity=Severity.ERROR,
        finds=f"`accelerators` that differ from the `{DEGREE}` that the model was compiled with",
        why="A compiled model has a fixed number of parts, one for each accelerator.",
        sources=(CONTAINER_TASKS,),
        problem=_compiled_degree_differs,
    ),
    Rule(
        id="componentNotRolling",
        severity=Severity.ERROR,
        finds="an `update` other than `EndpointUpdate.rolling(…)` with `Hosting.components(…)`",
        why="The API knows only rolling updates of inference components.",
        sources=(COMPONENT_ROLLING,),
        problem=_component_not_rolling,
    ),
    Rule(
        id="rollingWithVariants",
        severity=Severity.ERROR,
        finds="`EndpointUpdate.rolling(…)` with more than one variant",
        why="SageMaker does not support it.",
        sources=(ROLLING,),
        problem=_rolling_with_variants,
    ),
    Rule(
        id="variantsWithComponent",
        severity=Severity.ERROR,
        finds="`add_variant` with `Hosting.components(…)`",
        why="A request names the inference component that it is for, so weights have no effect.",
        sources=(COMPONENT_TYPE,),
        problem=_variants_with_component,
    ),
    Rule(
        id="tooManyRollbackAlarms",
        severity=Severity.ERROR,
        finds=f"more than {MOST_ALARMS} `rollback_alarms`",
        why="The API accepts no more.",
        sources=(AUTO_ROLLBACK,),
        problem=_too_many_alarms,
    ),
    Rule(
        id="keyWithLocalDisk",
        severity=Severity.ERROR,
        finds=f"`encryption_key` with an instance type of {', '.join(FAMILIES_WITH_DISK)}",
        why=(
            "These have a disk of their own, which is always encrypted. The API refuses a key for such an "
            "instance type."
        ),
        sources=(ENDPOINT_CONFIG, KEY_OF_DISK),
        problem=_key_with_disk,
    ),
    Rule(
        id="volumeWithLocalDisk",
        severity=Severity.ERROR,
        finds=f"`volume_size` with an instance type of {', '.join(FAMILIES_WITH_DISK)}",
        why="These have a disk of their own. AWS's own programs leave the size out for them.",
        sources=(LOCAL_DISK, STORAGE),
        problem=_volume_with_disk,
    ),
    Rule(
        id="compiledForOtherType",
        severity=Severity.WARNING,
        finds="a compiled model on another instance type than the job's",
        why="A compiled model is made for the accelerators of one instance type.",
        sources=(API, CONTAINER_TASKS),
        problem=_compiled_for_other_type,
    ),
    Rule(
        id="moreAcceleratorsThanInstance",
        severity=Severity.WARNING,
        finds="more `accelerators` than the instance type has GPUs, if that number is known",
        why="A copy of an inference component runs on one instance, so none would ever have room for it.",
        sources=(COMPONENT_RESOURCES, INSTANCE_TYPES),
        problem=_more_accelerators_than_instance,
    ),
    Rule(
        id="alarmsWithoutTime",
        severity=Severity.WARNING,
        finds="`rollback_alarms` with an `update` whose duration is 0",
        why="SageMaker watches the alarms only between the steps of an update.",
        sources=(GUARDRAILS,),
        problem=_alarms_without_time,
    ),
    Rule(
        id="stepsOfOneInstance",
        severity=Severity.WARNING,
        finds=(
            "an `update` in parts of a single instance or copy, or `rollback_alarms` of a component with a "
            "single copy"
        ),
        why="The API demands parts of at most 50 % of the instances or copies, and one of one is more.",
        sources=(TRAFFIC, ROLLING_POLICY, COMPONENT_BATCH),
        problem=_steps_of_one,
    ),
    Rule(
        id="asyncWithComponents",
        severity=Severity.WARNING,
        finds="`asynchronous` with `Hosting.components(…)`",
        why="AWS documents both, but not together.",
        sources=(ENDPOINT_CONFIG,),
        problem=_async_with_components,
    ),
    Rule(
        id="asyncImageOld",
        severity=Severity.WARNING,
        finds="`asynchronous` with a `djl-inference` image before 0.31",
        why="Older containers respond in chunks, without the length that asynchronous inference demands.",
        sources=(CONTAINER_ASYNC,),
        problem=_async_image_old,
    ),
    Rule(
        id="asyncMetricMissing",
        severity=Severity.WARNING,
        late=True,
        finds="`scale_on_concurrency` or `scale_on_invocations` of an asynchronous endpoint",
        why="Its metrics are a list of their own, in which neither is. Such a policy was seen not to scale.",
        sources=(ASYNC_METRICS, ASYNC_INVOCATIONS),
        problem=_async_metric_missing,
    ),
    Rule(
        id="captureWithAsync",
        severity=Severity.WARNING,
        finds="`data_capture` with `asynchronous`",
        why="AWS documents both, but not together.",
        sources=(CAPTURE,),
        problem=_capture_with_async,
    ),
    Rule(
        id="imageNeedsNewerDriver",
        severity=Severity.WARNING,
        finds=(
            "an `image` for CUDA 13 (`cu130` in its tag) on an instance type of "
            f"{', '.join(FAMILIES_WITH_OLD_DRIVER)}, without an `ami_version` for it"
        ),
        why="SageMaker's default machine image for these has an older driver; its SDK chooses another one.",
        sources=(SDK_AMI, AMI_INFERRED, AMI_DEFAULT),
        problem=_image_needs_newer_driver,
    ),
    Rule(
        id="volumeNotChosen",
        severity=Severity.WARNING,
        finds=f"no `volume_size` with an instance type of {', '.join(FAMILIES_WITH_VOLUME)}",
        why="An instance without a disk gets a volume, which is small unless its size is chosen.",
        sources=(SMALL_VOLUME, STORAGE),
        problem=_volume_not_chosen,
    ),
    Rule(
        id="captureWithComponents",
        severity=Severity.WARNING,
        finds="`data_capture` with `Hosting.components(…)`",
        why="AWS documents both, but not together.",
        sources=(ENDPOINT_CONFIG,),
        problem=_capture_with_components,
    ),
    Rule(
        id="componentsNotInRegion",
        severity=Severity.WARNING,
        finds="`Hosting.components(…)` in a Region whose CloudFormation has no inference components",
        why="The deployment fails there. CloudFormation may have learned it since.",
        sources=(COMPONENT_TYPE,),
        problem=_no_components_in_region,
    ),
    Rule(
        id="variantScaledInstanceTypeChange",
        severity=Severity.WARNING,
        finds="a variant that scales, and whose instance type is known only at deployment",
        why=(
            "SageMaker refuses to change the instance type of a variant that scales, and nobody sees in the "
            "template that it changes."
        ),
        sources=(SCALING_UPDATE,),
        problem=_scaled_type_may_change,
    ),
    Rule(
        id="copiesResetOnUpdate",
        severity=Severity.WARNING,
        finds="`copies` with `auto_scale`",
        why=(
            "A deployment that changes an inference component sets its copies again, whatever scaling has "
            "chosen. The API has no switch for that, as it has for instances."
        ),
        sources=(COMPONENT_RUNTIME,),
        problem=_copies_reset,
    ),
    Rule(
        id="scalesOnNothing",
        severity=Severity.WARNING,
        late=True,
        finds="`auto_scale` without a policy",
        why="The number of instances or copies only stays within its limits then.",
        sources=(ZERO,),
        problem=_scales_on_nothing,
    ),
)
