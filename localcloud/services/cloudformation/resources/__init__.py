"""Resource types, and who makes their resources."""

from localcloud.services.cloudformation.resources.provider import Provider, ResourceRequest
from localcloud.services.cloudformation.resources.registry import Providers

__all__ = ["Provider", "Providers", "ResourceRequest"]
