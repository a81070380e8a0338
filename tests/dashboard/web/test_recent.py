"""One act, one line in the access log."""

from __future__ import annotations

from dashboard.web.recent import Recent


def test_the_same_thing_counts_again_after_its_time() -> None:
    now = [0.0]
    recent = Recent(10.0, clock=lambda: now[0])

    assert recent.first("ann", "r1")
    now[0] = 9.0
    assert not recent.first("ann", "r1")
    assert recent.first("bob", "r1")
    now[0] = 10.0
    assert recent.first("ann", "r1")


def test_it_does_not_grow_without_end() -> None:
    recent = Recent(1000.0, limit=3)
    for number in range(10):
        recent.first(str(number))

    assert not recent.first("9")
    assert recent.first("0"), "the oldest was forgotten"
