import codecs

import pytest

from core.errors import DamagedFile, LimitExceeded
from ingestion.readers import read_file
from ingestion.readers import text as reader
from ingestion.readers.text import decode, heading_level, paragraphs

CHINESE = "本合同自双方签字之日起生效，有效期三年。"
TRADITIONAL = "本合約自雙方簽字之日起生效，有效期三年。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("naïve — 中文", "utf-8"),
        ("naïve — 中文", "utf-8-sig"),
        ("naïve — 中文", "utf-16"),
        ("naïve — 中文", "utf-32"),
        ("plain English\n", "utf-16-le"),
        ("plain English\n", "utf-16-be"),
        (CHINESE, "gb18030"),
        (CHINESE[:2], "gb18030"),
        ("Error E-17：请重启", "gbk"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL[-4:], "big5"),
        ("Größe: über 5 €", "cp1252"),
        ("L'été “chaud” – 3,50 £", "cp1252"),
        ("Zażółć gęślą jaźń, proszę o zwrot pieniędzy, ponieważ towar był uszkodzony.", "cp1250"),
        ("Договор оказания услуг заключён между сторонами.", "cp1251"),
    ],
)
def test_decode_finds_the_encoding(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_big_endian_mark():
    assert decode(codecs.BOM_UTF16_BE + "合同".encode("utf-16-be")) == "合同"


def test_a_declared_encoding_settles_a_guess_but_not_what_is_sure():
    assert decode("Ő".encode("cp1250"), "cp1250") == "Ő"
    assert decode("é 中".encode(), "cp1252") == "é 中"


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"\x00\x01\x02\x03\x04\x05\x06\x07" * 100])
def test_binary_data_is_no_text(data):
    with pytest.raises(DamagedFile, match="holds binary data"):
        decode(data)


def test_a_stray_control_character_is_forgiven(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"12:00 started\n12:01 \x00 stopped\n")
    (reading,) = read_file(path, "a.log")
    assert reading.document.text == "12:00 started\n12:01 stopped"


WRAPPED = """The supplier shall deliver the goods to the buyer's warehouse within
ten days of the order, and shall bear the cost of the carriage and of
the insurance until then."""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (WRAPPED, [WRAPPED.replace("\n", " ")]),
        ("one\n\ntwo\r\n\r\nthree", ["one", "two", "three"]),
        ("Roses are red\nViolets are blue", ["Roses are red", "Violets are blue"]),
        ("- wipe the blade with a dry cloth after each and every use of the tool\n- oil it", None),
        ("https://example.org/a/very/long/address/of/a/page/number/1\nhttps://example.org/2", None),
        ("12:00:01 INFO connection from 10.0.0.1 was opened by the gateway\n12:00:02 INFO ok", None),
    ],
)
def test_paragraphs_joins_only_what_was_broken_to_fit(text, wanted):
    assert list(paragraphs(text)) == (wanted or text.split("\n"))


def test_paragraphs_of_two_lines_are_measured_by_longer_ones():
    short = "The buyer shall inspect them within three working days of delivery and\nreport faults."
    assert list(paragraphs(short)) == short.split("\n")
    assert list(paragraphs(f"{WRAPPED}\n\n{short}"))[1] == short.replace("\n", " ")


def test_read_text(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(f"{WRAPPED}\n\n{CHINESE}\n".encode("gb18030"))
    (reading,) = read_file(path, "notes/a.txt")
    assert reading.document.name == "notes/a.txt"
    assert reading.document.media_type == "text/plain"
    assert reading.document.text == WRAPPED.replace("\n", " ") + "\n" + CHINESE
    assert [block.kind for block in reading.document.blocks] == ["text", "text"]
    assert not reading.partial


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("ARTICLE IV", 1),
        ("Article 4 Termination", 1),
        ("Section 4 Notices", 2),
        ("7. TERM.", 1),
        ("CONFIDENTIALITY", 1),
        ("第三章 违约责任", 1),
        ("第二节 保密", 2),
        ("Article 4 of the agreement says otherwise.", 0),
        ("The Term", 0),
        ("USA", 0),
        ("E-17 E-18", 0),
        ("合同", 0),
    ],
)
def test_heading_level(line, level):
    assert heading_level(line) == level


def test_headings_stand_above_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("TERM\n\nThree years.\n\nSIGNED\n\nACME GMBH\n\nBOLT LTD\n")
    (reading,) = read_file(path, "a.txt")
    assert [block.kind for block in reading.document.blocks] == ["heading", "text", "text", "text", "text"]


def test_text_whose_line_ends_became_spaces_gets_its_paragraphs_back(tmp_path):
    path = tmp_path / "a.txt"
    clause = "The supplier shall deliver the goods  on time. " * 20
    path.write_text(f"TERM     {clause}    NOTICES    {clause}")
    (reading,) = read_file(path, "a.txt")
    assert [(block.kind, block.end - block.start) for block in reading.document.blocks] == [
        ("heading", 4),
        ("text", 919),
        ("heading", 7),
        ("text", 919),
    ]


def test_too_much_text_is_refused_with_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "TEXT_LIMIT", 2**20)
    path = tmp_path / "a.txt"
    path.write_bytes(b"line of a log\n" * 100_000)
    with pytest.raises(LimitExceeded, match=r"Reading a\.txt: it is 1 MiB of text; up to 1 MiB is read\. Split it"):
        list(read_file(path, "a.txt"))
