"""Reckoning with moments inside the database, which counts a hundred thousand rows while Python
would open a thousand; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, SQLColumnExpression
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

__all__ = ["QUARTER_S", "quarter_of", "seconds_between"]

QUARTER_S = 900  # every zone's clock differs from UTC by whole quarters of an hour


class _Seconds(FunctionElement[float]):
    """Since 1970."""

    type = Float()
    inherit_cache = True


class quarter_of(FunctionElement[int]):
    """The number of the quarter of an hour, since 1970, in which a moment is."""

    type = BigInteger()
    inherit_cache = True


def seconds_between(
    start: SQLColumnExpression[Any], end: SQLColumnExpression[Any]
) -> ColumnElement[float]:
    """To the millisecond, once it is rounded to it."""
    return _Seconds(end) - _Seconds(start)


@compiles(_Seconds, "sqlite")
def _(element: _Seconds, compiler: SQLCompiler, **kw: Any) -> str:
    inner = compiler.process(element.clauses, **kw)
    return f"((julianday({inner}) - 2440587.5) * 86400.0)"


@compiles(_Seconds, "postgresql")
def _(element: _Seconds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)}) AS FLOAT)"


@compiles(quarter_of, "sqlite")
def _(element: quarter_of, compiler: SQLCompiler, **kw: Any) -> str:
    inner = compiler.process(element.clauses, **kw)
    return f"(CAST(strftime('%s', {inner}) AS INTEGER) / {QUARTER_S})"


@compiles(quarter_of, "postgresql")
def _(element: quarter_of, compiler: SQLCompiler, **kw: Any) -> str:
    inner = compiler.process(element.clauses, **kw)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {inner}) / {QUARTER_S}) AS BIGINT)"
