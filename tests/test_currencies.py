"""Minor units as people write them."""

from __future__ import annotations

import pytest

from common.currencies import written


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123_456, "EUR", "1,234.56"),
        (1_234, "JPY", "1,234"),
        (1_234, "KWD", "1.234"),
        (-5, "USD", "-0.05"),
        (0, "", "0.00"),
    ],
)
def test_written(amount: int, currency: str, text: str) -> None:
    assert written(amount, currency) == text
