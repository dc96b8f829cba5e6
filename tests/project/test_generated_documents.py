"""The pages of docs/ that are data say what their data says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project import checkout
from tools.docs.__main__ import PAGES
from tools.docs.promises import markers, render

PAGE = """\
Six promises.

## 1. Nothing leaks

No job runs on.

| What goes wrong | End to end | The function alone |
|---|---|---|
| the create is cancelled | `test_gone` | `test_a` |

More of it.
"""


def write(directory: Path, file: str, *promises: str, name: str = "test_a") -> Path:
    path = directory / file
    path.parent.mkdir(parents=True, exist_ok=True)
    marks = "".join(f'@pytest.mark.promise("{promise}")\n' for promise in promises)
    path.write_text(f"import pytest\n\n\n{marks}def {name}() -> None: ...\n")
    return directory


@pytest.mark.parametrize(("name", "render"), PAGES.items(), ids=PAGES)
def test_a_page_says_what_its_data_says(name: str, render: Callable[[str], str]) -> None:
    text = (checkout.ROOT / "docs" / name).read_text(encoding="utf-8")
    assert render(text) == text, "run: make docs-data"


def test_a_row_names_the_tests_that_have_its_marker(tmp_path: Path) -> None:
    write(tmp_path, "function/job/test_x.py", "Nothing leaks: the create is cancelled", name="test_x")
    write(tmp_path, "end_to_end/test_y.py", "Nothing leaks: the create is cancelled", name="test_y")
    page = render(PAGE, tmp_path)
    assert page == PAGE.replace("`test_gone` | `test_a`", "`test_y` | `test_x`")


def test_a_new_row_comes_at_the_end_of_its_table(tmp_path: Path) -> None:
    write(tmp_path, "function/test_x.py", "Nothing leaks: the create is cancelled", "Nothing leaks: it rains")
    assert "| the create is cancelled | | `test_a` |\n| it rains | | `test_a` |\n\nMore" in render(
        PAGE, tmp_path
    )


def test_a_row_that_no_test_holds_any_more_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no test has the marker 'Nothing leaks: the create is cancelled'"):
        render(PAGE, tmp_path)


def test_a_promise_that_nobody_has_made_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "function/test_x.py", "Nothing leaks: the create is cancelled", "Everything: it rains")
    with pytest.raises(ValueError, match="got \\['Everything: it rains'\\]"):
        render(PAGE, tmp_path)


@pytest.mark.parametrize(
    ("file", "promise"), [("model/test_x.py", "Nothing leaks: it rains"), ("function/test_x.py", "it rains")]
)
def test_a_marker_in_the_wrong_place_or_without_a_promise_is_an_error(
    tmp_path: Path, file: str, promise: str
) -> None:
    with pytest.raises(ValueError, match="expected '<promise>: <what goes wrong>' on a test below"):
        markers(write(tmp_path, file, promise))
