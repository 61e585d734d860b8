#!/bin/sh
# Gives the deployment tests a kubectl, for its `kustomize`: the one on PATH, else Kubernetes' own
# release into var/tools. Debian's package is too old to know components. Does nothing when there is one.
set -eu
cd "$(dirname "$0")/.."

version=v1.32.4
place=var/tools/bin/kubectl

if command -v kubectl >/dev/null || [ -x "$place" ]; then exit 0; fi
case "$(uname -m)" in
    x86_64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) echo "no kubectl is released for $(uname -m): put one on PATH" >&2; exit 1 ;;
esac
echo "fetching kubectl $version for the deployment tests ..."
mkdir -p "$(dirname "$place")"
.venv/bin/python - "https://dl.k8s.io/release/$version/bin/linux/$arch/kubectl" "$place" <<'PYTHON'
import hashlib, pathlib, sys, urllib.request

url, place = sys.argv[1:]
binary = urllib.request.urlopen(url, timeout=300).read()
said = urllib.request.urlopen(url + ".sha256", timeout=60).read().decode().split()[0]
if hashlib.sha256(binary).hexdigest() != said:
    sys.exit(f"{url} does not match its checksum")
path = pathlib.Path(place + ".part")
path.write_bytes(binary)
path.chmod(0o755)
path.rename(place)
PYTHON
