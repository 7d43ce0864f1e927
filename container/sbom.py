#!/usr/bin/env python3
"""Writes what an image consists of as SPDX 2.3 JSON: the Debian packages by dpkg-query, and our own programs by digest.

usage: sbom.py VERSION REVISION SOURCE_DATE_EPOCH [PROGRAM...]
"""
import datetime
import hashlib
import json
import re
import subprocess
import sys

PROGRAMS = ["/usr/local/bin/af-task", "/usr/local/bin/af"]
FIELDS = ["Package", "Version", "Architecture", "source:Package", "source:Version"]


def spdx_id(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def debian_packages():
    form = "\t".join("${%s}" % field for field in FIELDS) + "\t${db:Status-Abbrev}\n"
    listing = subprocess.run(["dpkg-query", "-W", "-f", form], check=True, capture_output=True, text=True).stdout
    for line in sorted(listing.splitlines()):
        name, version, architecture, source, source_version, status = line.split("\t")
        if not status.startswith("ii"):
            continue
        yield {
            "SPDXID": spdx_id(f"deb-{name}-{architecture}"),
            "name": name,
            "versionInfo": version,
            "supplier": "Organization: Debian",
            "sourceInfo": f"built from {source} {source_version}",
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": "pkg:deb/debian/%s@%s?arch=%s&distro=debian-12" % (
                    name.replace("+", "%2B"), version.replace("+", "%2B").replace(":", "%3A"), architecture),
            }],
        }


def own_program(path, version, revision):
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    name = path.rsplit("/", 1)[-1]
    return {
        "SPDXID": spdx_id("program-" + name),
        "name": name,
        "versionInfo": version,
        "sourceInfo": f"revision {revision}",
        "licenseDeclared": "MPL-2.0",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
    }


def main(version, revision, epoch, *programs):
    packages = [own_program(path, version, revision) for path in programs or PROGRAMS] + list(debian_packages())
    created = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)
    digest = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
    json.dump({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "analysis-framework-" + version,
        "documentNamespace": "urn:analysis-framework:sbom:" + digest,
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: sbom.py"]},
        "packages": packages,
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                           "relatedSpdxElement": package["SPDXID"]} for package in packages],
    }, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
