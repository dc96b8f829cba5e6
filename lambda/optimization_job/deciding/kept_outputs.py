"""The outputs of completed jobs, in the physical id of the last resource that waits for a job.

Nothing but a job's record tells them, and somebody may delete the record. CloudFormation sends the id with
each request. So a rollback to such a job has its attributes, and gives no resource that uses them an empty
value. The id has the job that is waited for, and as many before as there is room for: a rollback after
several updates that failed returns to the job before all of them::

    <stack>/<logical id>;<job>,<attribute>,<attribute>,…;<the job before>,…
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from ..cloudformation.request import Request
from ..cloudformation.response import MAX_PHYSICAL_RESOURCE_ID_BYTES
from ..sagemaker.job import Job, outputs_of
from .physical_id import unchanging_physical_resource_id

#: Characters that stay as they are, beside letters, digits and ``_.-~``, so that an image can be read.
_READABLE = "/:@+"


def attributes_without_record(request: Request, name: str) -> dict[str, str]:
    """The attributes of a job whose record is gone. What is not known is empty."""
    kind, kept = request.kind, kept_outputs(request, name)
    return {
        kind.name_member: name,
        kind.arn_member: request.job_arn(name),
        kind.status_member: kind.completed if kept else "",
        **(kept or outputs_of(kind, None)),
    }


def kept_outputs(request: Request, name: str) -> dict[str, str] | None:
    """The outputs of a completed job that the id of the request's resource has; None if it has none."""
    values = _jobs_in(request.physical_resource_id or "").get(name)
    names = list(outputs_of(request.kind, None))
    return dict(zip(names, values, strict=True)) if values and len(values) == len(names) else None


def physical_id_of_leg(request: Request, name: str, job: Job | None, *, is_last: bool) -> str:
    """The id of a resource that waits: of the last one, with the outputs of the job, once it has completed.

    One that is not the last any more keeps what it has: the rollback makes it the last one again. A job whose
    record is gone comes to the front all the same: where there is no room, the last ones go.

    Args:
        request: the request of the resource.
        name: the name of the job.
        job: the job; None if its record is gone.
        is_last: True if the resource is the last one that waits.
    """
    present = unchanging_physical_resource_id(request)
    own, jobs = present.partition(";")[0], _jobs_in(present)
    values = jobs.pop(name, None)
    if job is not None and job.is_completed:
        values = list(outputs_of(request.kind, job).values())
    if values is None or not is_last:
        return present
    texts = [
        ",".join(quote(text, safe=_READABLE) for text in (key, *kept))
        for key, kept in {name: values, **jobs}.items()
    ]
    for count in range(len(texts), 0, -1):
        text = ";".join((own, *texts[:count]))
        if len(text.encode()) <= MAX_PHYSICAL_RESOURCE_ID_BYTES:
            return text
    return own


def _jobs_in(physical_id: str) -> dict[str, list[str]]:
    """The values of each job in an id, by the job's name."""
    jobs = {}
    for text in physical_id.split(";")[1:]:
        name, *values = map(unquote, text.split(","))
        jobs[name] = values
    return jobs
