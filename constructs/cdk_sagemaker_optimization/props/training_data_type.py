"""What the location of training data stands for."""

from __future__ import annotations

from .enum_like import EnumLike, Member


class TrainingDataType(EnumLike):
    """How SageMaker reads the location of training data."""

    #: Every object whose key begins with the prefix.
    S3_PREFIX = Member("S3Prefix")
    #: The objects that one manifest file lists.
    MANIFEST_FILE = Member("ManifestFile")
