"""`cdk-sagemaker-optimization watch` shows deployments as they are, with the permissions of its page."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization.watch.account import Account
from cdk_sagemaker_optimization.watch.command import main
from cdk_sagemaker_optimization.watch.look import Look
from cdk_sagemaker_optimization.watch.observer import Observer
from localcloud import LocalCloud
from localcloud.kernel.dialect import MISSING_WORDINGS
from tests.end_to_end.support_account import fill_quota, stop_foreign_job
from tests.end_to_end.support_cli import ROOT, own_variables
from tests.end_to_end.support_pipelines import one_pipeline
from tests.end_to_end.support_project import STACK, Project
from tests.end_to_end.support_stacks import one_job
from tests.end_to_end.support_waiting import advance, settle

_MINUTE, _HOUR = 60, 3600
ALL, NAMED, STOP = (
    json.loads(block)
    for block in re.findall(r"```json\n(.*?)```", (ROOT / "docs/watching.md").read_text(), re.DOTALL)
)
"""The policies of the page."""

_SILENT = {"Version": "2012-10-17", "Statement": []}


class Operator:
    """Somebody who has a role with one policy."""

    def __init__(self, cloud: LocalCloud, name: str, policy: dict[str, Any]) -> None:
        self._cloud = cloud
        self.role = f"arn:aws:iam::{cloud.account}:role/{name}"
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        iam = cloud.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({**_SILENT, "Statement": [trust]}))
        iam.put_role_policy(RoleName=name, PolicyName="page", PolicyDocument=json.dumps(policy))

    @property
    def account(self) -> Account:
        services = {
            name: self._cloud.client(name, role_arn=self.role) for name in ("cloudformation", "sagemaker")
        }
        return Account(**services)

    @property
    def unused(self) -> list[str]:
        """The actions that the policy allows and nothing needed."""
        grants = self._cloud.authorization.grants(self.role)
        assert grants
        return sorted(grant.action for grant in grants - self._cloud.authorization.needed)

    def look(self, *names: str) -> Look:
        return Observer(self.account, names, now=self._cloud.clock.now).look()

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run the command. Answers its exit status and what it wrote."""
        screen = io.StringIO()
        code = main(
            arguments,
            account=lambda *_: self.account,
            now=self._cloud.clock.now,
            pause=lambda seconds: advance(self._cloud, seconds),
            console=Console(
                file=screen,
                width=110,
                height=60,
                force_terminal="--json" not in arguments,
                color_system=None,
                _environ={"TERM": "xterm"},
            ),
            ask=lambda _question: "y",
        )
        return code, screen.getvalue()


def statuses(look: Look) -> list[str]:
    return [job.status for job in look.jobs]


