"""CloudFormation's API."""

from localcloud.cloudformation.api.service import CloudFormationService

__all__ = ["CloudFormationService"]
