"""Dependencies that the CDK's constructs add on top of those that follow from their properties."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct


def drop_dependencies(construct: IConstruct) -> None:
    """Leave out a resource's ``DependsOn``.

    The only one is the role, which is in the properties as well; everything that the role needs by then is a
    part of it.
    """
    resource = construct.node.default_child
    if not isinstance(resource, cdk.CfnResource):
        raise TypeError(f"{construct.node.path} must have a resource of its own, got {resource!r}")
    resource.add_deletion_override("DependsOn")
