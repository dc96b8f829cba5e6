"""Lambda, as the rest of the local cloud and tests use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.principals import Principals
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.awslambda.code import CodeStore
from localcloud.services.awslambda.configuration import Configuration, code_of, configuration
from localcloud.services.awslambda.events import Events
from localcloud.services.awslambda.execution_role import ExecutionRoles
from localcloud.services.awslambda.faults import Asynchronous, Faults, Hang, Kill, Matcher, Rubbish, Target
from localcloud.services.awslambda.invocation import Invoker, InvokeResult
from localcloud.services.awslambda.process import FunctionProcess, is_python
from localcloud.services.awslambda.python_template import PythonTemplate
from localcloud.services.awslambda.registry import keep_configurations
from localcloud.services.awslambda.warm_pool import WarmPool

_MAKING = ("CreateFunction", "UpdateFunctionConfiguration")


class Functions:
    """Functions as processes. moto keeps the functions, and this class runs them.

    The methods whose names end in `_next` are faults: they strike the next invocations (or events) that fit.

    Args:
        write_log: See `Invoker`.
    """

    def __init__(
        self,
        site: Site,
        server: Server,
        permissions: Permissions,
        principals: Principals,
        write_log: Callable[[str, str, str, list[str]], bool],
    ) -> None:
        keep_configurations()
        self._site = site
        self._permissions = permissions
        self._principals = principals
        self._roles = ExecutionRoles(permissions)
        self._programs: dict[str, Sequence[str]] = {}
        self._code = CodeStore()
        self._template = PythonTemplate()
        self._faults = Faults()
        self._pool = WarmPool(self._start_process)
        self._invoker = Invoker(site.clock, write_log, self._pool, self._faults)
        self._events = Events(site, self._invoker, self._faults)
        server.observe(before=self._invoker.before_call, after=self._invoker.after_call)
        server.observe(before=self._roles.before_call)
        server.observe(before=self._refuse_what_cannot_be_run)

    def invoke(self, function: str, payload: bytes, *, qualifier: str | None = None) -> InvokeResult:
        """Run a function (name or ARN) and wait for its response, as the Invoke API does.

        Raises ApiError if there is none.
        """
        return self._invoker.run(configuration(function, self._site.region, qualifier), payload)

    def invoke_async(self, function: str, payload: bytes, *, qualifier: str | None = None) -> None:
        """Queue an event for a function.

        Up to two more attempts after an error, after 60 and 120 clock seconds.
        """
        self._events.add(configuration(function, self._site.region, qualifier), payload)

    @property
    def process_count(self) -> int:
        """The number of processes, idle ones included."""
        return self._pool.count()

    def run_with(self, runtimes: str, program: Sequence[str]) -> None:
        """Run functions that are not in Python, too; without a program, such a function cannot be made.

        Args:
            runtimes: What the names of their runtimes begin with, for example `nodejs`.
            program: A command that speaks the Lambda Runtime API. It finds the handler's name in the
                environment as `_HANDLER`, and the code in `LAMBDA_TASK_ROOT`.
        """
        self._programs[runtimes] = program

    # --- faults ---------------------------------------------------------------------------------------------

    def kill_next(
        self,
        function: str | None = None,
        *,
        call: int = 1,
        after: bool = False,
        operation: str | None = None,
        event: Matcher | None = None,
        times: int = 1,
    ) -> None:
        """Kill the process at its n-th API call.

        Args:
            call: Counted from 1; 0 kills it before its handler runs.
            after: Kill it after the call was carried out, but before the function gets the response.
            operation: Count only calls of this operation, for example `CreateOptimizationJob`.
            event: Strike only invocations with such an event (parsed from JSON).
        """
        self._faults.add(Kill(Target(function, event), call, after, operation), times)

    def hang_next(self, function: str | None = None, *, event: Matcher | None = None, times: int = 1) -> None:
        """Let an invocation run into its timeout, without having done anything."""
        self._faults.add(Hang(Target(function, event)), times)

    def respond_next(
        self, response: Any, function: str | None = None, *, event: Matcher | None = None, times: int = 1
    ) -> None:
        """Replace the response of an invocation, after it ran, with bytes or a JSON value."""
        payload = response if isinstance(response, bytes) else json.dumps(response).encode()
        self._faults.add(Rubbish(Target(function, event), payload), times)

    def duplicate_next(
        self,
        function: str | None = None,
        *,
        event: Matcher | None = None,
        times: int = 1,
        deliveries: int = 2,
    ) -> None:
        """Deliver an asynchronous event more than once, at the same time, or not at all."""
        self._faults.add(Asynchronous(Target(function, event), deliveries=deliveries), times)

    def delay_next(
        self, seconds: float, function: str | None = None, *, event: Matcher | None = None, times: int = 1
    ) -> None:
        """Deliver an asynchronous event late, by so many clock seconds."""
        self._faults.add(Asynchronous(Target(function, event), delay=seconds), times)

    # --- life -----------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """End every process and forget every fault."""
        self._faults.clear()
        self._pool.clear()

    def stop(self) -> None:
        self.reset()
        self._template.stop()
        self._code.clear()

    def _start_process(self, configured: Configuration) -> FunctionProcess:
        trust = self._permissions.may_assume(configured.role_arn, "lambda.amazonaws.com", self._site.account)
        if not trust.allowed:
            message = "The role defined for the function cannot be assumed by Lambda."
            raise ApiError("AccessDeniedException", message, 403)
        self._roles.check_environment_key(configured)
        return FunctionProcess(
            configured,
            self._code.unpacked(code_of(configured.arn, self._site.region)),
            self._principals.start_session(configured.role_arn, configured.name),
            region=self._site.region,
            endpoint_url=self._site.endpoint_url,
            template=self._template,
            command=self._program(configured.runtime),
        )

    def _program(self, runtime: str) -> Sequence[str] | None:
        """The program that was given for a runtime."""
        return next((each for runtimes, each in self._programs.items() if runtime.startswith(runtimes)), None)

    def _refuse_what_cannot_be_run(self, request: ApiRequest) -> None:
        """Refuse a function that cannot run when it is made.

        Otherwise it would fail at each invocation, and CloudFormation would wait an hour for its response.
        """
        if request.service != "lambda" or request.operation not in _MAKING:
            return
        # An image has none, and a change of something else leaves it as it is.
        is_image = request.parameters.get("PackageType") == "Image"
        runtime = request.parameters.get("Runtime", "" if is_image else None)
        if runtime is not None and not is_python(runtime) and self._program(runtime) is None:
            raise ApiError(
                "InvalidParameterValueException",
                f"the local cloud runs Python functions only, and of {request.parameters['FunctionName']} "
                f"the runtime is {runtime!r}; give it a program with cloud.functions.run_with",
            )
