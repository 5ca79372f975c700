"""Rules as code: `flask --app wsgi rules export|test|plan|apply FOLDER`, for people and for what checks their changes.

The exit status says how it went: 0 all is well or nothing is to be done, 1 something is wrong, 2 (of `plan`) changes.
A folder is read by `rule_folder`, what differs is found by `rules_engine.changes`; nothing is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from api import rule_folder
from api.commands import Commands
from api.rule_folder import Fault, Folder
from loyalty import clock, communities, drafts, governing, locks, proposals, rulebook
from loyalty.db import db, reading, transact
from loyalty.models import Community, Proposal
from loyalty.sayings import canonical
from rules_engine import changes, parse
from rules_engine.changes import ABSENT, ADDED, CHANGED, REMOVED, Change
from rules_engine.rules import Rulebook

CHANGES = 2
"""The exit status of a plan that is not empty."""
BY = "rules apply"
_SIGNS = {ADDED: "+", CHANGED: "~", REMOVED: "-"}


class _Group(Commands):
    """Commands whose mistyped options end with 1: 2 is what says that there are changes."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except click.UsageError as error:
            error.show()
            raise SystemExit(1) from None


rules = _Group("rules", help="Keep the rulebook as a folder of YAML: export, test, plan, apply.")
_folder = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
_community = click.option("--community", "key", help="The community's key; needed where there are several.")


@rules.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_community
@click.option("--version", type=int, help="This version, not the one in force.")
@click.option("--draft", is_flag=True, help="The draft, not what is in force.")
@click.option("--force", is_flag=True, help="Replace what was never published, too.")
def export(folder: Path, key: str | None, version: int | None, *, draft: bool, force: bool) -> None:
    """Write what is in force into FOLDER.

    Files that say it already stay as they are. Others are replaced, or taken away, if what they say was published once.
    """
    session = reading(db.session())
    community = _named(session, key)
    files = rule_folder.render(_document(session, community, version, draft=draft))
    history = _History(session, community.id)
    differences = rule_folder.compare(folder, files, history.says)
    if differences.in_the_way:
        raise click.ClickException(
            "these are links, or not the folder's own; move them away:\n  " + "\n  ".join(differences.in_the_way)
        )
    if differences.precious and not force:
        raise click.ClickException(
            "these say what was never published; move them away, or replace them with --force:\n  "
            + "\n  ".join(differences.precious)
        )
    rule_folder.write(folder, differences)
    click.echo(f"{len(differences.written)} files written, {len(differences.removed)} removed, {len(files)} in all")


@rules.command()
@_folder
@_community
def test(folder: Path, key: str | None) -> None:
    """Check what FOLDER says and run its examples; every fault with its file and line."""
    session = reading(db.session())
    book = _checked(session, _named(session, key), rule_folder.read(folder))
    examples = sum(len(rule.document.get("examples", ())) for rule in book.rules)
    click.echo(f"{len(book.rules)} rules are right, and so are their {examples} examples")


@rules.command()
@_folder
@_community
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def plan(folder: Path, key: str | None, *, as_json: bool) -> None:
    """Say what `apply` would change; exit status 2 if there is anything, 1 if FOLDER is wrong."""
    session = reading(db.session())
    found, _ = _changes(session, _named(session, key), folder)
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], indent=2, ensure_ascii=False))
    else:
        _tell(found)
    if found:
        raise SystemExit(CHANGES)


@rules.command()
@_folder
@_community
@click.option("--mode", type=click.Choice(governing.MODES), default=governing.PROSPECTIVE, show_default=True)
@click.option("--from", "start", help="With --mode from: the instant, such as 2026-12-01T00:00:00+08:00.")
@click.option("--gains-only", is_flag=True, help="Nobody loses by it; for what counts backwards.")
@click.option("--note", default="", help="Why.")
@click.option("--replace-draft", is_flag=True, help="Even if somebody is at work on a draft.")
def apply(
    folder: Path, key: str | None, mode: str, start: str | None, note: str, *, gains_only: bool, replace_draft: bool
) -> None:
    """Publish what FOLDER says, if that differs from what is in force; or propose it, where a second person is asked
    for.
    """
    starts_at = _instant(start) if start is not None else None

    def work(session: Session) -> tuple[list[Change], str]:
        community = _named(session, key)
        locks.guard(session, community.id, alone=True)  # publishing will ask for it, and it comes before the draft
        drafts.lock(session, community.id)
        found, document = _changes(session, community, folder)
        if not found:
            return found, ""
        waiting = proposals.waiting(session, community.id, limit=200)
        same = next((one for one in waiting if one.document == canonical(document)), None)
        if same is not None:
            return found, f"proposed already, as {same.id}; somebody else has to approve it"
        theirs = drafts.unpublished(session, community.id)
        if theirs is not None and theirs.changed_by != BY and not replace_draft:
            raise click.ClickException(
                f"{theirs.changed_by} is at work on a draft (revision {theirs.revision}, changed at "
                f"{clock.to_rfc3339(theirs.changed_at)}); --replace-draft puts this folder in its place"
            )
        drafts.save(session, community.id, document, BY)
        row = proposals.publish(
            session, community.id, by=BY, mode=mode, start=starts_at, gains_only=gains_only, note=note
        )
        if isinstance(row, Proposal):
            return found, f"proposed as {row.id}; somebody else has to approve it"
        since = clock.to_rfc3339(row.effective_from)
        return found, f"publication {row.id} of version {row.version}, {row.mode}, from {since} on"

    found, told = transact(db.session(), work)
    _tell(found)
    if told:
        click.echo(told)


