"""An app with one job, for ``cdk synth``.

    python benchmarks/app.py stock|library

It imports only one of the two stacks, as a user's app does.
"""

from __future__ import annotations

import sys
from importlib import import_module

import aws_cdk as cdk

from benchmarks.contenders.contender import Contender


def main() -> None:
    """Synthesize the app with the stack that the command line names."""
    name = sys.argv[1]
    make = getattr(import_module(f"benchmarks.contenders.{name}"), name)
    contender: Contender = make(timeout=cdk.Duration.hours(1))
    app = cdk.App()
    contender.build(cdk.Stack(app, contender.name), 1)
    app.synth()


if __name__ == "__main__":
    main()
