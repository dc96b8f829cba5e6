"""Templates: reading them, checking them, and working out their values."""

from localcloud.services.cloudformation.template.parameters import MASK, Parameter, parameter_values
from localcloud.services.cloudformation.template.references import Reference, references
from localcloud.services.cloudformation.template.scope import TemplateScope
from localcloud.services.cloudformation.template.template import (
    EMPTY,
    ResourceDefinition,
    Template,
    is_custom,
    read_template,
)
from localcloud.services.cloudformation.template.validation import required_capabilities, validate

__all__ = [
    "EMPTY",
    "MASK",
    "Parameter",
    "Reference",
    "ResourceDefinition",
    "Template",
    "TemplateScope",
    "is_custom",
    "parameter_values",
    "read_template",
    "references",
    "required_capabilities",
    "validate",
]
