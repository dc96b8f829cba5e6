"""How Sphinx builds the site: `make docs`."""

from __future__ import annotations

import re
import tomllib
from inspect import Parameter
from pathlib import Path
from typing import Any, get_args, get_type_hints

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct
from sphinx.application import Sphinx
from sphinx.util.inspect import signature, stringify_signature

import cdk_sagemaker_optimization

_ROOT = Path(__file__).parents[1]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_PACKAGE = cdk_sagemaker_optimization.__name__

#: Where the site finds files of the repository that are no pages.
repository = _PROJECT["urls"]["Source"]

project = _PROJECT["name"]
author = "its contributors"
project_copyright = f"{author}, Apache-2.0"
html_title = project
html_theme = "furo"
html_theme_options = {"source_repository": repository, "source_branch": "main", "source_directory": "docs/"}
html_copy_source = False

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinxcontrib.mermaid",
]

# --- pages in Markdown ---

# GitHub draws what is in a fence of this language, too.
myst_fence_as_directive = ["mermaid"]
# Anchors of headings, as GitHub makes them.
myst_heading_anchors = 4

# --- the reference ---

autoclass_content = "both"
autodoc_member_order = "bysource"
# The library calls these on its own objects.
autodoc_default_options = {"exclude-members": "artifact, bind, legs, serve"}
napoleon_numpy_docstring = False

nitpicky = True
nitpick_ignore_regex = [
    # Others describe the CDK's classes and Python's own. To link to them, the build would need a network.
    ("py:.*", r"(aws_cdk|constructs|jsii|collections\.abc|datetime|typing|references|cloudwatch)(\..*)?"),
    # Signatures show what a construct hands to its neighbours.
    ("py:class", r"cdk_sagemaker_optimization\.(access|rules|serving)\..*"),
]

#: A link of a page to a file of the repository that is no page, such as an example.
_LINK_OUT = re.compile(r"(?<=\]\()(?:\.\./)+([^)#\s]+)(?=[)#])|(?<=\]: )(?:\.\./)+([^#\s]+)")


def setup(app: Sphinx) -> None:
    """Hook into Sphinx."""
    app.connect("source-read", link_to_the_repository)
    app.connect("autodoc-process-signature", _show_signature)
    # Users import every name from the package, so that is where the reference has it.
    for name in cdk_sagemaker_optimization.__all__:
        getattr(cdk_sagemaker_optimization, name).__module__ = _PACKAGE


def _show_signature(
    _app: Sphinx,
    what: str,
    _name: str,
    documented: Any,
    _options: object,
    arguments: str,
    returns: str,
) -> tuple[str, str] | None:
    """Show how a construct is made, and the keywords behind a ``**props`` by their names."""
    if what == "class":
        # jsii's metaclass hides the constructor. The objects of other classes come from static methods.
        return (_render(documented.__init__), "") if issubclass(documented, Construct) else ("", "")
    if what == "method" and "**" in (arguments or ""):
        return _render(documented), returns
    return None


def _render(function: Any) -> str:
    shown = signature(function)
    parameters = [each for each in shown.parameters.values() if each.name != "self"]
    if parameters[-1].kind is Parameter.VAR_KEYWORD:
        annotation = parameters.pop().annotation
        if isinstance(annotation, str):
            # A job's metrics import CloudWatch for type checkers alone, so nothing was evaluated.
            annotation = eval(annotation, function.__globals__)
        (props,) = get_args(annotation)
        keywords = get_type_hints(props, localns={"cloudwatch": cloudwatch}).items()
        parameters += [
            Parameter(name, Parameter.KEYWORD_ONLY, default=..., annotation=annotation)
            for name, annotation in keywords
        ]
    text = stringify_signature(
        shown.replace(parameters=parameters), show_return_annotation=False, unqualified_typehints=True
    )
    return text.replace(" = Ellipsis", " = …")


def link_to_the_repository(app: Sphinx, page: str, source: list[str]) -> None:
    directory = (Path(app.srcdir) / page).parent

    def replace(match: re.Match[str]) -> str:
        target = (directory / match[0]).resolve()
        if target.is_relative_to(app.srcdir):
            return match[0]
        kind = "tree" if target.is_dir() else "blob"
        return f"{repository}/{kind}/main/{target.relative_to(_ROOT)}"

    source[0] = _LINK_OUT.sub(replace, source[0])
