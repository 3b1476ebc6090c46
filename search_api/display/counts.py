"""Write counts and shares in Vietnamese form. Only `web.formats` writes dates for people."""

from __future__ import annotations


def show_count(value: int) -> str:
    """A count in Vietnamese form.

    >>> show_count(1234567)
    '1.234.567'
    """
    return f"{value:,}".replace(",", ".")


def show_share(share: float) -> str:
    """A share in Vietnamese form: whole percents, or one decimal below one percent.

    >>> show_share(0.1234), show_share(0.004), show_share(0.00004), show_share(0)
    ('12 %', '0,4 %', 'dưới 0,1 %', '0 %')
    """
    percent = 100 * share
    if percent == 0 or percent >= 0.95:
        return f"{round(percent)} %"
    return f"{percent:.1f} %".replace(".", ",") if percent >= 0.05 else "dưới 0,1 %"
