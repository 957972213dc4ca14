#!/usr/bin/env python3
"""Writes 12345.csv (GB18030) and 12345.xlsx: one invented table of 30 work orders, as two exports would hold it.

In the CSV file times are written in the ways that platforms write them; in the workbook they are dates, which are
numbers there. Run it in this directory after a change, and mend the counts in samples_test.cc.
"""
import datetime
import zipfile
from xml.sax.saxutils import escape

HEADER = ["工单编号", "诉求类型", "诉求分类", "诉求内容", "来电时间", "所属区域", "街道", "社区", "网格", "承办单位", "派单时间",
          "签收时间", "办结时限", "办结时间", "结案时间", "回访时间", "是否解决", "是否满意", "紧急程度", "诉求来源"]
TIMES = {4, 10, 11, 12, 13, 14, 15}
KINDS = ["咨询", "求助", "投诉", "举报", "建议", "表扬"]
CATEGORIES = ["供水", "噪音", "路灯", "垃圾清运", "停车"]
PLACES = [("东城区", "朝阳街道", "花园社区", "第一网格"), ("东城区", "朝阳街道", "花园社区", "第二网格"),
          ("西城区", "龙泉镇", "石桥村", ""), ("西城区", "", "", ""), ("", "", "", "")]
JUDGED = [("是", "满意"), ("是", "基本满意"), ("否", "不满意"), ("是", "未评价"), ("未评价", "非常满意")]


def rows():
    start = datetime.datetime(2026, 3, 2, 9, 12, 40)
    for i in range(30):
        called = (start + datetime.timedelta(hours=7 * i)).replace(second=40 if i % 3 == 0 else 0)
        place = PLACES[i % 5]
        sent = called + datetime.timedelta(minutes=20) if i % 6 != 0 else None
        unit = ["供水公司", "城管局", "住建局"][i % 3] if sent and i != 11 else ""
        if i == 10:
            unit = f"\u3000{unit} "
        signed = sent + datetime.timedelta(minutes=30) if sent and i % 4 != 3 else None
        due = (sent + datetime.timedelta(days=2)).replace(second=0) if sent and i % 7 != 5 else None
        if i == 9:
            due = datetime.datetime(2026, 3, 8)
        handled = called + datetime.timedelta(hours=30 + 5 * (i % 7)) if i % 5 != 4 else None
        if i == 13:
            handled = sent - datetime.timedelta(minutes=5)
        closed = handled + datetime.timedelta(hours=3) if handled and sent else None
        if i == 14:
            closed = sent + datetime.timedelta(days=1)
        back = closed + datetime.timedelta(days=1) if closed and i % 2 == 0 else None
        judged = JUDGED[i % 5] if back or i == 17 else ("", "")
        yield [f"\t2026{i:06}" if i == 3 else f"2026{i:06}", KINDS[i % 6] if i != 22 else "其他", CATEGORIES[i % 5],
               "居民反映，“夜间”施工", called, *place, unit, sent, signed, due, handled, closed, back, *judged,
               ["一般", "紧急", "特急"][i % 3], ["电话", "微信", "网格上报", "传真"][i % 4]]


def written(time, number):
    """Seconds are lost where a format has none; so those times have none."""
    if number % 3 == 0 or time.second:
        return time.strftime("%Y-%m-%d %H:%M:%S")
    if number % 3 == 1:
        return f"{time.year}/{time.month}/{time.day} {time.hour}:{time.minute:02}"
    return f"{time.year}年{time.month}月{time.day}日 {time.hour}:{time.minute:02}"


def write_csv(name):
    lines = [",".join(HEADER)]
    for number, row in enumerate(rows()):
        cells = ["" if cell is None else written(cell, number) if isinstance(cell, datetime.datetime) else cell
                 for cell in row]
        if number == 9:
            cells[12] = "2026-03-08"
        lines.append(",".join(f'"{cell}"' if "，" in cell else cell for cell in cells))
    data = ("\r\n".join(lines) + "\r\n").encode("gb18030")
    # One byte of the text of row 20 is lost.
    at = data.index("2026000019".encode()) + 20
    at = data.index("居民".encode("gb18030"), at)
    with open(name, "wb") as file:
        file.write(data[:at] + b"\xff" + data[at:])


def column(number):
    return chr(ord("A") + number)


def write_xlsx(name):
    strings = []

    def cell(row, number, value):
        place = f'{column(number)}{row}'
        if value in (None, ""):
            return f'<c r="{place}"/>' if number % 2 else ""
        if isinstance(value, datetime.datetime):
            serial = (value - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
            return f'<c r="{place}" s="{1 + row % 3}"><v>{serial!r}</v></c>'
        if number == 9:
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        if value not in strings:
            strings.append(value)
        return f'<c r="{place}" t="s"><v>{strings.index(value)}</v></c>'

    lines = ['<row r="1"><c r="A1" t="inlineStr"><is><t>工单明细表</t></is></c></row>']
    lines.append('<row r="2">' + "".join(cell(2, i, text) for i, text in enumerate(HEADER)) + "</row>")
    for number, row in enumerate(rows(), 3):
        lines.append(f'<row r="{number}">' + "".join(cell(number, i, value) for i, value in enumerate(row)) + "</row>")
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="'
        'application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        '"application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{rels}/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rels}"><workbookPr/><sheets><sheet name="说明" sheetId="2" '
        'r:id="rId2"/><sheet name="工单" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{rels}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{rels}/worksheet" Target="worksheets/sheet2.xml"/>'
        f'<Relationship Id="rId3" Type="{rels}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId4" Type="{rels}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>' + "".join(lines) +
        '</sheetData><mergeCells count="1"><mergeCell ref="A1:T1"/></mergeCells></worksheet>',
        "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is>'
        '<t>导出说明</t></is></c></row></sheetData></worksheet>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><numFmts count="2"><numFmt numFmtId="176" formatCode="yyyy&quot;年'
        '&quot;m&quot;月&quot;d&quot;日&quot;\\ h:mm"/><numFmt numFmtId="177" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss;@"/>'
        '</numFmts><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/>'
        '<xf numFmtId="22"/><xf numFmtId="176"/><xf numFmtId="177"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">' + "".join(
            f'<si><t xml:space="preserve">{escape(text)}</t><rPh sb="0" eb="1"><t>x</t></rPh></si>' for text in strings) +
        "</sst>",
    }
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            entry = zipfile.ZipInfo(part, (2026, 3, 20, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, head + text)


if __name__ == "__main__":
    write_csv("12345.csv")
    write_xlsx("12345.xlsx")
