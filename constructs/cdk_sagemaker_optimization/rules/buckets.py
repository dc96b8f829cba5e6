"""The end of a bucket that is deleted with its stack."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import Synthesis, options_of, resource_of

# The id of the resource that empties an s3.Bucket.
_EMPTIES = "AutoDeleteObjectsCustomResource"


def end_of_objects(bucket: s3.IBucket, scope: IConstruct) -> str | None:
    """Return the end of an artifact in a bucket, as a part of a sentence.

    Args:
        bucket: the bucket.
        scope: the construct that is checked at synthesis.

    Returns:
        None for a bucket that is imported or kept.
    """
    resource = resource_of(bucket)
    if not isinstance(resource, cdk.CfnResource):
        return None
    options = options_of(resource)
    policy = Synthesis.of(scope).once(options, "deletion policy", lambda: options.deletion_policy)
    # Without a policy, CloudFormation deletes.
    if policy not in (None, cdk.CfnDeletionPolicy.DELETE):
        return None
    if bucket.node.try_find_child(_EMPTIES) is not None:
        return "the artifact is deleted with it"
    return "the deletion fails as long as the artifact is in it"
