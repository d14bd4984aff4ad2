"""Writes docs/cli.md out of the commands' own help: `python -m ui.cli.reference > docs/cli.md`."""

from __future__ import annotations

import contextlib
import io
import os

from ui.cli.main import run

COMMANDS = (
    *("add", "search", "ask", "chat", "documents", "remove", "reindex", "status", "doctor"),
    *("evaluate", "gate", "calibrate", "pairs", "up"),
)
GROUPS = {"tune": ("all", "train", "merge", "export", "parity", "judge"), "models": ("use", "rollback", "add", "fit")}
WIDTH = "100"
HEAD = """\
# The command line

`pincite [--library DIR] COMMAND`. The library's folder is `--library`, else the environment variable
`PINCITE_LIBRARY`, else `pincite-library` in the folder at hand. `add` and `up` make it where there is none.

Answers go to standard output; progress, warnings and errors to standard error. Colour is left out where the output
is not a terminal, or where `NO_COLOR` is set. `pincite --install-completion` completes commands in your shell.

| exit status | meaning |
| --- | --- |
| 0 | done; an answer that was not found is an answer |
| 1 | some input failed: a file, a line of a batch, a name that the library does not hold |
| 2 | bad usage or settings, or nothing can be done: no library, no weights |
| 130 | stopped by Ctrl-C; the library is sound |

## For programs

With `--json`, before or after the command's name, standard output holds one JSON object on one line and nothing else
(`add`: one line a file). Keys may be added at the end; those that are there stay.

| command | JSON |
| --- | --- |
| `add` | a line a file: `path`, `document_id` (null for records), `status`, `pages`, `passages`, `seconds`, `error`, `notes`; `status` is `added`, `updated`, `unchanged`, `partial`, `skipped` or `failed` |
| `search` | `hits`, each `rank`, `score`, `document`, `document_id`, `page`, `heading`, `start`, `end`, `text`, `metadata`, `media_type`, `lexical`, `dense`, `rerank`, `also_in`; and `seconds` |
| `ask` | `status` (`answered` or `not_found`), `sentences`, `hits`, `timings`, `model`, `question`, `text`, `notes`, `answer_id`; a sentence has `text`, `support` and `citations`, a citation `document`, `document_id`, `page`, `start`, `end`, `quote` |
| `search --batch`, `ask --batch` | `questions`, `answered`, `kept`, `failed`, `bad_lines`, `out`, `seconds`; the file OUT gets a line a question, `{"id", ...}` with the keys above, or `{"id", "error", "kind"}` |
| `documents` | `documents`, each `id`, `name`, `media_type`, `collection`, `pages`, `passages`, `added`, `date`, `partial`, `source`, `metadata`, `notes` |
| `remove` | `removed`, the names |
| `reindex` | `passages`, `seconds`; with `--set` also `done`, `sentence`, and `figures` as `gate` has them; `passages` is null where the index before is kept |
| `status` | `library`, `documents`, `passages`, `bytes`, `language`, `embedder`, `dimension`, `model`, `questions`, `collections`, `outdated` |
| `models` | `models`, each `name`, `kind`, `model`, `adapter`, `bytes`, `quantisation`, `parameters`, `context`, `error`, `figures`, `questions`, `measured`, `comparable`, `training`, `curves`, `in_use`; `in_use` and `before`, names |
| `models use`, `models rollback` | `before`, `wanted`, `done`, `sentence`, `served`; `figures`, each `figure`, `before`, `now`, `lost` |
| `models add` | `added`, the names |
| `models fit` | `machine`, `language`, `best`; `models`, each `name`, `here`, `quantisation`, `bytes`, `memory`, `context`, `prompt_tokens`, `first_token_s`, `tokens_per_s`, `tokens_per_character`, `speaks`, `fits`, `why` |
| `doctor` | `ok`; `checks`, each `name`, `state` (`ok`, `warn` or `fail`), `message` |
| `pairs` | `out`; `inputs`, `counts` (by file, kind and language), `documents`, `left_out` (by reason), `outputs`, `notes` |
| `evaluate` | `run` and `report`, where they lie; `questions`, `answerable`, `unanswerable`, `drafts`, `failed` (in no figure); `figures`, by name, each `value`, `low`, `high`, `count`; `slices`, by `language`, `document type` and `kind`, each part its `questions` and `figures`, as those of all; and, null where no answers were asked for: `answerability` (`labels`, `accuracy`, `macro_f1`, `of_labels`, `confusion`, `roc_auc`, `pr_auc`, `cost`, `costs`), `risk_coverage` (`area`, `questions`, `points`, each `coverage`, `risk`, `threshold`), `calibration` (`error`; `bins`, each `low`, `high`, `count`, `confidence`, `right`); `seconds`, by name, each `median`, `p95`, `count` |
| `evaluate --compare` | `report`; `questions`, how many both runs have; `unlike`, what they were made with that differs; `differences`, each `figure`, `before`, `after`, `change` (`estimate`, `low`, `high`, `level`, `count`), `verdict` |
| `evaluate --new` | `questions`, how many were drafted; `out` |
| `gate` | `passed`, `sentence`, `baseline`, `changed`; `failed`, why, by the question's id; `figures`, each `figure`, `before`, `now`, `difference`, `low`, `high`, `questions`, `p`, `lost`, `worse`, `language`; `figure` is as in `rightly cited, zh` where `language` is not null; the numbers are null for a figure that is gone |
| `gate --freeze` | `baseline`, `questions`; `figures`, the mean of each |
| `calibrate` | `wrong_at_most`; `settings` (`dense_weight`, `sentences`, `threshold`, `bound`; the threshold is null where none keeps the promise; `by_language`, each `threshold` and `bound`, which go before it, empty where one serves for all); `obstacle`, why, or empty; `needed` questions at the least; `by`, `document` or `question`; `left_out`, questions that cannot be judged; `written`, a path or null; `silent`, the parts that were refused whole; `present`, `held_out` and `languages`, by name, each `asked`, `answerable`, `answered`, `right`, `wrong`, `refused`, `risk`, `low`, `high`; `others`, each `wrong_at_most`, the settings' keys, `silent`, `held_out` |
| `tune`, `tune train` and its other stages | `run`, the model's folder; and by stage what its manifest says, as it stands in `manifest.json` |
| `tune judge` | `judges`, one a language, as its table shows it; `left_out`, questions by language where they are too few |
| `tune judge --back` | `back`, the languages |
| any that fails | `error`, a sentence, and `kind`, as in `no_such_document` |

Offsets are characters of the document's text, end exclusive; pages count from 1. The JSON is UTF-8; where the output
cannot carry that, other characters are escaped.

## The commands
"""  # noqa: E501 - a table's row is a line


def reference() -> str:
    """The whole of docs/cli.md."""
    parts = [HEAD, _help()]
    for command in COMMANDS:
        parts += [f"### pincite {command}\n", _help(command)]
    for group, commands in GROUPS.items():
        parts += [f"### pincite {group}\n", _help(group)]
        for command in commands:
            parts += [f"### pincite {group} {command}\n", _help(group, command)]
    return "\n".join(parts)


def _help(*command: str) -> str:
    shown = io.StringIO()
    before = os.environ.copy()
    os.environ.update(COLUMNS=WIDTH, NO_COLOR="1")
    os.environ.pop("FORCE_COLOR", None)
    try:
        with contextlib.redirect_stdout(shown):
            run([*command, "--help"])
    finally:
        os.environ.clear()
        os.environ.update(before)
    lines = [line.rstrip() for line in shown.getvalue().strip("\n").splitlines()]
    return "\n".join(["```", *lines, "```", ""]).replace("```\n\n", "```\n").replace("\n\n```", "\n```")


if __name__ == "__main__":
    print(reference(), end="")
