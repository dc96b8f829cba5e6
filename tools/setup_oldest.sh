#!/bin/sh
# Creates .venv-oldest with the packages of requirements/oldest.txt: the oldest CDK that the library supports. The
# tests find all other packages in .venv, which comes after it on the path.
set -eu

echo "==> .venv-oldest with the packages of requirements/oldest.txt"
.venv/bin/python -m venv --clear .venv-oldest
.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
    --require-hashes --requirement requirements/oldest.txt
.venv-oldest/bin/python - <<'PYTHON'
import pathlib
import sysconfig

own = pathlib.Path(sysconfig.get_path("purelib"))
theirs = pathlib.Path(".venv").resolve() / own.relative_to(pathlib.Path(".venv-oldest").resolve())
# `addsitedir` reads their .pth files, too: one of them is the editable library, for the tests that start a process.
(own / "checkout.pth").write_text(f"import site; site.addsitedir({str(theirs)!r})\n")
PYTHON
touch .venv-oldest/.requirements
