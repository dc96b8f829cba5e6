"""Hosting of a model: whole instances, or a part of them."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk

from cdk_sagemaker_optimization.checks.kinds import check_flag, check_kind
from cdk_sagemaker_optimization.checks.numbers import whole_number
from cdk_sagemaker_optimization.checks.validation import is_unresolved

#: The least memory of a copy, in MB.
LEAST_MEMORY = 128


@dataclass(frozen=True)
class Instances:
    """A number of instances, each of which runs the model alone."""

    count: int


@dataclass(frozen=True)
class Components:
    """An inference component, whose copies share instances that SageMaker starts and ends as needed."""

    #: The memory of each copy, in MB.
    min_memory: float
    #: The accelerators of each copy. None for as many as the model needs.
    accelerators: int | None
    #: The copies at first. None for the least number of copies.
    copies: int | None
    #: The least number of instances. None for the default.
    min_instances: int | None
    #: The greatest number of instances. None for the default.
    max_instances: int | None
    #: Whether an instance keeps the model and its image. None for SageMaker's choice.
    cache: bool | None


class Hosting:
    """The instances, or the share of instances, that an endpoint runs its model on."""

    def __init__(self, kind: Instances | Components) -> None:
        self._kind = kind

    @staticmethod
    def instances(count: int = 1) -> Hosting:
        """Run the model on instances of its own.

        Args:
            count: the number of instances at first, at least 1. Once the endpoint scales, a deployment keeps
                the number that scaling has chosen. Default: 1.

        Raises:
            ValueError: the number is out of range.
        """
        return Hosting(Instances(whole_number("count", count, minimum=1)))

    @staticmethod
    def components(
        *,
        min_memory: cdk.Size,
        accelerators: int | None = None,
        copies: int | None = None,
        min_instances: int | None = None,
        max_instances: int | None = None,
        cache: bool | None = None,
    ) -> Hosting:
        """Run the model as an inference component, of which an instance holds as many copies as fit.

        A sharded model is served in no other way. Another model then changes the component alone, and the
        endpoint can scale to zero.

        Args:
            min_memory: the memory of each copy, at least 128 MiB. SageMaker cannot tell how much a model
                needs: AWS's own example takes 200 GiB for 70 billion parameters.
            accelerators: the GPUs or Neuron devices of each copy. Default: as many as share the model
                (``OPTION_TENSOR_PARALLEL_DEGREE`` of the job), otherwise 1.
            copies: the number of copies, at least 1. Each deployment that changes the component sets it
                again, whatever scaling has chosen. Default: the least number that scaling may choose, and 1
                without scaling or if that is 0.
            min_instances: the least number of instances. Default: 1, and 0 if the copies scale to 0.
            max_instances: the greatest number of instances. Default: as many as there may be copies, so that
                each of them has room.
            cache: whether an instance keeps the model and its image, so that further copies start sooner.
                Default: SageMaker decides.

        Raises:
            ValueError: a value is out of range or of the wrong kind.
        """
        least = _optional("min_instances", min_instances, minimum=0)
        most = _optional("max_instances", max_instances, minimum=1)
        numbers = [number for number in (least, most) if number is not None and not is_unresolved(number)]
        if numbers != sorted(numbers):
            raise ValueError(
                f"max_instances must be at least min_instances, {least}, got {most}: raise max_instances, or "
                "lower min_instances"
            )
        if cache is not None:
            check_flag(cache, "cache")
        return Hosting(
            Components(
                min_memory=_megabytes(min_memory),
                accelerators=_optional("accelerators", accelerators, minimum=1),
                copies=_optional("copies", copies, minimum=1),
                min_instances=least,
                max_instances=most,
                cache=cache,
            )
        )

    @property
    def kind(self) -> Instances | Components:
        """The instances, or the component."""
        return self._kind


def _optional(prop: str, value: int | None, *, minimum: int) -> int | None:
    return None if value is None else whole_number(prop, value, minimum=minimum)


def _megabytes(size: cdk.Size) -> float:
    """Return a size in the API's unit.

    Raises:
        ValueError: it is no size, or less than the API allows.
    """
    check_kind(cdk.Size, size, "min_memory", "a Size, such as Size.gibibytes(24)")
    if size.is_unresolved():
        return _token(size)
    megabytes = size.to_mebibytes(rounding=cdk.SizeRoundingBehavior.NONE)
    if megabytes < LEAST_MEMORY:
        raise ValueError(f"min_memory must be at least {LEAST_MEMORY} MiB, got {megabytes:g} MiB")
    return whole_number("min_memory in MiB", int(-(-megabytes // 1)), minimum=LEAST_MEMORY)


def _token(size: cdk.Size) -> float:
    try:
        return size.to_mebibytes()
    except RuntimeError:
        raise ValueError(
            "min_memory is known only at deployment, so it must be a number of mebibytes: use "
            "Size.mebibytes(…), got a number of another unit"
        ) from None
