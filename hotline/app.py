"""The program put together: start-up in labelled steps, shutdown in their reverse."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Mapping,
)
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial

from asr.live import Listeners
from call_logs import Store
from call_logs.calls import Request
from call_logs.jobs import DestructionJobs, FollowUps, Jobs
from call_logs.storage import StoreError
from call_logs.webhooks import WebhookSender
from hotline.categories import SiteCategories, categories_of
from hotline.config.config import Config
from hotline.first_login import FirstLogin
from hotline.gc_tuning import put_sound_first
from hotline.languages import speaking
from hotline.metrics import Measurements
from hotline.pages import pages_of
from hotline.second_hearing import second_hearing
from hotline.speech import SpeechModels, Transcriber
from hotline.storage import open_held_store
from hotline.supervision import Beat, Supervision, open_port, stuck_parts, until_lost
from hotline.upkeep import upkeep
from hotline.web import serving
from hotline.written_words import written_words
from ivr import CallService, CallSettings
from ivr.after import (
    Errand,
    FollowUp,
    LateUrgency,
    NewsErrand,
    NewsSettings,
    Orders,
    OwnerCalls,
    Reminding,
    Review,
    SurveyErrand,
    SurveySettings,
    UrgentWatch,
)
from ivr.call import Services, Urgency
from ivr.dispatch import Dispatcher, Drills, NoticeText
from ivr.endpoint import Endpoint, open_endpoint
from ivr.media import MediaClock
from ivr.prompts import Voice

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hotline:
    """The running program, for whoever started it."""

    config: Config
    store: Store
    endpoint: Endpoint
    jobs: Jobs
    dashboard_url: str
    parts: Mapping[str, Beat]  # what must move while the program lives


async def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT; then let live calls end and stop in order.

    Raises:
        EndpointError: the SIP port cannot be had, or is gone for good.
    """
    stop = asyncio.Event()
    starting: asyncio.Task[None] | None = asyncio.current_task()

    def end() -> None:
        stop.set()
        if starting is not None:
            starting.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        async with running(config) as hotline, Supervision(hotline.parts) as supervision:
            starting = None
            logger.info("answering calls", extra={"dashboard": hotline.dashboard_url})
            put_sound_first()
            await _first(stop.wait(), until_lost(hotline.endpoint))
            logger.info("stopping: new calls are refused, live ones may end")
            supervision.stopping(config.sip.drain_s)
            await hotline.endpoint.drain(config.sip.drain_s)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        logger.info("stopped before it had started")


