"""Fetch a version of dagre, which places the boxes of the interactive picture, into autograd/drawing.

`python -m tests.tools.renew_dagre 3.1.3` asks npm, which must be installed. The licence goes beside it.
"""

import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

DRAWING = Path(__file__).resolve().parents[2] / "autograd" / "drawing"


def main(version):
    """Write dagre.min.js and dagre.LICENSE."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"@dagrejs/dagre@{version}"], cwd=folder, check=True)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
            program = package.extractfile("package/dist/dagre.min.js").read().decode()
            licence = package.extractfile("package/LICENSE").read()
    program = re.sub(r"\n//# sourceMappingURL=.*\n?", "\n", program)
    program = re.sub(r"/\*! For license.*\*/", f"/*! @dagrejs/dagre {version}, MIT licence: dagre.LICENSE */", program)
    assert "</script" not in program
    (DRAWING / "dagre.min.js").write_text(program, encoding="utf-8")
    (DRAWING / "dagre.LICENSE").write_bytes(licence)


if __name__ == "__main__":
    main(sys.argv[1])
