"""The database: one declarative base, engines for both databases, and batch statements.

On the recording road there is no ORM object a row: a `Statement` takes a whole batch as arrays in one round trip and
is written once for both databases. Transactions are the edges' business, through `transact`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Engine, Index, MetaData, Text, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

Result = TypeVar("Result")

# Compared as bytes on every machine: collations differ between machines, and the order of keys is part of the fold.
Key = Text().with_variant(Text(collation="C"), "postgresql")
Instant = BigInteger()


class Base(DeclarativeBase):
    """Every table. Constraints are named, since an "at most once" is told apart by the name of what it violates."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of those rows alone for which a condition in SQL holds, on both databases."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class FileLockedConnection(sqlite3.Connection):
    """SQLite's own waiting starves processes; a file lock taken before `BEGIN IMMEDIATE` serves writers in turn."""

    _lock: int | None = None

    def begin_writing(self, path: str) -> None:
        """Wait for the file lock, then begin a transaction that will write."""
        self._lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.execute("BEGIN IMMEDIATE")

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def commit(self) -> None:
        """Commit, and let the next writer in."""
        super().commit()
        self._unlock()

    def rollback(self) -> None:
        """Roll back, and let the next writer in."""
        try:
            super().rollback()
        finally:
            self._unlock()

    def close(self) -> None:
        """Close, whatever was begun."""
        super().close()
        self._unlock()


def engine_options(url: str) -> dict[str, Any]:
    """Keyword arguments for `create_engine` that `prepare_engine` relies on."""
    if url.startswith("sqlite"):
        connecting = {"factory": FileLockedConnection, "isolation_level": None, "timeout": 30}
        return {"connect_args": connecting, "hide_parameters": True}  # errors are logged
    # A plan made once serves a batch of one and of a thousand alike; making one anew for each call took longer than
    # the calls themselves, and PostgreSQL would, since arrays of known length look cheaper to it.
    return {
        "pool_size": 8,
        "max_overflow": 8,
        "hide_parameters": True,
        "connect_args": {"options": "-c plan_cache_mode=force_generic_plan -c jit=off"},
    }


def prepare_engine(engine: Engine, ledger_key: bytes) -> None:
    """Give the engine the key of the ledger's chains; make SQLite fair, and its commits outlive a power cut."""
    engine.update_execution_options(ledger_key=ledger_key)
    if engine.dialect.name != "sqlite":
        return
    path = engine.url.database or ""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        raw: FileLockedConnection = connection.connection.driver_connection  # type: ignore[assignment]  # our factory
        if connection.get_execution_options().get("reading"):
            raw.execute("PRAGMA query_only=ON")
            raw.execute("BEGIN")
        else:
            raw.execute("PRAGMA query_only=OFF")
            raw.begin_writing(path)


def reading(session: Session) -> Session:
    """Say that this session's transaction only reads: on SQLite it waits for no writer. Call before its first use."""
    session.connection(execution_options={"reading": True})
    return session


def snapshot(session: Session) -> Session:
    """Say that all statements of this session's transaction see the database as the first one does: a proof that reads
    two tables is not to meet what is committed between them. On SQLite a reading transaction does anyway. Call after
    `reading`, and before the first statement.
    """
    if is_postgresql(session):
        session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    return session


@contextmanager
def asking() -> Iterator[Session]:
    """A session beside the application's own for a question of a statement or two, each of which sees what is committed
    by then: on PostgreSQL without a transaction around them, which would cost two round trips more.
    """
    isolated = {} if db.engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    with Session(db.engine.execution_options(reading=True, **isolated)) as session:
        yield session


def is_reading(session: Session) -> bool:
    """Whether this session's transaction only reads."""
    return bool(session.connection().get_execution_options().get("reading"))


def is_postgresql(session: Session) -> bool:
    """Whether the session speaks to PostgreSQL (else: SQLite)."""
    return session.get_bind().dialect.name == "postgresql"


RETRIED = {"40001", "40P01"}  # serialization_failure, deadlock_detected


