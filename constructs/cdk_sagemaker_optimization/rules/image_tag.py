"""What the tag of a container image of AWS says about the software in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# 0.31.0-lmi13.0.0-cu124, 0.29.0-neuronx-sdk2.19.1, 0.29.0-tensorrtllm0.11.0-cu124. A token begins with a
# dollar sign, which no tag has.
_IMAGE = re.compile(
    r"(?:.*/)?djl-inference:(?P<tag>(?P<major>\d+)\.(?P<minor>\d+)(?:\.\d+)?"
    r"(?:-(?:lmi(?P<lmi>\d+)\.|(?P<engine>lmi|neuronx|tensorrtllm))?[^@$]*)?)"
)


@dataclass(frozen=True)
class ImageTag:
    """The tag of a ``djl-inference`` image."""

    text: str
    #: The version of DJL, such as (0, 31).
    version: tuple[int, int]
    #: ``lmi``, ``neuronx`` or ``tensorrtllm``; none if the tag does not name one of them.
    engine: str | None
    #: The major version of LMI, such as 13; none if the tag does not say it.
    lmi: int | None

    @staticmethod
    def of(image: str | None) -> ImageTag | None:
        """The tag of an image; none for another repository, for a digest, or if it holds a token."""
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
