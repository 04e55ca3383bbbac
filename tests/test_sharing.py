"""A proxy that is not trusted is noticed, ordinary traffic is not, and no address is in the warning."""

from __future__ import annotations

import pytest

from collector.sharing import WINDOW, Sharing


@pytest.mark.parametrize(("from_one", "warned"), [(0.0, 0), (0.4, 0), (0.6, 1), (1.0, 1)])
def test_most_from_one_address(from_one: float, warned: int) -> None:
    sharing, said = Sharing(), []
    for number in range(WINDOW):
        one = number % 10 < 10 * from_one
        said.append(sharing.see("example.com", "192.0.2.7" if one else f"198.51.100.{number}", f"agent {number}"))
    texts = [text for text in said if text]
    assert len(texts) == warned
    assert all("FOOTFALL_TRUSTED_PROXIES" in text and "192.0.2" not in text for text in texts)


def test_one_visitor_who_returns_is_one() -> None:
    sharing = Sharing()
    assert not any(sharing.see("example.com", "192.0.2.7", "the same") for _ in range(10 * WINDOW))
