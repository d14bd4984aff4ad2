"""Every change turns a known sentence into one of a few known others, or leaves it alone."""

import random
from collections.abc import Callable

import pytest

from finetune.judge import denials, rewordings, swaps
from finetune.judge.swaps import Said


def outcomes(change: Callable[..., str | None], text: str, *near: str, rules: bool = True) -> set[str | None]:
    return {change(Said(text, near, rules), random.Random(seed)) for seed in range(60)}


def test_numbers_are_those_that_count_something() -> None:
    text = "Under Section 4.2 the Buyer shall pay $1,200 within thirty (30) days of March 3, 2021, and one of 15 fees."
    assert [(one.value, one.worded, one.twice) for one in swaps.numbers(text)] == [
        ("1,200", False, False),
        ("30", True, True),
        ("15", False, False),
    ]


def test_a_number_in_words_keeps_its_digits_beside_it() -> None:
    made = outcomes(swaps.number_swapped, "The Buyer shall pay within thirty (30) days.")
    assert "The Buyer shall pay within thirty-five (35) days." in made
    assert "The Buyer shall pay within thirty (30) months." in made
    assert "The Buyer shall pay within thirty (30) days." not in made


def test_more_than_ten_is_only_made_more() -> None:
    made = outcomes(swaps.number_swapped, "The works employ more than 10 people.")
    numbers = {one.value for text in made if text for one in swaps.numbers(text)}
    assert numbers == {"11", "12", "15", "20", "30", "100"}


def test_dates_change_by_year_month_or_day() -> None:
    made = outcomes(swaps.date_swapped, "Signed on March 3, 2021 in Lund.")
    assert "Signed on March 3, 2023 in Lund." in made
    assert any(text and text.startswith("Signed on June 3, 2021") for text in made)
    assert all(text and text != "Signed on March 3, 2021 in Lund." for text in made)


def test_parties_change_places() -> None:
    text = "The Licensor shall indemnify the Licensee against claims."
    assert outcomes(swaps.name_swapped, text) == {"The Licensee shall indemnify the Licensor against claims.", None}
    assert outcomes(swaps.name_swapped, "The Licensor and the Licensee shall meet yearly.") == {None}


def test_a_name_gives_way_to_one_that_stands_after_the_same_word() -> None:
    near = "Olof Dahl worked in Malmö with Eva Lind."
    text = "The pumps were built by hand in Lund."
    assert outcomes(swaps.name_swapped, text, near, rules=False) == {"The pumps were built by hand in Malmö."}


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("The pump is made of steel.", "The pump is not made of steel."),
        ("The pump can run dry.", "The pump cannot run dry."),
        ("The kit includes two seals.", "The kit does not include two seals."),
        ("The seal has been replaced.", "The seal has not been replaced."),
        ("The Seller shall not open the valve.", "The Seller shall open the valve."),
        ("If the pump is hot, stop.", None),
        ("The fee is not limited to parts.", None),
    ],
)
def test_a_denial_is_put_in_once_or_taken_out(text: str, denied: str | None) -> None:
    assert outcomes(denials.negated, text) == {denied}


def test_duties_become_choices_and_bans_leave() -> None:
    assert outcomes(denials.obligation_swapped, "The Buyer shall pay the fee.") == {
        "The Buyer may pay the fee.",
        "The Buyer need not pay the fee.",
        "The Buyer may, but need not, pay the fee.",
    }
    assert "The Buyer may sell the pump." in outcomes(denials.obligation_swapped, "The Buyer shall not sell the pump.")
    # what may happen is no leave to do it
    assert outcomes(denials.obligation_swapped, "Parts may be hot.") == {None}


def test_opposites_and_what_is_left_open() -> None:
    assert outcomes(denials.antonym, "Run it before noon.") == {"Run it after noon."}
    text = "The Buyer may return the pump, provided that it was never opened."
    assert outcomes(denials.qualifier_dropped, text) == {"The Buyer may return the pump."}
    assert outcomes(denials.qualifier_dropped, "The fee is subject to the law of the country.") == {None}
    # what is never done is not done on a Monday either
    assert outcomes(denials.detail_added, "The Seller shall not open the valve.") == {None}


@pytest.mark.parametrize(
    ("change", "text", "same"),
    [
        (rewordings.contraction, "The pump does not stop.", {"The pump doesn't stop."}),
        (rewordings.contraction, "It won't stop.", {None}),
        (rewordings.number_form, "Pay in thirty (30) days.", {"Pay in 30 days.", "Pay in thirty days."}),
        (rewordings.number_form, "The share is 5%.", {"The share is 5 percent."}),
        (
            rewordings.date_form,
            "Signed 3 March 2021.",
            {"Signed March 3, 2021.", "Signed 2021-03-03.", "Signed Mar 3, 2021."},
        ),
        (
            rewordings.moved,
            "Within 30 days, the Buyer shall pay the whole fee.",
            {"The Buyer shall pay the whole fee within 30 days."},
        ),
        (rewordings.duty, "Parts may be hot.", {None}),
        (
            rewordings.duty,
            "The Buyer shall pay.",
            {"The Buyer must pay.", "The Buyer will pay.", "The Buyer is required to pay."},
        ),
        (rewordings.told, "Term: two years.", {"The term is two years."}),
        (rewordings.told, "Search: Find a message.", {None}),
        (
            rewordings.clause,
            "The works were founded in Lund, which lies near Malmö.",
            {"The works were founded in Lund."},
        ),
        (rewordings.clause, "The fee shall be paid in May, unless the pump was returned.", {None}),
        (rewordings.unbracketed, "The unit (the pump) is hot.", {"The unit is hot."}),
        (rewordings.unbracketed, "The unit (if any) is hot.", {None}),
    ],
)
def test_rewordings(change: Callable[..., str | None], text: str, same: set[str | None]) -> None:
    assert outcomes(change, text) == same


def test_a_rank_is_a_number_too() -> None:
    made = outcomes(swaps.number_swapped, "The seal of the second valve leaks.")
    assert "The seal of the third valve leaks." in made and len(made) == 9
