"""What moto's interpreter writes to the log of the process."""

from __future__ import annotations

import logging

_EVALUATION = "moto.stepfunctions.parser.asl.component.eval_component"


def keep_interpreter_quiet() -> None:
    """Let the interpreter log no failures.

    It calls it an error that a Choice looks at a member that is not there, even if that is the question. What
    really fails is in the history of the execution.
    """
    logging.getLogger(_EVALUATION).setLevel(logging.CRITICAL)
