"""A case is the fold of its changes: in the order of their instants, nothing overwritten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.cases import COURSE, KINDS, LIFTABLE, STANDING, Change, Known, change_of, content_of, fold
from dialer.core.rules.case import STATUSES

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def change(kind: str, hours: float = -1, **more: Any) -> Change:
    """A change so many hours from now."""
    return Change(kind, NOW + hours * HOUR, **more)


def known(*changes: Change) -> Known:
    """The case that they add up to now."""
    found = fold(changes, NOW)
    assert found is not None
    return found


def test_of_nothing_nothing_is_known() -> None:
    """A debt of which nobody told has no case."""
    assert fold([], NOW) is None


def test_every_status_of_a_fold_is_one_that_rules_know() -> None:
    """What changes lead to, policy can name."""
    assert COURSE | set(STANDING) <= set(STATUSES)


@pytest.mark.parametrize("kind", sorted(COURSE - {"assigned"}))
def test_the_newest_of_its_course_counts(kind: str) -> None:
    """A later assignment opens the case again."""
    first = change("assigned", -3, party="a")
    assert known(first, change(kind, -2)).case.status == kind
    again = known(first, change(kind, -2), change("assigned", -1, party="b")).case
    assert (again.status, again.assigned_to) == ("assigned", "b")


@pytest.mark.parametrize("kind", STANDING)
def test_no_assignment_undoes_what_stands(kind: str) -> None:
    """Death, dispute, settlement and the like stand until they are lifted by name."""
    stands = (change(kind, -3), change("assigned", -2, party="a"))
    assert known(*stands).case.status == kind
    assert known(*stands, change("lifted", -1, lifts="held")).case.status == kind
    assert known(*stands, change("lifted", -1, lifts=kind)).case.status == "assigned"


def test_of_two_that_stand_the_graver_is_the_status() -> None:
    """Whichever came later."""
    assert known(change("deceased", -2), change("disputed", -1)).case.status == "deceased"


def test_instants_count_before_arrival() -> None:
    """What arrives late and happened early changes nothing that happened after it; at one instant the later counts."""
    assert known(change("withdrawn", -1), change("assigned", -2, party="a")).case.status == "withdrawn"
    assert known(change("withdrawn", -1), change("assigned", -1, party="a")).case.status == "assigned"


def test_a_withdrawn_case_is_with_the_enterprise() -> None:
    """Nobody else has it any more; and a case that was never assigned is the enterprise's own."""
    assert known(change("assigned", -2, party="a"), change("withdrawn")).case.assigned_to is None
    assert known(change("overdue", overdue_days=3)).case == known(change("assigned")).case


@pytest.mark.parametrize(
    ("at_h", "until_h", "stands"),
    [(-1, None, True), (-1, 1, True), (-2, -1, False), (-2, 0, False), (1, 2, True)],
)
def test_holds_that_are_not_over(at_h: float, until_h: float | None, stands: bool) -> None:
    """In force and yet to come they stand in the case with their end; once over they are left out."""
    until = None if until_h is None else NOW + until_h * HOUR
    holds = known(change("assigned", -9), change("held", at_h, until=until, reason="住院")).case.holds
    assert [(one.period.start, one.period.end, one.reason) for one in holds] == (
        [(NOW + at_h * HOUR, until, "住院")] if stands else []
    )


def test_lifting_ends_every_hold_before_it() -> None:
    """One that begins later stands; a lifting that is yet to come is the end of the hold."""
    held = (change("held", -3, reason="a"), change("held", -2, reason="b", until=NOW + HOUR))
    later = change("held", 2, reason="c")
    assert [one.reason for one in known(*held, later, change("lifted", -1, lifts="held")).case.holds] == ["c"]
    ends = [one.period.end for one in known(*held, change("lifted", 0.5, lifts="held")).case.holds]
    assert ends == [NOW + 0.5 * HOUR] * 2


