"""Asks before anything is made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass


class NotAgreedError(Exception):
    """Nobody has said yes."""


@dataclass(frozen=True)
class Consent:
    """How a person says yes.

    Attributes:
        given: Whether the command line or the environment has said it beforehand.
        has_terminal: Whether there is somebody to ask.
        ask: Shows a question and returns the line that was typed.
    """

    given: bool
    has_terminal: Callable[[], bool] = sys.stdin.isatty
    ask: Callable[[str], str] = input

    def require(self, what: str) -> None:
        """Show what is going to happen, and go on only after a yes.

        Raises:
            NotAgreedError: the answer was no, or there is nobody to ask.
        """
        print(f"\n{what}", flush=True)
        if self.given:
            return
        if not self.has_terminal():
            raise NotAgreedError("there is no terminal to ask on; say yes with --yes or LIVE_YES=1")
        if not self.question("Go on?"):
            raise NotAgreedError("not agreed, so nothing was made for this part")

    def question(self, text: str) -> bool:
        """Ask a person something that only a person can see.

        Returns:
            Whether the answer was yes; False without a terminal.
        """
        if not self.has_terminal():
            return False
        try:
            return self.ask(f"{text} [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:
            return False
