"""The configuration: what is read, what is refused, and that it is all told at once."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from call_logs.deadlines import DEFAULT_RULES, Counted, Within
from call_logs.tickets import TicketClass
from hotline.config.config import Config
from hotline.config.file import ConfigError
from hotline.config.reading import load_config, read_config
from hotline.config.sections import NAMED_SECTIONS, SECTIONS, is_secret, keys_of

SAMPLE = Path(__file__).parents[3] / "sip.example.conf"


def written(folder: Path, text: str) -> Path:
    path = folder / "hotline.conf"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str, **environment: str) -> list[str]:
    return [str(item) for item in read_config(written(folder, text), environment).mistakes]


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, ""), {})
    assert config.home == tmp_path / "home"
    assert config.hotline.language == "zh-CN"
    assert config.sip.listen.port == 5060
    assert config.trunks == {}


def test_the_sample_is_valid_and_shows_the_defaults() -> None:
    sample = load_config(SAMPLE, {})
    plain = Config()
    for name, section in SECTIONS.items():
        for key in keys_of(section):
            if (name, key) in {("hotline", "home"), ("hotline", "site")}:
                continue
            assert getattr(getattr(sample, name), key) == getattr(getattr(plain, name), key), key


def test_every_value_reaches_its_place(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [hotline]
        home = data
        language = en
        timezone = Europe/Berlin
        [sip]
        listen = [::1]:5080
        transport = udp, tls
        tls_port = 5081
        tls_certificate = cert.pem
        rtp_ports = 20000-21999
        [trunk pbx-1]
        server = pbx.example.com:5070
        password = ${PBX} and more
        register = yes
        transport = tls
        srtp = required
        allow = 192.0.2.1
            2001:db8::/32
        verified = yes
        [asr]
        model = small, ko=/models/ko
        [database]
        url = postgresql://h:${PBX}@db/hotline
        """.replace("\n        ", "\n"),
    )
    config = load_config(path, {"PBX": "geheim"})
    settings = config.sip_settings()
    assert config.home == tmp_path / "data"
    assert (settings.listen_host, settings.listen_port) == ("::1", 5080)
    assert settings.tls_certificate == str(tmp_path / "cert.pem")
    assert settings.rtp_ports == (20000, 21999)
    trunk = settings.trunks[0]
    assert (trunk.name, trunk.server) == ("pbx-1", "pbx.example.com:5070")
    assert trunk.password == "geheim and more"
    assert trunk.allow == (ip_network("192.0.2.1/32"), ip_network("2001:db8::/32"))
    assert trunk.verified
    assert config.model_for("en") == "small"
    assert config.model_for("ko") == "/models/ko"
    assert config.model_for("zh-CN") is None
    assert config.database_url == "postgresql+psycopg://h:geheim@db/hotline"


def test_all_mistakes_are_told_at_once_by_line(tmp_path: Path) -> None:
    told = mistakes(
        tmp_path,
        "stray = 1\n"
        "[hotlin]\n"
        "[hotline]\n"
        "timezon = UTC\n"
        "timezone = Asia/Nowhere\n"
        "not a setting\n"
        "language = zh-CN\n"
        "language = en\n"
        "[sip]\n"
        "max_calls = 900\n"
        "codecs = opus, g723\n"
        "[trunk a]\n"
        "password = ${ABSENT}\n"
        "[trunk b c]\n"
        "[hotline]\n",
    )
    expected = {
        1: "before any [section]",
        2: "did you mean hotline?",
        4: "did you mean timezone?",
        5: "not a known time zone",
        6: "neither a [section], a key = value nor a comment",
        8: "stands on line 7 already",
        10: "from 1 to 200",
        11: "did you mean g722?",
        12: "no server",
        13: "the environment has no ABSENT",
        14: "one short name",
        15: "stands on line 3 already",
    }
    by_line = {int(re.match(r"line (\d+)", line)[1]): line for line in told}  # type: ignore[index]
    assert set(by_line) == set(expected)
    for line, fragment in expected.items():
        assert fragment in by_line[line]


def test_loading_raises_with_all_mistakes_and_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[sip]\nstack = asterisk\nlisten = :::\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path, {})
    lines = str(caught.value).splitlines()
    assert [line.startswith(f"{path}: line ") for line in lines] == [True, True]


