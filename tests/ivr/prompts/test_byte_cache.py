"""The cache stays inside its bytes and forgets what was used longest ago."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts.byte_cache import ByteCache


def test_the_least_recently_used_value_goes_first() -> None:
    cache: ByteCache[str] = ByteCache(10)
    cache.put("a", bytes(4))
    cache.put("b", bytes(4))
    cache.get("a")
    cache.put("c", bytes(4))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    assert cache.get("c") is not None


def test_the_first_value_of_a_key_is_kept_and_shared() -> None:
    cache: ByteCache[str] = ByteCache(10)
    first, second = bytes([1, 2]), bytes([1, 2])
    assert cache.put("a", first) is first
    assert cache.put("a", second) is first
    assert cache.size_bytes == 2


def test_a_value_larger_than_the_cache_is_returned_but_not_kept() -> None:
    cache: ByteCache[str] = ByteCache(10)
    cache.put("small", bytes(10))
    assert len(cache.put("large", bytes(11))) == 11
    assert cache.get("large") is None
    assert cache.get("small") is not None


def test_a_cleared_cache_is_empty() -> None:
    cache: ByteCache[str] = ByteCache(10)
    cache.put("a", bytes(4))
    cache.clear()
    assert cache.size_bytes == 0
    assert cache.get("a") is None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12))))
def test_the_size_is_always_the_sum_of_what_is_kept_and_within_the_limit(
    puts: list[tuple[int, int]],
) -> None:
    cache: ByteCache[int] = ByteCache(10)
    for key, size in puts:
        cache.put(key, bytes(size))
        kept = [value for known in range(6) if (value := cache.get(known)) is not None]
        assert cache.size_bytes == sum(map(len, kept)) <= 10
