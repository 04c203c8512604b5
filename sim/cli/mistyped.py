"""Options and verbs as people type them: answered with what was meant, before anything is read."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import typer

from sim.files.problems import BadInput, Problem, any_of, closest
from sim.files.typed import plain

# What people call an option that has another name here.
_OPTIONS = {
    "--seeds": ("--count", "--runs", "--number", "--n", "--repeats", "--replications", "--futures"),
    "--scenarios": ("--only", "--select", "--cases"),
    "--workers": ("--jobs", "--cores", "--processes", "--threads", "--parallel", "--cpus"),
    "--out": ("--output", "--results", "--to", "--dir", "--directory", "--out-dir", "--folder"),
    "--fresh": ("--force", "--clean", "--overwrite", "--restart", "--no-cache"),
    "--set": ("--change", "--setting", "--override", "--param", "--parameter", "--with"),
    "--engine": ("--backend", "--mode"),
    "--write": ("--output", "--out", "--to", "--file"),
    "--path": ("--output", "--out", "--to", "--file", "--write"),
    "--with": ("--recipe", "--recipes", "--add", "--include"),
    "--format": ("--formats", "--as", "--type", "--kind", "--docx", "--word", "--pptx"),
    "--brief": ("--short", "--summary", "--onepage", "--one-page"),
    "--particles": ("--count", "--draws", "--number"),
}
_VERBS = {
    "simulate": ("run", "start", "execute", "sim"),
    "check": ("test", "lint", "plan"),
    "new": ("init", "create", "template"),
    "list": ("ls", "results", "history"),
    "council": ("show", "lookup", "find"),
    "report": ("publish", "export", "write", "word", "slides", "docx", "pptx"),
    "compare": ("diff", "versus", "vs", "against"),
    "evidence": ("source", "sources", "basis"),
    "calibrate": ("fit",),
}
_HELP = "--help"


def answer_mistakes(words: Sequence[str], verbs: dict[str, Callable[..., Any]]) -> None:
    """Refuse options and verbs that do not exist, and values that are typed as people write.

    Parameters
    ----------
    words
        Of the command line, without the name of the program.
    verbs
        What each verb does; its signature tells its options.

    Raises
    ------
    BadInput
        With what was probably meant. All that is left is for the parser to judge.
    """
    verb = next((word for word in words if not word.startswith("-")), None)
    if verb is None:
        return
    if verb not in verbs:
        meant = _called(verb.casefold(), _VERBS, list(verbs))
        _refuse("there is no such verb", given=verb, allowed=any_of(list(verbs)), meant=meant)
    options = options_of(verbs[verb])
    rest = iter(words[list(words).index(verb) + 1 :])
    for word in rest:
        typed = plain(word)
        if word == "--":
            return
        if typed != word and re.match(r"-+[a-z]", typed):
            name = "--" + typed.lstrip("-")
            _refuse("an option begins with two hyphens, not with a dash", key=word, meant=name)
        if not word.startswith("--") or word == _HELP:
            continue
        name, given, value = word.partition("=")
        if name not in options:
            meant = _called(name.casefold(), _OPTIONS, [*options, _HELP])
            allowed = any_of([*options, _HELP])
            _refuse(f"{verb} has no such option", key=name, allowed=allowed, meant=meant)
        kind = options[name]
        if kind is bool:
            continue
        text = value if given else next(rest, None)
        if text is not None:
            _check_value(name, text, kind)


def options_of(verb: Callable[..., Any]) -> dict[str, Any]:
    """Return the options of a verb with the type of their values."""
    options = {}
    for name, hint in get_type_hints(verb, include_extras=True).items():
        if get_origin(hint) is not Annotated:
            continue
        kind, *about = get_args(hint)
        option = next((part for part in about if isinstance(part, typer.models.OptionInfo)), None)
        if option is None:
            continue
        if get_origin(kind) is types.UnionType:
            kind = next(part for part in get_args(kind) if part is not type(None))
        said = [option.default, *(option.param_decls or ())]
        names = [part for part in said if isinstance(part, str) and part.startswith("--")]
        for written in names or [f"--{name.replace('_', '-')}"]:
            options[written] = kind
    return options


def _check_value(name: str, text: str, kind: Any) -> None:
    """Refuse a value that is no whole number, or none of the choices, where that is asked for."""
    if kind is int:
        try:
            int(text)
        except ValueError:
            _refuse("a whole number is expected", key=name, given=text, meant=_meant(text, kind))
    elif get_origin(kind) is Literal and text not in get_args(kind):
        choices = any_of(list(get_args(kind)))
        meant = _meant(text, kind).strip('"')
        _refuse("this is not one of the choices", name, given=text, allowed=choices, meant=meant)


def _meant(text: str, kind: Any) -> str:
    # The models of settings are slow to load, and needed only for somebody who waits to be told.
    from sim.settings.meant import meant_by

    return meant_by(text, kind)


def _called(word: str, known_as: dict[str, tuple[str, ...]], names: list[str]) -> str:
    for name, others in known_as.items():
        if name in names and word in others:
            return name
    return closest(word, names)


def _refuse(
    problem: str, key: str = "", *, given: str = "", allowed: str = "", meant: str = ""
) -> NoReturn:
    raise BadInput([Problem(problem, key=key, given=given, allowed=allowed, meant=meant)])
