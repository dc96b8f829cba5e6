"""Measures how long it takes to import the library after aws-cdk-lib.

    python benchmarks/import_time.py [--runs 15]

Each run is a new process. It imports aws-cdk-lib and then, with a timer, the library. The two cases take
turns. Two processes could not be compared: one import of aws-cdk-lib varies by more than their difference.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

CASES = {
    "import cdk_sagemaker_optimization": "import cdk_sagemaker_optimization",
    "every public name": "from cdk_sagemaker_optimization import *",
}


def milliseconds(code: str) -> float:
    """Measure an import in a new process that has imported aws-cdk-lib."""
    clock = "time.perf_counter()"
    program = f"import aws_cdk, time; start = {clock}\n{code}\nprint(({clock} - start) * 1000)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(result.stdout)


def main() -> None:
    """Measure and print both cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15, help="how many processes for each figure")
    runs = parser.parse_args().runs
    for code in CASES.values():
        milliseconds(code)  # Compile once, as an installation does.
    rounds = [[milliseconds(code) for code in CASES.values()] for _ in range(runs)]
    for name, taken in zip(CASES, zip(*rounds, strict=True), strict=True):
        print(f"{name}: {statistics.median(taken):.1f} ms beyond `import aws_cdk` (median of {runs})")


if __name__ == "__main__":
    main()
