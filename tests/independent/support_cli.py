"""The real CDK CLI, against MiniStack."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.independent.support_ministack import ACCOUNT, REGION, ROOT, MiniStack

_LONGEST_RUN = 300.0
"""Real seconds after which a run is taken for hung: ten times as long as one takes."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """How a run of the CLI ended.

    Attributes:
        printed: Everything it printed, with single spaces for all white space.
        outputs: The stack's outputs, after a deployment.
    """

    succeeded: bool
    printed: str
    outputs: dict[str, str] = field(default_factory=dict)


class CdkCli:
    """The CLI of this checkout.

    Args:
        directory: Where the CLI keeps what it knows.
    """

    def __init__(self, cloud: MiniStack, directory: Path) -> None:
        path = [Path(sys.executable).parent, ROOT / "node_modules" / ".bin", os.environ["PATH"]]
        self._outputs = directory / "outputs.json"
        self._environment = {
            **cloud.environment,
            "CDK_HOME": str(directory / "cdk-home"),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "NO_COLOR": "1",
            "PATH": os.pathsep.join(map(str, path)),
        }

    def bootstrap(self) -> Result:
        """Prepare the account for the CDK."""
        return self._run("bootstrap", f"aws://{ACCOUNT}/{REGION}")

    def deploy(self, assembly: Path, stack: str) -> Result:
        """Create or update a stack."""
        self._outputs.unlink(missing_ok=True)
        options = ["--require-approval", "never", "--method", "direct", "--outputs-file", str(self._outputs)]
        result = self._run("deploy", stack, "--app", str(assembly), *options)
        if not self._outputs.exists():
            return result
        return Result(result.succeeded, result.printed, json.loads(self._outputs.read_text()).get(stack, {}))

    def destroy(self, assembly: Path, stack: str) -> Result:
        """Delete a stack."""
        return self._run("destroy", stack, "--app", str(assembly), "--force")

    def _run(self, *arguments: str) -> Result:
        began = time.monotonic()
        process = subprocess.Popen(
            ["cdk", *arguments, "--no-notices", "--no-version-reporting"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate(timeout=_LONGEST_RUN)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        _LOGGER.info("cdk %s %s: %.1f s", arguments[0], arguments[1], time.monotonic() - began)
        return Result(process.returncode == 0, " ".join(printed.split()))
