"""The root holds source folders, and files that a person or a tool looks for there. The rest has folders."""

from __future__ import annotations

from tests.project import checkout

FOLDERS = {
    "benchmarks",
    "constructs",
    "docs",
    "examples",
    "lambda",
    "localcloud",
    "requirements",
    "tests",
    "tools",
}

#: What a person opens, or GitHub shows.
DOCUMENTS = {"CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"}

#: Each with the tool that looks for it in the root.
FILES = {
    ".ci": "the machine that checks each push",
    ".editorconfig": "editors",
    ".gitattributes": "git",
    ".github": "GitHub",
    ".gitignore": "git",
    ".npmrc": "npm",
    ".pre-commit-config.yaml": "pre-commit",
    "Makefile": "make",
    "app.py": "cdk.json",
    "cdk.json": "the CDK CLI",
    "hatch_build.py": "hatch",
    "package-lock.json": "npm",
    "package.json": "npm",
    "pyproject.toml": "pip",
}


def test_the_root_holds_what_belongs_there_and_nothing_else() -> None:
    entries = {path.relative_to(checkout.ROOT).parts[0] for path in checkout.files()}
    assert sorted(entries ^ {*FOLDERS, *DOCUMENTS, *FILES}) == []
