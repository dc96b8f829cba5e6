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
    labels = [*re.findall(r'rows\.append\(\("(\w+)"', VIEW.read_text()), "waits for", "events", JOB_LOGS]
    assert len(labels) > 7
    # Jobs with a price show their cost instead.
    assert [label for label in labels if label not in shown and label != "instances"] == [], AGAIN


def test_it_fetches_nothing() -> None:
    assert "url(" not in PICTURE.replace("url(#", "")
