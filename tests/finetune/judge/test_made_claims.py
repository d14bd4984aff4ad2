"""Claims made of a small folder laid out as the public sets are."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.judge import chinese_claims
from finetune.judge.claim_sources import Place
from finetune.judge.made_claims import KINDS, claims, make
from finetune.judge.row_claims import claims as row_claims
from finetune.judge.swaps import Said

SENTENCE = "In 1921 Anna Berg founded the pump works in Lund with 40 workers, which made steel pumps."


def place(sentence: str = SENTENCE, **others: Any) -> Place:
    before, after = "The works lie in Lund.", "In 1934 Olof Dahl moved the works to the town of Malmö."
    return Place("set", "doc", sentence, before, after, (before, after), **others)


def outcomes(change: Callable[..., str | None], text: str, rules: bool = True) -> set[str | None]:
    return {change(Said(text, (), rules), random.Random(seed)) for seed in range(60)}


@pytest.mark.parametrize("kind", ["claim-number-swapped", "claim-date-swapped", "claim-negated", "claim-kept-reworded"])
def test_what_holds_either_way_is_also_turned_round(kind: str) -> None:
    made = [make(place(), kind, "en", random.Random(seed)) for seed in range(80)]
    rows = [row for row in made if row]
    turned = [row for row in rows if row.id.endswith(":turned")]
    assert 0 < len(turned) < len(rows)
    assert all(row.question == SENTENCE and SENTENCE not in row.passage for row in turned)
    assert all(row.label == KINDS[kind][0] and row.question != SENTENCE for row in rows if row not in turned)


def test_a_sentence_is_kept_in_its_span_and_sometimes_changed_in_both() -> None:
    rows = [make(place(), "claim-kept", "en", random.Random(seed)) for seed in range(60)]
    assert all(row and row.question in row.passage and row.label == "entailment" for row in rows)
    assert {row.id.partition("claim-kept:")[2] for row in rows if row} == {"verbatim", "verbatim:changed"}


def test_spans_stand_alone_behind_a_heading_or_among_neighbours() -> None:
    rows = [make(place(title="doc"), "claim-kept-clause", "en", random.Random(seed)) for seed in range(60)]
    assert {row.question for row in rows if row} == {
        "In 1921 Anna Berg founded the pump works in Lund with 40 workers."
    }
    clause = "In 1921 Anna Berg founded the pump works in Lund with 40 workers, which made steel pumps."
    assert {row.passage for row in rows if row} == {
        clause,
        f"doc: {clause}",
        f"The works lie in Lund. {clause}",
        f"{clause} In 1934 Olof Dahl moved the works to the town of Malmö.",
        f"The works lie in Lund. {clause} In 1934 Olof Dahl moved the works to the town of Malmö.",
    }


def test_shares_are_kept_and_a_sentence_is_used_on_both_sides() -> None:
    many = [place(SENTENCE.replace("40", str(number)).replace("1921", str(1800 + number))) for number in range(40, 240)]
    made = claims(many, "en", 100, random.Random(0))
    count = {kind: sum(one.kind == kind for one in made) for kind in KINDS}
    assert count["claim-kept"] == 15
    assert count["claim-number-swapped"] == count["claim-negated"] == 8
    assert count["claim-obligation-swapped"] == 0  # the set lays down nothing that shall be done
    assert len({(one.question, one.passage) for one in made}) == len(made)


def test_rows_of_tables_with_another_columns_figure() -> None:
    cells = [["", "2019", "2018"], ["Sales", "$  1,452", "$ 1,146"], ["Same", "5", "5"], ["Note", "none", "3"]]
    reports = [{"table": {"uid": "t", "table": cells}}]
    kept, swapped = row_claims(reports, random.Random(0))
    assert kept.passage == swapped.passage == "Sales; 2019: $1,452; 2018: $1,146"
    assert (kept.label, swapped.label) == ("entailment", "contradiction")
    year = "2019" if "2019" in kept.question else "2018"
    assert ("$1,452" in kept.question) == (year == "2019")
    other = "2019" if "2019" in swapped.question else "2018"
    assert ("$1,452" in swapped.question) == (other == "2018")


@pytest.mark.parametrize(
    ("change", "text", "made"),
    [
        (chinese_claims.negated, "该公司是一家银行。", {"该公司不是一家银行。"}),
        (chinese_claims.negated, "該公司位於台北。", {"該公司不位於台北。"}),
        (chinese_claims.obligation_swapped, "买方不得转让合同。", {"买方可以转让合同。", "买方应当转让合同。"}),
        (chinese_claims.obligation_swapped, "买方是否付款不明。", {None}),
        (chinese_claims.duty, "买方应当付款。", {"买方应付款。", "买方必须付款。", "买方须付款。", "买方应该付款。"}),
        (chinese_claims.number_form, "应在三十日内付款。", {None}),
        (chinese_claims.number_form, "工厂有三十名工人。", {"工厂有30名工人。"}),
        (chinese_claims.date_form, "1990年，他去了巴黎。", {"在1990年，他去了巴黎。"}),
        (chinese_claims.other_script, "應當付款。", {"应当付款。"}),
        (chinese_claims.other_script, "应当付款。", {"應當付款。"}),
        (chinese_claims.clause, "该书由他在巴黎写成，后来译成英文。", {"该书由他在巴黎写成。"}),
        (chinese_claims.clause, "该书由他在巴黎写成，但没有出版。", {None}),
        (chinese_claims.qualifier_dropped, "如果买方逾期付款，卖方有权解除合同。", {"卖方有权解除合同。"}),
        (chinese_claims.detail_added, "买方不得转让合同。", {None}),
    ],
)
def test_chinese_changes(change: Callable[..., str | None], text: str, made: set[str | None]) -> None:
    assert outcomes(change, text) == made


def test_chinese_numbers_dates_and_names() -> None:
    assert chinese_claims.in_characters(305) == "三百零五"
    assert chinese_claims.in_characters(15) == "十五"
    assert chinese_claims.names("約翰·史密斯於1990年從法國到台北寫成《遠山記》") == [
        "約翰·史密斯",
        "遠山記",
        "法國",
        "台北",
    ]
    made = outcomes(chinese_claims.number_swapped, "工厂有40名工人。")
    assert "工厂有50名工人。" in made and "工厂有40名工人。" not in made
    assert all(
        text and "年" in text and text != "1990年建成。"
        for text in outcomes(chinese_claims.date_swapped, "1990年建成。")
    )


def test_the_data_folder_must_be_laid_out_as_its_readme_says(tmp_path: Path) -> None:
    from core.errors import UsageError
    from finetune.judge.claim_sources import places

    (tmp_path / "DEV_SPLIT.json").write_text(json.dumps({"03/tatqa": ["a"]}))
    with pytest.raises(UsageError, match=r"cuad_qa\.jsonl"):
        places(tmp_path, "en", random.Random(0))
