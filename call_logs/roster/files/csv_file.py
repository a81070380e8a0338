"""People, shifts and owners as spreadsheets: CSV in and out.

Spreadsheet programs write UTF-8 with a mark, or on Chinese Windows GB 18030; both are
read. Headings may be English, Chinese or Korean, in any order. Every bad row is reported
with its line, and nothing of a file with one is used.

A cell that a spreadsheet would take for a formula (a number's `+` is enough) is written
with an apostrophe before it, and read without (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.storage.background import give_way
from call_logs.storage.spreadsheet_cells import guarded

__all__ = ["Row", "read_csv", "write_csv"]

MOST_ROWS = 250_000
Row = tuple[str, dict[str, str]]  # "line 12", column -> text

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号", "工号", "번호"),
    "name": ("姓名", "名称", "이름"),
    # 电话 is what a sheet of people calls it too; which it is, tell the sheet's columns.
    "contacts": ("联系方式", "电话", "手机", "contact", "phones", "phone", "연락처", "전화"),
    "roles": ("角色", "岗位", "role", "역할"),
    "languages": ("语言", "language", "언어"),
    "categories": ("类别", "category", "분류"),
    "notices": ("通知", "notice", "알림"),
    "refer": ("转接",),
    "active": ("在职", "启用"),
    "schedule": ("班表", "排班", "근무표"),
    "people": ("人员", "值班人", "person", "근무자"),
    "days": ("星期", "日期", "day", "date", "요일"),
    "start": ("开始", "시작"),
    "end": ("结束", "종료"),
    "holidays": ("节假日", "휴일"),
    "from": ("起", "自"),
    "until": ("止", "至"),
    "number": ("电话", "号码", "手机", "telephone", "전화"),
    "building": ("楼栋", "楼号", "栋", "동"),
    "unit": ("单元",),
    "floor": ("楼层", "층"),
    "room": ("房号", "房间", "室", "호"),
    "area": ("区域", "구역"),
    "lift": ("电梯", "승강기"),
    "note": ("备注", "메모"),
    "supplier": ("供应商", "维保单位", "공급사"),
    "contact": ("联系方式", "联系人", "담당자"),
    "equipment": ("设备", "설비"),
    "on": ("日期", "날짜"),
    "by": ("维保单位", "维保人", "작업자"),
    "what": ("内容", "名称", "내용"),
    "parts": ("配件", "부품"),
    "cost": ("费用", "비용"),
    "next_due": ("下次维保", "다음 점검"),
    "who": ("负责人", "담당자"),
    "last_maintenance": ("上次维保", "最近维保", "마지막 점검"),
}


def read_csv(
    data: bytes, source: str, columns: Iterable[str], required: Iterable[str]
) -> Iterator[Row]:
    """The rows that hold anything, each with its line and its cells by column.

    Raises (at the first row, or at the end with every bad one):
        ImportFailed: not readable as text, headings unknown, missing or named twice.
    """
    reader = csv.reader(io.StringIO(_decode(data, source), newline=""), strict=False)
    columns, required = tuple(columns), tuple(required)
    try:
        headings = next(reader, [])
        names = [_column(heading.strip().lower(), columns) for heading in headings]
        problems = list(_heading_problems(headings, names, columns, required))
        if problems:
            raise ImportFailed(source, problems)
        count = 0
        begins = reader.line_num + 1
        for cells in reader:
            give_way()
            where, begins = f"line {begins}", reader.line_num + 1
            if any(cell.strip() for cell in cells[len(names) :]):
                problems.append(ImportProblem(where, "has more cells than there are headings"))
            row = {name: _plain(cell) for name, cell in zip(names, cells, strict=False) if name}
            if any(row.values()):
                count += 1
                yield where, row
            if count > MOST_ROWS:
                problem = ImportProblem(
                    where, f"is beyond the {MOST_ROWS} rows that a file may have; split it"
                )
                raise ImportFailed(source, [problem])
    except csv.Error as error:
        problem = ImportProblem(f"line {reader.line_num}", f"is no CSV: {error}")
        raise ImportFailed(source, [problem]) from None
    if problems:
        raise ImportFailed(source, problems)


def _column(heading: str, columns: Sequence[str]) -> str:
    """The column of a sheet that bears this heading; empty when none does."""
    return next((each for each in columns if heading in (each, *_HEADINGS.get(each, ()))), "")


def _decode(data: bytes, source: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    problem = ImportProblem("file", "is neither UTF-8 nor GB 18030; save it as CSV UTF-8")
    raise ImportFailed(source, [problem])


def _heading_problems(
    headings: Sequence[str], names: Sequence[str], columns: Sequence[str], required: Sequence[str]
) -> Iterator[ImportProblem]:
    where = "line 1"
    known = ", ".join(columns)
    for heading, name in zip(headings, names, strict=True):
        if heading.strip() and name not in columns:
            yield ImportProblem(where, f"heading `{heading}` is not known; use {known}")
    for name in columns:
        if names.count(name) > 1:
            yield ImportProblem(where, f"heading `{name}` stands there twice")
    for name in required:
        if name not in names:
            yield ImportProblem(where, f"heading `{name}` is missing; use {known}")


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """CSV that spreadsheet programs open with the right characters."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded(row.get(column, "")) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: str) -> str:
    return cell.strip().removeprefix("'")
