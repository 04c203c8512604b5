"""What a function says, as a fingerprint: its own text and the values that it reads.

Results must not be mixed with those of a function that has since been changed. So its source
counts, with its defaults, what it encloses, and the constants and functions of its own module that
it names; installed packages count by name. Docstrings, comments and its place in a file do not.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from sim.runs.fingerprint import meanings

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


class CannotTell(ValueError):  # noqa: N818
    """A function rests on something of which no fingerprint can be taken; the text says on what."""


def function_hash(function: object) -> str:
    """Fingerprint of a function.

    Raises
    ------
    CannotTell
        If it is no plain function, its source cannot be read, or it reads what is neither plain
        values, arrays, functions nor modules.
    """
    digest = hashlib.sha256()
    for part in _parts(function, set()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def source_of(function: FunctionType) -> str:
    """Source of a function as it was written.

    Raises
    ------
    CannotTell
        If there is none.
    """
    try:
        # Of the function itself, not of one that it wraps.
        return textwrap.dedent(inspect.getsource(function.__code__))
    except (OSError, TypeError):
        raise CannotTell(
            "its source cannot be read: write it in a file or in a cell of a notebook"
        ) from None


def _parts(value: object, seen: set[int]) -> Iterator[str]:
    """What a function says and rests on, or a value that one reads, part by part."""
    if isinstance(value, _PLAIN):
        yield repr(value)
    elif isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        yield f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
    elif isinstance(value, list | tuple):
        yield f"{type(value).__name__} {len(value)}"
        for inner in value:
            yield from _parts(inner, seen)
    elif isinstance(value, dict):
        yield f"dict {len(value)}"
        for key, inner in value.items():
            yield from _parts(key, seen)
            yield from _parts(inner, seen)
    elif isinstance(value, set | frozenset):
        yield f"set {sorted(''.join(_parts(inner, seen)) for inner in value)}"
    elif isinstance(value, ModuleType) and _is_installed(getattr(value, "__file__", None)):
        yield f"module {value.__name__}"
    elif isinstance(value, ModuleType):
        yield from meanings(Path(str(value.__file__)).read_text(encoding="utf-8"))
    elif isinstance(value, FunctionType) and not _is_installed(value.__code__.co_filename):
        if id(value) not in seen:
            seen.add(id(value))
            yield from _of_function(value, seen)
    elif callable(value) and _is_installed(_file_of(value)):
        yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"
    else:
        raise CannotTell(
            f"it rests on a value of the kind {type(value).__name__}, of which it cannot be told "
            "whether it has changed: use numbers, texts, lists, arrays and functions"
        )


def _of_function(function: FunctionType, seen: set[int]) -> Iterator[str]:
    source = source_of(function)
    try:
        ast.parse(source)
    except SyntaxError:
        # Of a function within an expression, Python gives the lines in which that stands.
        yield source
    else:
        yield from meanings(source)
    yield from _parts(function.__defaults__, seen)
    yield from _parts(function.__kwdefaults__, seen)
    for name, value in sorted(_read_by(function).items()):
        yield name
        yield from _parts(value, seen)


def _read_by(function: FunctionType) -> dict[str, Any]:
    """What a function reads from outside: what it encloses, and names of its module."""
    code = function.__code__
    cells = function.__closure__ or ()
    enclosed = {
        name: cell.cell_contents for name, cell in zip(code.co_freevars, cells, strict=True)
    }
    known = function.__globals__
    return enclosed | {name: known[name] for name in _names_in(code) if name in known}


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names_in(inner)


def _file_of(value: object) -> str | None:
    """File of a class or another callable; None if it is built in."""
    try:
        return inspect.getfile(value)  # type: ignore[arg-type]
    except TypeError:
        module = inspect.getmodule(value)
        return getattr(module, "__file__", None)


_INSTALLED = tuple(
    Path(sysconfig.get_paths()[key]).resolve() for key in ("stdlib", "purelib", "platlib")
)
_THIS = Path(__file__).resolve().parents[1]


def _is_installed(file: str | None) -> bool:
    """Is this of Python, of a package, or of this one, which has a fingerprint of its own?"""
    if file is None:
        return True
    return any(home in Path(file).resolve().parents for home in (*_INSTALLED, _THIS))
