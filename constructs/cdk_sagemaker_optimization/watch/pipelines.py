"""The jobs that pipelines run. They are no resources of a stack, and their tags name the stack."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cdk_sagemaker_optimization._lambda.optimization_job.contract import RESOURCE_TAG, STACK_TAG

from .account import Account
from .description import job_of
from .look import LAG, Job


class Pipelines:
    """Finds the jobs of pipelines while they run, and remembers how they end.

    The tags of a job are read once, and a job that has ended is described for the last time.

    Args:
        account: The account to look at.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        #: The tags of each job that was seen to run, by its name. A job of something else has others.
        self._tags: dict[str, dict[str, str]] = {}
        self._described: dict[str, dict[str, Any]] = {}

    @property
    def stacks(self) -> set[str]:
        """The ids of the stacks whose pipelines have run a job since the first look."""
        return {tags[STACK_TAG] for tags in self._tags.values() if STACK_TAG in tags}

    def look(self, resources: Collection[str], now: datetime) -> dict[str, list[Job]]:
        """Return the jobs by the ids of their stacks.

        Args:
            resources: Physical ids of the stacks' resources, whose tags are not read.
            now: The present time.

        Raises:
            Problem: AWS refuses a call.
        """
        for summary in self._account.running_jobs():
            name = summary["OptimizationJobName"]
            if name not in self._tags and name not in resources:
                tags = self._account.tags(summary["OptimizationJobArn"])
                # The tags of a new job may not be seen yet.
                if STACK_TAG in tags or now - summary["CreationTime"] > timedelta(seconds=LAG):
                    self._tags[name] = tags
        found: dict[str, list[Job]] = {}
        for name, tags in self._tags.items():
            if STACK_TAG in tags and (job := self._job(name, tags.get(RESOURCE_TAG, ""))) is not None:
                found.setdefault(tags[STACK_TAG], []).append(job)
        return found

    def _job(self, name: str, logical_id: str) -> Job | None:
        """Return a job. None if its record was deleted."""
        known = self._described.get(name)
        if known is None or not job_of("", known).has_ended:
            known = self._account.job(name)
            if known is None:
                return None
            self._described[name] = known
        return replace(job_of(logical_id, known), in_pipeline=True)
