"""The documentation site is built by `make docs`, and by every run of the checks."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.project import checkout
from tools import run_checks
from tools.docs import site

DOCS = checkout.ROOT / "docs"
COMMAND = ["-m", "tools.docs.site"]


@pytest.fixture(scope="module")
def conf() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conf", DOCS / "conf.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["serving", "use-cases/quantize"])
def test_a_link_to_a_file_of_the_repository_leads_there_from_the_site(conf: ModuleType, page: str) -> None:
    up = "../" * (page.count("/") + 1)
    assert linked(conf, page, f"[one]({up}examples/quantize.py), [two]({up}README.md#use-cases)") == (
        f"[one]({conf.repository}/blob/main/examples/quantize.py), "
        f"[two]({conf.repository}/blob/main/README.md#use-cases)"
    )
    assert linked(conf, page, f"[all]({up}examples/)").endswith("/tree/main/examples)")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("use-cases/quantize", "[rules](../rules.md#errors)"),
        ("serving", "[how](use-cases/index.md), `../README.md`"),
        ("serving", "[AWS](https://aws.amazon.com/)"),
    ],
)
def test_any_other_link_stays_as_it_is(conf: ModuleType, page: str, text: str) -> None:
    assert linked(conf, page, text) == text


def linked(conf: ModuleType, page: str, text: str) -> str:
    source = [text]
    app: Any = SimpleNamespace(srcdir=DOCS)
    conf.link_to_the_repository(app, page, source)
    return source[0]


def test_every_reference_must_lead_somewhere_and_nothing_is_fetched(conf: ModuleType) -> None:
    assert conf.nitpicky
    assert "sphinx.ext.intersphinx" not in conf.extensions


def test_a_warning_of_sphinx_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def build(arguments: list[str]) -> int:
        commands.append(arguments)
        return 1

    monkeypatch.setattr(site, "build", build)
    assert site.main() == 1
    assert "--fail-on-warning" in commands[0]


def test_every_public_name_is_in_the_reference() -> None:
    import cdk_sagemaker_optimization as optimization

    text = "".join(path.read_text() for path in sorted((DOCS / "api").glob("*.md")))
    for name in optimization.__all__:
        assert f".. autoclass:: cdk_sagemaker_optimization.{name}\n" in text


def test_make_docs_and_the_checks_build_it_the_same_way() -> None:
    command = ["make", "--no-print-directory", "--dry-run", "docs"]
    printed = subprocess.check_output(command, cwd=checkout.ROOT, text=True)
    assert printed.splitlines()[-1].endswith(" ".join(["python", *COMMAND]))
    assert COMMAND in run_checks.LINT.values()


def test_a_page_is_named_in_words_with_hyphens() -> None:
    pages = [path.relative_to(DOCS) for path in DOCS.rglob("*.md")]
    assert [str(page) for page in pages if str(page) != str(page).lower().replace("_", "-")] == []


def test_every_page_begins_with_its_title() -> None:
    pages = sorted(Path(DOCS).rglob("*.md"))
    assert [page.name for page in pages if not page.read_text().startswith("# ")] == []
