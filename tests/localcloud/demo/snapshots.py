"""What the demo's tests show to a view."""

from __future__ import annotations

from localcloud.demo.serving import Serving
from localcloud.demo.snapshot import LEG_TYPE, Resource, ShownEvent, Snapshot
from localcloud.services.sagemaker import Job, JobScript

BEGAN = 1_000_000.0


class NoWork:
    """Work that leaves nothing anywhere."""

    def begin(self, job: Job) -> str | None:
        return None

    def abandon(self, job: Job) -> None:
        return None

    def finish(self, job: Job) -> str | None:
        return None


def job(seconds: float, script: JobScript | None = None) -> Job:
    """A job as it is so many clock seconds after its creation."""
    made = Job(
        name="Stack--Job-0123456789abcdef",
        arn="arn:aws:sagemaker:us-east-1:123456789012:optimization-job/Stack--Job-0123456789abcdef",
        account="123456789012",
        region="us-east-1",
        request={"StoppingCondition": {}},
        created=BEGAN,
        script=script or JobScript(),
    )
    made.settle(BEGAN + seconds, NoWork())
    return made


def serving(job: str, *statuses: str) -> Serving:
    """An endpoint that serves the artifact of a job, with a new status in each minute."""
    history = tuple((BEGAN + 60 * minute, status) for minute, status in enumerate(statuses))
    return Serving("stack--endpoint", history, f"s3://models/{job}/" if job else "")


def snapshot(
    seconds: float, *events: ShownEvent, of: Job | None = None, served: Serving | None = None
) -> Snapshot:
    """The stack so many clock seconds after the step's beginning."""
    return Snapshot(
        time=BEGAN + seconds,
        stack="Models",
        status="CREATE_IN_PROGRESS",
        resources=(
            Resource("Bucket", "Bucket", "AWS::S3::Bucket", "CREATE_COMPLETE", touched=True),
            Resource("Job", "Job", "Custom::SageMakerOptimizationJob", "CREATE_COMPLETE", touched=True),
            Resource("Leg1", "Job/Completion/Leg1", LEG_TYPE, "CREATE_IN_PROGRESS", touched=True),
            Resource("Leg2", "Job/Completion/Leg2", LEG_TYPE),
        ),
        events=events,
        job=of,
        serving=served,
    )


def event(seconds: float, label: str, status: str, reason: str = "") -> ShownEvent:
    return ShownEvent(BEGAN + seconds, label, status, reason)
