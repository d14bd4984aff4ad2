"""Terms of the index and tokens of the comparison, on small sentences with the exact result expected."""

import sqlite3
import subprocess
import sys

import pytest

from ingestion.tokens import FTS_TOKENIZER, codes, fts_query, fts_text, index_terms, language, query_terms, spans

# What is written, and how it may be asked for.
SAME = [
    ("Error E-104 was shown", "e-104"),
    ("Error E-104 was shown", "E104"),
    ("Error E104 was shown", "E-104"),
    ("part AB-12/34", "AB-12/34"),
    ("see clause 12.3.1", "12.3.1"),
    ("see clause 12.3.1", "12.3"),
    ("under Section 4.2 only", "section 4.2"),
    ("due on 3 March 2024", "2024-03-03"),
    ("due on March 3rd, 2024", "3 Mar. 2024"),
    ("于2024年3月3日终止", "March 3, 2024"),
    ("due on 3 March 2024", "March 2024"),
    ("a fee of 1,000,000 applies", "1000000"),
    ("a fee of 5 million applies", "5,000,000"),
    ("within thirty-five days", "35"),
    ("第十二条 付款", "第12条"),
    ("suppliers' obligations", "supplier obligation"),
    ("an e-mail", "email"),
    ("Ｅ－１０４ 故障", "E-104"),
    ("供應商應當支付違約金", "违约金"),
    ("中华人民共和国合同法", "合同法"),
    ("a 10mm bolt", "10 mm"),
]


def find(written, question):
    connection = sqlite3.connect(":memory:")
    connection.execute(f'CREATE VIRTUAL TABLE t USING fts5(x, tokenize="{FTS_TOKENIZER}")')
    connection.execute("INSERT INTO t VALUES (?)", (fts_text(index_terms(written)),))
    return connection.execute("SELECT count(*) FROM t WHERE t MATCH ?", (fts_query(query_terms(question)),)).fetchone()[
        0
    ]


@pytest.mark.parametrize(("written", "asked"), SAME)
def test_what_is_written_is_found_as_it_may_be_asked_for(written, asked):
    assert find(written, asked) == 1


@pytest.mark.parametrize(
    ("written", "asked"), [("E-104", "E-105"), ("12.3.1", "12.4"), ("3 March 2024", "4 April 2023"), ("供应商", "客户")]
)
def test_what_is_not_written_is_not_found(written, asked):
    assert find(written, asked) == 0


def test_every_term_matches_exactly_itself_in_the_index():
    terms = index_terms("E-104 a@b.co 12.3.1 r&d 50% c/d x+y 合同 2024-03-03 naïve Ünï über 10:30 $5 ‰ 供應商 €7 Ω")
    connection = sqlite3.connect(":memory:")
    connection.execute(f'CREATE VIRTUAL TABLE t USING fts5(x, tokenize="{FTS_TOKENIZER}")')
    connection.executemany("INSERT INTO t VALUES (?)", [(fts_text([term]),) for term in terms])
    for term in terms:
        rows = connection.execute("SELECT x FROM t WHERE t MATCH ?", (fts_query([term]),)).fetchall()
        assert {row[0] for row in rows} == {term}


def test_index_terms_of_english():
    assert index_terms("The Supplier's invoices, No. 7, were paid.") == [
        "the", "supplier", "invoic", "no", "7", "were", "paid",
    ]  # fmt: skip


def test_index_terms_of_chinese():
    assert index_terms("合同終止") == ["合", "同", "终", "止", "合同", "同终", "终止"]


def test_stop_words_are_dropped_from_questions_unless_nothing_else_is_said():
    assert query_terms("What is the notice period?") == ["notic", "period"]
    assert query_terms("Who is it?") == ["who", "is", "it"]
    assert query_terms("Who at the US office?") == ["us", "offic"]
    assert query_terms("WHAT IS THE NOTICE PERIOD?") == ["notic", "period"]
    assert query_terms("什么是违约金？") == ["违约", "约金"]
    assert query_terms("税") == ["税"]
    assert query_terms("") == []


def norms(text):
    return [(token.text, token.norm, token.kind) for token in spans(text)]


def test_spans_of_english():
    assert norms("Pay $1,000.50 by 3 March 2024; Sony may not refund 5%.") == [
        ("Pay", "pay", "word"),
        ("$", "usd", "word"),
        ("1,000.50", "1000.5", "number"),
        ("by", "by", "stop"),
        ("3 March 2024", "2024-03-03", "date"),
        ("Sony", "soni", "word"),
        ("may", "may", "stop"),
        ("not", "not", "negation"),
        ("refund", "refund", "word"),
        ("5", "5", "number"),
        ("%", "%", "word"),
    ]


def test_spans_of_chinese():
    assert norms("供應商不得在三十天內支付１，０００元。") == [
        ("供應商", "供应商", "word"),
        ("不得", "not", "negation"),
        ("在", "在", "stop"),
        ("三十", "30", "number"),
        ("天", "天", "word"),
        ("內", "内", "word"),
        ("支付", "支付", "word"),
        ("１，０００", "1000", "number"),
        ("元", "cny", "word"),
    ]


@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("thirty-five", "35"), ("one hundred and five", "105"), ("two thousand", "2000"), ("1.5 million", "1500000"),
        ("三百二十五", "325"), ("二〇二四", "2024"), ("3万", "30000"), ("一千", "1000"), ("十五", "15"),
        ("两亿", "200000000"),
        ("007", "7"), ("0.50", "0.5"), ("3rd", "3"), ("1,000", "1000"),
        ("-5", "-5"), ("−5.0", "-5"), (".5", "0.5"), ("-.50", "-0.5"), ("-1,000", "-1000"),
        ("1.25 billion", "1250000000"),
    ],
)  # fmt: skip
def test_numbers_in_one_spelling(text, norm):
    assert [(token.norm, token.kind) for token in spans(text)] == [(norm, "number")]


