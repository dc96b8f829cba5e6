"""The rows of the table of figures, in their order. In each row, less is better."""

from __future__ import annotations

from dataclasses import dataclass

JOBS = (1, 20, 60)
"""The numbers of jobs in the compared templates."""

_LEGS = "each hour of waiting is a resource of each job"
_CHECKED = "each job's props are checked, and it grants its role what it needs and no more"
_TRACKER = "a tracker follows the job, waited for or not, and puts each change of its status on the event bus"


@dataclass(frozen=True)
class Row:
    """One figure of both stacks.

    Attributes:
        name: The figure, with its unit.
        behind: Why the library may be behind. In a row without a reason, it must be ahead or level.
        decimals: The number of decimals.
        most: The largest ratio; a larger one fails the benchmark. Default: any.
    """

    name: str
    behind: str = ""
    decimals: int = 0
    most: float | None = None

    def verdict(self, stock: float, library: float, ratio: float | None = None) -> str:
        """Render the last column. For figures timed in pairs, the median of the ratios decides."""
        one, other = round(stock, self.decimals), round(library, self.decimals)
        if ratio is not None:
            one, other = 1.0, round(ratio, 2)
        if other < one:
            return "ahead"
        return "level" if other == one else f"behind: {self.behind}"

    def is_too_much(self, stock: float, library: float, ratio: float | None = None) -> bool:
        """Tell whether the ratio is larger than the row allows."""
        measured = ratio if ratio is not None else library / stock if stock else 0.0
        return self.most is not None and round(measured, 2) > self.most

    def is_unexplained(self, stock: float, library: float, ratio: float | None = None) -> bool:
        """Tell whether the library is behind without a reason."""
        return not self.behind and self.verdict(stock, library, ratio).startswith("behind")


def resources(jobs: int) -> Row:
    """Make the row with the number of resources."""
    return Row(f"resources, {_jobs(jobs)}", _LEGS)


def template(jobs: int) -> Row:
    """Make the row with the size of the template."""
    rules = "the state machine's definition, which tells apart what to retry and what to answer"
    return Row(f"template, {_jobs(jobs)} (bytes)", rules if jobs == 1 else _LEGS)


def synthesis(jobs: int) -> Row:
    """Make the row with the time of the synthesis."""
    return Row(
        f"synthesis, {_jobs(jobs)} (ms)",
        _CHECKED,
        most=3.0 if jobs == max(JOBS) else None,
    )


def _jobs(jobs: int) -> str:
    return "1 job" if jobs == 1 else f"{jobs} jobs"


WHOLE_SYNTHESIS = Row("the whole of `cdk synth`, 1 job (ms)", _CHECKED, most=1.05)
CALLS = Row("messages to the CDK for each further job, one role for all", _CHECKED)
CALLS_OWN_ROLE = Row("messages to the CDK for each further job, a role for each", _CHECKED)
FUNCTIONS = Row("functions in the stack")
PACKAGES = Row(
    "zip files of the functions (bytes)",
    "the function carries the part of botocore's service models that it calls; the stock functions hope that "
    "the runtime's boto3 is new enough for the job's request",
)
HANDLERS = ("on_event", "is_complete")
"""The handlers of the stock stack's two functions."""


def cold_start(handler: str) -> Row:
    """Make the row with the cold start, against one handler of the stock stack."""
    return Row(f"cold start, against `{handler}` (ms)")


def memory(handler: str) -> Row:
    """Make the row with the memory, against one handler of the stock stack."""
    return Row(f"memory after it, against `{handler}` (MiB)", decimals=1)


INVOCATIONS = Row("function invocations for each hour of a job", _TRACKER)
INVOCATIONS_BY_DEFAULT = Row("the same, with the framework's default of a look each 5 seconds")
LOOKS = Row("DescribeOptimizationJob for each hour of a job", _TRACKER)
FURTHER_CALLS = Row(
    "other calls of SageMaker, CloudFormation, EventBridge for each hour of a job", _TRACKER, decimals=1
)
EXECUTIONS = Row("StartExecution for each hour of a job", "one for each hour of waiting", decimals=1)
TRANSITIONS = Row(
    "state transitions for each hour of a job",
    "the framework's waiter raises an error at each look and is retried, so it cannot tell a job that runs "
    "from a call that failed. Here a look, of a leg or of the tracker, is four states: the call, the choice "
    "of what comes next, the wait, and the input of the next call. A thousand transitions cost $0.025",
)
NOTICED = Row(
    "seconds from the job's end to the end of the deployment",
    "the same interval; what differs is when in it the job began",
    decimals=1,
)

ROWS = (
    *[row(jobs) for jobs in JOBS for row in (resources, template, synthesis)],
    WHOLE_SYNTHESIS,
    CALLS,
    CALLS_OWN_ROLE,
    FUNCTIONS,
    PACKAGES,
    *[row(handler) for handler in HANDLERS for row in (cold_start, memory)],
    INVOCATIONS,
    INVOCATIONS_BY_DEFAULT,
    LOOKS,
    FURTHER_CALLS,
    EXECUTIONS,
    TRANSITIONS,
    NOTICED,
)
