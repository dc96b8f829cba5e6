"""Calls whose replies the run records word for word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from optimization_job.errors import CallError, ErrorKind
from tools.live.account import Account
from tools.live.report import Report


@dataclass(frozen=True)
class Reply:
    """The reply to a call.

    Attributes:
        code: The error's code; empty after a success.
        kind: How the library's function classifies the error.
        content: The members of a successful response.
    """

    operation: str
    code: str
    message: str
    kind: ErrorKind | None
    content: dict[str, Any]

    @property
    def succeeded(self) -> bool:
        """True if the call succeeded."""
        return not self.code

    @property
    def words(self) -> str:
        """The reply in one line."""
        read_as = f" (the library reads: {self.kind.value})" if self.kind is not None else ""
        return f"{self.operation}: {f'{self.code}: {self.message}' if self.code else 'succeeded'}{read_as}"


def call(client: Any, operation: str, **parameters: Any) -> Reply:
    """Call an operation by its Python name."""
    shown = client.meta.method_to_api_mapping[operation]
    try:
        content = getattr(client, operation)(**parameters)
    except ClientError as error:
        details = error.response["Error"]
        kind = CallError.of(error, error.operation_name).kind
        return Reply(shown, details["Code"], details.get("Message", ""), kind, {})
    return Reply(shown, "", "", None, content)


def kept(report: Report, about: str, reply: Reply) -> Reply:
    """Add a reply to the report, word for word, and return it."""
    answer = {"about": about, "operation": reply.operation, "code": reply.code, "message": reply.message}
    report.answers.append(answer)
    return reply


def ask_for_missing_job(account: Account, report: Report) -> None:
    """Call every operation on jobs with a job that does not exist, and with an invalid name (1)."""
    sagemaker = account.client("sagemaker")
    name = account.name("never-made")
    for about, asked in (("a job that is not there", name), ("a malformed name", "not_a/name")):
        arn = account.arn("sagemaker", f"optimization-job/{asked}")
        for operation in ("describe", "stop", "delete"):
            reply = call(sagemaker, f"{operation}_optimization_job", OptimizationJobName=asked)
            kept(report, about, reply)
            if asked == name:
                report.find(1, reply.kind is ErrorKind.NOT_FOUND, reply.words)
                if operation == "describe" and reply.code:
                    wording = {"code": reply.code, "message": reply.message.replace(name, "{name}")}
                    report.dialect["missing_job"] = wording
        for reply in (
            call(sagemaker, "list_tags", ResourceArn=arn),
            call(sagemaker, "add_tags", ResourceArn=arn, Tags=account.tags),
        ):
            kept(report, about, reply)
            if asked == name:
                report.find(1, None, reply.words)


def is_missing(account: Account, name: str) -> bool:
    """Tell whether a job is missing: whether the reply is the one for a job that never existed."""
    sagemaker = account.client("sagemaker")
    never = account.name("never-made")
    reply = call(sagemaker, "describe_optimization_job", OptimizationJobName=name)
    other = call(sagemaker, "describe_optimization_job", OptimizationJobName=never)
    return (
        not reply.succeeded
        # Without permission, the reply is the same for every name.
        and reply.kind not in (ErrorKind.PERMISSION, ErrorKind.TRANSIENT)
        and reply.code == other.code
        and reply.message.replace(name, "") == other.message.replace(never, "")
    )