def _repeats(error: BaseException) -> bool:
    """Whether a transaction that ended so may succeed when it is repeated. Statements raise the driver's errors."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) in RETRIED


def transact(session: Session, work: Callable[[Session], Result], attempts: int = 3) -> Result:
    """Do `work` and commit; a deadlock or serialization failure repeats the whole, `attempts` times in all."""
    for attempt in range(1, attempts + 1):
        try:
            result = work(session)
            session.commit()
            return result
        except BaseException as error:
            session.rollback()
            if not _repeats(error) or attempt == attempts:
                raise
    raise AssertionError("unreachable")


def _array(values: Sequence[Any], kind: str) -> str:
    """One PostgreSQL array literal. Built here since the driver's own dumping takes half the time of a batch."""
    if kind not in _QUOTED:
        return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
    if None in values:
        return "{" + ",".join("NULL" if value is None else _array((value,), kind)[1:-1] for value in values) + "}"
    # U+0000 parts the values while they are quoted together: PostgreSQL's texts cannot hold one.
    together = "\0".join(values).replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
    return '{"' + together + '"}' if values else "{}"


_TYPES = {"text": "text[]", "json": "json[]", "int": "bigint[]", "bool": "boolean[]"}
_QUOTED = ("text", "json")


class Statement:
    """One SQL statement for both databases, over a batch of rows.

    `{rows}` in `sql` stands for the batch as a relation `r` with the `columns` (name -> text | json | int | bool);
    `:name` are scalars. `{pg:…}` is text for PostgreSQL alone, such as a locking clause.
    """

    def __init__(self, sql: str, **columns: str) -> None:
        self.columns = columns
        self._answers = sql.startswith("SELECT") or "RETURNING" in sql
        names = ", ".join(columns)
        arrays = ", ".join(f":r_{name}::{_TYPES[kind]}" for name, kind in columns.items())
        with_arrays = re.sub(r"\{pg:([^}]*)\}", r"\1", sql).replace("{rows}", f"unnest({arrays}) AS r({names})")
        self._postgresql = re.sub(r"(?<!:):([a-z_]\w*)", r"%(\1)s", with_arrays.replace("%", "%%"))
        members = ", ".join(f"value ->> {index} AS {name}" for index, name in enumerate(columns))
        self._sqlite = re.sub(r"\{pg:[^}]*\}", "", sql).replace(
            "{rows}", f"(SELECT {members} FROM json_each(:r_rows)) AS r"
        )

    def run(self, session: Session, rows: Iterable[Sequence[Any]] = (), **scalars: Any) -> list[Any]:
        """Execute over `rows`, in their order; answers what the statement returns, as tuples."""
        connection = session.connection()
        # Straight to the driver: what SQLAlchemy adds around a statement costs as much as a small one itself.
        raw: Any = connection.connection.driver_connection
        if connection.dialect.name == "postgresql":
            cursor = raw.execute(self._postgresql, self._arrays(rows) | scalars)
        else:
            cursor = raw.execute(self._sqlite, {"r_rows": json.dumps(list(rows))} | scalars)
        return cursor.fetchall() if self._answers else []

    def _arrays(self, rows: Iterable[Sequence[Any]]) -> dict[str, str]:
        columns = list(zip(*rows, strict=True)) or [()] * len(self.columns)
        return {
            f"r_{name}": _array(values, kind)
            for values, (name, kind) in zip(columns, self.columns.items(), strict=True)
        }


class Write(NamedTuple):
    """A statement about to be run over rows, for its effect alone."""

    statement: Statement
    rows: Sequence[Sequence[Any]]
    scalars: Mapping[str, Any]


def write(session: Session, writes: Iterable[Write]) -> None:
    """Run writes to different tables, those without rows left out: on PostgreSQL in one round trip together."""
    due = [one for one in writes if one.rows]
    if len(due) == 1 or not is_postgresql(session):
        for one in due:
            one.statement.run(session, one.rows, **one.scalars)
    elif due:
        parameters: dict[str, Any] = {}
        for index, (statement, rows, scalars) in enumerate(due):
            for name, value in (statement._arrays(rows) | dict(scalars)).items():
                parameters[f"w{index}_{name}"] = value
        raw: Any = session.connection().connection.driver_connection
        raw.execute(_together(*(one.statement for one in due)), parameters)


@lru_cache(maxsize=256)
def _together(*statements: Statement) -> str:
    texts = [one._postgresql.replace("%(", f"%(w{index}_") for index, one in enumerate(statements)]
    first = ", ".join(f"w{index} AS ({text})" for index, text in enumerate(texts[:-1]))
    return f"WITH {first} {texts[-1]}"
