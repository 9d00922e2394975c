"""How values stand in sentences."""

from __future__ import annotations

import pytest

from dialer.core.wording import in_chinese, in_english

WORDS = [
    ("collection", "催收", "collection"),
    ("collection+reminder", "催收、还款提醒", "collection and reminder"),
    ("2025-07-01T00:00:00+08:00", "2025-07-01", "2025-07-01"),
    ("2027-05-15T15:30:00+08:00", "2027-05-15 15:30:00 +08:00", "2027-05-15 15:30:00 +08:00"),
    ("1 days", "1 日", "1 day"),
    ("7 days", "7 日", "7 days"),
    ("24 rolling_hours", "24 小时", "24 hours"),
    ("1 calendar_month", "1 个自然月", "1 calendar month"),
    ("60 calendar_month", "60 个自然月", "60 calendar months"),
    (
        "workday 08:00-20:00, restday 09:00-18:00",
        "工作日 08:00-20:00, 休息日 09:00-18:00",
        "work days 08:00-20:00, rest days 09:00-18:00",
    ),
    ("makeup_workday+sat 08:00-20:00", "调休上班日+周六 08:00-20:00", "make-up work days+Sat 08:00-20:00"),
    ("mon 22:00:15", "周一 22:00:15", "Mon 22:00:15"),
    ("all 08:00-22:00", "每日 08:00-22:00", "every day 08:00-22:00"),
    ("enterprise_name+contact", "企业名称、联系方式", "the enterprise's name and a contact"),
    ("jiangsu-example", "jiangsu-example", "jiangsu-example"),
    (3, "3", "3"),
    (None, "", ""),
]


@pytest.mark.parametrize(("value", "zh", "en"), WORDS, ids=[str(one[0]) for one in WORDS])
def test_a_value_is_worded_in_both_languages(value: str, zh: str, en: str) -> None:
    """Code words, instants, windows and days stand in a sentence as people of that language write them."""
    assert (in_chinese(value), in_english(value)) == (zh, en)
