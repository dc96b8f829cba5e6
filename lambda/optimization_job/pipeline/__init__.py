"""Runs a job for a state of a user's own state machine, which waits for a task token.

The state waits for the token, and this one tells Step Functions regularly that the job goes on. If the state
is over, whatever ended it, Step Functions no longer accepts the token: then nobody waits, and the job is
stopped.
"""

from .advance import End, Look, advance
from .run import Run, log_run
from .tokens import Tokens

__all__ = ["End", "Look", "Run", "Tokens", "advance", "log_run"]
