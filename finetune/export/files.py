"""GGUF files of tuned weights: RUN/gguf/NAME-Q4_0.gguf and the like, and NAME-adapter.gguf for a quantised base."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import EngineError, UsageError, WeightsError
from core.weights import locate, sha256_of
from finetune.export import adapter as adapters
from finetune.export import converter, llama, manifest
from finetune.export.merge import check_base, weights_of
from finetune.models.header import read_header

ADAPTER = "adapter"
_SHARE = {"F16": 1.0, "Q8_0": 0.6, "Q4_K_M": 0.5, "Q4_0": 0.5}
"""The most that a form takes of the bytes of F16, which for a small model its large vocabulary decides."""
_CUTS = {
    r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*": "qwen2",
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*": "llama-bpe",
}


def export(base: str, run: Path, name: str, forms: Sequence[str]) -> dict[str, Any]:
    """Writes the tuned weights as GGUF in each form, and the adapter, where llama.cpp can run it beside its base.

    What is there of the same weights stays; a run that was killed goes on. Gives what the manifest keeps: `files`, by
    form the file's name, SHA-256 and bytes, and `no_adapter`, why there is no adapter where there is none. Raises
    WeightsMissing, WeightsMismatch, EngineError, UsageError.
    """
    check_base(run, base)
    weights = weights_of(run)
    inputs = {"weights_sha256": manifest.folder_sha256(weights), "converter_sha256": converter.CONTENT_SHA256}
    found: dict[str, Any] = manifest.read(run).get("export", {})
    if found.get("inputs") != inputs:
        for stale in found.get("files", {}).values():
            (run / "gguf" / stale["file"]).unlink(missing_ok=True)
        found = {"inputs": inputs, "files": {}, "no_adapter": None}
    wide = run / "gguf" / f"{name}-F16.gguf"
    wanted = [form for form in forms if not _there(run, found, form)]
    if wanted and not _there(run, found, "F16"):
        size = sum(file.stat().st_size for file in weights.glob("*.safetensors")) // _bytes_a_weight(weights)
        _make(run, found, "F16", wide, size, lambda out: _convert(weights, base, name, out))
    for form in wanted:
        if form != "F16":
            out = run / "gguf" / f"{name}-{form}.gguf"
            _make(run, found, form, out, int(wide.stat().st_size * _SHARE[form]), _quantiser(wide, form))
    if (run / "adapter").is_dir() and not _there(run, found, ADAPTER):
        _export_adapter(run, found, weights, run / "gguf" / f"{name}-{ADAPTER}.gguf")
    if "F16" not in forms and found["files"].pop("F16", None):  # it was a step on the way
        manifest.record(run, "export", found)
        wide.unlink(missing_ok=True)
    return found


def pre_tokenizer(base: str, weights: Path) -> str | None:
    """By what name llama.cpp cuts texts into words for these weights, should it not know their tokenizer: as the base's
    own GGUF declares, or as tokenizer.json spells it out; None where neither says."""
    path = locate(base)
    if path.is_file():
        return read_header(path).cuts_words_as or None
    spelled = weights / "tokenizer.json"
    rule = json.loads(spelled.read_text(encoding="utf-8")).get("pre_tokenizer") if spelled.is_file() else None
    return _name_of(rule) if rule else None


def _name_of(rule: dict[str, Any]) -> str | None:
    steps = rule.get("pretokenizers") or [rule]
    kinds = [step["type"] for step in steps]
    if kinds == ["ByteLevel"] and steps[0].get("use_regex"):
        return "gpt-2"
    if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits") and steps[1].get("use_regex"):
        return "smollm"
    if kinds == ["Split", "ByteLevel"]:
        pattern = str(steps[0]["pattern"].get("Regex", ""))
        return next((name for part, name in _CUTS.items() if f"|{part}|" in pattern), None)
    return None


def _there(run: Path, found: dict[str, Any], form: str) -> bool:
    """Whether a form's file is there as it was written."""
    held = found["files"].get(form)
    path = run / "gguf" / held["file"] if held else None
    return bool(path and path.is_file() and sha256_of(path) == held["sha256"])


def _make(run: Path, found: dict[str, Any], form: str, out: Path, size: int, write: Callable[[Path], None]) -> None:
    """Has one file written, whole or not at all, and puts it on record."""
    manifest.room_for(out, size)
    partial = out.with_name(f".{out.name}.part")
    partial.unlink(missing_ok=True)
    try:
        write(partial)
        partial.replace(out)
    except OSError as error:
        raise manifest.unwritable(out, error) from error
    except EngineError as error:  # of a full disk llama.cpp says "iostream error", or how many bytes it did not write
        if manifest.is_full(out.parent):
            raise manifest.unwritable(out, OSError("the disk is full")) from error
        raise
    finally:
        partial.unlink(missing_ok=True)
    found["files"][form] = {"file": out.name, "sha256": sha256_of(out), "bytes": out.stat().st_size}
    manifest.record(run, "export", found)


def _convert(weights: Path, base: str, name: str, out: Path) -> None:
    try:
        converter.run(
            "convert_hf_to_gguf.py",
            [str(weights), "--outfile", str(out), "--outtype", "f16", "--model-name", name],
            pre_tokenizer(base, weights),
        )
    except EngineError as error:
        if "pre-tokenizer was not recognized" not in str(error):
            raise
        raise WeightsError(
            f"Writing {weights} as GGUF: llama.cpp does not know how its tokenizer cuts texts into words, and neither "
            "the base nor tokenizer.json says so in a way that is known. Start from a base of the Llama or Qwen2 "
            "family, or from a GGUF file."
        ) from error


def _quantiser(wide: Path, form: str) -> Callable[[Path], None]:
    return lambda out: llama.quantise(wide, out, form)


def _export_adapter(run: Path, found: dict[str, Any], weights: Path, out: Path) -> None:
    reason = adapters.why_not_plain(run / "adapter")
    if reason:
        found["no_adapter"] = reason
        manifest.record(run, "export", found)
        return

    def write(partial: Path) -> None:
        with manifest.working_folder(run / ".adapter.part") as plain:
            adapters.write_plain(run / "adapter", plain)
            arguments = [str(plain), "--base", str(weights), "--outfile", str(partial), "--outtype", "f16"]
            converter.run("convert_lora_to_gguf.py", arguments)

    _make(run, found, ADAPTER, out, (run / "adapter" / adapters.WEIGHTS).stat().st_size, write)


def _bytes_a_weight(weights: Path) -> int:
    """How many bytes of the saved weights become one byte pair of F16: 2 of float32, 1 of 16 bits."""
    try:
        kind = json.loads((weights / "config.json").read_text(encoding="utf-8")).get("dtype", "float32")
    except ValueError as error:
        raise UsageError(f"Reading {weights / 'config.json'}: {error}. Merge again.") from error
    return 2 if kind == "float32" else 1
