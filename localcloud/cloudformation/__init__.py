"""CloudFormation: stacks that are really deployed, updated, rolled back and deleted."""

from localcloud.cloudformation.custom_resources import Answer
from localcloud.cloudformation.service import CloudFormation, StackNotFound
from localcloud.cloudformation.stacks import Event, Resource
from localcloud.cloudformation.view import StackView

__all__ = ["Answer", "CloudFormation", "Event", "Resource", "StackNotFound", "StackView"]
