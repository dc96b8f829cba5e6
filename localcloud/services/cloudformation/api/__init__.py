"""CloudFormation's API."""

from localcloud.services.cloudformation.api.service import CloudFormationService

__all__ = ["CloudFormationService"]
