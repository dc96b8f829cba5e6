"""The whole demo, as `make demo` runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.demo import run as running
from localcloud.demo.cdk_cli import ROOT, CliResult
from localcloud.demo.plain_view import PlainView
from localcloud.demo.steps import STEPS, Promise, Step, StepResult
from localcloud.demo.synthesis import STACKS, Synthesis


def start(directory: Path) -> subprocess.Popen[str]:
    """The demo, with a directory of its own for everything that is temporary."""
    return subprocess.Popen(
        [sys.executable, "-m", "localcloud.demo"],
        cwd=ROOT,
        # The CDK's own linter of templates is not what the demo shows, and takes longer than all else.
        env={**os.environ, "TMPDIR": str(directory), "CDK_VALIDATION": "false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def left_behind(directory: Path) -> list[str]:
    """The command lines of processes that the demo has started and that run still."""
    mark = f"TMPDIR={directory}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in process.joinpath("environ").read_bytes().split(b"\0"):
                found.append(process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            # It has ended meanwhile, or is somebody else's.
            continue
    return found


def test_the_demo_deploys_serves_updates_fails_and_deletes_and_leaves_nothing(tmp_path: Path) -> None:
    demo = start(tmp_path)
    output, _ = demo.communicate()
    assert demo.returncode == 0, output
    assert "NOT OK" not in output
    assert [line for line in output.splitlines() if line[:2] in {f"{n}." for n in range(1, 10)}] == [
        f"{number}. {step.title}" for number, step in enumerate(STEPS, start=1)
    ]
    end = output[output.index("What the deploy gave:") :]
    for name in ("JobName", "JobArn", "ArtifactLocation", "RecommendedImage", "EndpointName"):
        assert name in end
    assert "Traceback" not in output
    assert left_behind(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_demo_leaves_nothing(tmp_path: Path) -> None:
    demo = start(tmp_path)
    assert demo.stdout is not None
    before = []
    for line in demo.stdout:
        before.append(line)
        if "INPROGRESS" in line:
            break
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate()
    assert demo.returncode == 130, "".join(before) + output
    assert "Interrupted; nothing is left running" in output
    assert "Traceback" not in output
    assert left_behind(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_an_app_that_cannot_be_synthesized_is_shown_with_its_error(tmp_path: Path) -> None:
    synthesis = Synthesis(tmp_path, [{"max_runtime_hours": "many"}])
    with pytest.raises(RuntimeError, match=r"ValueError: .*'many'"):
        synthesis.assembly(0)
    synthesis.stop()


class FinishedSynthesis:
    """Assemblies of stacks without resources."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        for stack in STACKS:
            (directory / f"{stack}.template.json").write_text('{"Resources": {}}')

    def assembly(self, number: int) -> Path:
        return self._directory


class FailingCli:
    """A CLI that fails as soon as it is called."""

    def __init__(self, environment: dict[str, str]) -> None: ...

    def deploy(self, assembly: Path) -> CliResult:
        return CliResult(("deploy", "--all"), 1, "starting\nError: no such bucket\n", 1.0)


def test_a_broken_promise_ends_the_demo_with_the_end_of_what_the_cli_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def promises(result: StepResult) -> Iterator[Promise]:
        yield Promise("the stack is there", result.cli.code == 0)
        yield Promise("the sky is blue", True)

    monkeypatch.setattr(running, "CdkCli", FailingCli)
    synthesis: Any = FinishedSynthesis(tmp_path)
    steps = [Step("Deploy", promises), Step("Never run", promises)]
    assert running.run(steps, PlainView(), synthesis, speed=1000) is None
    output = capsys.readouterr().out
    assert "   NOT OK: the stack is there\n   ok: the sky is blue\n" in output
    assert (
        "FAILED: This is not so: the stack is there\n$ cdk deploy --all\nstarting\nError: no such" in output
    )
    assert "Never run" not in output
