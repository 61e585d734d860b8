"""Writes what this environment and its Debian hold as a CycloneDX document. Standard library only.

`python sbom.py NAME > sbom.json`, with the Python whose packages are meant.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

DPKG_STATUS = Path("/var/lib/dpkg/status")


def python_packages() -> Iterator[dict[str, Any]]:
    """The distributions this Python can import, by name."""
    found = {re.sub(r"[-_.]+", "-", d.name).lower(): d for d in metadata.distributions()}
    for name, package in sorted(found.items()):
        about = package.metadata
        said = about["License-Expression"] or about["License"] or ""
        licence = said.strip().split("\n", 1)[0][:80]
        component = _component(name, package.version, f"pkg:pypi/{name}@{package.version}")
        yield {**component, "licenses": [{"license": {"name": licence}}]} if licence else component


def debian_packages(status: str) -> Iterator[dict[str, Any]]:
    """What dpkg's status file calls installed."""
    for paragraph in status.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", paragraph, re.MULTILINE))
        if fields.get("Status") == "install ok installed":
            name, version = fields["Package"], fields["Version"]
            where = f"pkg:deb/debian/{name}@{quote(version)}?arch={fields['Architecture']}"
            yield _component(name, version, where)


def document(name: str, components: list[dict[str, Any]]) -> dict[str, Any]:
    """CycloneDX 1.6. Without a time and a serial number: the same image, the same document."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name}},
        "components": components,
    }


def _component(name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def main() -> None:
    status = DPKG_STATUS.read_text() if DPKG_STATUS.is_file() else ""
    components = [*python_packages(), *debian_packages(status)]
    json.dump(document(sys.argv[1], components), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
