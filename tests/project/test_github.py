"""The files that GitHub reads are valid, and agree with the Makefile and pyproject.toml."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from tests.project import checkout

GITHUB = checkout.ROOT / ".github"
WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in (GITHUB / "workflows").glob("*.yml")}
PROJECT = tomllib.loads((checkout.ROOT / "pyproject.toml").read_text())
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (checkout.ROOT / "Makefile").read_text(), re.MULTILINE))
COMMANDS = ("make demo", "make dist", "make docs", "make test", "make test-oldest")
ADDRESS = PROJECT["project"]["urls"]["Source"]


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{file}: {name}", job)
        for file, workflow in WORKFLOWS.items()
        for name, job in workflow["jobs"].items()
    ]


def commands(job: dict[str, Any]) -> list[str]:
    """The commands of a job, once for each value of its matrix."""
    found = [step["run"] for step in job["steps"] if "run" in step]
    for name, values in job.get("strategy", {}).get("matrix", {}).items():
        place = f"${{{{ matrix.{name} }}}}"
        found = [command.replace(place, value) for command in found for value in values]
    return list(dict.fromkeys(found))


def uses() -> list[tuple[str, str, str]]:
    """The name, the reference and the comment of every action that a workflow uses."""
    text = "\n".join(path.read_text() for path in (GITHUB / "workflows").glob("*.yml"))
    return re.findall(r"uses: (\S+?)@(\S+)(.*)", text)


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("github-workflows", "workflows/*.yml"),
        ("dependabot", "dependabot.yml"),
        ("github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_every_file_fits_githubs_schema(schema: str, pattern: str) -> None:
    files = sorted(GITHUB.glob(pattern))
    assert files
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.{schema}",
        *map(str, files),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_command_of_make_in_a_workflow_is_a_target() -> None:
    named = {
        target
        for _, job in jobs()
        for command in commands(job)
        for target in re.findall(r"\bmake (\S+)", command)
    }
    assert {"demo", "test"} <= named
    assert named - TARGETS == set()


def test_ci_runs_the_same_commands_as_a_person() -> None:
    run = [command for job in WORKFLOWS["ci.yml"]["jobs"].values() for command in commands(job)]
    assert [command for command in COMMANDS if command not in run] == []


def test_ci_tests_every_python_that_the_project_names() -> None:
    names = [
        name.rpartition(" :: ")[2] for name in PROJECT["project"]["classifiers"] if "Python :: 3." in name
    ]
    for job in ("test", "wheel"):
        assert WORKFLOWS["ci.yml"]["jobs"][job]["strategy"]["matrix"]["python"] == names
    assert PROJECT["project"]["requires-python"] == f">={names[0]}"
    assert PROJECT["tool"]["mypy"]["python_version"] == names[0]


def test_no_other_job_runs_on_a_python_that_is_not_tested() -> None:
    tested = WORKFLOWS["ci.yml"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    for _, job in jobs():
        for step in job["steps"]:
            version = step.get("with", {}).get("python-version", tested[0])
            assert version in [*tested, "${{ matrix.python }}"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_the_repository_and_nothing_else(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}


def test_only_the_job_that_publishes_has_further_permissions() -> None:
    wider = {name: job["permissions"] for name, job in jobs() if "permissions" in job}
    assert wider == {"release.yml: publish": {"id-token": "write", "attestations": "write"}}


def test_a_release_is_published_only_after_every_check_and_without_a_password() -> None:
    release = WORKFLOWS["release.yml"]
    # YAML 1.1 reads the key `on` as true.
    assert release[True] == {"push": {"tags": ["v*"]}}
    assert release["jobs"]["publish"]["needs"] == "build"
    run = commands(release["jobs"]["build"])
    assert run[:2] == ["make test", "make dist"]
    assert "tools.check_release" in run[2]
    assert "secrets." not in (GITHUB / "workflows" / "release.yml").read_text()


def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it() -> None:
    assert uses()
    assert [use for use in uses() if not re.fullmatch(r"[0-9a-f]{40}", use[1])] == []
    assert [use for use in uses() if not re.fullmatch(r" # v\d+\.\d+\.\d+", use[2])] == []
    assert len(set(uses())) == len({name for name, _, _ in uses()})


def test_no_job_leaves_its_token_in_the_checkout() -> None:
    steps = [step for _, job in jobs() for step in job["steps"] if "checkout@" in step.get("uses", "")]
    assert steps
    assert [step for step in steps if step.get("with", {}).get("persist-credentials") is not False] == []


def test_every_job_ends_at_some_time() -> None:
    assert [name for name, job in jobs() if "timeout-minutes" not in job] == []


def test_dependabot_looks_after_python_node_and_the_actions() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    assert {each["package-ecosystem"]: each["directory"] for each in updates} == {
        "uv": "/requirements",
        "npm": "/",
        "github-actions": "/",
    }
    assert (checkout.ROOT / "package-lock.json").exists()
    assert list((checkout.ROOT / "requirements").glob("*.in"))


def test_dependabot_leaves_the_oldest_versions_alone() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    (excluded,) = (each["exclude-paths"] for each in updates if each["package-ecosystem"] == "uv")
    files = [path.name for path in (checkout.ROOT / "requirements").iterdir()]
    for root in ("", "requirements/"):
        left = {file for file in files if any(fnmatch(root + file, pattern) for pattern in excluded)}
        assert left == {"oldest.in", "oldest.txt"}


def test_dependabot_finds_the_options_of_the_pins_in_their_headers() -> None:
    for path in (checkout.ROOT / "requirements").glob("*.txt"):
        header = "".join(path.read_text().splitlines()[:2])
        assert "--universal --python-version 3.11" in header


def test_the_project_has_one_address() -> None:
    owner = ADDRESS.removeprefix("https://github.com/").partition("/")[0]
    assert all(url.startswith(ADDRESS) for url in PROJECT["project"]["urls"].values())
    links = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "config.yml").read_text())["contact_links"]
    assert all(link["url"].startswith(f"{ADDRESS}/") for link in links)
    owners = (GITHUB / "CODEOWNERS").read_text().splitlines()[-1]
    assert owners.startswith(f"* @{owner}/")


def test_the_hooks_before_a_commit_run_what_is_set_up() -> None:
    (repository,) = yaml.safe_load((checkout.ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        program, argument, *_ = hook["entry"].split()
        if program == "make":
            assert argument in TARGETS
        else:
            assert (checkout.ROOT / program).exists()


def test_editors_break_lines_where_ruff_does() -> None:
    config = (checkout.ROOT / ".editorconfig").read_text()
    assert f"max_line_length = {PROJECT['tool']['ruff']['line-length']}" in config
