"""What importing the library costs, beyond importing aws-cdk-lib.

    python benchmarks/import_time.py [--runs 15]

Each run is a fresh process that imports aws-cdk-lib first and then, timed, the library; the two cases take
turns. The difference of two processes would be less than what one import of aws-cdk-lib varies by.
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
    """How long an import takes in a fresh Python that has aws-cdk-lib."""
    clock = "time.perf_counter()"
    program = f"import aws_cdk, time; start = {clock}\n{code}\nprint(({clock} - start) * 1000)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(result.stdout)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15, help="how many processes for each figure")
    runs = parser.parse_args().runs
    for code in CASES.values():
        milliseconds(code)  # Compiled once, as an installation is.
    rounds = [[milliseconds(code) for code in CASES.values()] for _ in range(runs)]
    for name, taken in zip(CASES, zip(*rounds, strict=True), strict=True):
        print(f"{name}: {statistics.median(taken):.1f} ms beyond `import aws_cdk` (median of {runs})")


if __name__ == "__main__":
    main()
