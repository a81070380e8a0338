"""Who calls: believed as far as the trunk vouches for it, and shown as far as they want."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest
import pytest_asyncio

from ivr.endpoint import SipSettings, Trunk
from ivr.endpoint.identity import Identity, identify
from tests.ivr.endpoint.desk import Desk, settings
from tests.wire.bare_phone import BarePhone

FROM = "<sip:8001@pbx.example.com>;tag=1"
ANONYMOUS = "<sip:anonymous@anonymous.invalid>;tag=1"
ASSERTED = {"P-Asserted-Identity": '"Wang" <sip:+8613800138000@pbx.example.com>'}


def told(from_: str = FROM, **headers: Any) -> Identity:
    verified = headers.pop("verified", True)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return identify(from_, lambda name: named.get(name, ""), verified=verified)


def test_a_trunk_that_vouches_for_nobody_is_believed_in_nothing() -> None:
    lies = {**ASSERTED, "Diversion": "<sip:400@x>", "Privacy": "id"}
    assert told(verified=False, **lies) == Identity(caller="8001")
    assert told(ANONYMOUS, verified=False, **lies) == Identity()


def test_what_is_asserted_comes_before_what_is_claimed() -> None:
    assert told(**ASSERTED).caller == "+8613800138000"
    remote = {"Remote-Party-ID": "<sip:13900139000@x>;party=calling;privacy=off;screen=yes"}
    assert told(**remote).caller == "13900139000"
    assert told(**remote, **ASSERTED).caller == "+8613800138000"
    assert told().caller == "8001"
    assert told(**{"P-Asserted-Identity": "<tel:+86-21-5551-2399>"}).caller == "+862155512399"


def test_the_party_that_is_called_is_no_caller() -> None:
    assert told(**{"Remote-Party-ID": "<sip:13900139000@x>;party=called"}).caller == "8001"


@pytest.mark.parametrize("privacy", ["id", "ID;critical", "user;id", "header", "session; id"])
def test_who_asks_for_it_is_shown_to_nobody_and_can_be_called_back(privacy: str) -> None:
    hidden = told(Privacy=privacy, **ASSERTED)
    assert (hidden.caller, hidden.withheld) == ("", "+8613800138000")
    assert "13800138000" not in repr(hidden)


def test_privacy_that_is_none_hides_nothing() -> None:
    assert told(Privacy="none", **ASSERTED) == Identity(caller="+8613800138000")
    assert told(Privacy="session", **ASSERTED) == Identity(caller="+8613800138000")


def test_an_anonymous_caller_whom_the_trunk_knows_is_withheld() -> None:
    assert told(ANONYMOUS, **ASSERTED) == Identity(withheld="+8613800138000")
    assert told(ANONYMOUS) == Identity()
    full = {"Remote-Party-ID": '<sip:13900139000@x>;privacy="full"'}
    assert told(**full) == Identity(withheld="13900139000")


def test_who_passed_the_call_on_is_known() -> None:
    diversion = "<sip:4008001234@x>;reason=no-answer, <sip:400@x>"
    assert told(Diversion=diversion).diverted_from == "4008001234"


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["baresip", "pyvoip"])
async def vouching(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A hotline with a PBX that vouches for its callers, and one that does not."""
    here = (ip_network("127.0.0.1/32"),)
    trunks = (
        Trunk("pbx", "127.0.0.1", username="pbx", allow=here, verified=True),
        Trunk("city", "127.0.0.1", username="city", allow=here),
    )
    desk = Desk(request.param, _with(settings(request.param), trunks))
    await desk.open()
    yield desk
    await desk.close()


def _with(sip: SipSettings, trunks: tuple[Trunk, ...]) -> SipSettings:
    return SipSettings(**{**vars(sip), "trunks": trunks})


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(60)
class TestOnTheWire:
    async def test_a_call_brings_what_its_trunk_tells(self, vouching: Desk) -> None:
        headers = (
            "P-Asserted-Identity: <tel:+862155512399>",
            "Privacy: id",
            "Diversion: <sip:4008001234@pbx.example.com>;reason=unconditional",
            "X-Place: 5%E5%8F%B7%E6%A5%BC",
            "X-Other: no",
        )
        for to, known in (("pbx", True), ("city", False)):
            async with BarePhone(vouching.sip.listen_port) as phone:
                assert await phone.call(to=to, headers=headers) == 200
                call = await vouching.next_call()
                await vouching.established(call)
                assert call.verified is known
                assert call.caller == ("" if known else "owner")
                assert call.withheld == ("+862155512399" if known else "")
                assert call.diverted_from == ("4008001234" if known else "")
                assert dict(call.headers) == ({"X-Place": "5%E5%8F%B7%E6%A5%BC"} if known else {})
                assert await phone.hang_up() == 200

    async def test_a_caller_with_a_telephone_uri_is_known(self, vouching: Desk) -> None:
        async with BarePhone(vouching.sip.listen_port) as phone:
            assert await phone.call(to="city", caller="<tel:+862155512399>") == 200
            call = await vouching.next_call()
            await vouching.established(call)
            assert call.caller == "+862155512399"
            assert await phone.hang_up() == 200
