"""ISO 4217: the active currency codes and their number of decimals (the exponent of the minor unit).

Ours and not the locale library's: CLDR says 0 decimals for IQD where ISO 4217 says 3. Funds codes, precious metals,
testing and "no currency" codes are left out: nobody pays with them.
"""

from __future__ import annotations

from typing import Final

from checkout.core.errors import DomainError

_TWO: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_ZERO: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_ZERO.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}
CODES: Final = frozenset(EXPONENTS)


class UnknownCurrency(DomainError):
    """The code is not an active ISO 4217 currency that we know."""

    code = "invalid_parameter"


def exponent(code: str) -> int:
    """The number of decimals of a currency: EUR 2, JPY 0, KWD 3.

    Raises:
        UnknownCurrency: not in the table; codes are upper case.
    """
    try:
        return EXPONENTS[code]
    except KeyError:
        raise UnknownCurrency(f"{code!r} is not an ISO 4217 currency code") from None
