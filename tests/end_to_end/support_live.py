"""Runs of `make live` that deploy without the CDK CLI, where a test is not about the CLI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localcloud import LocalCloud
from localcloud.services.cloudformation import StackView
from tests.end_to_end.support_project import reasons
from tests.end_to_end.support_waiting import settle
from tools.live.cli import Cli, Run


class Operation:
    """An operation of CloudFormation on a stack, in the form of a process of the CLI."""

    def __init__(self, cloud: LocalCloud, stack: StackView, printed: Path) -> None:
        self._cloud = cloud
        self._stack = stack
        self._printed = printed

    def poll(self) -> int | None:
        """Return the CLI's exit status; None while the stack changes."""
        is_changing = self._stack.stack_id in self._cloud.cloudformation.engine.operations
        return None if is_changing else self.wait()

    def wait(self) -> int:
        """Wait until the stack has changed, and return the CLI's exit status."""
        status = settle(self._cloud, self._stack).status
        self._printed.write_text(reasons(self._stack))
        return 0 if status.endswith("_COMPLETE") and "ROLLBACK" not in status else 1


class ApiInsteadOfCli(Cli):
    """Calls CloudFormation's API as `cdk deploy` and `cdk destroy` do, for a stack without assets."""

    def __init__(self, directory: Path, cloud: LocalCloud) -> None:
        super().__init__(directory)
        self._place = directory
        self._cloud = cloud
        self._count = 0

    def start(self, command: str, assembly: Path, *options: str) -> Run:
        """Begin what the command does."""
        (template,) = assembly.glob("*.template.json")
        name = template.name.removesuffix(".template.json")
        cloudformation = self._cloud.cloudformation
        if command == "destroy":
            stack = cloudformation.delete(name, wait=False)
        else:
            statuses = {each.name: each.status for each in cloudformation.stacks}
            if statuses.get(name) == "ROLLBACK_COMPLETE":
                cloudformation.delete(name)
            artifact = json.loads((assembly / "manifest.json").read_text())["artifacts"][name]
            stack = cloudformation.deploy(
                template.read_text(),
                name,
                tags=artifact["properties"]["tags"],
                rollback="--no-rollback" not in options,
                wait=False,
            )
        self._count += 1
        printed = self._place / f"operation-{self._count}.log"
        process: Any = Operation(self._cloud, stack, printed)
        return Run(process, printed)
