"""Lists a store that knows an order in as few pages as can be: over what nobody asked for it leaps."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator

from checker.store.s3 import MOST_LISTED, Page
from checker.store.signing import SUFFIX

# What lies behind a path, so many at most; None where there is no order.
Pages = Callable[[str, int], Page | None]
_FEW_KEYS = 64
_FEW_LISTED = 32  # a key has an entry of each kind at most, and their signatures


def in_order(page: Pages, keys: Collection[str] | None) -> Iterator[tuple[str, int]] | None:
    """Paths with sizes, ascending: all of them, or at least those of `keys`. None where the place has no order.

    One request a page of 1,000, and never more than one a key: between two keys that are far apart nothing is listed.
    """
    wanted = None if keys is None else sorted(set(keys))
    if wanted == []:
        return iter(())
    most = MOST_LISTED if wanted is None or len(wanted) > _FEW_KEYS else _FEW_LISTED
    first = page(_before(wanted[0]) if wanted else "", most)
    return None if first is None else _pages(first, page, wanted, most)


def paired(listed: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int, bool]]:
    """Each entry with its size and whether it is signed: in the order of names its signature comes right behind it."""
    held: tuple[str, int] | None = None
    for path, size in listed:
        if held is not None:
            signed = path == f"{held[0]}{SUFFIX}"
            yield *held, signed
            held = None if signed else (path, size)
        else:
            held = (path, size)
    if held is not None:
        yield *held, False


def _pages(now: Page | None, page: Pages, wanted: list[str] | None, most: int) -> Iterator[tuple[str, int]]:
    while now is not None:
        yield from now.sizes
        after = _next(now.sizes[-1][0], wanted) if now.more else None
        now = None if after is None else page(after, most)


def _next(last: str, wanted: list[str] | None) -> str | None:
    """Where to go on behind `last`; None where nothing is wanted from there on."""
    if wanted is None:
        return last
    key = last[3:67]
    place = bisect_left(wanted, key)
    if place == len(wanted):
        return None
    return last if wanted[place] == key else _before(wanted[place])


def _before(key: str) -> str:
    """The path right before all entries of a key."""
    return f"{key[:2]}/{key}"
