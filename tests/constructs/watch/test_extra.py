"""The command needs the extra `watch`, and the library needs nothing of it."""

from __future__ import annotations

import subprocess
import sys

_WITHOUT = """
import sys

class Missing:
    package = ""

    def find_spec(self, name, path=None, target=None):
        if name == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

missing = Missing()
sys.meta_path.insert(0, missing)
sys.argv = ["cdk-sagemaker-optimization", "watch"]
from cdk_sagemaker_optimization.__main__ import main

for missing.package in ("rich", "boto3"):
    assert main() == 2
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def test_without_the_extra_it_says_how_to_install_it() -> None:
    result = python("-c", _WITHOUT)
    assert result.returncode == 0, result.stderr
    for line, package in zip(result.stderr.splitlines(), ["rich", "boto3"], strict=True):
        assert line == (
            f"cdk-sagemaker-optimization: the command needs {package}, which is not installed: "
            "run pip install 'cdk-sagemaker-optimization[watch]'"
        )


def test_importing_the_library_imports_nothing_of_it() -> None:
    result = python("-c", "import sys, cdk_sagemaker_optimization; print(*sys.modules)")
    assert result.returncode == 0, result.stderr
    loaded = result.stdout.split()
    assert "cdk_sagemaker_optimization" in loaded
    assert [name for name in loaded if name.split(".")[0] in ("boto3", "botocore", "rich")] == []
    assert not [name for name in loaded if name.startswith("cdk_sagemaker_optimization.watch")]


def test_the_package_itself_is_the_command() -> None:
    result = python("-m", "cdk_sagemaker_optimization", "--help")
    assert result.returncode == 0, result.stderr
    assert "watch" in result.stdout
    assert "exit status:" in result.stdout
