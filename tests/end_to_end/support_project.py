"""A user's CDK project: an app that changes from one deploy to the next."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from localcloud import LocalCloud
from localcloud.services.cloudformation import StackView
from tests.end_to_end.support_cli import CdkCli, CdkRun, Result
from tests.end_to_end.support_waiting import advance, settle, wait_for, wait_for_operation

STACK = "Models"

Build = Callable[[cdk.Stack], object]
"""Fills an empty stack."""

_SYNTHESIZED: list[tuple[Build, Path]] = []
"""Apps of one stack that this process has synthesized. A test may change its own copy."""


@dataclass
class Project:
    """One stack, deployed with the CLI or, where a test is not about the deploy, without it.

    The app is synthesized in this process, because starting the CDK takes seconds; the CLI gets what comes
    of it.
    """

    cloud: LocalCloud
    cli: CdkCli
    directory: Path
    stack_name: str = STACK
    syntheses: int = 0

    @property
    def assembly(self) -> Path:
        """Where the app is, as it was synthesized last."""
        return self.directory / str(self.syntheses)

    @property
    def template(self) -> Path:
        """The stack's template in there."""
        return self.assembly / f"{self.stack_name}.template.json"

    def synthesize(self, build: Build) -> None:
        """Synthesize an app of one stack, or copy it if an equal one has been synthesized before."""
        known = next((kept for equal, kept in _SYNTHESIZED if equal == build), None)
        if known is None:
            self.synthesize_app(lambda app: build(cdk.Stack(app, STACK)))
            known = self.directory / f"kept-{self.syntheses}"
            shutil.copytree(self.assembly, known)
            _SYNTHESIZED.append((build, known))
        else:
            self.syntheses += 1
            self.stack_name = STACK
            shutil.copytree(known, self.assembly)

    def synthesize_app(self, build: Callable[[cdk.App], object]) -> None:
        """Synthesize a whole app, which has one stack."""
        self.syntheses += 1
        app = new_app(self.assembly)
        build(app)
        (stack,) = app.synth().stacks
        self.stack_name = stack.stack_name

    def synthesize_stacks(self, build: Callable[[cdk.App], object], **context: Any) -> None:
        """Synthesize a whole app of several stacks."""
        self.syntheses += 1
        app = new_app(self.assembly, **context)
        build(app)
        app.synth()

    def edit(self, old: str, new: str) -> None:
        """Replace something in the template that the constructs would not say."""
        text = self.template.read_text()
        assert old in text, f"the template says {old} nowhere"
        self.template.write_text(text.replace(old, new))

    # --- with the CLI ---------------------------------------------------------------------------------------

    def start_deploy(self, build: Build | None = None, *options: str) -> CdkRun:
        """Begin `cdk deploy`; without `build`, of the app as it is."""
        if build is not None:
            self.synthesize(build)
        return self.cli.start(
            "deploy", self.stack_name, *self._app(), "--require-approval", "never", *options
        )

    def deploy_for(self, seconds: float, build: Build) -> CdkRun:
        """Begin `cdk deploy`, and stop the clock when it has come so many seconds far."""
        self.cloud.clock.pause()
        run = self.start_deploy(build)
        wait_for_operation(self.cloud, self.stack_name)
        advance(self.cloud, seconds)
        return run

    def deploy(self, build: Build | None = None, *options: str) -> Result:
        """`cdk deploy`; without `build`, of the app as it is."""
        return self.start_deploy(build, *options).result()

    def destroy(self) -> Result:
        """`cdk destroy`.

        The clock stands still until CloudFormation has been asked: what goes on in the stack does not come
        further for as long as the CLI takes to start.
        """
        stack = self.stack
        asked = _deletions(stack)
        self.cloud.clock.pause()
        run = self.cli.start("destroy", self.stack_name, *self._app(), "--force")
        wait_for(self.cloud, f"{stack.name} to be deleted", lambda: _deletions(stack) > asked)
        self.cloud.clock.resume()
        return run.result()

    def roll_back(self) -> Result:
        """`cdk rollback`."""
        return self.cli.start("rollback", self.stack_name, *self._app()).result()

    def run(self, *arguments: str) -> Result:
        """Any other command on the app as it is."""
        return self.cli.start(*arguments, *self._app()).result()

    # --- without it -----------------------------------------------------------------------------------------

    def start_update(self, build: Build | None = None, *, rollback: bool = True) -> StackView:
        """Begin to create or update the stack through CloudFormation's API."""
        if build is not None:
            self.synthesize(build)
        publish_assets(self.cloud, self.assembly)
        return self.cloud.cloudformation.deploy(
            self.template.read_text(), self.stack_name, rollback=rollback, tags=self._tags(), wait=False
        )

    def _tags(self) -> dict[str, str]:
        """The tags of the stack, which the CLI takes from the assembly as well."""
        manifest = json.loads((self.assembly / "manifest.json").read_text())
        artifact = manifest["artifacts"].get(self.stack_name, {"properties": {}})
        return dict(artifact["properties"].get("tags", {}))

    def update(self, build: Build | None = None, *, rollback: bool = True) -> StackView:
        """Create or update the stack through CloudFormation's API."""
        return settle(self.cloud, self.start_update(build, rollback=rollback))

    def update_for(self, seconds: float, build: Build) -> StackView:
        """As `start_update`, and stop the clock when it has come so many seconds far."""
        self.cloud.clock.pause()
        stack = self.start_update(build)
        advance(self.cloud, seconds)
        return stack

    def given(self, build: Build | None = None) -> StackView:
        """Have the stack deployed, successfully, before what the test is about; without `build`, as it is."""
        stack = self.update(build)
        assert stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), reasons(stack)
        return stack

    def delete(self, stack_name: str | None = None) -> StackView:
        """Delete the stack, or another one, through CloudFormation's API."""
        return settle(self.cloud, self.cloud.cloudformation.delete(stack_name or self.stack_name, wait=False))

    def upgrade_function(self) -> StackView:
        """Deploy the stack as it is with other code of the function: as a new version of the library does."""
        (manifest,) = self.assembly.glob("*.assets.json")
        files = json.loads(manifest.read_text())["files"].values()
        (code,) = [file for file in files if file["source"]["packaging"] == "zip"]
        (self.assembly / code["source"]["path"] / "NEWS").write_text("a new version\n")
        self.edit(self.rename_code("upgraded.zip"), "upgraded.zip")
        return self.update()

    def rename_code(self, new: str) -> str:
        """Have the function's code published under another key. Answers the one that it had."""
        (manifest,) = self.assembly.glob("*.assets.json")
        files = json.loads(manifest.read_text())["files"].values()
        (code,) = [file for file in files if file["source"]["packaging"] == "zip"]
        (place,) = code["destinations"].values()
        old = str(place["objectKey"])
        manifest.write_text(manifest.read_text().replace(old, new))
        return old

    @property
    def stack(self) -> StackView:
        return self.cloud.cloudformation.stack(self.stack_name)

    def _app(self) -> tuple[str, str]:
        return "--app", str(self.assembly)


