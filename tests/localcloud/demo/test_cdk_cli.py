"""The CLI is run apart from the machine's own AWS settings, and never outlives the demo."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from pathlib import Path

import pytest

from localcloud.demo import cdk_cli
from localcloud.demo.cdk_cli import CdkCli

ENDPOINT = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "local"}


@pytest.fixture
def bin_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the CLI is looked for instead of in this checkout."""
    monkeypatch.setattr(cdk_cli, "search_path", lambda: f"{tmp_path}{os.pathsep}{os.defpath}")
    return tmp_path


def install(directory: Path, program: str) -> None:
    """Put a program in the place of the CLI."""
    script = directory / "cdk"
    script.write_text(f"#!{sys.executable}\n{program}")
    script.chmod(0o755)


def test_a_machine_without_the_cli_is_told_what_to_do(bin_directory: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run make setup"):
        CdkCli(ENDPOINT)


def test_the_machine_s_own_account_stays_out_of_it(
    bin_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "111122223333")
    install(bin_directory, "import os\nfor name in sorted(os.environ): print(name, os.environ[name])")
    output = CdkCli(ENDPOINT).deploy(Path("out")).output
    assert "AWS_PROFILE" not in output
    assert "CDK_DEFAULT_ACCOUNT" not in output
    assert "AWS_ENDPOINT_URL http://127.0.0.1:1" in output
    assert f"AWS_SHARED_CREDENTIALS_FILE {os.devnull}" in output


def test_every_stack_of_an_app_that_has_been_synthesized_is_deployed_and_deleted(bin_directory: Path) -> None:
    install(bin_directory, "import sys; print(*sys.argv[1:])")
    assert CdkCli(ENDPOINT).deploy(Path("out")).output.startswith("deploy --all --app out ")
    assert CdkCli(ENDPOINT).destroy(Path("out")).output.startswith("destroy --all --app out --force ")


def test_a_failure_has_its_code_and_the_end_of_what_was_said(bin_directory: Path) -> None:
    install(
        bin_directory,
        "import sys\n"
        "for n in range(50): print(n, '\\n')\n"
        "print('\\x1b[31mno such bucket\\x1b[0m', flush=True)\n"
        "sys.exit(3)",
    )
    result = CdkCli(ENDPOINT).deploy(Path("out"))
    assert result.code == 3
    assert [line.strip() for line in result.tail(3).splitlines()] == ["48", "49", "no such bucket"]


def test_an_interruption_ends_the_cli_and_what_it_has_started(bin_directory: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    os.mkfifo(pids)
    install(
        bin_directory,
        "import os, signal, sys\n"
        "child = os.fork()\n"
        f"if child: open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child}}')\n"
        "signal.pause()",
    )
    started: list[int] = []

    def interrupt() -> None:
        started.extend(os.pidfd_open(int(pid)) for pid in pids.read_text().split())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        CdkCli(ENDPOINT).deploy(Path("out"))
    assert len(started) == 2
    assert [process for process in started if not has_ended(process)] == []


def has_ended(process: int) -> bool:
    """Whether a process, given as a descriptor of it, has ended, or does so presently."""
    ended, _, _ = select.select([process], [], [], 10)
    os.close(process)
    return bool(ended)
