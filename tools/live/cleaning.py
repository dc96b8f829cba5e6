"""Deletes what a run has created, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from optimization_job.errors import ErrorKind
from tools.live.account import Account, has_tag
from tools.live.calls import call, is_missing
from tools.live.jobs import ENDED
from tools.live.journal import Journal

_LOOKS_FOR_WHAT_MAY_COME = 60.0
"""Seconds after which something that was requested at the last moment will not appear any more."""

_SOON = 15.0
"""The same for stacks, roles and models, whose reads lag less."""

_LONGEST = 3600.0


class LeftError(Exception):
    """Something still exists. The message says why."""


class Cleaning:
    """Deletes the things that a journal names, if they have the run's tag."""

    def __init__(self, account: Account, journal: Journal) -> None:
        self._account = account
        self._journal = journal

    def delete_everything(self) -> list[str]:
        """Delete what may exist according to the journal, the latest first.

        Returns:
            One line for each thing that is left, with the reason.
        """
        delete: dict[str, Callable[[str], None]] = {
            "job": self._delete_job,
            "model": self._delete_model,
            "role": self._delete_role,
            "stack": self._delete_stack,
        }
        left = []
        for thing in self._journal.present():
            print(f"Deletes {thing.kind} {thing.name}, if it exists", flush=True)
            try:
                delete[thing.kind](thing.name)
            except (LeftError, ClientError) as error:
                left.append(f"{thing.kind} {thing.name}: {error}")
            else:
                self._journal.gone(thing)
        if not left:
            self._journal.close()
        return left

    # --- one kind each --------------------------------------------------------------------------------------

    def _delete_job(self, name: str) -> None:
        sagemaker = self._account.client("sagemaker")
        if not self._until(lambda: not is_missing(self._account, name), _LOOKS_FOR_WHAT_MAY_COME):
            return
        arn = self._account.arn("sagemaker", f"optimization-job/{name}")

        def is_own() -> bool:
            tags = call(sagemaker, "list_tags", ResourceArn=arn).content.get("Tags", [])
            return has_tag(tags, self._account.run)

        if not self._until(is_own, _LOOKS_FOR_WHAT_MAY_COME):
            raise LeftError("it does not have the tag of this run, so it is not deleted")

        def has_ended() -> bool:
            shown = call(sagemaker, "describe_optimization_job", OptimizationJobName=name)
            return shown.content.get("OptimizationJobStatus") in ENDED

        if not has_ended():
            call(sagemaker, "stop_optimization_job", OptimizationJobName=name)
        if not self._until(has_ended, _LONGEST):
            raise LeftError("it does not stop")
        deleted = call(sagemaker, "delete_optimization_job", OptimizationJobName=name)
        if not deleted.succeeded:
            raise LeftError(deleted.words)

    def _delete_model(self, name: str) -> None:
        sagemaker = self._account.client("sagemaker")
        self._until(lambda: call(sagemaker, "describe_model", ModelName=name).succeeded, _SOON)
        found = call(sagemaker, "describe_model", ModelName=name)
        if found.kind is ErrorKind.NOT_FOUND:
            return
        arn = self._account.arn("sagemaker", f"model/{name}")
        tags = call(sagemaker, "list_tags", ResourceArn=arn).content.get("Tags", [])
        if not has_tag(tags, self._account.run):
            raise LeftError(f"it does not have the tag of this run, so it is not deleted ({found.words})")
        sagemaker.delete_model(ModelName=name)

    def _delete_role(self, name: str) -> None:
        iam = self._account.client("iam")
        self._until(lambda: call(iam, "get_role", RoleName=name).succeeded, _SOON)
        found = call(iam, "get_role", RoleName=name)
        if found.code == "NoSuchEntity":
            return
        if not has_tag(found.content.get("Role", {}).get("Tags", []), self._account.run):
            raise LeftError(f"it does not have the tag of this run, so it is not deleted ({found.words})")
        iam.delete_role(RoleName=name)

    def _delete_stack(self, name: str) -> None:
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            found[:] = self._stack(name)
            return bool(found)

        if not self._until(is_there, _SOON):
            return
        stack = found[0]
        # A stack that only a change set has created shows no tags yet, and has no resources.
        if not has_tag(stack["Tags"], self._account.run) and stack["StackStatus"] != "REVIEW_IN_PROGRESS":
            raise LeftError("it does not have the tag of this run, so it is not deleted")
        self._empty_buckets(stack["StackId"])
        if not self._until(lambda: self._is_deleted(stack["StackId"]), _LONGEST):
            (shown,) = self._stack(stack["StackId"])
            raise LeftError(f"it is {shown['StackStatus']}")

    # --- stacks ---------------------------------------------------------------------------------------------

    def _stack(self, name_or_id: str) -> list[dict[str, Any]]:
        """Find the stack; the list is empty if there is none."""
        reply = call(self._account.client("cloudformation"), "describe_stacks", StackName=name_or_id)
        if reply.code and "does not exist" not in reply.message:
            raise LeftError(reply.words)
        stacks: list[dict[str, Any]] = reply.content.get("Stacks", [])
        return [stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"]

    def _is_deleted(self, stack_id: str) -> bool:
        """Tell whether a stack is gone, and begin to delete it if CloudFormation allows that now."""
        cloudformation = self._account.client("cloudformation")
        stacks = self._stack(stack_id)
        if not stacks:
            return True
        status = stacks[0]["StackStatus"]
        if status == "DELETE_FAILED":
            self._empty_buckets(stack_id)
            # A probe has no effect, so nothing is lost with it.
            resources = cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"]
            probes = [
                resource["LogicalResourceId"]
                for resource in resources
                if resource["ResourceType"] == "Custom::LiveProbe"
                and resource["ResourceStatus"] == "DELETE_FAILED"
            ]
            call(cloudformation, "delete_stack", StackName=stack_id, RetainResources=probes)
        elif status != "DELETE_IN_PROGRESS":
            # CloudFormation refuses this during an update; the next poll tries again.
            call(cloudformation, "delete_stack", StackName=stack_id)
        return False

    def _empty_buckets(self, stack_id: str) -> None:
        cloudformation, s3 = self._account.client("cloudformation"), self._account.client("s3")
        resources = cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"]
        for resource in resources:
            bucket = resource.get("PhysicalResourceId")
            if resource["ResourceType"] != "AWS::S3::Bucket" or not bucket:
                continue
            if resource["ResourceStatus"].startswith("DELETE_COMPLETE"):
                continue
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for item in page.get("Contents", []):
                    s3.delete_object(Bucket=bucket, Key=item["Key"])

    def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Poll a condition for at most so many seconds, and return whether it was met."""
        until = self._account.now() + seconds
        while not (came := condition()) and self._account.now() < until:
            self._account.sleep(self._account.settings.pause)
        return came
