"""The templates: one Jinja environment a language, so that filters and macros know it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup, escape

from call_logs.casework import RECORDS, RecordKind
from call_logs.dispatches import UNDO_S
from call_logs.staff import StaffKind, ref_of
from call_logs.storage import SYSTEM_CLOCK, Clock
from call_logs.tickets import ticket_number
from call_logs.users import HOTLINE, may
from dashboard.web import labels
from dashboard.web.formats import Formats, duration
from dashboard.web.record_values import RecordWords
from dashboard.web.settings import LANGUAGES, DashboardSettings
from dashboard.web.texts import N_, NAMES, locale_of, translations

HERE = Path(__file__).parents[1]
STATIC = HERE / "static"
PREFIX = "/static/"

TextOf = Callable[..., Any]  # (thing, gettext=, category=) -> what a template shows of it


@lru_cache
def asset(name: str) -> str:
    """Address of a static file, with a digest so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{PREFIX}{name}?v={digest}"


def icon(name: str, label: str = "") -> Markup:
    """An icon of the sprite that `npm run build` makes; decoration unless it has a label."""
    described = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(
        f'<svg class="icon" {described}><use href="{asset("vendor/icons.svg")}#{name}"/></svg>'
    )


def _joined(modules: Iterable[ModuleType]) -> SimpleNamespace:
    """The labels of several modules under one name. Two of one name are a mistake."""
    found: dict[str, Any] = {}
    for module in modules:
        for name, table in vars(module).items():
            if name.isupper() and name != "N_" and found.setdefault(name, table) is not table:
                raise ValueError(f"{module.__name__}.{name}: another room has labels of this name")
    return SimpleNamespace(**found)


