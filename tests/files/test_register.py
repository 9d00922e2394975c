"""Register files: whole or refused whole; and the register that is made of them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import dialer.lab
from dialer.core.errors import BadInput, InputFault
from dialer.core.policy import Purpose
from dialer.record.register import Register
from dialer.register_files import load_register
from dialer.uscc import check_sign, uscc_fault

SAMPLE = Path(dialer.lab.__file__).parent / "sample" / "register.yaml"
AT = datetime(2026, 6, 1, tzinfo=UTC)
ENTERPRISE, AGENCY = "jiangsu-example", "suzhou-example"


def faults_of(folder: Path, text: str) -> tuple[InputFault, ...]:
    """What is said against a register file of this text."""
    path = folder / "register.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        load_register(path)
    return caught.value.faults


def replaced(old: str, new: str) -> tuple[str, int]:
    """The sample with the first `old` replaced, and the line where that stands."""
    text = SAMPLE.read_text()
    assert old in text
    return text.replace(old, new, 1), text[: text.index(old)].count("\n") + 1


@pytest.fixture(scope="module")
def register() -> Register:
    """The sample register."""
    return Register.from_document(load_register(SAMPLE))


def test_the_document_is_json_and_canonical(tmp_path: Path, register: Register) -> None:
    """The document survives JSON, and the same register written in another order of keys has the same digest."""
    document = load_register(SAMPLE)
    again = json.loads(json.dumps(document))
    assert again == document
    assert Register.from_document(again) == register
    other = tmp_path / "register.yaml"
    turned = yaml.safe_load(SAMPLE.read_text())
    turned["numbers"][0]["purposes"].reverse()
    turned["numbers"][0]["number"] = "950-00001"
    other.write_text(yaml.safe_dump(turned, allow_unicode=True, sort_keys=True))
    assert Register.from_document(load_register(other)).digest == register.digest
    turned["numbers"][0]["status"] = "suspended"
    other.write_text(yaml.safe_dump(turned, allow_unicode=True))
    assert Register.from_document(load_register(other)).digest != register.digest


def test_what_stands_in_it_is_found(register: Register) -> None:
    """Every index gives the row, and nothing for a stranger."""
    enterprise = register.enterprise(ENTERPRISE)
    assert enterprise is not None
    assert (enterprise.full_name, enterprise.seat) == ("江苏示例消费金融有限公司", "CN-32")
    assert [one.products for one in register.licences(ENTERPRISE)] == [frozenset({"credit"})]
    assert [one.party for one in register.entrustments(ENTERPRISE)] == [AGENCY]
    agency, carrier, trunk = (
        register.agency(AGENCY),
        register.carrier("example-unicom"),
        register.trunk("unicom"),
    )
    assert agency is not None
    assert carrier is not None
    assert trunk is not None
    assert (agency.seat, carrier.name, trunk.carrier) == ("CN-32", "示例联通", carrier.fact.id)
    assert register.trunk_of("example-unicom") == trunk
    assert register.number_format("telecom") == "national"
    assert [one.number for one in register.numbers("02588880100")] == ["02588880100"]
    strangers = (
        register.enterprise("x"),
        register.agency("x"),
        register.platform("x"),
        register.carrier("x"),
    )
    assert strangers == (None, None, None, None)
    assert (register.trunk("x"), register.trunk_of("x")) == (None, None)
    assert (register.licences("x"), register.entrustments("x"), register.numbers("x")) == ((), (), ())


def test_dates_are_civil_days_of_the_declared_zone(register: Register) -> None:
    """A day begins at midnight in Shanghai; `to` is the first day on which it no longer holds."""
    period = register.numbers("95000003")[0].period
    assert period.start == datetime(2023, 12, 31, 16, tzinfo=UTC)
    assert period.end == datetime(2025, 6, 30, 16, tzinfo=UTC)
    assert period.holds(datetime(2025, 6, 30, 15, 59, 59, tzinfo=UTC))
    assert not period.holds(datetime(2025, 6, 30, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("agency", "purpose", "at", "chosen"),
    [
        (None, Purpose.COLLECTION, AT, "95000001"),
        (None, Purpose.MARKETING, AT, "95000002"),
        (None, Purpose.SERVICE, AT, "10100001"),
        (None, Purpose.COLLECTION, datetime(2024, 6, 1, tzinfo=UTC), "95000003"),
        (None, Purpose.COLLECTION, datetime(2040, 6, 1, tzinfo=UTC), None),
        (AGENCY, Purpose.COLLECTION, AT, "95000005"),
        (AGENCY, Purpose.MARKETING, AT, None),
        ("x", Purpose.COLLECTION, AT, None),
    ],
)
def test_a_caller_id_is_chosen_for_unit_purpose_and_day(
    register: Register, agency: str | None, purpose: Purpose, at: datetime, chosen: str | None
) -> None:
    """The first number of the unit that is usable, registered for the purpose, and in its period."""
    assert register.choose_caller_id(ENTERPRISE, agency, purpose, at) == chosen


@pytest.mark.parametrize(
    ("key", "value"), [("status", "suspended"), ("status", "applied"), ("may_dial_out", False)]
)
def test_an_unusable_number_is_not_chosen(key: str, value: Any) -> None:
    """A number that is suspended, only applied for, or takes calls only is passed over."""
    document = copy.deepcopy(load_register(SAMPLE))
    document["numbers"][0][key] = value
    chosen = Register.from_document(document).choose_caller_id(ENTERPRISE, None, Purpose.COLLECTION, AT)
    assert chosen == "95000004"


def test_a_number_without_a_trunk_of_its_carrier_is_not_chosen() -> None:
    """A number leaves by its own carrier only; without such a trunk it cannot leave."""
    document = copy.deepcopy(load_register(SAMPLE))
    document["trunks"] = [row for row in document["trunks"] if row["carrier"] == "example-unicom"]
    chosen = Register.from_document(document).choose_caller_id(ENTERPRISE, None, Purpose.COLLECTION, AT)
    assert chosen == "95000004"


@pytest.mark.parametrize(
    ("old", "new", "path", "reason", "value", "hint"),
    [
        ('"95000001"', '"12"', "numbers.0.number", "class that is known", "12", ""),
        ('"95000001"', "95000001", "numbers.0.number", "wrong type", "95000001", "quotes"),
        ("status: allocated", "status: alocated", "numbers.0.status", "wrong value", "alocated", "`allocated`"),
        ("path: special", "path: spezial", "numbers.0.path", "wrong value", "spezial_segment", "special"),
        ("carrier: example-telecom, place", "carrier: example-telecon, place", "trunks.0.carrier",
         "unknown carrier", "example-telecon", "`example-telecom`"),
        ("party: suzhou-example", "party: suzhou-exampel", "entrustments.0.party",
         "unknown party", "suzhou-exampel", "`suzhou-example`"),
        ("to: 2036-01-01", "to: 2025-01-01", "entrustments.0.to", "ends before it starts", "2025-01-01", "from"),
        ("to: 2036-01-01", "to: 2036-02-30", "entrustments.0.to", "", "2036-02-30", "date"),
        ("zone: Asia/Shanghai", "zone: Asia/Nanjing", "register.zone", "time zone", "Asia/Nanjing", ""),
        ("seat: CN-32", "seat: Jiangsu", "enterprises.0.seat", "", "Jiangsu", ""),
        ("may_dial_out", "may_dialout", "numbers.8.may_dialout", "unknown key", "may_dialout", "`may_dial_out`"),
        ("id: nanjing-example", "id: suzhou-example", "agencies.1.id", "double id", "suzhou-example", "already"),
        ("91320000MA", "91320001MA", "enterprises.0.uscc", "check digit", "", ""),
        ("purposes: [marketing]", "purposes: []", "numbers.1.purposes", "", "[]", ""),
        ("licence: A1-00000001", "licence: A1-00000001, from: 2026-02-01, to: 2026-01-01", "carriers.0.to",
         "ends before it starts", "2026-01-01", "from"),
        ("licence: A1-00000001", "licence: A1-00000001, status: ended", "carriers.0.status",
         "wrong value", "ended", ""),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, path: str, reason: str, value: str, hint: str
) -> None:
    """One fault refuses the whole file, with line, path, value and hint."""
    text, line = replaced(old, new)
    faults = faults_of(tmp_path, text)
    fault = next(one for one in faults if one.place.path == path)
    assert fault.place.line == line
    assert reason in fault.reason
    assert value in fault.value
    assert hint in fault.hint
    assert fault.place.file.endswith("register.yaml")


HEAD = """\
register: {name: r, zone: Asia/Shanghai}
enterprises:
  - {id: a, full_name: 甲, uscc: 91320000MA00000003, seat: CN-32, contact: "4000000001"}
  - {id: b, full_name: 乙, uscc: 91320500MA0000000W, seat: CN-32, contact: "4000000002"}
