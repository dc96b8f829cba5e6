"""The ids that CloudFormation has for a job, and for a resource that waits.

The id of a job is its name. A create that failed has an id that is no name: CloudFormation deletes it next,
and it must not lead to a job that was never the resource.
"""

from __future__ import annotations

from ..cloudformation.properties import JobProperties
from ..cloudformation.request import Request
from .memory import Memory
from .names import is_chosen, is_generated, job_name

_NOTHING = "not-created/"
_PERHAPS = "unconfirmed/"


def failed_physical_resource_id(request: Request, memory: Memory | None) -> str:
    """The id that goes with a failure.

    CloudFormation deletes the id that a failed update responds with if it is another than the old one, so a
    failed update keeps it.

    Args:
        request: the request that fails.
        memory: what is remembered of it; None if that is not known, so that a job may have been started.
    """
    if request.physical_resource_id:
        return request.physical_resource_id
    started = memory is None or memory.tried or memory.repeated
    return f"{_PERHAPS if started else _NOTHING}{request.request_id}"


def unchanging_physical_resource_id(request: Request) -> str:
    """The id of a resource that waits. It stays as it is, except for what the last one keeps in it.

    CloudFormation deletes what has got another one as replaced. That does nothing to such a resource.
    """
    return request.physical_resource_id or f"{request.stack_name}/{request.logical_resource_id}"


def job_to_delete(request: Request) -> str | None:
    """The name of the job that a Delete is about; None if its create had started none.

    It is the id, unless that was made up because the create failed or never had a response: then the name is
    computed again. It never is for any other id: after an update that failed and was not rolled back, the
    properties are those of another job, which may be wanted.
    """
    physical_id = request.physical_resource_id or ""
    if physical_id.startswith(_NOTHING):
        return None
    if is_generated(physical_id) or is_chosen(physical_id, request):
        return physical_id
    properties = JobProperties.parse_if_valid(request.kind, request.properties)
    return job_name(request, properties) if properties else None