@pytest.mark.parametrize(
    ("section", "line", "fragment"),
    [
        ("hotline", "language = zh_CN", "did you mean zh-CN?"),
        ("hotline", "languages = en", "lacks the main language zh-CN"),
        ("hotline", "region = cn", "two capital letters"),
        ("sip", "listen = 0.0.0.0:70000", "port outside"),
        ("sip", "listen = a b:1", "host or host:port"),
        ("sip", "transport = udp, udp", "same word twice"),
        ("sip", "codecs =", "is empty"),
        ("sip", "rtp_ports = 20000-10000", "smaller number first"),
        ("sip", "rtp_ports = 10000-10100", "need 400"),
        ("sip", "transport = udp, tls", "tls_certificate is missing"),
        (
            "sip",
            "listen = 0.0.0.0:5080\ntransport = udp, tls\ntls_certificate = c.pem",
            "tls_port: baresip listens for TLS on the port after that of listen; write 5081",
        ),
        ("sip", "drain_s = soon", "whole number"),
        ("trunk x", "server = pbx\nallow = 10.0.0.1/8", "did you mean 10.0.0.0/8?"),
        ("trunk x", "server = pbx\nregister = maybe", "yes or no"),
        ("trunk x", "server = pbx\nregister = yes", "password is missing"),
        ("trunk x", "server = pbx\ntransport = tls", "does not listen on"),
        ("asr", "model = de=/x", "not one of zh-CN, en, ko"),
        ("asr", "model = en=/x, en=/y", "two models"),
        ("urgent", "sure = 1.5", "from 0 to 1"),
        ("urgent", "confirm = 0.9", "above sure"),
        ("urgent", "categories = fire, Gas Leak", "no identifier such as gas_leak"),
        ("urgent", "silence_is_yes = fire, fire", "the same word twice"),
        ("database", "url = mysql://x/y", "sqlite:/// or postgresql://"),
        ("database", "url = sqlite://", "must name a file"),
        ("recordings", "keep_days = -1", "from 0 to"),
        ("dashboard", "tls_key = k.pem", "needs tls_certificate"),
        ("dashboard", "public_url = hotline.example.com", "https://"),
        ("notices", "urls = nosuch://x", "no address that apprise knows"),
    ],
)
def test_a_bad_value_is_refused(tmp_path: Path, section: str, line: str, fragment: str) -> None:
    told = mistakes(tmp_path, f"[{section}]\n{line}\n")
    assert len(told) == 1
    assert fragment in told[0]
    assert told[0].startswith("line ")


def test_secrets_stay_out_of_errors_and_repr(tmp_path: Path) -> None:
    secret = "Tr0ub4dor"
    path = written(
        tmp_path,
        "[trunk a]\nserver = pbx\npassword = ${S}\n"
        "[trunk b]\nserver = ${S}:99999\npassword = x\n  ${S}\n"
        "[database]\nurl = ${S}\n"
        "[recordings]\nstore = s3://key:${S}@bucket\n"
        "[notices]\nurls = ${S}://${S}\n",
    )
    located = read_config(path, {"S": secret})
    assert len(located.mistakes) == 4
    assert located.config.trunks["a"].password == secret
    assert secret not in repr(located)
    assert secret not in "".join(str(item) for item in located.mistakes)
    assert secret not in repr(located.config.sip_settings())


def test_what_may_hold_a_secret_is_marked() -> None:
    marked = {
        f"{name}.{key}"
        for name, section in {**SECTIONS, **NAMED_SECTIONS}.items()
        for key in keys_of(section)
        if is_secret(section, key)
    }
    assert marked == {
        "trunk NAME.password",
        "database.url",
        "recordings.store",
        "notices.urls",
        "owner_news.message_urls",
        "training.code",
    }


def test_pyvoip_gets_defaults_that_it_can_do(tmp_path: Path) -> None:
    sip = load_config(written(tmp_path, "[sip]\nstack = pyvoip\n"), {}).sip
    assert (sip.transport, sip.codecs, sip.max_calls) == (("udp",), ("pcma", "pcmu"), 50)


def test_a_value_may_hold_colons_hashes_and_percent_signs(tmp_path: Path) -> None:
    text = "[trunk a]\nserver = pbx\npassword = a:b #c %d ;e\n"
    assert load_config(written(tmp_path, text), {}).trunks["a"].password == "a:b #c %d ;e"


def test_a_file_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "hotline.conf"
    path.write_bytes("\ufeff[hotline]\r\nsite = 花园\r\n".encode())
    assert load_config(path, {}).hotline.site == "花园"


@pytest.mark.parametrize(
    ("content", "fragment"), [(None, "no such file"), (b"\xff\xfe\x00", "not UTF-8")]
)
def test_a_file_that_cannot_be_read_is_one_mistake(
    tmp_path: Path, content: bytes | None, fragment: str
) -> None:
    path = tmp_path / "hotline.conf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=fragment):
        load_config(path, {})


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path, {})


