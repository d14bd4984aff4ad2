"""What the shipped judges say of a few pairs, kept in shipped.json. After a judge was replaced on purpose,
`python -m tests.rag.judge.shipped` writes down what it says now; look at the difference before committing it.

Processors without 8-bit dot products (AVX2 alone) round otherwise than those with them (VNNI). The pairs were chosen so
that the two differ by .05 at most and point at the same words; ONNX Runtime's `session.x64quantprecision` gives the
figures of the second on the first.
"""

import json
from pathlib import Path

from rag.judge.open import Judges

PLACE = Path(__file__).with_name("shipped.json")
PAIRS = json.loads(PLACE.read_text(encoding="utf-8"))
JUDGES = Judges()


def said(pair):
    """Where the judge points and how sure it is, or its verdict on a claim; probabilities."""
    judge = JUDGES.of(pair["language"])
    if "claim" in pair:
        (verdict,) = judge.check([(pair["claim"], pair["span"])])
        figures = {"entailed": verdict.entailed, "open": verdict.open, "contradicted": verdict.contradicted}
        return {name: round(value, 3) for name, value in figures.items()}
    (reading,) = judge.read(pair["question"], [pair["passage"]])
    return {
        "points at": pair["passage"][reading.start : reading.end],
        "answerable": round(reading.answerable, 3),
        "relevance": round(reading.relevance, 3),
    }


if __name__ == "__main__":
    made = [{**pair, "said": said(pair)} for pair in PAIRS]
    PLACE.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
