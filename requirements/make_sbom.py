"""Write a bill of materials of what serving needs, from the lock files: CycloneDX 1.6 in JSON.

    python requirements/make_sbom.py sbom.json

The weights, which are no package of anybody's, are listed with their own sums. The same locks give the same file, but for the
moment that it was made.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\]+)((?:[\s\\]+--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)


def packages(lock: Path) -> list[Component]:
    """The packages of a lock file, each with the sums of its files."""
    return [
        Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            purl=PackageURL("pypi", None, name, version),
            hashes=[
                HashType(alg=HashAlgorithm.SHA_256, content=one)
                for one in re.findall(r"sha256:([0-9a-f]{64})", sums)
            ],
        )
        for name, version, sums in _ENTRY.findall(lock.read_text(encoding="utf-8"))
    ]


def models() -> list[Component]:
    """The files of weights that stand in the repository."""
    return [
        Component(
            name=path.relative_to(ROOT).as_posix(),
            type=ComponentType.MACHINE_LEARNING_MODEL,
            hashes=[
                HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(path.read_bytes()).hexdigest())
            ],
        )
        for path in sorted(ROOT.glob("models/*/model.onnx"))
    ]


def main() -> None:
    """Write the file that is named."""
    bom = Bom()
    bom.metadata.component = Component(name="findings", type=ComponentType.APPLICATION)
    requirements = ROOT / "requirements"
    for component in [
        *packages(requirements / "runtime.lock"),
        *packages(requirements / "weights.lock"),
        *models(),
    ]:
        bom.components.add(component)
    Path(sys.argv[1]).write_text(JsonV1Dot6(bom).output_as_string(indent=1) + "\n", encoding="utf-8")
    print(f"{sys.argv[1]}: {len(bom.components)} components")


if __name__ == "__main__":
    main()
