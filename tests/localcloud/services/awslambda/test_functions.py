"""Functions are processes with their role's credentials, and they can fail in every way."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import sys
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from localcloud.services.awslambda.python_template import VARIABLES, PythonTemplate, inherited_variables
from tests.localcloud.conftest import archive

Make = Callable[..., str]
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
QUEUES = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}

COUNTING = """
    import boto3, json, os
    sqs = boto3.client("sqs")

    def handler(event, context):
        for name in event["queues"]:
            sqs.create_queue(QueueName=name)
        return {"process": os.getpid(), "id": context.aws_request_id}
"""
ECHO = """
    import os, time

    def handler(event, context):
        print("got", event)
        if event.get("raise"):
            raise ValueError(event["raise"])
        if event.get("exit"):
            os._exit(3)
        time.sleep(event.get("take", 0))
        return {"event": event, "process": os.getpid(), "who": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
                "variable": os.environ.get("VARIABLE"), "left": context.get_remaining_time_in_millis()}
"""


def invoke(cloud: LocalCloud, event: Any = None, name: str = "work") -> Any:
    result = cloud.functions.invoke(name, json.dumps(event or {}).encode())
    return json.loads(result.payload)


def queues(cloud: LocalCloud) -> list[str]:
    urls = cloud.client("sqs").list_queues().get("QueueUrls", [])
    return sorted(url.rpartition("/")[2] for url in urls)


def settle(cloud: LocalCloud, seconds: float = 1000) -> None:
    """Let everything happen that is due within so many clock seconds."""
    cloud.clock.advance(seconds)


def test_a_function_answers_over_the_api(cloud: LocalCloud, role: Make, function: Make) -> None:
    arn = function(ECHO, role(LOGS), Environment={"Variables": {"VARIABLE": "value"}})
    for name in ("work", arn):
        answer = cloud.client("lambda").invoke(FunctionName=name, Payload=b'{"n": 1}', LogType="Tail")
        document = json.loads(answer["Payload"].read())
        assert answer["StatusCode"] == 200
        assert (document["event"], document["who"], document["variable"]) == ({"n": 1}, "work", "value")
        assert 25_000 < document["left"] <= 30_000


def test_a_warm_process_is_used_again(cloud: LocalCloud, role: Make, function: Make) -> None:
    function(ECHO, role())
    assert len({invoke(cloud)["process"] for _ in range(5)}) == 1


def test_a_busy_function_gets_more_processes(cloud: LocalCloud, role: Make, function: Make) -> None:
    function(ECHO, role())
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: invoke(cloud, {"take": 0.3}), range(2)))
    assert len({answer["process"] for answer in answers}) == 2


def test_an_exception_is_an_unhandled_error(cloud: LocalCloud, role: Make, function: Make) -> None:
    function(ECHO, role())
    result = cloud.functions.invoke("work", b'{"raise": "no such model"}')
    assert result.error == "Unhandled"
    document = json.loads(result.payload)
    assert (document["errorType"], document["errorMessage"]) == ("ValueError", "no such model")


def test_code_that_cannot_be_imported_is_an_error(cloud: LocalCloud, role: Make, function: Make) -> None:
    function("import nothing_of_this_name", role())
    result = cloud.functions.invoke("work", b"{}")
    assert (result.error, json.loads(result.payload)["errorType"]) == (
        "Unhandled",
        "Runtime.ImportModuleError",
    )


def test_a_crash_is_an_error_and_the_next_invocation_has_a_new_process(
    cloud: LocalCloud, role: Make, function: Make
) -> None:
    function(ECHO, role())
    before = invoke(cloud)["process"]
    document = invoke(cloud, {"exit": True})
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].endswith("Runtime exited with error: exit status 3")
    assert invoke(cloud)["process"] != before


def test_a_function_that_takes_longer_than_its_timeout_is_killed(
    cloud: LocalCloud, role: Make, function: Make
) -> None:
    function(ECHO, role(), Timeout=1)
    cloud.functions.invoke("work", b"{}")
    began = cloud.clock.time()
    document = invoke(cloud, {"take": 100})
    assert document["errorType"] == "Sandbox.Timedout"
    assert document["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert cloud.clock.time() - began == 1
    assert cloud.functions.process_count == 0


def test_a_function_that_ran_out_of_time_keeps_nobody_from_its_place(
    cloud: LocalCloud, role: Make, function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.services.awslambda.warm_pool._MOST_FOR_A_FUNCTION", 1)
    function(ECHO, role(), name="alone", Timeout=1)
    ended: list[str] = []

    def wait() -> None:
        ended.append(invoke(cloud, {"take": 100}, name="alone")["errorType"])

    threads = [threading.Thread(target=wait, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ended == ["Sandbox.Timedout"] * 2


def test_new_code_and_new_configuration_replace_the_processes(
    cloud: LocalCloud, role: Make, function: Make
) -> None:
    function(ECHO, role())
    first = invoke(cloud)
    client = cloud.client("lambda")
    client.update_function_configuration(FunctionName="work", Environment={"Variables": {"VARIABLE": "new"}})
    second = invoke(cloud)
    assert (first["variable"], second["variable"]) == (None, "new")
    client.update_function_code(FunctionName="work", ZipFile=archive("def handler(*_): return 'new code'"))
    assert invoke(cloud) == "new code"
    assert cloud.functions.process_count == 1


def test_code_comes_from_s3(cloud: LocalCloud, role: Make) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key="code.zip", Body=archive("def handler(*_): return 'from s3'"))
    cloud.client("lambda").create_function(
        FunctionName="work",
        Runtime="python3.13",
        Role=role(),
        Handler="work.handler",
        Code={"S3Bucket": "assets", "S3Key": "code.zip"},
    )
    assert invoke(cloud) == "from s3"


REFUSED = r"runs Python functions only, and of work the runtime is 'nodejs22\.x'; give it a program"


def test_a_function_that_cannot_be_run_is_refused_when_it_is_made(
    cloud: LocalCloud, role: Make, function: Make
) -> None:
    function(ECHO, role(), name="other")
    client = cloud.client("lambda")
    with pytest.raises(ClientError, match=REFUSED):
        client.create_function(
            FunctionName="work",
            Runtime="nodejs22.x",
            Role=role(name="another"),
            Handler="work.handler",
            Code={"ZipFile": archive("")},
        )
    with pytest.raises(ClientError, match=REFUSED.replace("work", "other")):
        client.update_function_configuration(FunctionName="other", Runtime="nodejs22.x")
    assert [each["FunctionName"] for each in client.list_functions()["Functions"]] == ["other"]


def test_a_stack_with_a_function_that_cannot_be_run_says_so(cloud: LocalCloud, role: Make) -> None:
    properties = {
        "FunctionName": "work",
        "Runtime": "nodejs22.x",
        "Role": role(),
        "Handler": "index.handler",
        "Code": {"ZipFile": "exports.handler = () => {}"},
    }
    template = {"Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}}
    started = cloud.clock.time()

    stack = cloud.cloudformation.deploy(template, "demo")

    assert stack.status == "ROLLBACK_COMPLETE"
    (reason,) = [event.reason for event in stack.events if event.status == "CREATE_FAILED"]
    assert re.search(REFUSED, reason or "")
    assert cloud.clock.time() - started < 60


def test_a_program_can_be_given_for_another_runtime(cloud: LocalCloud, role: Make, function: Make) -> None:
    program = [sys.executable, "-m", "awslambdaric", "work.handler"]
    cloud.functions.run_with("provided", program)
    function(ECHO, role())
    cloud.client("lambda").update_function_configuration(FunctionName="work", Runtime="provided.al2023")
    assert invoke(cloud, {"key": "value"})["event"] == {"key": "value"}


def test_an_unknown_function_is_not_found(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match="Function not found"):
        cloud.client("lambda").invoke(FunctionName="none")


def test_a_function_calls_aws_as_its_role(cloud: LocalCloud, role: Make, function: Make) -> None:
    function(COUNTING, role(QUEUES))
    invoke(cloud, {"queues": ["one"]})
    [call] = cloud.calls.of("sqs", "CreateQueue")
    assert call.principal == "arn:aws:sts::123456789012:assumed-role/worker/work"
    assert (call.parameters["QueueName"], call.error) == ("one", None)


def test_what_its_role_may_not_do_a_function_may_not_do(
    cloud: LocalCloud, role: Make, function: Make
) -> None:
    function(COUNTING, role())
    assert (
        "is not authorized to perform: sqs:CreateQueue" in invoke(cloud, {"queues": ["one"]})["errorMessage"]
    )


def test_a_role_that_does_not_trust_lambda_is_refused(cloud: LocalCloud, role: Make, function: Make) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    function(ECHO, role(trust=trust))
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        cloud.client("lambda").invoke(FunctionName="work")


class TestLogs:
    def test_what_a_function_prints_is_in_its_log_group(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        function(ECHO, role(LOGS))
        invoke(cloud, {"n": 1})
        lines = cloud.logs.lines("/aws/lambda/work")
        assert lines[0].startswith("START RequestId: ")
        assert "got {'n': 1}" in lines
        assert lines[-1].startswith("REPORT RequestId: ")

    def test_a_log_group_of_its_own_is_used(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        group = "arn:aws:logs:us-east-1:123456789012:log-group:mine:*"
        write = {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": group,
        }
        function(ECHO, role(write), LoggingConfig={"LogGroup": "mine", "LogFormat": "JSON"})
        cloud.client("logs").create_log_group(logGroupName="mine")
        invoke(cloud, {"n": 1})
        assert any("got {'n': 1}" in line for line in cloud.logs.lines("mine"))
        assert cloud.client("lambda").get_function_configuration(FunctionName="work")["LoggingConfig"] == {
            "LogFormat": "JSON",
            "LogGroup": "mine",
        }

    def test_no_log_group_appears_that_the_role_may_not_create(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        write = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
        function(ECHO, role(write))
        invoke(cloud)
        assert cloud.client("logs").describe_log_groups()["logGroups"] == []


class TestAsynchronousEvents:
    @pytest.fixture(autouse=True)
    def time_passes_when_told(self, cloud: LocalCloud) -> None:
        cloud.clock.pause()

    def test_an_event_is_delivered(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(COUNTING, role(QUEUES))
        answer = cloud.client("lambda").invoke(
            FunctionName="work", InvocationType="Event", Payload=b'{"queues": ["one"]}'
        )
        settle(cloud)
        assert answer["StatusCode"] == 202
        assert queues(cloud) == ["one"]

    def test_a_failing_event_is_tried_three_times(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        function(COUNTING, role())
        began = cloud.clock.time()
        cloud.functions.invoke_async("work", b'{"queues": ["one"]}')
        settle(cloud)
        assert [call.time - began for call in cloud.calls.of("sqs")] == [0, 60, 180]

    def test_an_event_can_be_lost(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(COUNTING, role(QUEUES))
        cloud.functions.duplicate_next(event=lambda event: event["queues"] == ["one"], deliveries=0)
        cloud.functions.invoke_async("work", b'{"queues": ["one"]}')
        cloud.functions.invoke_async("work", b'{"queues": ["two"]}')
        settle(cloud)
        assert queues(cloud) == ["two"]

    def test_an_event_can_arrive_twice(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(COUNTING, role(QUEUES))
        cloud.functions.duplicate_next()
        cloud.functions.invoke_async("work", b'{"queues": ["one"]}')
        settle(cloud)
        assert len(cloud.calls.of("sqs", "CreateQueue")) == 2

    def test_an_event_can_arrive_late(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(COUNTING, role(QUEUES))
        began = cloud.clock.time()
        cloud.functions.delay_next(300)
        cloud.functions.invoke_async("work", b'{"queues": ["one"]}')
        settle(cloud)
        assert [call.time - began for call in cloud.calls.of("sqs")] == [300]


class TestFaults:
    EVENT: ClassVar = {"queues": ["one", "two", "three"]}

    def test_killed_before_a_call_is_carried_out(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(COUNTING, role(QUEUES))
        cloud.functions.kill_next(call=2)
        document = invoke(cloud, self.EVENT)
        assert document["errorType"] == "Runtime.ExitError"
        assert document["errorMessage"].endswith("signal: kill")
        assert queues(cloud) == ["one"]

    def test_killed_after_a_call_was_carried_out(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(COUNTING, role(QUEUES))
        cloud.functions.kill_next(call=2, after=True)
        assert invoke(cloud, self.EVENT)["errorType"] == "Runtime.ExitError"
        assert queues(cloud) == ["one", "two"]

    def test_killed_at_a_certain_operation(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(
            """
            import boto3
            sqs = boto3.client("sqs")

            def handler(event, context):
                url = sqs.create_queue(QueueName="one")["QueueUrl"]
                sqs.delete_queue(QueueUrl=url)
                sqs.create_queue(QueueName="two")
            """,
            role(QUEUES),
        )
        cloud.functions.kill_next(operation="CreateQueue", call=2, after=True)
        assert invoke(cloud)["errorType"] == "Runtime.ExitError"
        assert queues(cloud) == ["two"]

    def test_killed_before_its_handler_runs(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(COUNTING, role(QUEUES))
        cloud.functions.kill_next(call=0)
        assert invoke(cloud, self.EVENT)["errorType"] == "Runtime.ExitError"
        assert queues(cloud) == []

    def test_only_the_event_that_is_meant_is_struck(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        function(COUNTING, role(QUEUES))
        cloud.functions.kill_next(call=1, event=lambda event: "two" in event["queues"])
        assert "process" in invoke(cloud, {"queues": ["one"]})
        assert invoke(cloud, {"queues": ["two"]})["errorType"] == "Runtime.ExitError"
        assert "process" in invoke(cloud, {"queues": ["two"]})

    def test_hanging_takes_exactly_the_timeout(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(COUNTING, role(QUEUES), Timeout=60)
        cloud.functions.hang_next()
        began = cloud.clock.time()
        assert invoke(cloud, self.EVENT)["errorType"] == "Sandbox.Timedout"
        assert cloud.clock.time() - began == 60
        assert queues(cloud) == []

    def test_answering_rubbish_after_having_worked(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        function(COUNTING, role(QUEUES))
        cloud.functions.respond_next({"unheard": "of"})
        assert invoke(cloud, {"queues": ["one"]}) == {"unheard": "of"}
        assert queues(cloud) == ["one"]

    def test_a_reset_forgets_faults_and_ends_processes(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        function(COUNTING, role(QUEUES))
        invoke(cloud, {"queues": []})
        cloud.functions.kill_next()
        cloud.reset()
        assert cloud.functions.process_count == 0


class TestSurroundings:
    """What a function finds when it looks around."""

    CLOCK = """
        import datetime
        from datetime import UTC, datetime as imported

        def handler(event, context):
            parsed = datetime.datetime.strptime("2026-01-01", "%Y-%m-%d")
            assert isinstance(parsed, datetime.datetime) and parsed < datetime.datetime.utcnow()
            assert datetime.datetime.now(UTC) - imported.now(UTC) == datetime.timedelta()
            return imported.now(UTC).isoformat()
    """
    ENDPOINTS = """
        import os

        def handler(event, context):
            names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
            return next(os.environ[name] for name in names if name in os.environ)
    """

    def test_the_time_is_the_clock_s(self, cloud: LocalCloud, role: Make, function: Make) -> None:
        function(self.CLOCK, role())
        for ahead in (0, 86_400):
            cloud.clock.advance(ahead)
            told = datetime.fromisoformat(invoke(cloud))
            assert told == cloud.clock.now().replace(microsecond=0)

    def test_the_time_stands_still_with_the_clock(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        function(self.CLOCK, role())
        cloud.clock.pause()
        before = cloud.clock.now().replace(microsecond=0)
        answers = {invoke(cloud) for _ in range(3)}
        assert {datetime.fromisoformat(answer) for answer in answers} == {before}

    def test_the_endpoint_of_aws_is_the_origin_of_the_response_urls(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        sent: list[str] = []

        def note(event: Any) -> bool:
            sent.append(event["ResponseURL"])
            return True

        arn = function(self.ENDPOINTS, role())
        cloud.functions.duplicate_next(event=note, deliveries=0)
        template = {
            "Resources": {
                "Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": arn, "ServiceTimeout": 60}}
            }
        }
        cloud.cloudformation.deploy(template, "demo", rollback=False)

        endpoint, url = urlsplit(invoke(cloud)), urlsplit(sent[0])
        assert (endpoint.scheme, endpoint.netloc) == (url.scheme, url.netloc)
        assert endpoint.path in ("", "/")


class TestForks:
    """Functions are forked from one Python, and a function does not notice."""

    def test_a_function_s_own_boto3_is_the_one_that_it_imports(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        function("import boto3\n\ndef handler(*_): return boto3.__version__", role())
        files = {"work.py": "import boto3\n\ndef handler(*_): return boto3.OWN", "boto3.py": "OWN = 'my own'"}
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as zipped:
            for name, text in files.items():
                zipped.writestr(name, text)
        assert invoke(cloud) == boto3.__version__
        cloud.client("lambda").update_function_code(FunctionName="work", ZipFile=content.getvalue())
        assert invoke(cloud) == "my own"

    def test_a_variable_that_python_reads_at_its_start_has_its_effect(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        code = "import sys\n\ndef handler(*_): return sys.flags.dev_mode"
        function(code, role(), Environment={"Variables": {"PYTHONDEVMODE": "1"}})
        assert invoke(cloud) is True

    def test_functions_share_nothing_but_what_is_imported(
        self, cloud: LocalCloud, role: Make, function: Make
    ) -> None:
        code = """
            import os, boto3

            def handler(event, context):
                boto3.seen = getattr(boto3, "seen", 0) + 1
                return boto3.seen, os.environ["AWS_LAMBDA_FUNCTION_NAME"], os.getcwd()
        """
        arn = role()
        for name in ("one", "two"):
            function(code, arn, name=name)
        answers = [invoke(cloud, name=name) for name in ("one", "two")]
        assert [answer[:2] for answer in answers] == [[1, "one"], [1, "two"]]

    def test_what_is_forked_ends_with_the_template(self, tmp_path: Path) -> None:
        (tmp_path / "work.py").write_text("def handler(*_): ...")
        template = PythonTemplate()
        with socket.create_server(("127.0.0.1", 0)) as silent, (tmp_path / "log").open("w+b") as log:
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            variables = {**inherited_variables(), **VARIABLES, "PYTHONPATH": str(tmp_path)}
            variables |= {"AWS_LAMBDA_RUNTIME_API": address, "_HANDLER": "work.handler"}
            process = template.start("work.handler", tmp_path, variables, log)
            # It waits for its first event, for ever.
            connection, _ = silent.accept()
            with connection:
                assert process.poll() is None
                template.stop()
        assert process.poll() == -signal.SIGKILL
