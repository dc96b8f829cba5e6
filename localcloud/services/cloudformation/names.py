"""Names and ids that CloudFormation makes up."""

from __future__ import annotations

import random
import string
import uuid

_SUFFIX_LENGTH = 12


def random_suffix(alphabet: str = string.ascii_letters + string.digits) -> str:
    """Twelve random characters."""
    return "".join(random.choices(alphabet, k=_SUFFIX_LENGTH))


def generated_name(stack_name: str, logical_id: str, *, limit: int = 64, lower: bool = False) -> str:
    """Return a name for a resource: `<stack>-<logical id>-<suffix>`, with both halves cut to the limit."""
    room = limit - _SUFFIX_LENGTH - 2
    stack_part, logical_part = stack_name, logical_id
    if len(stack_part) + len(logical_part) > room:
        logical_part = logical_part[: max(room // 2, room - len(stack_part))]
        stack_part = stack_part[: room - len(logical_part)]
    name = f"{stack_part}-{logical_part}-{random_suffix()}"
    return name.lower() if lower else name


def short_name(logical_id: str, *, limit: int = 63) -> str:
    """A name that some types are given, which leaves the stack out: `<logical id>-<suffix>`."""
    return f"{logical_id[: limit - _SUFFIX_LENGTH - 1]}-{random_suffix()}"


def invented_physical_id(stack_name: str, logical_id: str) -> str:
    """The physical id CloudFormation makes up for a custom resource that never told its own."""
    return f"{stack_name}-{logical_id}-{random_suffix(string.ascii_uppercase + string.digits)}"


def stack_arn(region: str, account: str, name: str) -> str:
    """Return the ARN of a new stack."""
    return f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"


def change_set_arn(region: str, account: str, name: str) -> str:
    """Return the ARN of a new change set."""
    return f"arn:aws:cloudformation:{region}:{account}:changeSet/{name}/{uuid.uuid4()}"
