"""Where compiled code is kept, for this package alone: other users of Numba notice nothing."""

from __future__ import annotations

import hashlib
import pickle
import re
import shutil
import sys
from contextlib import suppress
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from sim.files.sources import source_files

SOURCES = ("rules.py", "draws.py", "compiled.py", "layout.py", "engine")


def sources_hash() -> str:
    """Fingerprint of what is compiled; Numba's own cache does not notice a changed rule."""
    digest = hashlib.sha256(version("numba").encode())
    for _, source in source_files(files("sim.model"), SOURCES):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


CACHES = user_cache_path("council-platform-sim")
CACHE = CACHES / sources_hash()
VERSION = re.compile(r"[0-9a-f]{16}")  # a folder of ours, named by such a fingerprint
KEPT_CACHES = 4
UNREADABLE = (OSError, EOFError, pickle.UnpicklingError)  # a missing or a broken file


def keep(dispatcher: Any) -> Any:
    """Keep the compiled code of a function in the folder of these sources.

    Where that cannot be read or written, the function is compiled in memory.

    Parameters
    ----------
    dispatcher
        What Numba made of the function, by `numba.njit` without `cache`.

    Returns
    -------
    numba dispatcher
        The same one.
    """
    # Numba lets the folder be chosen for a whole process only, which is not ours to do. For one
    # function it takes parts that are not public, though old. Should a later version lack them,
    # nothing is kept: `cache=True` would, but go on with the code of rules that have changed.
    with suppress(ImportError, AttributeError, TypeError):
        cache = _own_cache(dispatcher.py_func, CACHE)
        if hasattr(dispatcher, "_cache"):
            dispatcher._cache = cache
    return dispatcher


def _own_cache(function: Any, folder: Path) -> Any:
    """Make a cache as Numba's for one function, in a folder of our choice.

    Parameters
    ----------
    function
        The Python function.
    folder
        Where its code is kept; it need not exist, and its name stands for the sources.

    Returns
    -------
    numba.core.caching.FunctionCache
        Errors of files do not leave it.
    """
    from numba.core import caching

    class Locator(caching._CacheLocator):
        _py_file = function.__code__.co_filename  # for a warning of Numba's

        def get_cache_path(self) -> str:
            return str(folder)

        def get_source_stamp(self) -> str:
            return folder.name

        def get_disambiguator(self) -> str:
            return str(function.__code__.co_firstlineno)

    class Implementation(caching.CompileResultCacheImpl):
        # In place of a search for a locator, which a variable of the environment may direct.
        def __init__(self, function: Any) -> None:
            self._lineno = function.__code__.co_firstlineno
            self._locator = Locator()
            self._filename_base = self.get_filename_base(
                function.__qualname__, getattr(sys, "abiflags", "")
            )

    class Cache(caching.FunctionCache):
        _impl_class = Implementation

        def load_overload(self, sig: Any, target_context: Any) -> Any:
            try:
                return super().load_overload(sig, target_context)
            except UNREADABLE:
                with suppress(OSError):
                    self.flush()  # or nothing could be kept where a broken index stands
            return None

        def save_overload(self, sig: Any, data: Any) -> None:
            with suppress(*UNREADABLE):
                super().save_overload(sig, data)

    return Cache(function)


def has_cache(function: str) -> bool:
    """Is there compiled code of this function for these sources already?"""
    return any(CACHE.glob(f"{function}-*.nbi"))


def drop_old_caches() -> None:
    """Remove the code compiled for all but the latest few versions of the sources."""
    others = []
    for path in CACHES.glob("*"):
        if VERSION.fullmatch(path.name) and path != CACHE:
            with suppress(OSError):  # another process may be doing the same
                others.append((path.stat().st_mtime, path))
    others.sort()
    for _, path in others[: -(KEPT_CACHES - 1)]:
        shutil.rmtree(path, ignore_errors=True)
