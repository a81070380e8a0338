"""Spreadsheets in and out: every bad row at once, what is written reads back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from call_logs.owners.directory import Owner
from call_logs.owners.sheets import read_owners_csv, write_owners_csv
from call_logs.roster.addresses import Address
from call_logs.roster.contacts import parse_contact
from call_logs.roster.errors import ImportFailed
from call_logs.roster.fields import format_weekdays, parse_weekdays
from call_logs.roster.files.csv_file import read_csv, write_csv
from call_logs.roster.files.sheets import (
    read_people_csv,
    read_shifts_csv,
    write_people_csv,
    write_shifts_csv,
)
from call_logs.roster.people import Person
from call_logs.roster.roster import Roster, on_call
from call_logs.roster.shifts import DatedShift, OnHolidays, Rotation, Schedule, WeeklyShift, Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
PEOPLE = (
    Person(
        "wang",
        "王工",
        (parse_contact("13812345678"), parse_contact("ext:8001 via office")),
        frozenset({"engineer", "operator"}),
        ("zh-CN", "en"),
        frozenset({"fire"}),
        ("mailto://user:secret@example.com",),
        refer=True,
    ),
    Person("li", "=cmd|'/c calc'!A1", (parse_contact("sip:li@10.0.0.1"),), active=False),
)
ROSTER = Roster(people=PEOPLE)


def test_people_that_are_written_read_back_the_same() -> None:
    assert read_people_csv(write_people_csv(PEOPLE), "people.csv", ROSTER) == PEOPLE


def test_no_cell_that_is_written_is_a_formula() -> None:
    text = write_people_csv(PEOPLE).decode("utf-8-sig")
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert any("8613812345678" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("heading", ["电话", "手机", "전화"])
def test_a_telephone_is_a_contact_of_a_person_and_the_number_of_an_owner(heading: str) -> None:
    sheet = f"编号,姓名,{heading}\nwang,王工,13812345678\n"
    (person,) = read_people_csv(sheet.encode(), "人员.csv", ROSTER)
    assert [contact.target for contact in person.contacts] == ["+8613812345678"]
    (owner,) = read_owners_csv(f"{heading},楼栋\n13812345678,3\n".encode(), "业主.csv", "CN")
    assert owner.address.building == "3"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_sheet_with_chinese_headings_is_read_in_the_encodings_that_programs_write(
    encoding: str,
) -> None:
    sheet = "姓名,工号,联系方式,角色,在职\r\n王工,wang,138 1234 5678；分机,engineer,是\r\n"
    sheet = sheet.replace("分机", "ext:8001")
    (person,) = read_people_csv(sheet.encode(encoding), "人员.csv", ROSTER)
    assert person.name == "王工"
    assert [contact.target for contact in person.contacts] == ["+8613812345678", "8001"]
    assert person.active


def test_every_bad_row_of_a_sheet_is_reported_at_once_with_its_line() -> None:
    sheet = (
        "id,name,contacts,active\n"
        "wang,王工,13812345678,yes\n"
        "li,李工,119,yes\n"
        ",无名,13912345678,yes\n"
        "\n"
        'zhao,"赵\n经理",1391234,maybe\n'
        "wang,王二,13812345679,no\n"
    )
    with pytest.raises(ImportFailed) as refused:
        read_people_csv(sheet.encode(), "people.csv", ROSTER)
    lines = [problem.where for problem in refused.value.problems]
    assert lines == ["line 3", "line 4", "line 6", "line 6", "line 8"]


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        (b"", "heading `id` is missing"),
        (b"id,phone,colour\n", "heading `colour` is not known"),
        (b"id,contacts,contacts\n", "stands there twice"),
        (b"name\nx\n", "heading `id` is missing"),
        (b"id,contacts\nwang,ext:1,extra\n", "more cells"),
        (b"\xff\xff\xff\x00", "GB 18030"),
    ],
)
def test_a_sheet_that_cannot_be_used_says_why(sheet: bytes, message: str) -> None:
    with pytest.raises(ImportFailed) as refused:
        read_people_csv(sheet, "people.csv", ROSTER)
    assert message in str(refused.value)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"))))
@example(["\t=1+1", " '=x", "''", "+8613812345678", "-", "a,b", 'say "hi"', "two\nlines"])
def test_any_cells_read_back_but_for_blanks_around_them(cells: list[str]) -> None:
    rows = [{"id": "x", "name": cell} for cell in cells]
    found = tuple(read_csv(write_csv(("id", "name"), rows), "x.csv", ("id", "name"), ("id",)))
    assert [row["name"] for _, row in found] == [cell.strip() for cell in cells]


SCHEDULE = Schedule(
    "night",
    "夜班",
    SHANGHAI,
    role="engineer",
    weekly=(
        WeeklyShift(
            ("wang", "li"), Window(frozenset(range(5)), time(8), time(20), OnHolidays.NEVER)
        ),
        WeeklyShift(("li",), Window(frozenset({5, 6}), time(20), time(8), first=date(2026, 1, 3))),
    ),
    rotations=(Rotation(("wang",), date(2026, 1, 5)),),
    dated=(
        DatedShift("li", datetime(2026, 2, 1, 12, tzinfo=UTC), datetime(2026, 2, 2, 0, tzinfo=UTC)),
    ),
)


def test_shifts_that_are_written_read_back_the_same_and_rotations_stay() -> None:
    roster = Roster(people=PEOPLE, schedules=(SCHEDULE,))
    assert read_shifts_csv(write_shifts_csv(roster), "shifts.csv", roster) == (SCHEDULE,)


def test_a_sheet_of_shifts_can_make_a_new_schedule_with_weekdays_and_dates() -> None:
    people = (Person("wang", "王工", active=True), Person("li", "李工"))
    sheet = (
        "班表,人员,星期,开始,结束,节假日\n"
        "desk,wang,周一至周五,8:00,20：00,never\n"
        "desk,li,2026/10/1,8:00,24:00,\n"
    )
    roster = Roster(people=people)
    (schedule,) = read_shifts_csv(sheet.encode("gb18030"), "班表.csv", roster)
    roster = Roster(people=people, schedules=(schedule,))
    at = datetime(2026, 10, 1, 23, 59, tzinfo=SHANGHAI)
    assert [person.id for person in on_call(roster, at)] == ["li"]
    at = datetime(2026, 10, 1, 12, tzinfo=SHANGHAI)
    assert [person.id for person in on_call(roster, at)] == ["wang", "li"]


def test_every_bad_row_of_a_sheet_of_shifts_is_reported() -> None:
    sheet = (
        "schedule,people,days,start,end,from\n"
        "night,ghost,mon,8:00,9:00,\n"
        "night,wang,someday,8:00,9:00,\n"
        "night,wang,mon,25:00,9:00,\n"
        "night,,mon,8:00,9:00,\n"
        ",wang,mon,8:00,9:00,\n"
        "night,wang,2026-10-01,8:00,9:00,2026-01-01\n"
        "night,wang,mon,8:00,9:00,2026-02-30\n"
    )
    with pytest.raises(ImportFailed) as refused:
        read_shifts_csv(sheet.encode(), "shifts.csv", Roster(people=PEOPLE))
    lines = {int(problem.where.split(",")[0].split()[1]) for problem in refused.value.problems}
    assert lines == {2, 3, 4, 5, 6, 7, 8}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("daily", range(7)),
        ("每天", range(7)),
        ("mon-fri", range(5)),
        ("Mon,Wed", (0, 2)),
        ("monday", (0,)),
        ("1-5", range(5)),
        ("周一至周五", range(5)),
        ("周六、周日", (5, 6)),
        ("一三五", (0, 2, 4)),
        ("星期天", (6,)),
        ("sat-mon", (5, 6, 0)),
    ],
)
def test_weekdays_are_read_as_people_write_them(text: str, days: tuple[int, ...]) -> None:
    assert parse_weekdays(text) == frozenset(days)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_weekdays_that_are_written_read_back(days: frozenset[int]) -> None:
    assert parse_weekdays(format_weekdays(days)) == days


@pytest.mark.parametrize("text", ["", "someday", "8", "mon-", "mon-tue-wed", "m", "一x"])
def test_what_is_no_weekday_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_weekdays(text)


def test_owners_that_are_written_read_back_the_same() -> None:
    owners = (
        Owner("+8613812345678", "张先生", Address("3", "2", "15", "1502"), "行动不便"),
        Owner("+862155512345", "", Address(area="东门")),
    )
    assert tuple(read_owners_csv(write_owners_csv(owners), "owners.csv", "CN")) == owners


def test_a_cell_may_hold_several_numbers_of_one_home() -> None:
    sheet = "手机,姓名,楼栋,单元,房号\n13812345678/139 1234 5678、021-55512345,张,3,2,1502\n"
    owners = read_owners_csv(sheet.encode(), "owners.csv", "CN")
    assert [owner.number for owner in owners] == [
        "+8613812345678",
        "+8613912345678",
        "+862155512345",
    ]
    assert {owner.address for owner in owners} == {Address("3", "2", room="1502")}


def test_a_number_with_two_homes_keeps_only_what_they_have_in_common() -> None:
    sheet = "number,name,building,unit,room\n13812345678,张,3,2,1502\n13812345678,张,3,1,101\n"
    (owner,) = read_owners_csv(sheet.encode(), "owners.csv", "CN")
    assert owner.address == Address(building="3")
    assert owner.name == "张"


def test_owners_without_a_number_or_an_address_are_reported_with_their_lines() -> None:
    sheet = "number,building\n,3\n12,3\n13812345678,\n13812345679,3\nabc,3\n"
    with pytest.raises(ImportFailed) as refused:
        read_owners_csv(sheet.encode(), "owners.csv", "CN")
    lines = [problem.where for problem in refused.value.problems]
    assert lines == ["line 2", "line 3", "line 4", "line 6"]


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("13812345678.0", ["+8613812345678"]),  # the spreadsheet took it for a quantity
        ("2155512345.00", ["+862155512345"]),
        ("021/55512345", ["+862155512345"]),
        ("0755 / 12345678;13812345678", ["+8675512345678", "+8613812345678"]),
        ("021/55512345/13812345678", ["+862155512345", "+8613812345678"]),
        ("138.1234.5678", ["+8613812345678"]),
        ("（021）5551-2345", ["+862155512345"]),
    ],
)
def test_a_number_that_a_spreadsheet_has_dressed_up_is_read_right(
    cell: str, numbers: list[str]
) -> None:
    owners = read_owners_csv(f'number,building\n"{cell}",3\n'.encode(), "owners.csv", "CN")
    assert [owner.number for owner in owners] == numbers


@pytest.mark.parametrize(
    "cell",
    [
        "1.38123E+10",
        "13812345678.5",
        "13812345678转5",
        "13812345678/6",
        "13812345678 ext 5",
        "138l2345678",
    ],
)
def test_a_number_that_could_mean_another_is_refused_with_its_line(cell: str) -> None:
    with pytest.raises(ImportFailed) as refused:
        read_owners_csv(f'number,building\n"{cell}",3\n'.encode(), "owners.csv", "CN")
    (problem,) = refused.value.problems
    assert problem.where == "line 2"
    assert "format the column as text" in problem.message


@given(st.text("0123456789./E+-;()转 ", max_size=24))
def test_no_digit_of_a_number_is_lost_or_won(cell: str) -> None:
    try:
        owners = read_owners_csv(f'number,building\n"{cell}",3\n'.encode(), "owners.csv", "CN")
    except ImportFailed:
        return
    for owner in owners:
        digits = owner.number.removeprefix("+86").removeprefix("+")
        written = "".join(filter(str.isdigit, cell))
        assert digits[-7:] in written
