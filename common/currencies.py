"""A currency in, the digits of its minor unit out (ISO 4217); and amounts of minor units as people write them. Pure."""

from __future__ import annotations

HUNDREDTHS = 2
#: Minor units that are not hundredths.
EXPONENTS = dict.fromkeys(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], 0
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)


def written(amount: float, currency: str) -> str:
    """12345 minor units of EUR as `123.45`, of JPY as `12,345`."""
    digits = EXPONENTS.get(currency, HUNDREDTHS)
    return f"{amount / 10**digits:,.{digits}f}"
