"""Asks before the run creates anything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass


class NotAgreedError(Exception):
    """Nobody has agreed."""


@dataclass(frozen=True)
class Consent:
    """The way in which a person agrees.

    Attributes:
        given: Whether the command line or the environment agrees in advance.
        has_terminal: Tells whether there is a terminal to ask on.
        ask: Shows a question and returns the typed line.
    """

    given: bool
    has_terminal: Callable[[], bool] = sys.stdin.isatty
    ask: Callable[[str], str] = input

    def require(self, what: str) -> None:
        """Show what is going to happen, and return only after a yes.

        Args:
            what: The text that says it.

        Raises:
            NotAgreedError: The person says no, or there is no terminal to ask on.
        """
        print(f"\n{what}", flush=True)
        if self.given:
            return
        if not self.has_terminal():
            raise NotAgreedError("there is no terminal to ask on; agree with --yes or LIVE_YES=1")
        if not self.question("Go on?"):
            raise NotAgreedError("not agreed, so this part creates nothing")

    def question(self, text: str) -> bool:
        """Ask a question that only a person can answer.

        Args:
            text: The question.

        Returns:
            Whether the person says yes; False without a terminal.
        """
        if not self.has_terminal():
            return False
        try:
            return self.ask(f"{text} [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:
            return False