def _named(session: Session, key: str | None) -> Community:
    community = communities.only(session) if key is None else communities.of_key(session, key)
    if community is None:
        raise click.UsageError("which community? say --community KEY")
    return community


def _document(session: Session, community: Community, version: int | None, *, draft: bool) -> Any:
    """The document to export, as the engine keeps it."""
    if draft and version is not None:
        raise click.UsageError("either --version or --draft")
    if not draft and version is None:
        return parse.render(rulebook.compiled(session, community.id))
    if draft:
        document = json.loads(drafts.begun(session, community.id).document)
    else:
        document = json.loads(rulebook.get_version(session, community.id, version or 0).document)
    book, problems = drafts.check(session, community.id, document)
    if book is None:
        raise click.ClickException(
            "this draft is no rulebook yet:\n  "
            + "\n  ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in problems)
        )
    return parse.render(book)


class _History:
    """What each file would have said under the versions that were published, read as far back as is asked for."""

    def __init__(self, session: Session, community_id: str) -> None:
        self._versions = self._read(session, community_id)
        self._said: dict[str, list[Any]] = {}

    def says(self, name: str, value: Any) -> bool:
        """Whether the file of that name said this once."""
        while value not in self._said.get(name, ()):
            files = next(self._versions, None)
            if files is None:
                return False
            for file, said in files.items():
                self._said.setdefault(file, []).append(said)
        return True

    @staticmethod
    def _read(session: Session, community_id: str) -> Iterator[dict[str, Any]]:
        before: int | None = None
        while rows := rulebook.versions(session, community_id, before, 1):
            before = rows[0].version
            yield rule_folder.render(json.loads(rows[0].document))


def _checked(session: Session, community: Community, folder: Folder) -> Rulebook:
    """The rulebook that the folder is. Tells every fault and ends where there is one."""
    book, problems = drafts.check(session, community.id, folder.document)
    faults = sorted([*folder.faults, *(folder.locate(one) for one in problems)], key=lambda one: (one.file, one.place))
    for fault in faults:
        click.echo(_as_line(fault), err=True)
    if book is None or faults:
        raise SystemExit(1)
    return book


def _changes(session: Session, community: Community, path: Path) -> tuple[list[Change], dict[str, Any]]:
    """What the folder changes, and the document to publish, in which what was there keeps its place."""
    document = parse.render(_checked(session, community, rule_folder.read(path)))
    old = parse.render(rulebook.compiled(session, community.id))
    return changes.between(old, document), changes.in_order_of(old, document)


def _as_line(fault: Fault) -> str:
    problem = fault.problem
    where = f"{fault.file}:{fault.place.line}:{fault.place.column}"
    meant = f" (did you mean {problem.nearest}?)" if problem.nearest else ""
    return f"{where}: {problem.detail}{meant} [{problem.code}{problem.pointer and f' at {problem.pointer}'}]"


def _tell(found: Sequence[Change]) -> None:
    for change in found:
        click.echo(f"{_SIGNS[change.what]} {change.part} {change.key}")
        for field in change.fields:
            click.echo(f"    {field.pointer or '/'}: {_as_text(field.old)} -> {_as_text(field.new)}")
    if not found:
        click.echo("nothing to do: this is what is in force")
        return
    counted = {what: sum(change.what == what for change in found) for what in _SIGNS}
    click.echo(", ".join(f"{number} {what}" for what, number in counted.items()))


def _as_text(value: Any) -> str:
    return "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False)


def _as_json(change: Change) -> dict[str, Any]:
    fields = [
        {"pointer": pointer, **{side: value for side, value in (("old", old), ("new", new)) if value is not ABSENT}}
        for pointer, old, new in change.fields
    ]
    return {"what": change.what, "part": change.part, "key": change.key, "fields": fields}


def _instant(text: str) -> int:
    try:
        return clock.from_rfc3339(text)
    except ValueError:
        raise click.UsageError("--from takes an instant with its offset, such as 2026-12-01T00:00:00+08:00") from None
