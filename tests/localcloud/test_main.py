"""`python -m localcloud` serves a local cloud for any CDK app."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from localcloud import LocalCloud
from localcloud.__main__ import main
from localcloud.kernel.dialect import Dialect, Wording


@pytest.fixture
def command() -> Callable[..., subprocess.Popen[str]]:
    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "localcloud", "--port", "0", "--no-bootstrap", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def test_the_command_prints_three_variables_serves_and_ends_on_ctrl_c(
    command: Callable[..., subprocess.Popen[str]],
) -> None:
    process = command()
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(5)]
    variables = dict(line.removeprefix("export ").split("=") for line in lines if line.startswith("export "))
    assert list(variables) == ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    client = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert client.get_caller_identity()["Account"] == "123456789012"
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_the_command_takes_a_dialect_from_a_file(
    command: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    file = tmp_path / "dialect.json"
    wording = Wording("ValidationException", "Requested resource not found.")
    file.write_text(Dialect(missing_job=wording).as_json())
    process = command("--dialect", str(file))
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(5)]
    (endpoint,) = [line.partition("=")[2] for line in lines if "AWS_ENDPOINT_URL" in line]
    client = boto3.client(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    with pytest.raises(client.exceptions.ClientError, match="Requested resource not found"):
        client.describe_optimization_job(OptimizationJobName="none")
    process.kill()
    process.communicate()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"lag": 20}', "a dialect has no lag; it has all_at_once_bakes_in"),
        ("{", "Expecting property name"),
        (None, "No such file or directory"),
    ],
)
def test_the_command_says_when_a_dialect_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, reason: str
) -> None:
    file = tmp_path / "dialect.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SystemExit):
        main(["--dialect", str(file)])
    assert f"cannot read a dialect from {file}: " in (told := capsys.readouterr().err)
    assert reason in told


def test_the_command_says_when_its_port_is_taken(cloud: LocalCloud) -> None:
    port = cloud.endpoint_url.rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "localcloud", "--port", port], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert (
        ended.stderr == f"cannot listen on port {port}: Address already in use; choose another with --port\n"
    )
