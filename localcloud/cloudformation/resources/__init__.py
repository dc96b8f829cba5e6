"""Resource types, and who makes their resources."""

from localcloud.cloudformation.resources.provider import Provider, ResourceRequest
from localcloud.cloudformation.resources.registry import Providers

__all__ = ["Provider", "Providers", "ResourceRequest"]
