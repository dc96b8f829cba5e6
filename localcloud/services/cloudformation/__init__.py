"""CloudFormation: stacks that are really deployed, updated, rolled back and deleted."""

from localcloud.services.cloudformation.custom_resources.responses import Response
from localcloud.services.cloudformation.service import CloudFormation, StackNotFound
from localcloud.services.cloudformation.stacks import Event, Resource
from localcloud.services.cloudformation.view import StackView

__all__ = ["CloudFormation", "Event", "Resource", "Response", "StackNotFound", "StackView"]
