"""`python -m localcloud`: serve a local cloud for any CDK app."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from localcloud.cloud import LocalCloud
from localcloud.kernel.dialect import Dialect

_PRINTED = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C (or SIGTERM)."""
    parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=4599, help="port to listen on (default: 4599; 0 for any free one)"
    )
    parser.add_argument("--region", default="us-east-1", help="region of the cloud (default: us-east-1)")
    parser.add_argument(
        "--speed",
        type=float,
        default=None,
        help="most clock seconds for each real second (default: no limit, it jumps)",
    )
    parser.add_argument(
        "--no-bootstrap", action="store_true", help="leave the account as it is before cdk bootstrap"
    )
    parser.add_argument(
        "--dialect",
        type=_dialect,
        default=None,
        metavar="FILE.json",
        help="behaviour of the cloud where that of AWS is not known (default: as documented)",
    )
    options = parser.parse_args(arguments)

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        cloud = LocalCloud(
            port=options.port, region=options.region, speed=options.speed, dialect=options.dialect
        )
    except OSError as error:
        print(
            f"cannot listen on port {options.port}: {error.strerror}; choose another with --port",
            file=sys.stderr,
        )
        return 1
    with cloud:
        if not options.no_bootstrap:
            try:
                cloud.bootstrap()
            except FileNotFoundError:
                print("no CDK CLI found: run cdk bootstrap before your first cdk deploy\n", file=sys.stderr)
        print(_greeting(cloud), flush=True)
        ended.wait()
    return 0


def _dialect(path: str) -> Dialect:
    try:
        return Dialect.from_json(Path(path).read_text())
    except (OSError, TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"cannot read a dialect from {path}: {error}") from error


def _greeting(cloud: LocalCloud) -> str:
    environment = cloud.environment
    lines = [f"export {name}={environment[name]}" for name in _PRINTED]
    return "\n".join(
        [
            f"A local AWS account in {cloud.region} is ready. In another terminal:",
            "",
            *(f"  {line}" for line in lines),
            "  cdk deploy",
            "",
            "Ctrl-C ends it, and everything in it is gone.",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
