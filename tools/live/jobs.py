"""The jobs of a run: starts, polls, stops and deletes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimization_job.errors import ErrorKind
from tools.live.account import Account
from tools.live.calls import Reply, call, is_missing, kept
from tools.live.journal import Journal, Thing
from tools.live.report import Report

ENDED = ("COMPLETED", "FAILED", "STOPPED")

_REFUSALS_THAT_MAY_HAVE_WORKED = ("InternalFailure", "ServiceUnavailable", "RequestTimeout")
_LONGEST_DELETE = 300.0


@dataclass(frozen=True)
class Jobs:
    """Starts, polls, stops and deletes jobs.

    Attributes:
        role_arn: The role of the jobs, unless a job has another one.
        bucket: The bucket that the jobs write to.
    """

    account: Account
    journal: Journal
    report: Report
    role_arn: str
    bucket: str

    def start(self, about: str, name: str, **changes: Any) -> Reply:
        """Try to start a job, and record the reply. After a refusal there is no job."""
        request: dict[str, Any] = {
            "OptimizationJobName": name,
            "RoleArn": self.role_arn,
            "ModelSource": {"S3": {"S3Uri": f"s3://{self.bucket}/model/"}},
            "DeploymentInstanceType": self.account.settings.instance_type,
            "OptimizationConfigs": [
                {"ModelQuantizationConfig": {"OverrideEnvironment": {"OPTION_QUANTIZE": "awq"}}}
            ],
            "OutputConfig": {"S3OutputLocation": f"s3://{self.bucket}/output/{name}/"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "Tags": self.account.tags,
        }
        job = self.journal.making("job", name)
        reply = call(self._sagemaker, "create_optimization_job", **request | changes)
        kept(self.report, about, reply)
        if not reply.succeeded and reply.code not in _REFUSALS_THAT_MAY_HAVE_WORKED:
            self.journal.gone(job)
        return reply

    def status(self, name: str) -> str:
        """Return a job's status; empty if the job does not exist."""
        return str(self.description(name).get("OptimizationJobStatus", ""))

    def description(self, name: str) -> dict[str, Any]:
        """Describe a job; empty if the job does not exist."""
        return call(self._sagemaker, "describe_optimization_job", OptimizationJobName=name).content

    def see_new_job(self, name: str) -> None:
        """Measure how long reads do not show a job that was just started."""
        lag = self._until(lambda: self.status(name) != "", 60)
        self.report.find("reads", lag == 0, f"Describe found a new job after {lag:g} s")
        self.report.dialect["job_read_lag"] = lag

    def wait_until_ended(self, name: str, seconds: float) -> str:
        """Wait until a job has ended.

        Args:
            name: The job.
            seconds: The longest time to wait.

        Returns:
            The job's status. If the job has not ended in time, it is a status of a running job.
        """
        self._until(lambda: self.status(name) in ENDED, seconds)
        return self.status(name)

    def end_out_of_turn(self, name: str, running: str) -> None:
        """Delete a running job, stop it, and stop it again after its end (3). Then delete it (2)."""
        about = f"a job that is {running}"
        deleted = kept(self.report, about, self._call("delete", name))
        self._out_of_turn(deleted, running)
        if deleted.succeeded and is_missing(self.account, name):
            self.report.find(3, False, f"a job that is {running} was deleted, and nothing is left of it")
            self.journal.gone(Thing("job", name))
            return
        stopped = kept(self.report, about, self._call("stop", name))
        if stopped.succeeded:
            lag = self._until(lambda: self.status(name) not in ("STARTING", "INPROGRESS"), 60)
            self.report.dialect["stop_lag"] = lag
        status = self.wait_until_ended(name, 1800)
        self.delete_after_end(name, status)

    def delete_after_end(self, name: str, status: str) -> None:
        """Stop a job that has ended (3), delete it, and see how long its record stays (2)."""
        self._out_of_turn(kept(self.report, f"a job that is {status}", self._call("stop", name)), status)
        deleted = kept(self.report, f"a job that is {status}", self._call("delete", name))
        if not deleted.succeeded:
            self.report.find(3, None, deleted.words)
            return
        seen: set[str] = set()

        def is_gone() -> bool:
            if is_missing(self.account, name):
                return True
            seen.add(self.status(name))
            return False

        lag = self._until(is_gone, _LONGEST_DELETE)
        self.report.find(
            2, None, f"the record of a deleted job went after {lag:g} s, shown as {sorted(seen)}"
        )
        self.report.dialect["delete_lag"] = lag
        self.report.dialect["shows_deleting"] = "DELETING" in seen
        if is_missing(self.account, name):
            self.journal.gone(Thing("job", name))

    def _out_of_turn(self, reply: Reply, status: str) -> None:
        if reply.succeeded:
            # Some operations of SageMaker accept a repeated call; the library is right then, too.
            self.report.find(3, None, f"{reply.operation} of a job that is {status}: succeeded")
            return
        self.report.find(
            3,
            reply.kind in (ErrorKind.CONFLICT, ErrorKind.NAME_TAKEN),
            f"job that is {status}: {reply.words}",
        )
        if reply.operation == "StopOptimizationJob":
            message = reply.message.replace(status, "{status}")
            self.report.dialect["out_of_turn"] = {"code": reply.code, "message": message}

    def _call(self, what: str, name: str) -> Reply:
        return call(self._sagemaker, f"{what}_optimization_job", OptimizationJobName=name)

    def _until(self, condition: Any, seconds: float) -> float:
        """Wait until a condition is met, at most so many seconds.

        Returns:
            How many seconds it took.
        """
        began = self.account.now()
        while not condition() and self.account.now() - began < seconds:
            self.account.sleep(self.account.settings.pause)
        return round(self.account.now() - began, 1) if self.account.now() - began >= 1 else 0

    @property
    def _sagemaker(self) -> Any:
        return self.account.client("sagemaker")
