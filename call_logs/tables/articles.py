"""What the company knows: articles, each with all its versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson


class ArticleRow(Base):
    """`key`: what a shipped article is called in its pack; NULL: written by the company.
    `own`: a person has changed it, so that no upgrade does."""

    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("key", "language", name="uq_articles_key_language"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    key: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    own: Mapped[bool]
    version: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(100))
    removed_at: Mapped[datetime | None]
    content: Mapped[Any] = mapped_column(EncryptedJson("articles.content"))


class ArticleVersionRow(Base):
    __tablename__ = "article_versions"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    removed: Mapped[bool]
    content: Mapped[Any] = mapped_column(EncryptedJson("article_versions.content"))