def test_what_is_yet_to_come_is_not_yet() -> None:
    """An assignment, an end or a payment of tomorrow leaves the case as it is today."""
    today = known(change("assigned", -1, party="a"))
    for one in (change("withdrawn", 1), change("deceased", 1), change("overdue", 1, overdue_days=9)):
        assert known(change("assigned", -1, party="a"), one) == today
    assert known(change("assigned", 1, party="a")).case.assigned_to is None


def test_the_debtor_is_told_of_one_agency() -> None:
    """The first telling of the agency that has the case counts, also where it came before the assignment."""
    told = change("told", -5, party="b", how="sms")
    changes = (change("assigned", -6, party="a"), told, change("told", -4, how="call"))
    first = known(*changes).case
    assert (first.debtor_told_at, first.told_how) == (NOW - 4 * HOUR, "call")
    then = known(*changes, change("assigned", -3, party="b"), change("told", -2, how="letter")).case
    assert (then.debtor_told_at, then.told_how) == (NOW - 5 * HOUR, "sms")
    assert known(*changes, change("withdrawn", -1)).case.debtor_told_at is None


def test_days_past_due_as_told_last() -> None:
    """With whatever change they came; nobody told: unknown."""
    assert known(change("assigned")).overdue_days is None
    assert known(change("overdue", -3, overdue_days=31), change("paid", -2, overdue_days=0)).overdue_days == 0
    assert known(change("overdue", -3, overdue_days=31), change("paid", -2)).overdue_days == 31


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "sold"},
        {"kind": "paid", "party": "a"},
        {"kind": "paid", "reason": "x"},
        {"kind": "assigned", "until": NOW},
        {"kind": "held", "until": NOW - 2 * HOUR},
        {"kind": "lifted", "lifts": "assigned"},
        {"kind": "lifted"},
        {"kind": "told", "how": "drum"},
        {"kind": "overdue"},
        {"kind": "overdue", "overdue_days": -1},
    ],
)
def test_what_cannot_be_is_no_change(wrong: dict[str, Any]) -> None:
    """A field of another kind, an end before the beginning, a word nobody knows."""
    with pytest.raises(ValueError, match=r"\w"):
        Change(at=NOW - HOUR, **wrong)


def _changes() -> st.SearchStrategy[Change]:
    def made(kind: str, hours: int, party: str | None, lifts: str, days: int | None) -> Change:
        return change(
            kind,
            hours,
            party=party if kind in ("assigned", "told") else None,
            until=NOW + (hours + 2) * HOUR if kind == "held" and days else None,
            reason="x" if kind == "held" else "",
            lifts=lifts if kind == "lifted" else "",
            how="sms" if kind == "told" else None,
            overdue_days=days if kind != "overdue" else days or 0,
        )

    return st.builds(
        made,
        st.sampled_from(sorted(KINDS)),
        st.integers(-5, 5),
        st.sampled_from([None, "a", "b"]),
        st.sampled_from(sorted(LIFTABLE)),
        st.none() | st.integers(0, 9),
    )


@given(_changes())
def test_what_is_stored_comes_back(one: Change) -> None:
    """Every field, as it was."""
    assert change_of(content_of(one)) == one


@given(st.lists(_changes(), max_size=12), st.randoms())
def test_the_order_of_arrival_counts_only_at_one_instant(changes: list[Change], chance: Any) -> None:
    """Changes at instants of their own fold to one case, however they arrive."""
    apart = [Change(**{**_fields(one), **_moved(one, no)}) for no, one in enumerate(changes)]
    shuffled = [*apart]
    chance.shuffle(shuffled)
    assert fold(apart, NOW) == fold(shuffled, NOW)


def _fields(one: Change) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Change.__slots__}


def _moved(one: Change, no: int) -> dict[str, Any]:
    seconds = timedelta(seconds=no)
    return {"at": one.at + seconds, "until": None if one.until is None else one.until + seconds}
