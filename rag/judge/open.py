"""Which judge reads what: one a language, the library's own before the one that Pincite ships."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from core.errors import WeightsMismatch
from core.weights import KNOWN, locate, sha256_of, verify
from ingestion.tokens import language
from rag.judge.judge import Judge
from rag.judge.profile import read_profile

Language: TypeAlias = Literal["en", "zh"]
FOLDER = "judge"
"""Where in a library's folder its own judges lie, each as judge-LANGUAGE.onnx and judge-LANGUAGE.json."""
_TOKENIZERS: dict[Language, str] = {"en": "minilm-l6-tokenizer", "zh": "judge-zh-tokenizer"}


class Judges:
    """The judges of one library, each opened when it is first needed. Any thread may use it."""

    def __init__(self, library: Path | None = None) -> None:
        """`library` is the folder whose own judges come first; None leaves only those that are shipped."""
        self._library = library
        self._opened: dict[Language, Judge | None] = {}
        self._opening = threading.Lock()

    def of(self, spoken: Language) -> Judge | None:
        """The judge of a language; None where none is shipped for it and the library has none of its own.

        Raises WeightsMissing, WeightsMismatch where there is to be one and it is gone or changed.
        """
        with self._opening:
            if spoken not in self._opened:
                self._opened[spoken] = self._open(spoken)
            return self._opened[spoken]

    def reading(self, question: str, texts: Sequence[str]) -> Judge | None:
        """The judge of the question's language, if it reads one of the texts at least (see `Judge.reads`), else None.

        What it does not read is left to words and similarity, as all is where there is no judge.
        """
        judge = self.of(language(question)) if texts else None
        return judge if judge and any(map(judge.reads, texts)) else None

    def load(self, spoken: str = "mixed") -> str:
        """Loads those that a library in "en", "zh" or "mixed" languages needs; gives a sentence that names them.

        Raises WeightsMissing, WeightsMismatch.
        """
        judges = self._there(get_args(Language) if spoken == "mixed" else (spoken,))
        for judge in judges:
            judge.load()
        return f"for {', '.join(judge.language for judge in judges) or 'no language'}, each as its profile was measured"

    def price(self, wrong_at_most: float) -> str:
        """What that promise cost where it was measured, a clause a judge, those of both languages.

        Raises what `load` raises, and SettingsError where no such promise was measured.
        """
        judges = self._there(get_args(Language))
        return ", ".join(f"{judge.profile.risk(wrong_at_most).refused:.0%} {judge.language}" for judge in judges)

    def _there(self, wanted: Sequence[Language]) -> list[Judge]:
        return [judge for judge in map(self.of, wanted) if judge is not None]

    def _open(self, spoken: Language) -> Judge | None:
        name = f"judge-{spoken}"
        own = self._library / FOLDER / f"{name}.onnx" if self._library else None
        if own and own.exists():
            path = own
        elif name in KNOWN:
            path = verify(name)
        else:
            return None
        profile = read_profile(path.with_suffix(".json"))
        if (found := sha256_of(path)) != profile.sha256:
            raise WeightsMismatch(
                f"Opening the judge {path}: its SHA-256 is {found}, the profile beside it was measured on "
                f"{profile.sha256}. Make both again, or remove the library's judge to use the one that is shipped."
            )
        return Judge(path, locate(_TOKENIZERS[spoken]), profile)