class _Compiled(BytecodeCache):
    """Templates are compiled once, for all languages."""

    def __init__(self) -> None:
        self._found: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._found:
            bucket.bytecode_from_string(self._found[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._found[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def _at_run_time(shown: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that Jinja does not work out when it compiles, even of a constant: what it gives
    depends on language and site."""

    @pass_context
    def of_context(_context: Context, *values: Any, **options: Any) -> Any:
        return shown(*values, **options)

    return of_context


class Views:
    """Renders templates in the languages of the site."""

    def __init__(
        self,
        settings: DashboardSettings,
        texts: Mapping[str, TextOf] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        who: Callable[[str], str] = str,
        rooms: Iterable[ModuleType] = (),
    ) -> None:
        """`texts` are what the templates call to put a thing of the store into words, by
        their names there: `timeline(search)`, `event_text(event)`. `who` gives the name
        behind a reference to somebody of the staff. `rooms` are the modules with the labels
        of the rooms; a template finds them beside those of the frame, as `labels.NODES`."""
        self.settings = settings
        self._clock = clock
        self._who = who
        self._texts = dict(texts or {})
        self._labels = _joined([labels, *rooms])
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def render(self, template: str, language: str, context: Mapping[str, Any]) -> str:
        """The template as text.

        Raises:
            jinja2.TemplateError: a mistake in the template.
        """
        page = self._environments[language].get_template(template)
        return page.render(now=self._clock.now(), **context)

    def text(self, message: str, language: str) -> str:
        """A message of the catalogue in a language."""
        return translations(language).gettext(message)

    def category(self, category: str, language: str) -> str:
        """A category's name: the language pack's, or its identifier when no pack has it any
        more. A name stands at the beginning of a line here, so it has a capital letter."""
        if category == labels.NO_CATEGORY:
            return self.text(N_("Other"), language)
        name = self.settings.categories.get(category, {}).get(language)
        name = name or category.replace("_", " ")
        return name[:1].upper() + name[1:]

    def actor(self, name: str, language: str) -> str:
        """Who did something, by the name that people know."""
        if name == HOTLINE.name:
            return self.text(N_("the program"), language)
        return self._who(ref_of(StaffKind.USER, name))

    def value(self, value: Any, name: str, language: str) -> str:
        """The value of a ticket's field called `name`, in words."""
        return self._value(value, name, language, self._formats(language))

    def _formats(self, language: str) -> Formats:
        return Formats(locale_of(language), self.settings.zone, self._clock)

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
            bytecode_cache=_COMPILED,
        )
        catalogue = translations(language)
        # The extension adds this method to the environment it is loaded into.
        install = cast(Any, environment).install_gettext_translations
        install(catalogue, newstyle=True)
        formats = self._formats(language)
        filters: dict[str, Callable[..., Any]] = {
            "moment": formats.moment,
            "precise": formats.precise,
            "clock": formats.clock,
            "tenths": formats.tenths,
            "day": formats.day,
            "whole_day": formats.whole_day,
            "step_day": formats.step_day,
            "hour": formats.hour,
            "planned": formats.planned,
            "period": formats.period,
            "written_period": formats.written_period,
            "span": formats.span,
            "until": formats.until,
            "number": formats.number,
            "percent": formats.percent,
            "duration": duration,
            "category": lambda value: self.category(value, language),
            "staff": self._who,
            "actor": lambda name: self.actor(name, language),
            "policy": lambda value: (
                self.text(labels.POLICIES[value], language)
                if value in labels.POLICIES
                else self.category(value, language)
            ),
            "cause": lambda value, category: self.cause(category, value, language),
            "label": lambda value, table: self._label(table, value, catalogue.gettext),
            "value": lambda value, name: self._value(value, name, language, formats),
        }
        environment.filters.update((name, _at_run_time(each)) for name, each in filters.items())
        environment.globals.update(
            asset=asset,
            icon=icon,
            may=may,
            labels=self._labels,
            language=language,
            languages=NAMES,
            site=self.settings.site,
            ticket_number=ticket_number,
            undo_s=UNDO_S,
            all_categories=self._categories,
            **{
                name: partial(
                    text,
                    gettext=catalogue.gettext,
                    category=partial(self.category, language=language),
                )
                for name, text in self._texts.items()
            },
        )
        return environment

    def _categories(self, used: Iterable[str], chosen: str) -> tuple[str, ...]:
        """Every category a ticket can have: known by the packs, or used already."""
        known = (*self.settings.categories, labels.NO_CATEGORY)
        return tuple(dict.fromkeys([*known, *filter(None, used), *filter(None, [chosen])]))

    def _value(self, value: Any, name: str, language: str, formats: Formats) -> str:
        """A field's value as the history shows it."""
        if isinstance(value, bool):
            return self.text(N_("yes") if value else N_("no"), language)
        if name == "category" or name in labels.STAFF:
            written = value if isinstance(value, list) else [str(value or "")]
            who = partial(self.category, language=language) if name == "category" else self._who
            return ", ".join(map(who, written))
        if "." in name:  # of a record, as it is kept
            return self._of_record(value, name, language)
        tables = {
            "kind": labels.KINDS,
            "ticket_class": labels.CLASSES,
            "source": labels.SOURCES,
            "affected": labels.AFFECTED,
            "news_by": labels.NEWS_BY,
            "status": labels.STATUSES,
            "waits_for": labels.WAITS_FOR,
            "team_part": labels.TEAM_PARTS,
        }
        if value in (None, "", []):
            return ""
        if name in labels.STAMPS | labels.DUE_TIMES:
            return formats.precise(datetime.fromisoformat(str(value)))
        several = value if isinstance(value, list) else [value]
        shown = self.text(N_(", "), language).join(map(str, several))
        return self._label(tables.get(name, {}), shown, translations(language).gettext)

    def words(self, language: str, category: str = "") -> RecordWords:
        """What a record says, of a ticket of this category."""
        return RecordWords(
            self._formats(language),
            translations(language).gettext,
            lambda point: self.settings.guide.check(category, point, language),
            self._who,
            lambda name: self.category(name, language),
        )

    def cause(self, category: str, cause: str, language: str) -> str:
        """The name of a kind of cause."""
        return self.settings.guide.cause(category, cause, language)

    def _of_record(self, value: Any, name: str, language: str) -> str:
        kind, _, field = name.partition(".")
        if kind not in list(RecordKind) or field not in RECORDS[RecordKind(kind)]:
            return str(value)  # of a newer program
        known = RECORDS[RecordKind(kind)][field]
        return self.words(language).text(known, known.read(value))

    @staticmethod
    def _label(table: Mapping[str, str], value: str, gettext: Any) -> str:
        return str(gettext(table[value])) if value in table else str(value)
