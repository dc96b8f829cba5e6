"""What a run of `make live` is about to make is on the disk before it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.live.consent import Consent, NotAgreedError
from tools.live.journal import Journal, Thing


def begin(directory: Path) -> Journal:
    return Journal.begin(directory, run="0a1b", account="111122223333", region="us-east-1")


def test_another_process_reads_what_may_be_there_the_latest_first(tmp_path: Path) -> None:
    journal = begin(tmp_path)
    for name in ("one", "two", "three"):
        journal.making("job", name)
    journal.gone(Thing("job", "two"))
    (left,) = Journal.left(tmp_path)
    assert (left.run, left.account, left.region) == ("0a1b", "111122223333", "us-east-1")
    assert [thing.name for thing in left.present()] == ["three", "one"]


def test_a_name_that_is_used_again_is_there_again(tmp_path: Path) -> None:
    journal = begin(tmp_path)
    journal.gone(journal.making("job", "one"))
    journal.making("job", "one")
    assert journal.present() == [Thing("job", "one")]


def test_a_line_that_was_cut_off_says_nothing(tmp_path: Path) -> None:
    journal = begin(tmp_path)
    journal.making("job", "one")
    journal.path.write_text(journal.path.read_text() + '{"making": ["jo')
    assert journal.present() == [Thing("job", "one")]


def test_only_its_owner_can_read_a_journal(tmp_path: Path) -> None:
    assert begin(tmp_path).path.stat().st_mode & 0o077 == 0


def test_a_run_that_has_left_nothing_leaves_no_journal(tmp_path: Path) -> None:
    begin(tmp_path).close()
    assert Journal.left(tmp_path) == []


@pytest.mark.parametrize("answer", ["", "n", "no", "what?"])
def test_only_a_yes_is_a_yes(answer: str) -> None:
    with pytest.raises(NotAgreedError, match="this part creates nothing"):
        Consent(given=False, has_terminal=lambda: True, ask=lambda _: answer).require("costs")


@pytest.mark.parametrize("answer", ["y", "Yes "])
def test_a_yes_goes_on(answer: str) -> None:
    Consent(given=False, has_terminal=lambda: True, ask=lambda _: answer).require("costs")


def test_a_yes_that_was_given_beforehand_needs_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Consent(given=True, has_terminal=lambda: False).require("it costs 1 USD")
    assert "it costs 1 USD" in capsys.readouterr().out
