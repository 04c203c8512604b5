"""C, compiled when it is needed with the compiler of the system."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.benchmarks.racing import Absent

HERE = Path(__file__).parent
# Never fuse a multiplication with an addition: results are to be equal to the last bit.
ALWAYS = ("-std=c99", "-ffp-contract=off", "-shared", "-fPIC")
OPTIMISED = ("-O2",)
FOR_THIS_MACHINE = ("-O3", "-march=native")


@cache
def library(source: str, flags: tuple[str, ...]) -> ctypes.CDLL:
    """Compile a C file of this folder and load it.

    Raises
    ------
    Absent
        If there is no C compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise Absent("no C compiler")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        built = Path(folder) / f"{source}.so"
        subprocess.run(
            [compiler, *flags, *ALWAYS, "-o", str(built), str(HERE / f"{source}.c")], check=True
        )
        return ctypes.CDLL(str(built))
