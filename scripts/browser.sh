#!/bin/sh
# Gives the browser tests a Chromium: the one on PATH, else Debian's package where this is root, else
# Playwright's own. Does nothing when there is one.
set -eu

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing Debian's chromium for the browser tests ..."
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq >/dev/null &&
        apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; then
        exit 0
    fi
fi
echo "fetching Playwright's own Chromium for the browser tests ..."
"$(dirname "$0")/../.venv/bin/python" -m playwright install chromium
