"""What an endpoint runs a model on."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import botocore.loaders
import pytest

from cdk_sagemaker_optimization.serving import hosting as module
from tests.constructs.serving.endpoint_support import COMPONENT, Hosting, make_endpoint
from tests.constructs.support import properties_of, template_of

_MEMORY = cdk.Size.gibibytes(8)


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"min_memory": 24}, "min_memory must be a Size, such as Size.gibibytes(24), got 24"),
        ({"min_memory": cdk.Size.mebibytes(127)}, "min_memory must be at least 128 MiB, got 127 MiB"),
        ({"accelerators": 0}, "accelerators must be a whole number of at least 1, got 0"),
        ({"accelerators": "8"}, "accelerators must be a whole number of at least 1, got '8'"),
        ({"accelerators": 1.5}, "accelerators must be a whole number of at least 1, got 1.5"),
        ({"copies": 0}, "copies must be a whole number of at least 1, got 0"),
        ({"min_instances": -1}, "min_instances must be a whole number of at least 0, got -1"),
        ({"max_instances": 0}, "max_instances must be a whole number of at least 1, got 0"),
        (
            {"min_instances": 3, "max_instances": 2},
            "max_instances must be at least min_instances, 3, got 2: raise max_instances",
        ),
        ({"cache": "yes"}, "cache must be True or False, got 'yes'"),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value),
)
def test_a_wrong_value_of_components_is_refused(props: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        Hosting.components(**{"min_memory": _MEMORY, **props})
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("count", [0, -1, "2", 1.5, True])
def test_a_wrong_number_of_instances_is_refused(count: Any) -> None:
    with pytest.raises(ValueError, match=r"^count must be a whole number of at least 1, got"):
        Hosting.instances(count)


def test_as_many_instances_at_most_as_at_least_are_fine() -> None:
    Hosting.components(min_memory=_MEMORY, min_instances=2, max_instances=2)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (cdk.Size.gibibytes(200), 204800),
        (cdk.Size.mebibytes(128), 128),
        (cdk.Size.kibibytes(200_000), 196),  # the next whole number
        (cdk.Size.mebibytes(cdk.Token.as_number(cdk.Fn.ref("Memory"))), {"Ref": "Memory"}),
    ],
    ids=["GiB", "MiB", "the next whole number", "a token"],
)
def test_memory_is_in_megabytes(stack: cdk.Stack, size: cdk.Size, expected: Any) -> None:
    cdk.CfnParameter(stack, "Memory", type="Number")
    make_endpoint(stack, hosting=Hosting.components(min_memory=size))
    specification = properties_of(template_of(stack), COMPONENT)["Specification"]
    assert specification["ComputeResourceRequirements"]["MinMemoryRequiredInMb"] == expected


def test_memory_that_is_known_only_at_deployment_is_in_mebibytes() -> None:
    size = cdk.Size.gibibytes(cdk.Token.as_number(cdk.Fn.ref("Memory")))
    with pytest.raises(ValueError, match=r"min_memory is known only at deployment.*use Size.mebibytes"):
        Hosting.components(min_memory=size)


def test_the_limits_are_those_of_the_api() -> None:
    shapes = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")["shapes"]
    assert shapes["MemoryInMb"]["min"] == module.LEAST_MEMORY
    assert shapes["NumberOfAcceleratorDevices"]["min"] == 1
    assert shapes["ManagedInstanceScalingMinInstanceCount"]["min"] == 0
    assert shapes["ManagedInstanceScalingMaxInstanceCount"]["min"] == 1
