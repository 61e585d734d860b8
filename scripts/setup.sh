#!/bin/sh
# Finds a Python that can make the environment and hands over to scripts/setup.py.
# An environment that already works is asked first: it starts quickest and knows its own stamp.
set -eu
cd "$(dirname "$0")/.."

accepts() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

for python in .venv/bin/python ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
    if accepts "$python"; then
        exec "$python" -S scripts/setup.py "$@"
    fi
done
echo "Thumbwheel needs Python 3.11, 3.12 or 3.13, and none was found on PATH." >&2
echo "Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2
exit 1