def test_a_deployment_is_watched_through_a_full_quota_to_its_stop_and_its_end(
    cloud: LocalCloud, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    everything, named = Operator(cloud, "everything", ALL), Operator(cloud, "named", NAMED)
    stopper = Operator(cloud, "stopper", STOP)
    assert everything.run("watch")[0] == 0

    theirs = fill_quota(cloud)
    stack = project.update_for(5 * _MINUTE, one_job())
    (waiting,) = named.look(STACK).jobs
    assert (waiting.status, waiting.resource_status) == ("NOT_CREATED", "CREATE_IN_PROGRESS")
    assert [each.type for each in named.look(STACK).stacks[0].waiting_for] == [
        "Custom::SageMakerOptimizationJob"
    ]

    stop_foreign_job(cloud, theirs)
    advance(cloud, 10 * _MINUTE)
    for operator, names in ((everything, ()), (named, (STACK,)), (named, (stack.stack_id,))):
        look = operator.look(*names)
        (job,) = look.jobs
        (record,) = [each for each in cloud.optimization_jobs.jobs if each.name != theirs.name]
        assert (job.name, job.status) == (record.name, "INPROGRESS")
        assert job.created is not None
        assert round(job.created.timestamp() - record.created) == 0
        assert job.output_location == record.request["OutputConfig"]["S3OutputLocation"]
        assert job.max_runtime == _HOUR
        assert [each.logical_id[:17] for each in look.stacks[0].waiting_for] == ["JobCompletionLeg1"]
        assert stack.physical_id("OptimizationJobProviderFunctionLogs42A351E5") in look.stacks[0].log_groups
        assert (look.has_failed, look.is_at_rest) == (False, False)

    observer = Observer(named.account, [STACK], now=cloud.clock.now)
    before = observer.look()
    cloud.optimization_jobs.throttle("DescribeOptimizationJob", times=1)
    throttled = observer.look()
    assert "try again later" in throttled.problem
    assert throttled.stacks == before.stacks
    assert observer.look().problem == ""

    assert stopper.run("stop", job.name)[0] == 0
    code, screen = named.run("watch", STACK, "--interval", "60", "--price", "1.5")
    assert code == 1
    assert settle(cloud, stack).status == "ROLLBACK_COMPLETE"
    assert (
        f"{job.name} STOPPED" in screen.replace("\x1b[1m", "").replace("\x1b[0m", "") or "STOPPED" in screen
    )
    after = named.look(STACK)
    assert after.jobs == []
    failure = after.stacks[0].failure
    assert failure is not None
    assert "STOPPED" in failure.reason

    gone = Observer(everything.account, now=cloud.clock.now)
    gone.look()
    assert project.delete().status == "DELETE_COMPLETE"
    assert [each.status for each in gone.look().stacks] == ["DELETE_COMPLETE"]
    assert everything.look().stacks == ()
    # What a job of a pipeline needs.
    tags = ["sagemaker:ListTags"]
    assert [operator.unused for operator in (everything, named, stopper)] == [tags, tags, []]

    assert named.run("watch")[0] == 2
    assert stopper.run("watch", STACK)[0] == 2
    assert "allow cloudformation:DescribeStacks, see docs/watching.md" in capsys.readouterr().err


def test_a_job_of_a_pipeline_is_watched_to_its_end(cloud: LocalCloud, project: Project) -> None:
    project.given(one_pipeline)
    operators = {Operator(cloud, "everything", ALL): (), Operator(cloud, "named", NAMED): (STACK,)}
    for operator, names in operators.items():
        assert operator.look(*names).jobs == []

    cloud.clock.pause()
    cloud.state_machines.start(f"arn:aws:states:{cloud.region}:{cloud.account}:stateMachine:pipeline", {})
    advance(cloud, 5 * _MINUTE)
    (record,) = cloud.optimization_jobs.jobs
    for operator, names in operators.items():
        look = operator.look(*names)
        (job,) = look.jobs
        assert (job.name, job.status, job.in_pipeline) == (record.name, "INPROGRESS", True)
        assert job.logical_id.startswith("ModelsOptimize")
        assert (look.has_failed, look.is_at_rest) == (False, False)
        assert "sagemaker:ListTags" not in operator.unused

    code, output = operator.run("watch", STACK, "--json", "--interval", "300")
    assert code == 0
    (*_, last) = (json.loads(line) for line in output.splitlines())
    (shown,) = last["stacks"][0]["jobs"]
    assert (shown["status"], shown["pipeline"]) == ("COMPLETED", True)
    assert operator.look(STACK).jobs == []


def program(cloud: LocalCloud, *arguments: str) -> subprocess.Popen[str]:
    """Begin to run the program, as in a shell."""
    return subprocess.Popen(
        [sys.executable, "-m", "cdk_sagemaker_optimization", *arguments],
        env={**own_variables(), **cloud.environment, "PYTHONPATH": _source_roots()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _source_roots(roots: Sequence[str] = ("constructs", "lambda")) -> str:
    return ":".join(str(ROOT / root) for root in roots)


def test_the_program_shows_a_failed_job_and_the_one_that_replaces_it(
    cloud: LocalCloud, project: Project
) -> None:
    cloud.clock.pause()
    cloud.optimization_jobs.next_job(outcome="FAILED", reason="CUDA out of memory", runtime=5 * _MINUTE)
    project.start_update(one_job(completion=optimization.Completion.detached()))
    advance(cloud, 20 * _MINUTE)

    running = program(cloud, "watch", "--forever")
    once = program(cloud, "watch", STACK, "--once", "--json", "--price", "ml.g5.2xlarge=1.5")
    output, errors = once.communicate()
    assert (once.returncode, errors) == (1, "")
    document = json.loads(output)
    (job,) = document["stacks"][0]["jobs"]
    assert (job["status"], job["reason"], job["run_seconds"]) == ("FAILED", "CUDA out of memory", 300)
    assert job["cost"] == 0.125
    assert (document["failed"], document["at_rest"]) == (True, True)

    assert running.stdout is not None
    while "something failed" not in (line := running.stdout.readline()) and "CUDA" not in line:
        assert line, "it ended"
    running.send_signal(signal.SIGINT)
    rest, errors = running.communicate()
    assert (running.returncode, errors) == (130, "")
    assert rest.endswith("something failed\n")

    operator = Operator(cloud, "operator", NAMED)
    cloud.optimization_jobs.next_job(runtime=_HOUR / 2)
    stack = project.start_update(one_job(triggers=["again"]))
    advance(cloud, 10 * _MINUTE)
    look = operator.look(STACK)
    assert sorted(statuses(look)) == ["FAILED", "INPROGRESS"]
    assert look.jobs[0].resource_status == "UPDATE_COMPLETE"
    assert look.jobs[1].resource_status == ""

    code, output = operator.run("watch", STACK, "--json", "--interval", "300")
    assert code == 0
    assert settle(cloud, stack).status == "UPDATE_COMPLETE"
    (*_, last) = (json.loads(line) for line in output.splitlines())
    (job,) = last["stacks"][0]["jobs"]
    assert (job["status"], job["recommended_image"] is not None) == ("COMPLETED", True)

    cloud.client("sagemaker").delete_optimization_job(OptimizationJobName=job["name"])
    for wording in MISSING_WORDINGS:
        cloud.dialect = replace(cloud.dialect, missing_job=wording)
        assert statuses(operator.look(STACK)) == ["NOT_FOUND"], wording