carriers: [{id: c, name: 丙, licence: A1-1}, {id: d, name: 丁, licence: A1-2}]
numbers:
"""


def number_row(**changes: str) -> str:
    """A row of the number register, of enterprise `a` and carrier `c` for 2026 unless told otherwise."""
    row = {
        "number": '"95000001"',
        "enterprise": "a",
        "carrier": "c",
        "purposes": "[collection]",
        "from": "2026-01-01",
        "to": "2027-01-01",
        "path": "special_segment",
        "status": "allocated",
        **changes,
    }
    return "  - {" + ", ".join(f"{key}: {value}" for key, value in row.items()) + "}\n"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"enterprise": "b"}, "one number for two enterprises"),
        ({"enterprise": "b", "from": "2026-12-31", "to": "2028-01-01"}, "one number for two enterprises"),
        ({"carrier": "d", "purposes": "[marketing]"}, "one number of two carriers"),
        ({"purposes": "[service, collection]"}, "one number twice for the same use"),
        ({"number": "0950-00001"}, "not a number of a class that is known"),
    ],
)
def test_a_number_belongs_to_one_at_a_time(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    """Two enterprises, two carriers, or the same use twice on one day are refused, at the second row."""
    (fault,) = faults_of(tmp_path, HEAD + number_row() + number_row(**changes))
    assert reason in fault.reason
    assert (fault.place.line, fault.place.path) == (8, "numbers.1.number")


@pytest.mark.parametrize(
    "changes",
    [
        {"enterprise": "b", "from": "2027-01-01", "to": "2028-01-01"},
        {"enterprise": "b", "status": "disabled"},
        {"purposes": "[marketing]"},
        {"number": '"95000002"', "enterprise": "b"},
    ],
)
def test_a_number_may_change_hands(tmp_path: Path, changes: dict[str, str]) -> None:
    """A later period, a number that was given up, or another purpose is no conflict."""
    path = tmp_path / "register.yaml"
    path.write_text(HEAD + number_row() + number_row(**changes))
    assert len(load_register(path)["numbers"]) == 2


def test_every_fault_is_told(tmp_path: Path) -> None:
    """Faults of three rows and three kinds come together."""
    rows = number_row(enterprise="x") + number_row(number='"95000002"', carrier="y", to="2025-01-01")
    faults = faults_of(tmp_path, HEAD + rows)
    assert [fault.place.path for fault in faults] == [
        "numbers.0.enterprise",
        "numbers.1.carrier",
        "numbers.1.to",
    ]


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91310000775785552L"])
def test_a_true_uscc_fits_its_check_digit(code: str) -> None:
    """Codes that are in use pass, and any one changed sign is noticed."""
    assert uscc_fault(code) is None
    assert check_sign(code[:17]) == code[17]
    for place in range(17):
        changed = code[:place] + ("2" if code[place] != "2" else "3") + code[place + 1 :]
        assert uscc_fault(changed) is not None


@pytest.mark.parametrize(
    "code", ["", "9135010", "91350100M000100Y4I", "91350100m000100y43", "９1350100M000100Y43"]
)
def test_what_is_no_uscc_is_refused(code: str) -> None:
    """Length, letters that no code has, small letters and full-width digits are refused."""
    assert uscc_fault(code) is not None


@pytest.mark.parametrize("sign", ["\\r\\nX-Dialer-Permit: forged", "\\n", "\\0", "\\t", "\\x85"])
def test_a_name_holds_no_control_character(tmp_path: Path, sign: str) -> None:
    """What stands in the From header of a call cannot begin a header of its own."""
    text, line = replaced("short_names: [示例消金]", f'short_names: ["示例消金{sign}"]')
    fault = faults_of(tmp_path, text)[0]
    assert (fault.place.line, fault.place.path) == (line, "enterprises.0.short_names.0")
    assert "control character" in fault.reason
    assert str(fault).isprintable()


def _document() -> dict[str, Any]:
    return copy.deepcopy(load_register(SAMPLE))


def test_a_sub_entrustment_comes_from_a_document_of_the_same_enterprise(tmp_path: Path) -> None:
    """A document that nobody wrote, one of another enterprise, of the same party, or a circle refuses the file."""
    text = yaml.safe_load(SAMPLE.read_text())
    [first] = [row for row in text["entrustments"] if row["party"] == AGENCY]
    other = {
        **text["agencies"][0],
        "id": "sub-agency",
        "uscc": "91320500MA0000001" + check_sign("91320500MA0000001"),
    }
    text["agencies"].append(other)
    sub = {**first, "document": "SUB-1", "party": "sub-agency", "consent": "C-1"}

    def faults(**more: Any) -> list[str]:
        rows = [{**first, **more.pop("parent", {})}, {**sub, **more}]
        given = {**text, "entrustments": rows}
        path = tmp_path / "register.yaml"
        path.write_text(json.dumps(given, default=str))
        try:
            load_register(path)
        except BadInput as error:
            return [one.reason for one in error.faults]
        return []

    assert faults(sub_of=first["document"]) == []
    assert faults(sub_of="nothing") == ["unknown entrustment"]
    assert faults(sub_of=first["document"], party=AGENCY) == ["sub-entrustment to the same party"]
    circle = faults(sub_of=first["document"], parent={"sub_of": "SUB-1"})
    assert circle == ["entrustments derive from each other"] * 2
    stranger = {
        **text["enterprises"][0],
        "id": "another",
        "uscc": "91320000MA0000009" + check_sign("91320000MA0000009"),
    }
    text["enterprises"].append(stranger)
    assert faults(sub_of=first["document"], enterprise="another") == ["entrustment of another enterprise"]


@pytest.mark.parametrize(
    ("section", "more", "reason"),
    [
        (
            "numbers",
            {"windows": [{"days": ["all"], "start": "20:00", "end": "08:00"}]},
            "window ends before it starts",
        ),
        (
            "agencies",
            {"inspections": [{"on": "2026-05-01", "by": "x", "rectify_by": "2026-04-30"}]},
            "before the inspection",
        ),
        ("numbers", {"number": "10690001", "kind": "voice"}, "an SMS port"),
    ],
)
def test_what_cannot_be_in_the_chain(tmp_path: Path, section: str, more: dict[str, Any], reason: str) -> None:
    """A window over midnight, a date before the inspection and an SMS port that speaks are refused, with their line."""
    text = yaml.safe_load(SAMPLE.read_text())
    text[section][0] |= more
    [fault] = faults_of(tmp_path, yaml.safe_dump(text, allow_unicode=True))
    assert fault.reason == reason
    assert fault.place.line is not None


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("申请中", "applied"),
        ("已核配", "allocated"),
        ("已报备", "reported"),
        ("已停用", "disabled"),
        ("停用由电信企业", "suspended"),
    ],
)
def test_states_of_a_number_in_chinese(tmp_path: Path, written: str, status: str) -> None:
    """They are read as the number list writes them, and kept in one spelling."""
    text = yaml.safe_load(SAMPLE.read_text())
    text["numbers"][0]["status"] = written
    path = tmp_path / "register.yaml"
    path.write_text(yaml.safe_dump(text, allow_unicode=True))
    assert load_register(path)["numbers"][0]["status"] == status


def test_what_the_chain_says_reaches_the_facts() -> None:
    """Standing and inspections of an agency, undertaking, windows and kind of a number; an SMS port is never chosen."""
    document = _document()
    row = next(one for one in document["numbers"] if one.get("agency") == AGENCY)
    agency = next(one for one in document["agencies"] if one["id"] == AGENCY)
    agency |= {
        "standing": "rectifying",
        "standing_since": "2026-05-01",
        "inspections": [
            {"on": "2026-04-01", "by": "内审", "rectify_by": "2026-05-31", "rectified_on": "2026-06-02"}
        ],
    }
    row |= {
        "undertaking": "CN-9",
        "access_code": True,
        "windows": [{"days": ["mon"], "start": "09:00", "end": "12:00"}],
    }
    register = Register.from_document(document)
    found = register.agency(AGENCY)
    assert found is not None
    assert found.standing is not None
    assert (found.standing.status, found.standing.since) == (
        "rectifying",
        datetime(2026, 4, 30, 16, tzinfo=UTC),
    )
    [inspection] = found.standing.inspections or ()
    assert (inspection.by, inspection.rectify_before) == ("内审", datetime(2026, 5, 31, 16, tzinfo=UTC))
    [entry] = [one for one in register.numbers(row["number"]) if one.agency == AGENCY]
    assert (entry.kind, entry.undertaking, entry.access_code) == ("voice", "CN-9", True)
    assert entry.hours is not None
    assert entry.hours.zone == "Asia/Shanghai"
    plain = Register.from_document(_document()).agency(AGENCY)
    assert plain is not None
    assert plain.standing is None
    purpose = Purpose(row["purposes"][0])
    assert register.choose_caller_id(ENTERPRISE, AGENCY, purpose, AT) == row["number"]
    row["kind"] = "sms_port"
    assert Register.from_document(document).choose_caller_id(ENTERPRISE, AGENCY, purpose, AT) != row["number"]