@pytest.mark.parametrize(
    ("text", "norm"),
    [
        ("2024-03-03", "2024-03-03"), ("2024/3/3", "2024-03-03"), ("3rd of March, 2024", "2024-03-03"),
        ("MARCH 3, 2024", "2024-03-03"), ("2024年3月3日", "2024-03-03"), ("2024 年 3 月", "2024-03"),
        ("March 2024", "2024-03"), ("25/12/2024", "2024-12-25"), ("12/25/2024", "2024-12-25"),
        ("03/04/2024", "03/04/2024"), ("04/04/2024", "2024-04-04"), ("二〇二四年三月三日", "2024-03-03"),
        ("二零二四年十二月三十一日", "2024-12-31"),
        ("Sept. 9, 2001", "2001-09-09"), ("1st day of May 2020", "2020-05-01"),
    ],
)  # fmt: skip
def test_dates_in_one_spelling(text, norm):
    assert [(token.norm, token.kind) for token in spans(text)] == [(norm, "date")]


@pytest.mark.parametrize(
    "text",
    ["It does not work", "It doesn’t work", "No refund", "never", "without notice", "non-refundable", "You cannot go",
     "unless agreed", "不支持无线充电", "未经同意", "沒有保修", "禁止吸烟", "非本公司", "無需付款", "請勿打開"],
)  # fmt: skip
def test_negations(text):
    assert [token.kind for token in spans(text)].count("negation") == 1


@pytest.mark.parametrize("text", ["不仅如此", "未来可期", "非常好", "无线耳机", "notice of nonsense", "knot"])
def test_what_only_looks_like_a_negation(text):
    assert "negation" not in [token.kind for token in spans(text)]


def test_what_only_looks_like_a_date_or_a_number():
    assert [token.kind for token in spans("31/31/2024 1/2/3")] == ["code", "code"]
    assert "date" not in [token.kind for token in spans("May we ask in 12345 ways or 2024-13-40?")]
    assert "number" not in [token.kind for token in spans("万一有人统一一一说明，十分重要")]


def test_dates_far_apart_are_all_found():
    text = (
        "Signed March 3, 2024. "
        + "Nothing happened. " * 20
        + "Ended on 4 April 2025"
        + " and so on" * 9
        + " 2026-01-02"
    )
    assert [token.norm for token in spans(text) if token.kind == "date"] == ["2024-03-03", "2025-04-04", "2026-01-02"]


def test_a_number_of_digits_and_a_scale_may_follow_a_chinese_word():
    assert [token.norm for token in spans("约600万人")] == [token.norm for token in spans("约六百万人")]
    assert "6000000" in index_terms("约600万人")
    assert [token.norm for token in spans("a600万")] == ["a600", "万"]


def test_units_stand_apart_from_their_number():
    assert norms("a 30-day trial, 10mm, 5%") == [
        ("a", "a", "stop"),
        ("30", "30", "number"),
        ("day", "day", "word"),
        ("trial", "trial", "word"),
        ("10", "10", "number"),
        ("mm", "mm", "word"),
        ("5", "5", "number"),
        ("%", "%", "word"),
    ]
    assert [token.kind for token in spans("10-K IP68 USB3.0 COVID-19")] == ["code"] * 4


def test_a_hyphen_is_no_minus():
    assert norms("10-20 (555-1234) A-5 -3-")[:2] == [("10", "10", "number"), ("20", "20", "number")]
    assert not [token for token in spans("10-20 (555-1234) A-5 -3-") if token.norm.startswith("-")]


def test_endless_numerals_are_no_error():
    for text in ("一" * 9000, "亿" * 9000, "hundred " * 9000, "9" * 9000 + " million"):
        assert spans(text)
        assert index_terms(text)


def test_names_and_codes():
    kinds = {
        token.text: token.kind for token in spans("Ask Anna about the iPhone and USB ports of SM-G970F. Then stop.")
    }
    assert kinds["Anna"] == kinds["iPhone"] == kinds["USB"] == "name"
    assert kinds["SM-G970F"] == "code"
    assert kinds["Ask"] == kinds["Then"] == "word" or kinds["Then"] == "stop"


def test_language():
    assert language("What is the notice period?") == "en"
    assert language("Galaxy S10 的电池容量是多少？") == "zh"
    assert language("通知期是多久") == "zh"
    assert language("The company 华为 was founded in the year of 1987 in Shenzhen, China") == "en"
    assert language("") == "en"


def test_english_never_loads_jieba():
    program = (
        "import sys; from ingestion.tokens import index_terms, spans;"
        "index_terms('The 2nd fee is 3%.'); spans('It is due.');"
        "print('rjieba' in sys.modules, 'opencc' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False False\n"


def test_jieba_is_silent_and_leaves_no_file(tmp_path):
    program = "from ingestion.tokens import query_terms; print(query_terms('合同终止'))"
    environment = {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == ("['合同', '终止']\n", "")
    assert list(tmp_path.iterdir()) == []


def test_codes_are_told_without_their_marks():
    assert codes("E-104 or e104, TW-400/3.2, 45 kg and version 12.3.1") == {"e104", "tw40032", "1231"}
    assert codes("故障 F-04 出现在 CH-500B") == {"f04", "ch500b"}
