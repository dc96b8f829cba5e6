"""The id that CloudFormation has for a job."""

from __future__ import annotations

from ..names import job_name
from ..properties import JobProperties
from ..request import Request
from ..service_model import InvalidValueError


def failed_physical_resource_id(request: Request) -> str:
    """The id that goes with a failure.

    CloudFormation deletes the id that a failed update answers with if it is another than the old one, so a
    failed update keeps it. The id of a failed create is deleted next: it must lead to the job, if there is
    one.
    """
    if request.physical_resource_id:
        return request.physical_resource_id
    try:
        return job_name(request, JobProperties.parse(request.properties))
    except InvalidValueError:
        return f"{request.logical_resource_id}-{request.request_id}"
