#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the autograder: it installs Python and hw2check.
# A wheel hw2check-*.whl beside this file is installed in place of the published version.
# AUTOGRADER is the folder that Gradescope calls /autograder, PYTHON a Python that is there already.
set -euo pipefail
root="${AUTOGRADER:-/autograder}"

if [ -z "${PYTHON:-}" ]; then
    apt-get update
    for PYTHON in python3.14 python3.13 python3.12 python3.11; do
        apt-get install -y --no-install-recommends "$PYTHON" "$PYTHON-venv" && break
    done
fi
"$PYTHON" -m venv "$root/hw2check"

wheels=("$root"/source/hw2check-*.whl)
if [ -e "${wheels[0]}" ]; then package="${wheels[0]}"; else package="hw2check=={{version}}"; fi
"$root/hw2check/bin/python" -m pip install --no-cache-dir "$package"
"$root/hw2check/bin/hw2check" --version
