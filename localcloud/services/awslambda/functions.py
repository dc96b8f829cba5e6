"""Lambda, as the rest of the local cloud and tests use it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.services.awslambda.code import CodeStore
from localcloud.services.awslambda.configuration import Configuration, code_of, configuration
from localcloud.services.awslambda.events import Events
from localcloud.services.awslambda.execution_role import ExecutionRoles, check_environment_key
from localcloud.services.awslambda.faults import Asynchronous, Faults, Hang, Kill, Matcher, Rubbish, Target
from localcloud.services.awslambda.invocation import Invoker, InvokeResult
from localcloud.services.awslambda.process import FunctionProcess, is_python
from localcloud.services.awslambda.registry import keep_configurations
from localcloud.services.awslambda.service import InvokeService
from localcloud.services.awslambda.warm_pool import WarmPool

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud


_MAKING = ("CreateFunction", "UpdateFunctionConfiguration")


class Functions:
    """Functions as processes. What functions there are is moto's business; running them is ours.

    The methods whose names end in `_next` are faults: they strike the next invocations (or events) that fit.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        keep_configurations()
        self._cloud = cloud
        self._programs: dict[str, Sequence[str]] = {}
        self._code = CodeStore()
        self._faults = Faults()
        self._pool = WarmPool(self._start_process)
        self._invoker = Invoker(cloud, self._pool, self._faults)
        self._events = Events(cloud, self._invoker, self._faults)
        cloud.server.register(InvokeService(self))
        cloud.server.observe(before=self._invoker.before_call, after=self._invoker.after_call)
        cloud.server.observe(before=ExecutionRoles(cloud).before_call)
        cloud.server.observe(before=self._refuse_what_cannot_be_run)

    def invoke(self, function: str, payload: bytes, *, qualifier: str | None = None) -> InvokeResult:
        """Run a function (name or ARN) and wait for its answer, as the Invoke API does.

        Raises ApiError if there is none.
        """
        return self._invoker.run(configuration(function, self._cloud.region, qualifier), payload)

    def invoke_async(self, function: str, payload: bytes, *, qualifier: str | None = None) -> None:
        """Queue an event for a function.

        Up to two more attempts after an error, after 60 and 120 clock seconds.
        """
        self._events.add(configuration(function, self._cloud.region, qualifier), payload)

    @property
    def process_count(self) -> int:
        """How many processes there are, idle ones included."""
        return self._pool.count()

    def run_with(self, runtimes: str, program: Sequence[str]) -> None:
        """Run functions that are not in Python, too; without a program, such a function cannot be made.

        Args:
            runtimes: What the names of their runtimes begin with, for example `nodejs`.
            program: A command that speaks the Lambda Runtime API. It finds the handler's name in the
                environment as `_HANDLER`, and the code in `LAMBDA_TASK_ROOT`.
        """
        self._programs[runtimes] = program

    # --- faults
    # ----------------------------------------------------------------------------------------------------

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
            after: When the call was carried out, but the function has not heard of it; otherwise before.
            operation: Count only calls of this operation, for example `CreateOptimizationJob`.
            event: Strike only invocations with such an event (parsed from JSON).
        """
        self._faults.add(Kill(Target(function, event, times), call, after, operation))

    def hang_next(self, function: str | None = None, *, event: Matcher | None = None, times: int = 1) -> None:
        """Let an invocation run into its timeout, without having done anything."""
        self._faults.add(Hang(Target(function, event, times)))

    def answer_next(
        self, answer: Any, function: str | None = None, *, event: Matcher | None = None, times: int = 1
    ) -> None:
        """Replace what an invocation answers, after it ran, with bytes or with anything that JSON can say."""
        payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self._faults.add(Rubbish(Target(function, event, times), payload))

    def drop_next(self, function: str | None = None, *, event: Matcher | None = None, times: int = 1) -> None:
        """Lose an asynchronous event."""
        self._faults.add(Asynchronous(Target(function, event, times), deliveries=0))

    def duplicate_next(
        self,
        function: str | None = None,
        *,
        event: Matcher | None = None,
        times: int = 1,
        deliveries: int = 2,
    ) -> None:
        """Deliver an asynchronous event more than once, at the same time."""
        self._faults.add(Asynchronous(Target(function, event, times), deliveries=deliveries))

    def delay_next(
        self, seconds: float, function: str | None = None, *, event: Matcher | None = None, times: int = 1
    ) -> None:
        """Deliver an asynchronous event late, by so many clock seconds."""
        self._faults.add(Asynchronous(Target(function, event, times), delay=seconds))

    # --- life
    # ------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """End every process and forget every fault."""
        self._faults.clear()
        self._pool.clear()

    def stop(self) -> None:
        self.reset()
        self._code.clear()

    def _start_process(self, configured: Configuration) -> FunctionProcess:
        trust = self._cloud.authorization.may_assume(
            configured.role_arn, "lambda.amazonaws.com", self._cloud.account
        )
        if not trust.allowed:
            message = "The role defined for the function cannot be assumed by Lambda."
            raise ApiError("AccessDeniedException", message, 403)
        check_environment_key(self._cloud, configured)
        return FunctionProcess(
            configured,
            self._code.unpacked(code_of(configured.arn, self._cloud.region)),
            self._cloud.principals.start_session(configured.role_arn, configured.name),
            region=self._cloud.region,
            endpoint_url=self._cloud.endpoint_url,
            command=self._program(configured.runtime),
        )

    def _program(self, runtime: str) -> Sequence[str] | None:
        """The program that was given for a runtime."""
        return next((each for runtimes, each in self._programs.items() if runtime.startswith(runtimes)), None)

    def _refuse_what_cannot_be_run(self, request: ApiRequest) -> None:
        """Refuse a function when it is made: one that fails at each invocation is heard of an hour later, if
        CloudFormation waits for its answer.
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
