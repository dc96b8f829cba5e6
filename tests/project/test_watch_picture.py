"""docs/watch.svg shows the view of the command as it is."""

from __future__ import annotations

import html
import re

from cdk_sagemaker_optimization.watch.sentences import JOB_LOGS
from tests.project import checkout

PICTURE = (checkout.ROOT / "docs" / "watch.svg").read_text(encoding="utf-8")
AGAIN = "run: python -m tools.docs.watch_picture docs/watch.svg"
VIEW = checkout.ROOT / "constructs" / "cdk_sagemaker_optimization" / "watch" / "live_view.py"


def test_it_has_every_label_of_the_view() -> None:
    parts = re.findall(r"<text [^>]*>([^<]*)</text>", PICTURE)
    shown = re.sub(r"\s+", " ", html.unescape(" ".join(parts)))
    labels = re.findall(r'(?:rows\.append\(\(|yield )"(\w+)", Text|yield "(\w+)", _bar', VIEW.read_text())
    expected = {*(one or other for one, other in labels), "waits for", "events", JOB_LOGS}
    # Jobs with a price show their cost instead, and no job has completed.
    expected -= {"instances", "image"}
    assert len(expected) > 8
    assert [label for label in expected if label not in shown] == [], AGAIN


def test_it_fetches_nothing() -> None:
    assert "url(" not in PICTURE.replace("url(#", "")
