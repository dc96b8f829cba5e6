"""The list of all kinds that have custom resources."""

from __future__ import annotations

from .endpoint import ENDPOINT
from .model import MODEL
from .model_package import MODEL_PACKAGE
from .optimization_job import OPTIMIZATION_JOB

#: Every kind, by the types of its resources.
KINDS = {
    resource_type: kind
    for kind in (OPTIMIZATION_JOB, MODEL, MODEL_PACKAGE, ENDPOINT)
    for resource_type in (kind.resource_type, kind.completion_type)
    if resource_type
}
