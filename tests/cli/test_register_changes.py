"""`dialer register suspend … approve`: what one person does at once, and what needs a second one."""

from __future__ import annotations

from site_kit import Site


def test_one_person_narrows_another_one_gives_back(site: Site) -> None:
    """Narrow, restrictions, lift, pending, approve: each says what became of it, and refuses by exit code 2."""
    taken = ("register", "narrow", "number", "95000001", "--purpose", "service", "--reason", "complaints")
    assert "in force" in site.ok(*taken).out
    (one,) = site.ok("register", "restrictions", "--json").data["restrictions"]
    assert (one["purposes"], one["by"], one["reason"]) == (["service"], "lin", "complaints")
    lifting = site.ok("register", "lift", one["id"], "--reason", "settled", "--json").data["proposal"]
    assert lifting in site.ok("register", "pending").out
    assert site.run("register", "approve", lifting, env={"DIALER_LAB_PERSON": "lin"}).code == 2
    site.ok("register", "approve", lifting, person="wang")
    assert site.ok("register", "restrictions").out == ""
