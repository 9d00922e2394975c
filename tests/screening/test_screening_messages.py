"""What a text message holds, however its links and signature are written."""

from __future__ import annotations

import pytest

from dialer.screening.messages import text_read

NAMES = ("示例消费金融有限公司", "示例消金")
SITES = ("bank.example.cn",)


def _strange(text: str) -> tuple[str, ...]:
    return text_read(text).as_message(NAMES, "4000000001", SITES).strange_hosts


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("点 t.cn/AbC 查看", ("t.cn",)),
        ("hxxp://evil.com/x", ("evil.com",)),
        ("h t t p : / / evil.zzz/x", ("evil.zzz",)),
        ("访问ｅｖｉｌ．ｃｏｍ", ("evil.com",)),
        ("访问 evil 。 com", ("evil.com",)),
        ("evil[.]com", ("evil.com",)),
        ("evil点com", ("evil.com",)),
        ("e\u200bvil.c\u200bom", ("evil.com",)),
        ("b\u0430nk.example.cn", ("b\u0430nk.example.cn",)),
        ("xn--bnk-7cd.com", ("xn--bnk-7cd.com",)),
        ("https://bank.example.cn@evil.xyz/", ("evil.xyz",)),
        ("https://bank.example.cn.evil.xyz/", ("bank.example.cn.evil.xyz",)),
        ("银行.com", ("银行.com",)),
        ("http://1.2.3.4/x", ("1.2.3.4",)),
        ("www.evil.zzz", ("www.evil.zzz",)),
    ],
)
def test_a_link_elsewhere_is_seen(text: str, hosts: tuple[str, ...]) -> None:
    """Shorteners, widths, spaces, brackets, look-alikes, punycode, invisible signs, a user before the host."""
    assert _strange(text) == hosts


def test_a_link_onwards_is_seen_in_the_filed_one() -> None:
    """A filed site that is told to forward leads elsewhere, also where that is written in percents."""
    assert "evil.com" in _strange("https://bank.example.cn/go?u=https://evil.com")
    assert "evil.com" in _strange("https://bank.example.cn/go?u=https%3A%2F%2Fevil.com")


@pytest.mark.parametrize(
    "text",
    [
        "登录bank.example.cn查看",
        "https://bank.example.cn:443/a点击",
        "您好.请还款3.5万元，v2.0。谢谢",
        "Call us today. To refuse reply STOP.",
        "ＢＡＮＫ．example。CN",
    ],
)
def test_the_filed_site_and_plain_words_are_no_finding(text: str) -> None:
    """The filed host, also glued to Chinese and in full width; figures and sentences."""
    assert _strange(text) == ()


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("【示例消金】您好", "short_name"),
        ("您好【示例消费金融有限公司】", "full_name"),
        ("【示例消金】您好【别家】", "other"),
        ("【示例消金客服】您好", "other"),
        ("您好，【示例消金】提醒您", "none"),
        ("[示例消金]您好", "none"),
    ],
)
def test_a_signature_stands_at_an_end_and_is_a_registered_name(text: str, signature: str) -> None:
    """Full or short name in its brackets at the beginning or the end; a second one must be registered too."""
    assert text_read(text).as_message(NAMES, "", ()).signature == signature


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("拒收请回复R", True),
        ("退订回T", True),
        ("回复TD退订", True),
        ("拒收请回复“R”", True),
        ("Reply STOP to opt out", True),
        ("回复可联系客服", False),
        ("拒收", False),
    ],
)
def test_how_to_refuse_is_a_reply(text: str, held: bool) -> None:
    """A word for refusing and what to answer, in either order."""
    assert text_read(text).opt_out is held


def test_name_and_number_are_found_as_they_are_written() -> None:
    """The number with or without dashes; a name of somebody else is none."""
    found = text_read("示例消金客服400-000-0001").as_message(NAMES, "4000000001", ())
    assert (found.named, found.contact) == (True, True)
    other = text_read("别家客服4000000002").as_message(NAMES, "4000000001", ())
    assert (other.named, other.contact) == (False, False)
