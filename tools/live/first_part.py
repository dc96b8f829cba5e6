"""The part that needs no GPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from optimization_job.errors import ErrorKind
from tools.live.account import Account
from tools.live.calls import ask_for_missing_job, call, kept
from tools.live.cli import Cli
from tools.live.findings import Findings
from tools.live.jobs import Jobs
from tools.live.journal import Journal
from tools.live.probe import LONGEST_WAIT, job_names, synthesize_recorder
from tools.live.report import Report
from tools.live.serving import Models, ask_for_missing_serving, ask_for_native_types
from tools.live.steps import DELETED, StepFailedError, Steps, read_requests


class FirstPart:
    """Stacks of probes, and calls that SageMaker should refuse."""

    def __init__(self, account: Account, journal: Journal, report: Report, cli: Cli, directory: Path) -> None:
        self._account = account
        self._journal = journal
        self._report = report
        self._cli = cli
        self._directory = directory

    def run(self) -> Jobs:
        """Run the part.

        Returns:
            What the second part starts jobs with.

        Raises:
            StepFailedError: The stack with the recording function could not be deployed.
        """
        ask_for_missing_job(self._account, self._report)
        ask_for_missing_serving(self._account, self._report)
        ask_for_native_types(self._account, self._report)
        outputs = self._deploy_recorder()
        bucket = outputs["BucketName"]
        self._account.client("s3").put_object(Bucket=bucket, Key="model/config.json", Body=b"{}")
        jobs = Jobs(self._account, self._journal, self._report, outputs["JobRoleArn"], bucket)
        self._ask_for_too_much(jobs)
        self._use_new_role(jobs)
        self._make_models(jobs, outputs["BlindRoleArn"])
        self._take_steps(outputs["LogGroup"])
        self._report.parts.append("first")
        return jobs

    def _deploy_recorder(self) -> dict[str, str]:
        """Deploy the recording function, first with the library's own trust policy (17)."""
        name = self._account.name()
        self._journal.making("stack", name)
        for source_account in (True, False):
            directory = self._directory / f"recorder-{source_account}"
            assembly = synthesize_recorder(self._account, directory, source_account=source_account)
            print(f"  recorder{'' if source_account else ' without aws:SourceAccount'}", flush=True)
            run = self._cli.start_deploy(assembly)
            refusal = self._refusal() if run.wait() else run.output()[-600:]
            if source_account:
                evidence = refusal or "the function was invoked with aws:SourceAccount in the trust policy"
                self._report.find(17, refusal is None, evidence)
            if refusal is None:
                (stack,) = self._account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
                return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        raise StepFailedError(f"the recorder could not be deployed: {refusal}")

    def _refusal(self) -> str | None:
        """Return the error with which Lambda refuses to run the function; None if it runs."""
        client = self._account.client("lambda")
        reply = call(client, "invoke", FunctionName=self._account.name(), Payload=b'{"Ping": true}')
        return None if reply.succeeded and "FunctionError" not in reply.content else reply.words

    def _ask_for_too_much(self, jobs: Jobs) -> None:
        """Request an instance type that the account has no quota for (7)."""
        name, rare = self._account.name("rare"), self._account.settings.rare_type
        reply = jobs.start("an instance type without quota", name, DeploymentInstanceType=rare)
        if reply.succeeded:
            self._report.find(7, None, f"{rare}: accepted, so the account has a quota for it")
            jobs.end_out_of_turn(name, jobs.status(name))
            return
        none = "is 0 " in reply.message
        right = (ErrorKind.PERMANENT,) if none else (ErrorKind.QUOTA, ErrorKind.PERMANENT)
        self._report.find(7, reply.code == "ResourceLimitExceeded" and reply.kind in right, reply.words)

    def _use_new_role(self, jobs: Jobs) -> None:
        """Start a job with a role that was created a moment ago (8)."""
        iam, name = self._account.client("iam"), self._account.name("new-role")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self._journal.making("role", name)
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=self._account.tags)
        job = self._account.name("New")
        reply = jobs.start("a role that is new", job, RoleArn=role["Role"]["Arn"])
        if reply.succeeded:
            self._report.find(8, None, "a job was accepted with a role that is new")
            jobs.see_new_job(job)
            jobs.end_out_of_turn(job, jobs.status(job))
        else:
            self._report.find(8, reply.kind is ErrorKind.PERMISSION, reply.words)

    def _make_models(self, jobs: Jobs, blind_role_arn: str) -> None:
        """Create models, which SageMaker accepts or refuses, and delete them (27, 35)."""
        models = Models(
            self._account, self._journal, self._report, jobs.role_arn, blind_role_arn, jobs.bucket
        )
        models.make_all()

    def _take_steps(self, log_group: str) -> None:
        steps = Steps(self._account, self._journal, self._cli, self._directory)
        try:
            steps.take_all()
        finally:
            read_requests(self._account, log_group, steps.done)
            self._report.steps += [
                {"step": step.name, "succeeded": step.succeeded, "requests": step.requests}
                for step in steps.done
            ]
            Findings(self._report, steps.done, job_names(self._account)).find_all()
        self._ask_for_deleted_stack(steps)

    def _ask_for_deleted_stack(self, steps: Steps) -> None:
        """Describe a deleted stack by its ARN (6), and measure its state machine's deletion (15)."""
        cloudformation = self._account.client("cloudformation")
        for step in steps.done:
            if step.name != DELETED or not step.requests:
                continue
            stack_id = step.requests[0]["stack"]
            reply = kept(
                self._report,
                "a stack that was deleted",
                call(cloudformation, "describe_stacks", StackName=stack_id),
            )
            status = reply.content["Stacks"][0]["StackStatus"] if reply.succeeded else None
            holds = status == "DELETE_COMPLETE" or reply.kind is ErrorKind.NOT_FOUND
            self._report.find(6, holds, f"{reply.words} {status or ''}".strip())
            pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
            self._see_machine([event for page in pages for event in page["StackEvents"]])

    def _see_machine(self, events: list[dict[str, Any]]) -> None:
        times = {
            event["ResourceStatus"]: event["Timestamp"]
            for event in events
            if event["LogicalResourceId"] == "Machine" and event["ResourceStatus"].startswith("DELETE_")
        }
        if {"DELETE_IN_PROGRESS", "DELETE_COMPLETE"} <= times.keys():
            took = (times["DELETE_COMPLETE"] - times["DELETE_IN_PROGRESS"]).total_seconds()
            evidence = f"with an execution in a Wait of {LONGEST_WAIT} s, its deletion took {took:.0f} s"
            self._report.find(15, took <= LONGEST_WAIT + 60, evidence)
