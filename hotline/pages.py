"""The pages of the running program, told what the store cannot know: trunks and models."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI

from call_logs import Store
from call_logs.casework import load_guide_or_shipped
from call_logs.quality import load_checklist_or_shipped
from dashboard import create_app
from dashboard.web import DashboardSettings, InboundMessages, Measure, SpeechStatus, StuckCheck
from hotline.categories import SiteCategories
from hotline.config.config import Config
from hotline.owner_form import owner_form
from hotline.speech import SpeechModels
from hotline.version import version
from hotline.written_words import WrittenWords
from ivr.endpoint import Endpoint


def pages_of(
    config: Config,
    store: Store,
    endpoint: Endpoint,
    speech: SpeechModels,
    categories: SiteCategories,
    *,
    told: WrittenWords,
    asked: Mapping[str, Sequence[str]],
    measure: Measure,
    stuck: StuckCheck,
) -> FastAPI:
    """The operators' pages and the API, ready to be served."""

    def models() -> Sequence[SpeechStatus]:
        return [
            SpeechStatus(info.language, info.name, info.synthetic_only) for info in speech.loaded
        ]

    def trunks() -> Mapping[str, bool]:
        return {name: not report.away for name, report in endpoint.trunks.items()}

    return create_app(
        store,
        DashboardSettings(
            site=config.hotline.site or "Hotline",
            language=config.hotline.language,
            timezone=str(config.hotline.timezone),
            tls=config.dashboard.https,
            hosts=_host_names(config),
            version=version(),
            urgent_categories=categories.urgent,
            languages=config.hotline.languages,
            categories=categories.names,
            guide=load_guide_or_shipped(config.guide_file),
            checklist=load_checklist_or_shipped(config.checklist_file),
            asked=asked,
            owner_form=owner_form(config, told),
            inbound=InboundMessages(told, config.inbound.per_minute),
        ),
        speech=models,
        trunks=trunks,
        measure=measure,
        stuck=stuck,
    )


def _host_names(config: Config) -> frozenset[str]:
    """By which names browsers may ask for the pages, besides by addresses."""
    dashboard = config.dashboard
    own = socket.gethostname().lower()
    names = {"localhost", own, socket.getfqdn().lower(), f"{own}.local", *dashboard.hosts}
    for address in (dashboard.listen.host, urlsplit(dashboard.public_url).hostname):
        names.add((address or "").lower())
    return frozenset(names - {""})
