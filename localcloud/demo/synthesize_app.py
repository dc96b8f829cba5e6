"""Synthesizes app.py several times in one process, of which only the first time is slow.

    python synthesize_app.py <directory> <context>...

For each context, a JSON object, it leaves an assembly in `<directory>/<n>`, and prints n as soon as that is
done. A program of its own, which imports nothing of the local cloud.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import aws_cdk as cdk

from app import build

_SETTINGS = Path(__file__).resolve().parents[2] / "cdk.json"


def main(directory: str, *contexts: str) -> None:
    """Synthesize the app with each of the contexts."""
    settings = json.loads(_SETTINGS.read_text())["context"]
    for number, context in enumerate(contexts):
        # What the CLI would hand over: cdk.json's context, the command line's, and that templates show paths.
        values = {**settings, **json.loads(context), "aws:cdk:enable-path-metadata": True}
        app = cdk.App(outdir=str(Path(directory) / str(number)), context=values)
        build(app)
        app.synth()
        print(number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
