"""Which engine answers: an endpoint if one is set, else llama-cpp-python where it is installed, else xllamacpp."""

from __future__ import annotations

from importlib.util import find_spec

from core.errors import MissingDependency
from rag.engines.base import EngineSettings, Generator


def open_generator(settings: EngineSettings) -> Generator:
    """The generator that `settings` ask for, loaded; its `engine` says which it is.

    Raises MissingDependency, WeightsError, ModelUnloadable, SettingsError.
    """
    if settings.endpoint:
        from rag.engines.endpoint import EndpointGenerator

        return EndpointGenerator(settings)
    if find_spec("llama_cpp"):
        from rag.engines.llama_cpp import LlamaCppGenerator

        return LlamaCppGenerator(settings)
    if find_spec("xllamacpp"):
        from rag.engines.xllamacpp import XLlamaCppGenerator

        return XLlamaCppGenerator(settings)
    raise MissingDependency(
        "No engine for the language model is installed. Run `make install`, or `pip install "
        "llama-cpp-python==0.3.36` (needs a C++ compiler), or `pip install xllamacpp==2026.10.11549` (prebuilt)."
    )
