"""What the hotline may dial: one answer for every number, extension and SIP address.

A roster is checked with it when it is saved, a caller's number when they give it, and
every INVITE before it is sent (`ivr.endpoint.uri.dial_uri`). `docs/decisions/may-dial.md`
has the table and the reasons.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, shortnumberinfo

__all__ = ["Dialling", "Refusal", "Verdict"]

#: Numbers by which somewhere in the world help is called and which exchanges of other
#: countries know too (ITU-T E.161.1 names 112 and 911); refused beside the region's own.
_EMERGENCY = frozenset(
    {"000", "110", "112", "113", "115", "118", "119", "120", "122", "911", "999"}
)
#: Fixed and mobile; in the United States a number does not tell which, and a household's
#: telephone in Korea may be one over the internet (070).
_ORDINARY = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
_NO_COUNTRY = "001"  # satellites and international premium services
#: Satellite telephones among the mobile numbers of a country: Globalstar, Tiantong.
_SATELLITE = ("+861349", "+861740")

_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015\u00ad]+")
_DIGITS = re.compile(r"\+?[0-9]{1,20}")
_EXTENSION = re.compile(r"[0-9*#]{1,8}")  # longer ones are numbers of the public network
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,63}")
_SIP = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^@]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?P<port>:[0-9]{1,5})?"
    # Others lead elsewhere (maddr) or mean more than a telephone (method, phone-context).
    r"(?P<parameters>(?:;(?:transport=[a-z]+|user=(?:phone|ip)|lr))*)",
    re.IGNORECASE,
)
_BEHIND_AREA_CODE = re.compile(rf"[0-9]{{0,6}}(?:{'|'.join(sorted(_EMERGENCY))})")
_LONGEST_BARE_EXTENSION = 6  # more digits are meant for a number


class Refusal(StrEnum):
    """Why something is not dialled."""

    NOT_A_NUMBER = "not_a_number"  # wrong digits, letters, a local number without area code
    EMERGENCY = "emergency"
    SHORT = "short"  # a public service's number
    PREMIUM = "premium"
    SATELLITE = "satellite"
    ABROAD = "abroad"
    KIND = "kind"  # of this country, but neither fixed nor mobile
    LISTED = "listed"  # by the administrator
    EXTENSION = "extension"  # that the configuration does not name


_REASONS = {
    Refusal.NOT_A_NUMBER: "is no number that can be dialled; write it with its area code, abroad "
    "with + and the country code, `ext:8001` for an extension or `sip:user@host`",
    Refusal.EMERGENCY: "is a public emergency service or leads to one; only a person may ring "
    "it: the hotline tells the caller to",
    Refusal.SHORT: "is a short number of a public service; write a fixed or mobile number",
    Refusal.PREMIUM: "is a number at a higher price, which is never dialled; write a fixed or "
    "mobile number",
    Refusal.SATELLITE: "is a satellite telephone or an international service, which is never "
    "dialled; write a fixed or mobile number",
    Refusal.ABROAD: "is a number of another country; add its beginning to `prefixes` in [dial] "
    "when it may be dialled",
    Refusal.KIND: "is neither a fixed nor a mobile number; add its beginning to `prefixes` in "
    "[dial] when it may be dialled",
    Refusal.LISTED: "begins as `refuse` in [dial] says",
    Refusal.EXTENSION: "is no extension that may be dialled; add its form to `extensions` in "
    "[dial], such as `8\\d{3}` for 8000 to 8999",
}


@dataclass(frozen=True)
class Verdict:
    """Whether something may be dialled: `target` is what to dial (E.164, the bare extension,
    a name of the PBX or the SIP URI), empty with a `refusal`."""

    target: str = ""
    refusal: Refusal | None = None

    @property
    def ok(self) -> bool:
        return self.refusal is None

    @property
    def reason(self) -> str:
        """Completes "`number` ...": a fact, and what to do; empty when it may be dialled."""
        return _REASONS[self.refusal] if self.refusal else ""

    def __repr__(self) -> str:
        return f"Verdict({self.refusal or 'ok'})"


@dataclass(frozen=True)
class Dialling:
    """The rule, as the configuration sets it.

    `region` is an ISO 3166 country. `prefixes` and `refuse` are beginnings of numbers with
    plus and country code; `extensions` are regular expressions, each for a whole extension.
    """

    region: str = "CN"
    prefixes: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    call_back_extensions: bool = False  # callers from inside the PBX may be called back
    trunks: tuple[str, ...] | None = None  # those of the configuration; None: not known here

    def may_dial(self, written: str) -> Verdict:
        """Judge what a roster holds, or what an INVITE is to be sent to: a number in any
        spelling, an extension (`8001`, `ext:8001`), a user of the PBX by name, `tel:`, `sip:`.
        """
        text = unicodedata.normalize("NFKC", written).strip()
        scheme, colon, rest = text.partition(":")
        match scheme.lower() if colon else "":
            case "sip" | "sips":
                return self._sip(text)
            case "ext":
                return self._extension(rest)
            case "tel":
                return self._number(rest)
        return self._user(text)

    def may_call_back(self, number: str, *, is_line: bool = False) -> Verdict:
        """Judge a number that a caller has left, or that their call came from. `is_line`: the
        roster has this very caller as a line, so that a manager has named it."""
        verdict = self._number(unicodedata.normalize("NFKC", number))
        if verdict.refusal is not Refusal.NOT_A_NUMBER:
            return verdict
        # A name of letters came by a trunk that we trust; nobody can key one.
        inside = self._user(number)
        return inside if self.call_back_extensions or is_line else verdict

    # -- numbers ------------------------------------------------------------------

    def _number(self, text: str) -> Verdict:
        digits = _SEPARATORS.sub("", text)
        if not _DIGITS.fullmatch(digits):  # also letters: 1-900-CALL is no way to write it
            return Verdict(refusal=Refusal.NOT_A_NUMBER)
        try:
            number = phonenumbers.parse(digits, self.region)
        except phonenumbers.NumberParseException:
            return Verdict(refusal=self._why_invalid(digits))
        if not phonenumbers.is_valid_number(number):
            return Verdict(refusal=self._why_invalid(digits))
        target = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        refusal = self._refusal(number, target)
        return Verdict(refusal=refusal) if refusal else Verdict(target)

    def _refusal(self, number: PhoneNumber, target: str) -> Refusal | None:
        """Of a valid number: the first row that fits."""
        kind = phonenumbers.number_type(number)
        region = phonenumbers.region_code_for_number(number)
        rows: tuple[tuple[bool, Refusal | None], ...] = (
            (region == _NO_COUNTRY or target.startswith(_SATELLITE), Refusal.SATELLITE),
            (kind == PhoneNumberType.PREMIUM_RATE, Refusal.PREMIUM),
            ((public := self._behind_area_code(number, region)) is not None, public),
            (target.startswith(self.refuse), Refusal.LISTED),
            (target.startswith(self.prefixes), None),
            (region != self.region, Refusal.ABROAD),
            (kind not in _ORDINARY, Refusal.KIND),
        )
        return next((refusal for fits, refusal in rows if fits), None)

    def _behind_area_code(self, number: PhoneNumber, region: str | None) -> Refusal | None:
        """021 95588 is a valid number of Shanghai by its digits, and rings the bank."""
        length = phonenumbers.length_of_geographical_area_code(number)
        subscriber = phonenumbers.national_significant_number(number)[length:]
        return self._public(subscriber, region or self.region) if length else None

    def _why_invalid(self, digits: str) -> Refusal:
        """Of what is refused in any case: whether it was meant for a public service."""
        bare = digits.removeprefix("+").lstrip("0")
        country = str(phonenumbers.country_code_for_region(self.region))
        national = bare.removeprefix(country).lstrip("0")
        for whole in (digits, bare, national):
            if public := self._public(whole, self.region):
                return public
        is_far = digits.startswith(("0", "+"))  # else 8110 is an extension like others
        if is_far and _BEHIND_AREA_CODE.fullmatch(bare):
            return Refusal.EMERGENCY
        return Refusal.NOT_A_NUMBER

    def _public(self, digits: str, region: str) -> Refusal | None:
        """Whether these very digits are a service's that can be spoken with."""
        if digits in _EMERGENCY or phonenumbers.is_emergency_number(digits, region):
            return Refusal.EMERGENCY
        country = phonenumbers.country_code_for_region(region)
        # In North America the codes from 4 digits on are for messages alone, and fill half
        # of what can be an extension.
        longest = 3 if country == 1 else 8
        if not 0 < len(digits) <= longest or digits.startswith("0"):
            return None
        short = PhoneNumber(country_code=country, national_number=int(digits))
        is_service = shortnumberinfo.is_valid_short_number_for_region(short, region)
        return Refusal.SHORT if is_service else None

    # -- the own PBX ----------------------------------------------------------------

    def _user(self, text: str) -> Verdict:
        """What stands before the @ of a SIP URI: a number, an extension or a name."""
        if _NAME.fullmatch(text):
            return Verdict(text)
        verdict = self._number(text)
        if verdict.refusal is not Refusal.NOT_A_NUMBER:
            return verdict
        inside = self._extension(text)
        is_half_a_number = (
            inside.refusal is Refusal.EXTENSION
            and sum(map(str.isdigit, text)) > _LONGEST_BARE_EXTENSION
        )
        return verdict if is_half_a_number else inside

    def _extension(self, text: str) -> Verdict:
        written = _SEPARATORS.sub("", text)
        if not _EXTENSION.fullmatch(written):
            return Verdict(refusal=Refusal.NOT_A_NUMBER)
        digits = written.replace("*", "").replace("#", "")
        outside = digits.removeprefix("9").lstrip("0")  # 0 and 9 fetch a line of the network
        if self._public(outside, self.region) is Refusal.EMERGENCY:
            return Verdict(refusal=Refusal.EMERGENCY)
        if public := self._public(digits, self.region):
            return Verdict(refusal=public)
        named = any(re.fullmatch(form, written) for form in self.extensions)
        if digits.startswith("0") or not named:
            return Verdict(refusal=Refusal.EXTENSION)
        return Verdict(written)

    def _sip(self, text: str) -> Verdict:
        match = _SIP.fullmatch(text)
        if match is None or not _is_host(match["host"]):
            return Verdict(refusal=Refusal.NOT_A_NUMBER)
        user = ""
        if match["user"] is not None:
            verdict = self._user(match["user"])
            if not verdict.ok:
                return verdict
            user = f"{verdict.target}@"
        scheme, host = match["scheme"].lower(), match["host"].lower()
        return Verdict(f"{scheme}:{user}{host}{match['port'] or ''}{match['parameters']}")


def _is_host(host: str) -> bool:
    """A name or an address; digits alone are a number that has got into the wrong place."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return not host.replace(".", "").replace("-", "").isdigit()
    return True
