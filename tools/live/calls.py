"""Calls that are made for the words of their replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from optimization_job.errors import Kind, TroubleError
from tools.live.account import Account
from tools.live.report import Report


@dataclass(frozen=True)
class Reply:
    """What a call was answered.

    Attributes:
        code: The error's code; empty for a success.
        kind: What the library's function takes the error for.
        content: The members of a success.
    """

    operation: str
    code: str
    message: str
    kind: Kind | None
    content: dict[str, Any]

    @property
    def succeeded(self) -> bool:
        """Whether the call did what it says."""
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
        kind = TroubleError.of(error, error.operation_name).kind
        return Reply(shown, details["Code"], details.get("Message", ""), kind, {})
    return Reply(shown, "", "", None, content)


def kept(report: Report, about: str, reply: Reply) -> Reply:
    """Keep a reply, word for word."""
    answer = {"about": about, "operation": reply.operation, "code": reply.code, "message": reply.message}
    report.answers.append(answer)
    return reply


def ask_for_missing_job(account: Account, report: Report) -> None:
    """Ask every operation on jobs for one that is not there, and for a name that cannot be one (1)."""
    sagemaker = account.client("sagemaker")
    name = account.name("never-made")
    for about, asked in (("a job that is not there", name), ("a malformed name", "not_a/name")):
        arn = account.arn("sagemaker", f"optimization-job/{asked}")
        for operation in ("describe", "stop", "delete"):
            reply = call(sagemaker, f"{operation}_optimization_job", OptimizationJobName=asked)
            kept(report, about, reply)
            if asked == name:
                report.find(1, reply.kind is Kind.NOT_FOUND, reply.words)
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
    """Whether a job is not there, in whatever words: those for a job that never was."""
    sagemaker = account.client("sagemaker")
    never = account.name("never-made")
    reply = call(sagemaker, "describe_optimization_job", OptimizationJobName=name)
    other = call(sagemaker, "describe_optimization_job", OptimizationJobName=never)
    return (
        not reply.succeeded
        # Who may not look is told the same of every name.
        and reply.kind not in (Kind.PERMISSION, Kind.TRANSIENT)
        and reply.code == other.code
        and reply.message.replace(name, "") == other.message.replace(never, "")
    )
