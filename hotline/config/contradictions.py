"""What no single value of a configuration shows: keys that need or exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.config.file import Mistake
from hotline.config.located import Located
from hotline.config.sections import TrunkSection

LEAST_LINES = 2  # with training calls: the last one is a caller's
LEAST_ACCESS_DAYS = 180  # Cybersecurity Law, article 21


def contradictions(located: Located) -> Iterator[Mistake]:
    """Each at the line where it can be mended."""
    config, line = located.config, located.line
    if config.hotline.language not in config.hotline.languages:
        yield Mistake(
            line("hotline", "languages"),
            f"[hotline] languages lacks the main language {config.hotline.language}; add it",
        )
    if config.urgent.confirm > config.urgent.sure:
        yield Mistake(
            line("urgent", "confirm"),
            "[urgent] confirm is above sure: a caller is asked from confirm on and "
            "put through without a question from sure on; make it the smaller one",
        )
    low, high = config.sip.rtp_ports
    # A call takes an even port and the odd one above it (RFC 3550 section 11); a
    # caller put through to an engineer is two calls.
    if (high - low + 1) // 2 < 2 * config.sip.max_calls:
        yield Mistake(
            line("sip", "rtp_ports"),
            f"[sip] rtp_ports has {high - low + 1} ports; {config.sip.max_calls} calls, each "
            f"put through to a second one, need {4 * config.sip.max_calls}",
        )
    if config.owner_news.by == "message" and not config.owner_news.message_urls:
        yield Mistake(
            line("owner_news", "by"),
            "[owner_news] by is message but there are no message_urls; write an address of a "
            "service that sends messages, or choose call",
        )
    if "tls" in config.sip.transport and config.sip.tls_certificate is None:
        yield Mistake(
            line("sip", "transport"),
            "[sip] transport has tls but tls_certificate is missing; "
            "name a PEM file with certificate and key",
        )
    if "tls" in config.sip.transport and config.sip.tls_port == config.sip.listen.port:
        yield Mistake(
            line("sip", "tls_port"), "[sip] tls_port is the port of listen too; choose another"
        )
    elif "tls" in config.sip.transport and config.sip.tls_port != config.sip.listen.port + 1:
        yield Mistake(
            line("sip", "tls_port"),
            "[sip] tls_port: baresip listens for TLS on the port after that of listen; "
            f"write {config.sip.listen.port + 1}",
        )
    if config.dashboard.tls_key and not config.dashboard.tls_certificate:
        yield Mistake(
            line("dashboard", "tls_key"), "[dashboard] tls_key needs tls_certificate beside it"
        )
    yield from _mail_contradictions(located)
    yield from _training_contradictions(located)
    if config.owner_form.on and not config.dashboard.public_url:
        yield Mistake(
            line("owner_form", "on"),
            "[owner_form] on needs public_url in [dashboard]: the codes lead to that address",
        )
    if 0 < config.keep.access_log < LEAST_ACCESS_DAYS:
        yield Mistake(
            line("keep", "access_log"),
            f"[keep] access_log is under {LEAST_ACCESS_DAYS} days: the law wants six months of "
            "such records",
        )
    if {("keep", "recordings"), ("recordings", "keep_days")} <= set(located.lines):
        yield Mistake(
            line("recordings", "keep_days"),
            "[recordings] keep_days says what [keep] recordings says: keep the latter",
        )
    for name, trunk in config.trunks.items():
        yield from _trunk_contradictions(located, name, trunk)


def _trunk_contradictions(located: Located, name: str, trunk: TrunkSection) -> Iterator[Mistake]:
    section = located.trunk_section(name)
    if not trunk.server and (section, "server") not in located.lines:
        yield Mistake(
            located.line(section), f"[{section}] has no server; write server = HOST or HOST:PORT"
        )
    if trunk.register and (section, "password") not in located.lines:
        yield Mistake(
            located.line(section, "register"),
            f"[{section}] register is yes but password is missing; "
            "write password = ${NAME} and set NAME in the environment",
        )
    if trunk.transport not in located.config.sip.transport:
        yield Mistake(
            located.line(section, "transport"),
            f"[{section}] transport is {trunk.transport}, which [sip] transport does not listen on",
        )


def _mail_contradictions(located: Located) -> Iterator[Mistake]:
    mail, line = located.config.mail_in, located.line
    if mail.server is not None and not (mail.user and mail.password_file):
        yield Mistake(
            line("mail_in", "server"), "[mail_in] server needs user and password_file beside it"
        )
    if set('"\\') & set(mail.folder) or not mail.folder.isascii():
        yield Mistake(
            line("mail_in", "folder"),
            "[mail_in] folder: plain letters, without quotes and backslashes",
        )


def _training_contradictions(located: Located) -> Iterator[Mistake]:
    config, line = located.config, located.line
    training = config.training
    own = {trunk.username for trunk in config.trunks.values()} & set(training.number)
    if own:
        yield Mistake(
            line("training", "number"),
            f"[training] number {min(own)} is a trunk's username, the hotline's own number: "
            "staff in need would come into training; give training a number of its own",
        )
    if training.callers == "anyone" and not training.code:
        yield Mistake(
            line("training", "callers"), "[training] callers is anyone: that needs a code"
        )
    if training.number and config.sip.max_calls < LEAST_LINES:
        yield Mistake(
            line("training", "number"),
            f"[training] needs max_calls of {LEAST_LINES} or more in [sip]: one line stays free",
        )
    if training.number and not (
        training.code or any(trunk.verified for trunk in config.trunks.values())
    ):
        yield Mistake(
            line("training", "number"),
            "[training] number lets nobody in: write a code, or verified = yes at the trunk that "
            "vouches for who calls",
        )