def test_an_indented_section_is_told(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "  [hotline]\n  home = data\n")
    assert "line 1: [hotline] is indented; a section begins at the start of its line" in found


def test_what_may_be_dialled_is_read_from_its_section(tmp_path: Path) -> None:
    text = """
        [hotline]
        region = KR
        [dial]
        prefixes = +852, +82 1588
        refuse = +82 2 555
        extensions = 8\\d{3}
            \\*55
        call_back_extensions = yes
        call_backs_a_day = 3
        """.replace("\n        ", "\n")
    config = load_config(written(tmp_path, text), {})
    assert config.dialling == config.sip_settings().dialling
    assert config.dialling.region == "KR"
    assert config.dialling.prefixes == ("+852", "+821588")
    assert config.dialling.refuse == ("+822555",)
    assert config.dialling.extensions == (r"8\d{3}", r"\*55")
    assert config.dialling.call_back_extensions


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("prefixes = 852", "country code"),
        ("refuse = +0", "country code"),
        ("extensions = [8", "regular expression"),
        ("extensions = (a+)+$", "a form such as"),
        ("extensions = .*", "a form such as"),
        ("call_backs_a_day = 0", "from 1 to 1000"),
    ],
)
def test_a_wrong_rule_of_what_may_be_dialled_is_told(tmp_path: Path, line: str, hint: str) -> None:
    (mistake,) = mistakes(tmp_path, f"[dial]\n{line}\n")
    assert mistake.startswith("line 2: [dial]")
    assert hint in mistake


def test_targets_are_those_of_the_class_where_a_category_says_nothing(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "[deadlines]\nworking_hours = 13:30 - 17:30, 8:30-12:00\n"
        "[deadlines general]\nacknowledge = 4 working hours\nfeedback = 5 working d\n"
        "[deadlines general lighting]\nfeedback = 90 min\n",
    )
    rules = load_config(path, {}).deadline_rules
    assert [str(each) for each in rules.working_hours] == ["08:30-12:00", "13:30-17:30"]
    general = rules.target(TicketClass.GENERAL, "noise")
    assert general.acknowledge == Within(timedelta(hours=4), Counted.WORKING_HOURS)
    assert general.on_site == DEFAULT_RULES.by_class[TicketClass.GENERAL].on_site
    assert general.feedback == Within(timedelta(days=5), Counted.WORKING_DAYS)
    lighting = rules.target(TicketClass.GENERAL, "lighting")
    assert lighting.acknowledge == general.acknowledge
    assert lighting.feedback == Within(timedelta(minutes=90))
    assert (
        rules.target(TicketClass.URGENT, "lighting") == DEFAULT_RULES.by_class[TicketClass.URGENT]
    )


def test_a_configuration_that_says_nothing_has_the_usual_targets(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, ""), {}).deadline_rules == DEFAULT_RULES
    assert load_config(SAMPLE, {}).deadline_rules == DEFAULT_RULES


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[deadlines urgnt]", "did you mean urgent?"),
        ("[deadlines noise]", "urgent, important, general"),
        ("[deadlines general]\nfeedback = soon", "such as 30 min, 24 h"),
        ("[deadlines general]\nfeedback = 0 h", "at least 1 min"),
        ("[deadlines general]\nfeedback = 400 d", "at most 366 d"),
        ("[deadlines general]\nfeedback = 2001 working h", "2000 working h"),
        ("[deadlines general]\nfedback = 3 d", "did you mean feedback?"),
        ("[deadlines general]\n[deadlines  general]", "join the two"),
        ("[deadlines]\nworking_hours =", "is empty"),
        ("[deadlines]\nworking_hours = 9-18", "must be hours such as"),
        ("[deadlines]\nworking_hours = 09:00-25:00", "from 00:00 to 24:00"),
        ("[deadlines]\nworking_hours = 08:00-13:00, 12:00-17:00", "overlap"),
        ("[deadlines]\nworking_hours = 08:00-12:00, 22:00-08:30", "overlap"),
        ("[deadlines]\nworking_hours = 22:00-06:00, 23:00-23:30", "overlap"),
    ],
)
def test_a_wrong_target_is_told_with_what_is_right(tmp_path: Path, text: str, told: str) -> None:
    (mistake,) = mistakes(tmp_path, text)
    assert told in mistake
    assert mistake.startswith("line ")
