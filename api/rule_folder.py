"""A rulebook as a folder of YAML that people keep in version control.

One file a rule under `rules/`, a badge under `badges/`, a board under `boards/`: its name is the key. What is in an
order, the ladder and the currencies, is one file each: `tiers.yaml`, `currencies.yaml`. Reading finds every fault with
its file and line; in which order files are found changes nothing. Writing leaves alone what says the same already,
comments and all; what its caller does not know from elsewhere is named before it is replaced. A link is no file of the
folder: it is neither followed nor replaced, and named.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from api import yaml_text
from api.yaml_text import BadYaml, Marked, Place
from rules_engine.document import pointer_to
from rules_engine.errors import Problem, Sentence

ITEMS = ("rules", "badges", "boards")
WHOLE = ("tiers", "currencies")
ENDING = ".yaml"

_FIRST = (
    ("key", "en", "ms", "name", "description", "icon", "colour", "hidden"),
    ("on", "earns", "when", "all", "any", "not", "field", "given", "kind", "then"),
    ("points", "base", "times", "per", "each", "at_most", "reach", "keep", "currency", "period"),
)
_LAST = ("limits", "gives", "active", "stacks", "undone_by", "tells", "levels", "examples")
_RANKS = {name: rank for rank, name in enumerate(chain(*_FIRST))}
_RANKS |= {name: 1_000 + rank for rank, name in enumerate(_LAST)}
"""Where a field stands among others; those not named stand in the middle, by the alphabet."""

Known = Callable[[str, Any], bool]
"""Whether what a file says, by its path, is known elsewhere, so that nothing is lost when it is replaced."""


class Fault(NamedTuple):
    """One thing wrong with a folder: in which file and where, and what it is."""

    file: str
    place: Place
    problem: Problem


class Folder(NamedTuple):
    """What a folder says: the document, which file each part of it came from, and what could not be read at all."""

    document: dict[str, Any]
    sources: Mapping[str, tuple[str, Mapping[str, Place]]]
    faults: Sequence[Fault]

    def locate(self, problem: Problem) -> Fault:
        """Where in the folder the problem of the document is: the place itself, or the nearest thing around it."""
        steps = problem.pointer.split("/")
        for length in (3, 2):
            part = "/".join(steps[:length])
            if part in self.sources:
                file, places = self.sources[part]
                inside = steps[length:]
                while inside and "/".join(["", *inside]) not in places:
                    inside.pop()
                return Fault(file, places.get("/".join(["", *inside]), Place(1, 1)), problem)
        return Fault(".", Place(1, 1), problem)


def read(folder: Path) -> Folder:
    """What is in the folder, with every file that is wrong by itself."""
    document: dict[str, Any] = {}
    sources: dict[str, tuple[str, Mapping[str, Place]]] = {}
    faults: list[Fault] = []
    names, in_the_way = _found(folder)
    for name in in_the_way:
        detail = Sentence("a link, or something else that is not the folder's own; put the files themselves here")
        faults.append(Fault(name, Place(1, 1), Problem("", "not_allowed_here", detail)))
    for name in names:
        if not _belongs(name):
            faults.append(_stranger(name))
            continue
        part = name.partition("/")[0].removesuffix(ENDING)
        try:
            value, places = _read(folder / name, keyed=part in ITEMS)
        except BadYaml as bad:
            faults.append(Fault(name, bad.place, Problem("", bad.code, bad.detail)))
            continue
        if part in WHOLE:
            document[part], sources[f"/{part}"] = value, (name, places)
        else:
            items = document.setdefault(part, [])
            sources[f"/{part}/{len(items)}"] = name, places
            items.append(value)
    if not sources and not faults:
        detail = Sentence("there is no rulebook here; its files are {known}", known=", ".join(_patterns()))
        faults.append(Fault(".", Place(1, 1), Problem("", "missing", detail)))
    return Folder(document, sources, faults)


def render(document: Mapping[str, Any]) -> dict[str, Any]:
    """What each file of the document's folder says, by its path."""
    files: dict[str, Any] = {}
    for part in ITEMS:
        for item in document.get(part, ()):
            inner = {name: value for name, value in item.items() if name != "key"}
            files[f"{part}/{item['key']}{ENDING}"] = _ordered(inner)
    for part in WHOLE:
        if part in document:
            files[part + ENDING] = _ordered(document[part])
    return files


