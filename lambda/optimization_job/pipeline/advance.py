"""One look at a job that a pipeline waits for, and what follows from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ..contract import JOB_FAILED, JOB_NOT_STARTED, JOB_STOPPED, JOB_UNKNOWN
from ..deciding.messages import job_ended_without_artifact, job_is_gone
from ..deciding.patience import PROPAGATION, QuotaQueue, failure, limit, name_of, pause
from ..errors import CallError, ErrorKind
from ..sagemaker.job import Job, attributes_of
from ..service_model import InvalidValueError
from ..tracking.history import History
from .run import Run, log_run
from .tokens import NobodyWaitsError

#: Seconds between two looks at a job that is ending, or that is not seen yet.
_ENDING_INTERVAL = 15
_EFFECT_INTERVAL = 5

#: The longest pause of the state machine, in seconds. A longer one has parts, between which the state hears
#: that its job goes on.
_LONGEST_PAUSE = 300

#: Seconds after which a job that was created, and is not found, is gone.
_GONE = 60

#: Seconds in which a create that may be under way has its effect, and shows it.
_IN_FLIGHT = 180

#: Seconds without a permission after which nobody can be told any more, and those that an API may be away.
_PATIENCE_WITHOUT_PERMISSION = 900
_PATIENCE = 24 * 3_600


class Jobs(Protocol):
    """The jobs of SageMaker."""

    def job(self, name: str) -> Job | None:
        """The job of this name; None if there is none."""
        ...

    def create(self, request: dict[str, object]) -> str:
        """Creates a job, and returns its ARN."""
        ...

    def stop(self, name: str) -> None:
        """Asks for the end of a job."""
        ...


class Waiting(Protocol):
    """The states that wait for tokens."""

    def heartbeat(self, token: str) -> None:
        """Tells a state that its job goes on."""
        ...

    def succeed(self, token: str, output: Mapping[str, str]) -> None:
        """Ends a state with its output."""
        ...

    def fail(self, token: str, error: str, cause: str) -> None:
        """Ends a state with an error."""
        ...


@dataclass(frozen=True)
class Look:
    """Look again after this many seconds; in a new execution if this one's history has become long."""

    seconds: int
    run: Run
    hands_over: bool = False


@dataclass(frozen=True)
class End:
    """There is nothing left to do."""

    why: str


@dataclass(frozen=True)
class _Told:
    """The end that a state is told: its output, or an error."""

    error: str = ""
    cause: str = ""
    output: Mapping[str, str] | None = None


def advance(
    run: Run,
    jobs: Jobs,
    waiting: Waiting,
    track: Callable[[Run, Job], None],
    *,
    now: Callable[[], datetime],
    quota_jitter: int,
    chance: float,
) -> Look | End:
    """One step of a run: everything in it may be done twice.

    Args:
        run: the run.
        jobs: the jobs of SageMaker.
        waiting: the states that wait.
        track: starts the tracker of a job.
        now: returns the time.
        quota_jitter: seconds over which chance spreads the tries of jobs that wait for room in the quota.
        chance: a random number from 0 to 1.
    """
    queue = QuotaQueue(run.quota_timeout, quota_jitter)
    step = _Step(run, jobs, waiting, track, lambda: run.elapsed(now()), queue, chance)
    outcome = step.take()
    if isinstance(outcome, End):
        log_run("pipeline", run, why=outcome.why)
        return outcome
    history = outcome.run.history
    if history.is_long:
        handed = replace(outcome.run, history=History(), handovers=outcome.run.handovers + 1)
        return Look(outcome.seconds, handed, hands_over=True)
    return replace(outcome, run=replace(outcome.run, history=history.until(now(), outcome.seconds)))


