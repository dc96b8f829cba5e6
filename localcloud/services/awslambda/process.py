"""A process that runs a function's handler: a Python one by AWS's own runtime interface client."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from localcloud.kernel.principals import Credentials
from localcloud.services.awslambda.configuration import Configuration
from localcloud.services.awslambda.python_template import VARIABLES, PythonTemplate, inherited_variables
from localcloud.services.awslambda.runtime_api import Event, Response, RuntimeApi


class FunctionProcess:
    """One sandbox: started once, then given one event after the other.

    Args:
        task_root: The directory with the function's unpacked code.
        endpoint_url: Where it finds AWS.
        template: Starts a function in Python.
        command: What to start for one that is not.
    """

    def __init__(
        self,
        configuration: Configuration,
        task_root: Path,
        credentials: Credentials,
        *,
        region: str,
        endpoint_url: str,
        template: PythonTemplate,
        command: Sequence[str] | None = None,
    ) -> None:
        self.configuration = configuration
        self.access_key_id = credentials.access_key_id
        self.log_stream = ""
        self._api = RuntimeApi()
        self._log = TemporaryFile()  # noqa: SIM115 (closed with the process)
        self._read = 0
        variables = _environment(
            configuration, task_root, credentials, self._api.address, region, endpoint_url
        )
        self._process = (
            template.start(configuration.handler, task_root, variables, self._log)
            if command is None
            else subprocess.Popen(
                command,
                cwd=task_root,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                # A signal at the terminal ends the local cloud, which then ends its processes itself.
                start_new_session=True,
            )
        )
        threading.Thread(target=self._watch, name=f"watch {configuration.name}", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_status(self) -> str:
        """The way it ended, in Lambda's words."""
        code = self._process.wait()
        return (
            f"signal: {signal.Signals(-code).name.removeprefix('SIG').lower()}"
            if code < 0
            else f"exit status {code}"
        )

    def run(self, event: Event, seconds: float) -> Response | None:
        """Work on an event. Return None if the process ended, or the time (real seconds) was up."""
        self._api.give(event)
        return self._api.wait(seconds)

    def new_log_lines(self) -> str:
        """Return the lines it printed since the last time."""
        size = os.fstat(self._log.fileno()).st_size
        text = os.pread(self._log.fileno(), size - self._read, self._read)
        self._read = size
        return text.decode(errors="replace")

    def kill(self) -> None:
        """End it at once, whatever it is doing, with everything that it started."""
        if self.alive:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                self._process.kill()
        self._process.wait()
        self._api.process_ended()

    def close(self) -> None:
        """End it and give back what it holds."""
        self.kill()
        self._api.close()
        self._log.close()

    def _watch(self) -> None:
        self._process.wait()
        self._api.process_ended()


def _environment(
    configuration: Configuration,
    task_root: Path,
    credentials: Credentials,
    runtime_api: str,
    region: str,
    endpoint_url: str,
) -> dict[str, str]:
    return (
        inherited_variables()
        | configuration.variables
        | VARIABLES
        | {
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.memory),
            "AWS_LAMBDA_FUNCTION_NAME": configuration.name,
            "AWS_LAMBDA_FUNCTION_VERSION": configuration.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": configuration.log_format,
            "AWS_LAMBDA_LOG_GROUP_NAME": configuration.log_group,
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "LAMBDA_TASK_ROOT": str(task_root),
            "PYTHONPATH": str(task_root),
            "_HANDLER": configuration.handler,
        }
    )


def is_python(runtime: str) -> bool:
    """Return whether functions of a runtime can run here."""
    return re.fullmatch(r"python3\.\d+", runtime) is not None
