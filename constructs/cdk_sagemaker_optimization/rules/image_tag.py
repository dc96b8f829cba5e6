"""The versions of software in the tag of a container image of AWS."""

from __future__ import annotations

import re
from dataclasses import dataclass

# 0.31.0-lmi13.0.0-cu124, 0.29.0-neuronx-sdk2.19.1, 0.29.0-tensorrtllm0.11.0-cu124. A token begins with a
# dollar sign, which no tag has.
_IMAGE = re.compile(
    r"(?:.*/)?djl-inference:(?P<tag>(?P<major>\d+)\.(?P<minor>\d+)(?:\.\d+)?"
    r"(?:-(?:lmi(?P<lmi>\d+)\.|(?P<engine>lmi|neuronx|tensorrtllm))?[^@$]*)?)"
)

# 0.36.0-lmi26.0.0-cu130, 0.21.0-gpu-py312-cu130-ubuntu22.04: CUDA 13.0.
_CUDA = re.compile(r"[^@$]*:[^@$]*?\bcu(?P<major>\d+)\d\b[^@$]*")


@dataclass(frozen=True)
class ImageTag:
    """The tag of a ``djl-inference`` image."""

    text: str
    #: The version of DJL, such as (0, 31).
    version: tuple[int, int]
    #: ``lmi``, ``neuronx`` or ``tensorrtllm``. None if the tag names none of them.
    engine: str | None
    #: The major version of LMI, such as 13. None if the tag does not have it.
    lmi: int | None

    @staticmethod
    def of(image: str | None) -> ImageTag | None:
        """Return the tag of an image. None for another repository, a digest, or a tag with a token."""
        match = _IMAGE.fullmatch(image) if image is not None else None
        if match is None:
            return None
        lmi = match["lmi"]
        return ImageTag(
            text=match["tag"],
            version=(int(match["major"]), int(match["minor"])),
            engine="lmi" if lmi else match["engine"],
            lmi=int(lmi) if lmi else None,
        )


def cuda_of(image: str | None) -> int | None:
    """Return the major version of CUDA in the tag of an image, of any repository.

    Args:
        image: the URI of the image. None for one that is not known.
    """
    match = _CUDA.fullmatch(image) if image is not None else None
    return None if match is None else int(match["major"])