class _Step:
    def __init__(
        self,
        run: Run,
        jobs: Jobs,
        waiting: Waiting,
        track: Callable[[Run, Job], None],
        clock: Callable[[], float],
        queue: QuotaQueue,
        chance: float,
    ) -> None:
        self._run = run
        self._memory = run.remembered
        self._jobs = jobs
        self._waiting = waiting
        self._track = track
        self._clock = clock
        #: When the step began. Its calls may take minutes.
        self._elapsed = clock()
        self._queue = queue
        self._chance = chance
        #: The error in the way of the job's tracker in this step.
        self._untracked: CallError | None = None

    def take(self) -> Look | End:
        """The step: first whether somebody waits, then the job."""
        trouble = None if self._memory.abandoned else self._listen()
        if trouble is not None and not self._run.heard:
            # Nothing is created for a state that cannot be told of its end.
            return self._later(trouble)
        left = self._memory.until - self._elapsed
        if left > 0 and not self._memory.abandoned:
            return self._pause(left)
        try:
            job = self._jobs.job(self._run.name)
            self._memory = self._memory.over(f"{self._run.kind.operation('Describe')}: ")
            return self._without_job() if job is None else self._with(job)
        except CallError as error:
            return self._meet(error)

    def _listen(self) -> CallError | None:
        """Tells the state that its job goes on, and learns whether somebody waits."""
        try:
            self._waiting.heartbeat(self._run.token)
        except NobodyWaitsError as over:
            self._abandon(f"the pipeline does not wait any more ({over})")
        except CallError as trouble:
            self._met(name_of(trouble), str(trouble))
            log_run("not told", self._run, level="WARNING", why=str(trouble), kind=trouble.kind.value)
            if self._waited(trouble) >= _longest(trouble):
                self._abandon(f"the pipeline cannot be told: {trouble}")
            return trouble
        else:
            self._run = replace(self._run, heard=True)
            self._memory = self._memory.over("SendTaskHeartbeat: ")
        return None

    def _abandon(self, why: str) -> None:
        log_run("abandon", self._run, level="WARNING", why=why)
        self._memory = replace(self._memory, abandoned=why)

    def _without_job(self) -> Look | End:
        memory, kind = self._memory, self._run.kind
        if memory.abandoned:
            return self._is_over("the job never began") if memory.tried else End(memory.abandoned)
        if not memory.created:
            return self._create()
        missing = f"the job {self._run.name} is not found"
        self._met(missing)
        if self._elapsed - self._memory.since[missing] < _GONE:
            return self._pause(_EFFECT_INTERVAL)
        return self._tell(_Told(JOB_UNKNOWN, job_is_gone(kind, self._run.name)))

    def _is_over(self, why: str) -> Look | End:
        """Waits until a create that may be under way has shown its effect."""
        self._met(why)
        if self._elapsed - self._memory.since[why] < _IN_FLIGHT:
            return self._pause(_ENDING_INTERVAL)
        return End(why)

    def _create(self) -> Look | End:
        try:
            request = self._run.job_properties().api_request(self._run.name, self._run.own_tags)
        except InvalidValueError as error:
            return self._tell(_Told(JOB_NOT_STARTED, str(error)))
        log_run("create", self._run)
        self._memory = replace(self._memory, tried=True)
        try:
            self._jobs.create(request)
        except CallError as trouble:
            if trouble.kind is not ErrorKind.NAME_TAKEN:
                raise
            # Nobody else has a name with digits from the token: an earlier attempt has created the job.
            log_run("created already", self._run)
        self._memory = replace(self._memory.over(self._run.kind.operation("Create")), created=True)
        return self._pause(_EFFECT_INTERVAL)

    def _with(self, job: Job) -> Look | End:
        self._memory = replace(self._memory.over("the job "), tried=True, created=True)
        if not self._run.tracked:
            self._begin_to_track(job)
        if self._memory.abandoned:
            return self._end(job)
        if job.is_completed:
            return self._tell(_Told(output=attributes_of(job)))
        if job.has_failed:
            error = JOB_STOPPED if job.status == "STOPPED" else JOB_FAILED
            return self._tell(_Told(error, job_ended_without_artifact(job, self._run, is_kept=True)))
        return self._pause(self._run.poll_interval)

    def _begin_to_track(self, job: Job) -> None:
        try:
            self._track(self._run, job)
        except CallError as trouble:
            # The next look tries again.
            log_run("not tracked", self._run, level="WARNING", why=str(trouble), kind=trouble.kind.value)
            # Without its message: it is in the way of no artifact.
            self._met(name_of(trouble))
            self._untracked = trouble
        else:
            self._memory = self._memory.over("StartExecution: ")
            self._run = replace(self._run, tracked=True)

    def _end(self, job: Job) -> Look | End:
        if job.has_ended:
            return self._done(f"{self._memory.abandoned}; the job is {job.status}")
        if job.is_running:
            log_run("stop", self._run)
            try:
                self._jobs.stop(job.name)
            except CallError as trouble:
                if trouble.kind is not ErrorKind.CONFLICT:
                    raise
        return self._pause(_ENDING_INTERVAL)

    def _tell(self, told: _Told) -> Look | End:
        """Ends the state, and after a failure whatever may still run."""
        token = self._run.token
        try:
            if told.output is not None:
                self._waiting.succeed(token, told.output)
            else:
                log_run("fail", self._run, level="ERROR", error=told.error, reason=told.cause)
                self._waiting.fail(token, told.error, told.cause)
        except NobodyWaitsError as over:
            self._abandon(f"the pipeline does not wait any more ({over})")
        except CallError as trouble:
            self._met(name_of(trouble), str(trouble))
            if self._waited(trouble) < _longest(trouble):
                return self._later(trouble)
            self._abandon(f"the pipeline cannot be told: {trouble}")
        if told.output is None and told.error not in (JOB_FAILED, JOB_STOPPED) and self._memory.tried:
            self._memory = replace(self._memory, abandoned=self._memory.abandoned or told.cause)
            return self._pause(_ENDING_INTERVAL)
        return self._done("the pipeline has the result")

    def _done(self, why: str) -> Look | End:
        """The end, unless the job still needs a tracker: no other tells and counts how the job ended."""
        trouble = self._untracked
        if trouble is None or self._waited(trouble) >= _longest(trouble):
            return End(why)
        self._memory = replace(self._memory, abandoned=self._memory.abandoned or why)
        return self._later(trouble)

    def _meet(self, trouble: CallError) -> Look | End:
        """Waits for what passes, and fails at what does not."""
        self._met(name_of(trouble), str(trouble))
        waited = self._waited(trouble)
        if self._memory.abandoned:
            if waited >= _longest(trouble):
                log_run("left", self._run, level="ERROR", why=str(trouble))
                return End(f"the job cannot be ended: {trouble}")
            return self._later(trouble)
        longest = 0.0 if trouble.kind is ErrorKind.PERMANENT else limit(trouble.kind, self._queue)
        left = (longest if math.isfinite(longest) else _PATIENCE) - waited
        if left > 0:
            return self._later(trouble, left)
        reason = failure(
            trouble, self._memory, self._queue, f"{self._run.kind.noun} {self._run.name}", self._elapsed
        )
        return self._tell(_Told(JOB_UNKNOWN if self._memory.created else JOB_NOT_STARTED, reason))

    def _later(self, trouble: CallError, left: float = PROPAGATION) -> Look:
        log_run("wait", self._run, level="WARNING", why=str(trouble), kind=trouble.kind.value)
        return self._pause(pause(trouble.kind, left, self._queue, self._chance))

    def _met(self, obstacle: str, message: str = "") -> None:
        self._memory = self._memory.met(obstacle, self._clock(), message)

    def _waited(self, trouble: CallError) -> float:
        return self._elapsed - self._memory.since[name_of(trouble)]

    def _pause(self, seconds: float) -> Look:
        """A pause, or the first part of one that is long."""
        is_long = seconds > _LONGEST_PAUSE
        memory = replace(self._memory, until=self._elapsed + seconds if is_long else 0.0)
        part = min(_LONGEST_PAUSE, max(1, math.ceil(seconds)))
        return Look(part, replace(self._run, memory=memory.as_state()))


def _longest(trouble: CallError) -> float:
    """Seconds after which an error is taken for permanent, where nothing but a permission can be missing."""
    without = (ErrorKind.PERMISSION, ErrorKind.PERMANENT)
    return _PATIENCE_WITHOUT_PERMISSION if trouble.kind in without else _PATIENCE
