"""The part that runs a small job."""

from __future__ import annotations

from optimization_job.errors import ErrorKind
from tools.live.account import Account
from tools.live.calls import call
from tools.live.consent import Consent
from tools.live.costs import MINUTES
from tools.live.jobs import ENDED, Jobs
from tools.live.report import Report

_NAMESPACES = "/aws/sagemaker/"
_NAME_IS_FREE_WITHIN = 300.0


class SecondPart:
    """A job that reaches its time limit, and then a job of the same name."""

    def __init__(self, account: Account, report: Report, jobs: Jobs, consent: Consent) -> None:
        self._account = account
        self._report = report
        self._jobs = jobs
        self._consent = consent

    def run(self) -> None:
        """Run the part."""
        name, until = self._account.name("Job"), self._account.now() + MINUTES * 60
        source: dict[str, object] = {"S3": {"S3Uri": self._account.settings.model_uri}}
        reply = self._jobs.start("a small job", name, ModelSource=source)
        if not reply.succeeded:
            self._report.find(4, None, f"no job was started: {reply.words}")
            return
        self._jobs.see_new_job(name)
        status = self._jobs.wait_until_ended(name, until - self._account.now())
        self._see_limit(name)
        self._see_console(name)
        self._see_telemetry(name)
        if status not in ENDED:
            self._jobs.end_out_of_turn(name, status)
        else:
            self._jobs.delete_after_end(name, status)
        self._use_name_again(name, source)
        self._report.parts.append("second")

    def _see_limit(self, name: str) -> None:
        """Check whether a job that reached MaxRuntimeInSeconds is STOPPED (4)."""
        shown = self._jobs.description(name)
        status, reason = shown.get("OptimizationJobStatus"), shown.get("FailureReason", "")
        evidence = f"MaxRuntimeInSeconds 60: {status}, FailureReason {reason!r}"
        if status not in ("STOPPED", "FAILED"):
            self._report.find(4, None, evidence)
            return
        ran = _seconds(shown)
        self._report.find(
            "times", ran is not None and ran >= 0, f"an ended job's start and end: {ran} s apart"
        )
        # A job that failed at once failed for another reason.
        at_limit = ran is not None and ran >= 60
        self._report.find(4, status == "STOPPED" if at_limit else None, f"{evidence}, after {ran or 0:.0f} s")
        if at_limit:
            self._report.dialect["status_at_limit"] = status
            self._report.dialect["reason_at_limit"] = reason.replace(name, "{name}")

    def _see_console(self, name: str) -> None:
        """Ask a person whether the console has a page at the URL that reasons contain (9)."""
        region = self._account.region
        place = f"/sagemaker/home?region={region}#/optimization-jobs/{name}"
        print(f"\nOpen https://{region}.console.aws.amazon.com{place}", flush=True)
        if self._consent.given or not self._consent.has_terminal():
            self._report.find(9, None, "nobody was asked to look")
        else:
            seen = self._consent.question("Does it show the job?")
            self._report.find(
                9, seen, f"a person who opened …{place} {'sees' if seen else 'does not see'} the job"
            )

    def _see_telemetry(self, name: str) -> None:
        """Find the job's metrics (12) and logs. If there are none, they may still appear."""
        metrics = self._account.client("cloudwatch").get_paginator("list_metrics").paginate()
        namespaces = {
            metric["Namespace"]
            for page in metrics
            for metric in page["Metrics"]
            if any(name in dimension["Value"] for dimension in metric.get("Dimensions", []))
        }
        below = all(namespace.startswith(_NAMESPACES) for namespace in namespaces)
        self._report.find(12, below if namespaces else None, f"the job's metrics are in {sorted(namespaces)}")
        logs = self._account.client("logs")
        groups = [
            group["logGroupName"]
            for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=_NAMESPACES)
            for group in page["logGroups"]
        ]
        streams = {
            group: call(logs, "describe_log_streams", logGroupName=group, logStreamNamePrefix=name)
            for group in groups
        }
        found = sorted(group for group, reply in streams.items() if reply.content.get("logStreams"))
        self._report.find(12, None, f"the job's logs are in {found}")

    def _use_name_again(self, name: str, source: dict[str, object]) -> None:
        """Start a job with the name of a deleted one (2), and stop it."""
        began = self._account.now()
        while True:
            reply = self._jobs.start("the name of a job that was deleted", name, ModelSource=source)
            took = self._account.now() - began
            if reply.succeeded or reply.kind is not ErrorKind.NAME_TAKEN or took > _NAME_IS_FREE_WITHIN:
                break
            self._account.sleep(self._account.settings.pause)
        evidence = f"a job of the name of a deleted one, after {took:.0f} s: {reply.words}"
        self._report.find(2, reply.succeeded, evidence)
        if reply.succeeded:
            self._jobs.see_new_job(name)
            self._jobs.end_out_of_turn(name, self._jobs.status(name))


def _seconds(shown: dict[str, object]) -> float | None:
    """Return how long a job ran."""
    start, end = shown.get("OptimizationStartTime"), shown.get("OptimizationEndTime")
    if start is None or end is None:
        return None
    took: float = (end - start).total_seconds()  # type: ignore[operator]
    return took