async def _first(*waits: Coroutine[object, object, object]) -> None:
    """Wait for whichever comes first; its error is raised."""
    tasks = [asyncio.create_task(each) for each in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Hotline]:
    """The whole program while the context lasts."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_held_store(config))
        categories = await asyncio.to_thread(categories_of, config)
        await _recover(store, config)
        voice = stack.enter_context(closing(Voice()))
        languages = await speaking(config, voice, store)
        speech = SpeechModels(config, store.checks)
        stack.push_async_callback(speech.close)

        async def follow_up(dispatch_id: str) -> None:
            await follow_ups.start(dispatch_id)  # made below: it needs the jobs

        transcriber = Transcriber(speech, store, threads=config.asr.threads)
        stack.callback(transcriber.close)
        review = Review(
            store,
            languages,
            config.hotline.language,
            late=LateUrgency(store, _urgency(config, categories), follow_up=follow_up),
        )
        jobs = Jobs(
            store,
            transcribe=transcriber,
            on_transcribed=review,
            workers=config.asr.threads,
        )
        await speech.start(jobs.models_changed)
        for language in speech.missing:
            logger.warning("no speech model: messages wait for one", extra={"language": language})
        listeners = Listeners(threads=config.asr.threads)
        stack.push_async_callback(listeners.close)
        clock = MediaClock(store.checks)
        clock.start()
        stack.push_async_callback(clock.close)
        endpoint = open_endpoint(config.sip.stack, config.sip_settings(), store.checks)
        services = Services(
            endpoint=endpoint,
            clock=clock,
            store=store,
            languages=languages,
            default_language=config.hotline.language,
            servers={name: trunk.server for name, trunk in config.trunks.items()},
            dialling=config.dialling,
            call_backs_a_day=config.dial.call_backs_a_day,
        )
        stack.push_async_callback(services.close)
        drills = Drills(services)
        notice_text = NoticeText(config.hotline.timezone, words=config.notices.words)
        follow_ups = FollowUps(
            jobs,
            FollowUp(
                services,
                notice_urls=config.notices.urls,
                public_url=config.dashboard.public_url,
                on_finished=jobs.transcribe,
                announce=config.recordings.announce,
                notice_text=notice_text,
            ),
        )
        destruction = DestructionJobs(jobs, store, config.hotline.timezone)
        await jobs.start()
        stack.push_async_callback(jobs.close)
        await stack.enter_async_context(second_hearing(config, store, review))
        line = CallService(
            _line_settings(config, categories),
            endpoint=endpoint,
            store=store,
            clock=clock,
            languages=languages,
            models=speech.live_model,
            listeners=listeners,
            reach=Dispatcher(
                services,
                follow_up=follow_ups.start,
                on_finished=jobs.transcribe,
                ring_now=follow_ups.ring_now,
            ),
            on_finished=jobs.transcribe,
            on_request=_asked_for(services, drills, follow_ups),
            sessions=services.sessions,
            training=config.training_settings,
        )
        line.start()
        stack.push_async_callback(line.close)
        await open_port(endpoint)
        stack.push_async_callback(endpoint.close)
        stack.push_async_callback(jobs.stop)  # before: it has calls of its own
        services.ready.set()
        owner_calls = OwnerCalls(
            services, line.sessions, jobs.transcribe, _errands(services, config, notice_text)
        )
        reminding = Reminding(
            services,
            notice_urls=config.notices.urls,
            public_url=config.dashboard.public_url,
            zone=config.hotline.timezone,
        )
        for looking in (
            UrgentWatch(services, follow_ups),
            owner_calls,
            reminding,
            destruction,
            WebhookSender(store.webhooks, store.tickets, store.checks),
        ):
            looking.start()
            stack.push_async_callback(looking.close)
        beats = {"sip": endpoint.alive, "media": clock.beat, "store": _beat(store, config)}
        pages = pages_of(
            config,
            store,
            endpoint,
            speech,
            categories,
            told=(told := written_words(config, languages, _urgency(config, categories))),
            asked=languages[config.hotline.language].pack.forms.categories,
            measure=Measurements(store, endpoint, lambda: listeners.dropped_s),
            stuck=partial(stuck_parts, beats),
        )
        url = await stack.enter_async_context(serving(pages, config, store.checks))
        for loop in upkeep(config, store, drills, told):
            loop.start()
            stack.push_async_callback(loop.close)
        yield Hotline(config, store, endpoint, jobs, url, beats)


def _beat(store: Store, config: Config) -> Beat:
    """The store moves when a read comes back. A database server that says no is no reason to
    start this program anew: calls go on without it."""

    async def beat() -> None:
        try:
            await store.beat()
        except StoreError:
            if config.database_file is not None:
                raise

    return beat


def _asked_for(
    services: Services, drills: Drills, follow_ups: FollowUps
) -> Callable[[Request], None]:
    """Who carries out what is asked of the program and not of a call."""
    orders = Orders(services, start=follow_ups.start, ring_now=follow_ups.ring_now)

    def ask(request: Request) -> None:
        (orders if request.action in orders.actions else drills).ask(request)

    return ask


async def _recover(store: Store, config: Config) -> None:
    """Bring the memory in order before the first call."""
    recovered = await store.recover()
    if recovered.calls:
        logger.warning(
            "calls that a stop had cut off were closed", extra={"count": recovered.calls}
        )
    await FirstLogin(store, config.home).tell()
    await _first_roster(store, config)


def _line_settings(config: Config, categories: SiteCategories) -> CallSettings:
    return CallSettings(
        language=config.hotline.language,
        zone=config.hotline.timezone,
        urgency=_urgency(config, categories),
        announce=config.recordings.announce,
        dialling=config.dialling,
    )


def _errands(services: Services, config: Config, text: NoticeText) -> tuple[Errand, ...]:
    """Why owners are called: news before surveys, for a result is asked about in the same call."""
    survey = SurveyErrand(services, _survey_settings(config), text)
    return NewsErrand(services, _news_settings(config), survey), survey


def _survey_settings(config: Config) -> SurveySettings:
    return SurveySettings(
        calls=config.survey.calls,
        rules=config.survey_rules,
        notice_urls=config.notices.urls,
        public_url=config.dashboard.public_url,
    )


def _news_settings(config: Config) -> NewsSettings:
    return NewsSettings(
        zone=config.hotline.timezone,
        rules=config.news_call_rules,
        message_urls=config.owner_news.message_urls,
        site=config.hotline.site,
    )


def _urgency(config: Config, categories: SiteCategories) -> Urgency:
    return Urgency(
        categories=frozenset(categories.urgent),
        sure=config.urgent.sure,
        confirm=config.urgent.confirm,
        silence_is_yes=frozenset(categories.silence_is_yes),
    )


async def _first_roster(store: Store, config: Config) -> None:
    """A mistake in the first roster's file keeps nobody from being answered: the roster stays
    empty, which the first page and the health say, and the next start tries again."""
    if config.oncall.roster is None:
        return
    try:
        await store.roster.import_first(config.oncall.roster)
    except StoreError as error:
        logger.error(
            "the first roster was not imported: `hotline check` names each mistake",
            extra={"file": str(config.oncall.roster), "reason": type(error).__name__},
        )