def new_app(directory: Path, **context: Any) -> cdk.App:
    """An app that is synthesized into a directory.

    The CDK does not lint the templates, which takes longer than all else: tests/project has it lint those of
    the examples.
    """
    return cdk.App(
        outdir=str(directory),
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        context=context,
    )


def reasons(stack: StackView) -> str:
    """Why things went wrong, in the words of the stack's events."""
    return "\n".join(
        f"{event.logical_id} {event.status}: {event.reason}"
        for event in stack.events
        if event.status.endswith("_FAILED") or event.logical_id == stack.name
    )


def _deletions(stack: StackView) -> int:
    """How often it has begun to be deleted."""
    return sum(
        event.logical_id == stack.name and event.status == "DELETE_IN_PROGRESS" for event in stack.events
    )


def publish_assets(cloud: LocalCloud, assembly: Path) -> None:
    """Upload an app's files to the bootstrap bucket, as the CLI does."""
    for manifest in assembly.glob("*.assets.json"):
        files: dict[str, Any] = json.loads(manifest.read_text())["files"]
        for file in files.values():
            source = assembly / file["source"]["path"]
            body = _zipped(source) if file["source"]["packaging"] == "zip" else source.read_bytes()
            for place in file["destinations"].values():
                bucket = place["bucketName"]
                bucket = bucket.replace("${AWS::AccountId}", cloud.account).replace(
                    "${AWS::Region}", cloud.region
                )
                cloud.client("s3").put_object(Bucket=bucket, Key=place["objectKey"], Body=body)


def _zipped(directory: Path) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for path in sorted(directory.rglob("*")):
            files.write(path, path.relative_to(directory))
    return archive.getvalue()
