"""The instances of a variant: their type, their volume and their machine image."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_sagemaker_optimization.checks.kinds import check_kind
from cdk_sagemaker_optimization.checks.numbers import whole_number
from cdk_sagemaker_optimization.props.inference_ami_version import InferenceAmiVersion

#: The limits of a volume, in GB.
SMALLEST_VOLUME, LARGEST_VOLUME = 1, 512


class VariantInstance:
    """The instances that every variant of an endpoint runs on.

    Args:
        type_name: the name of the instance type.
        volume_size: the size of the volume. None for SageMaker's choice.
        ami_version: the machine image. None for SageMaker's choice.

    Raises:
        ValueError: the size is out of range.
    """

    def __init__(
        self, type_name: str, volume_size: cdk.Size | None, ami_version: InferenceAmiVersion | None
    ) -> None:
        self._type_name = type_name
        self._volume_size = None if volume_size is None else _gigabytes(volume_size)
        self._ami_version = None if ami_version is None else ami_version.value

    @property
    def type_name(self) -> str:
        """The name of the instance type, such as ``ml.inf2.8xlarge``."""
        return self._type_name

    @property
    def volume_size(self) -> int | None:
        """The size of the volume in the API's unit."""
        return self._volume_size

    @property
    def ami_version(self) -> str | None:
        """The name of the machine image in the API."""
        return self._ami_version


def _gigabytes(size: cdk.Size) -> int:
    """Return a size in the API's unit, which is a GiB for volumes of Amazon EBS.

    Raises:
        ValueError: it is no size, or out of range.
    """
    check_kind(cdk.Size, size, "volume_size", "a Size, such as Size.gibibytes(256)")
    try:
        gibibytes: float = size.to_gibibytes(rounding=cdk.SizeRoundingBehavior.NONE)
    except RuntimeError:
        raise ValueError(
            "volume_size is known only at deployment, so it must be a number of gibibytes: use "
            "Size.gibibytes(…), got a number of another unit"
        ) from None
    whole = gibibytes if size.is_unresolved() or gibibytes % 1 else int(gibibytes)
    return whole_number("volume_size in GiB", whole, minimum=SMALLEST_VOLUME, maximum=LARGEST_VOLUME)
