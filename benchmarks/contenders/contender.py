"""The parts that both stacks have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

MAX_RUNTIME = cdk.Duration.hours(4)

Build = Callable[[cdk.Stack, int], None]
"""Adds a number of jobs to a stack."""


@dataclass(frozen=True)
class Contender:
    """One way to have optimization jobs in a stack.

    Attributes:
        name: The stack's name.
        build: Adds the jobs to the stack.
    """

    name: str
    build: Build


def models_bucket(stack: cdk.Stack) -> s3.Bucket:
    """Make the bucket of the models and of the artifacts."""
    return s3.Bucket(
        stack,
        "Models",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
        versioned=True,
    )
