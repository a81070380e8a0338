"""What the company knows: articles beside tickets, by category and class."""

from call_logs.knowledge.article import (
    ARTICLE_LANGUAGES,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Article,
    ArticleVersion,
    NewArticle,
    ShippedArticle,
)

__all__ = [
    "ARTICLE_LANGUAGES",
    "LONGEST_TEXT",
    "LONGEST_TITLE",
    "Article",
    "ArticleVersion",
    "NewArticle",
    "ShippedArticle",
]