class Differences(NamedTuple):
    """What has to happen to a folder so that it says something: files to write, files to take away, and those of both
    that say what is known nowhere else. While there is something `in_the_way`, nothing is to be written.
    """

    written: Mapping[str, Any]
    removed: Sequence[str]
    precious: Sequence[str]
    in_the_way: Sequence[str]


def compare(folder: Path, files: Mapping[str, Any], known: Known) -> Differences:
    """What writing these files into the folder comes to."""
    written, removed, precious = dict(files), [], []
    names, in_the_way = _found(folder)
    for name in filter(_belongs, names):
        said = _said(folder / name)
        if said is not None and said == files.get(name):
            del written[name]
            continue
        if name not in files:
            removed.append(name)
        if said is None or not known(name, said):
            precious.append(name)
    return Differences(written, removed, precious, in_the_way)


def write(folder: Path, differences: Differences) -> None:
    """Make the folder say it; nothing is in the way."""
    for name, value in differences.written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml_text.write(value), encoding="utf-8")
    for name in differences.removed:
        (folder / name).unlink()


def _found(folder: Path) -> tuple[list[str], list[str]]:
    """The YAML files that could be meant, and what stands in the place of one, or of a folder of them, and is none: a
    link, say. By name, sorted; what is hidden is neither.
    """
    folders = [part for part in ITEMS if not _is_own(folder / part, Path.is_dir)]
    names, in_the_way = list[str](), folders.copy()
    for path in sorted([*folder.glob("*.y*ml"), *folder.glob("*/*.y*ml")]):
        name = path.relative_to(folder).as_posix()
        if any(step.startswith(".") for step in name.split("/")) or path.parent.name in folders:
            continue
        strange = _belongs(name) and not _is_own(path, Path.is_file)
        (in_the_way if strange else names).append(name)
    return names, sorted(in_the_way)


def _is_own(path: Path, fits: Callable[[Path], bool]) -> bool:
    """Whether it is in the folder itself and fits, or is not there yet."""
    return not path.is_symlink() and (fits(path) or not path.exists())


def _belongs(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return file.endswith(ENDING) and (folder in ITEMS if folder else file.removesuffix(ENDING) in WHOLE)


def _patterns() -> list[str]:
    return [f"{part}/<key>{ENDING}" for part in ITEMS] + [part + ENDING for part in WHOLE]


def _stranger(name: str) -> Fault:
    detail = Sentence("no file of a rulebook; those are {known}", known=", ".join(_patterns()))
    folder, slash, file = name.rpartition("/")
    stem = file.rpartition(".")[0]
    meant = difflib.get_close_matches(folder or stem, ITEMS if slash else WHOLE, n=1)
    nearest = f"{meant[0]}/{stem}{ENDING}" if slash and meant else meant[0] + ENDING if meant else None
    return Fault(name, Place(1, 1), Problem("", "unknown_file", detail, nearest))


def _read(path: Path, *, keyed: bool) -> Marked:
    """What the file says; `keyed`: with its name as the key. Raises `BadYaml`."""
    value, places = yaml_text.read(path.read_bytes())
    if not keyed or not isinstance(value, dict):
        return Marked(value, places)
    if "key" in value:
        detail = Sentence("the name of the file is the key; leave this field out")
        raise BadYaml(places[pointer_to("", "key")], "not_allowed_here", detail)
    return Marked({"key": path.name.removesuffix(ENDING), **value}, places)


def _said(path: Path) -> Any:
    """What the file says; None where it cannot be read."""
    try:
        return _read(path, keyed=False).value
    except BadYaml:
        return None


def _ordered(value: Any) -> Any:
    """The value with the fields of its mappings in the order in which people read them."""
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value, key=lambda name: (_RANKS.get(name, 500), name))}
    return value
