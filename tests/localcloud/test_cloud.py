"""An account can be emptied and ended, and nothing of it is left."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from pathlib import Path

import pytest

from localcloud import LocalCloud
from tests.localcloud.conftest import archive


def test_a_reset_empties_the_account(cloud: LocalCloud) -> None:
    cloud.client("s3").create_bucket(Bucket="models")
    cloud.client("sqs").create_queue(QueueName="q")
    cloud.reset()
    assert cloud.client("s3").list_buckets()["Buckets"] == []
    assert "QueueUrls" not in cloud.client("sqs").list_queues()
    assert [call.operation for call in cloud.calls.all()] == ["ListBuckets", "ListQueues"]


def test_stopping_leaves_no_process_no_thread_and_no_file(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads = set(threading.enumerate())
    with LocalCloud() as other:
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = other.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        other.client("lambda").create_function(
            FunctionName="f",
            Runtime="python3.13",
            Role=role,
            Handler="work.handler",
            Code={"ZipFile": archive("import os\ndef handler(*_): return os.getpid()")},
        )
        process = int(other.functions.invoke("f", b"{}").payload)
        other.clock.pause()
        other.clock.start_thread(other.clock.sleep, 1e6)
        assert list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert list(tmp_path.iterdir()) == []
    for thread in set(threading.enumerate()) - threads:
        thread.join(5)
        assert not thread.is_alive(), thread
