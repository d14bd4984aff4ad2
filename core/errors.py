"""Every error that Pincite raises on purpose, in one tree.

    PinciteError
    ├── UsageError               a command, a setting or an argument is wrong           (exit status 2)
    │   └── SettingsError        pincite.toml or an environment variable
    ├── MissingDependency        an optional package is not installed
    ├── WeightsError             a model file cannot be used
    │   ├── WeightsMissing       it is not on this machine
    │   └── WeightsMismatch      its SHA-256 is not the pinned one
    ├── DocumentError            one document cannot be read; the others go on          (exit status 1)
    │   ├── UnsupportedFile      a type that Pincite does not read
    │   ├── EmptyFile            nothing in it to read
    │   ├── EncryptedFile        a password stands before it
    │   ├── DamagedFile          truncated, or not what its name says
    │   └── LimitExceeded        size, depth, time or memory
    ├── LibraryError             the library's folder
    │   ├── NotALibrary          the folder holds none
    │   ├── ManifestMismatch     made with another embedder or another Pincite
    │   ├── LibraryBusy          another process is writing
    │   └── NoSuchDocument       no document of that name
    └── EngineError              the language model
        ├── ModelUnloadable      the file is not a model that this engine runs
        ├── ContextTooSmall      the prompt does not fit the context
        ├── EndpointFailed       the endpoint refused, or answered nonsense
        └── QueueFull            too many questions are waiting

A message says what was being done, the value met, what is valid, and the command to run next. The faces turn an
error into a sentence and a status; nothing else catches them broadly.
"""


class PinciteError(Exception):
    """Root of the tree. `exit_status` is what the command line ends with."""

    exit_status = 1


class UsageError(PinciteError):
    """A command, a setting or an argument is wrong."""

    exit_status = 2


class SettingsError(UsageError):
    """`pincite.toml` or an environment variable holds a value that is not valid."""


class MissingDependency(PinciteError):
    """An optional package is not installed."""

    exit_status = 2


class WeightsError(PinciteError):
    """A model file cannot be used."""

    exit_status = 2


class WeightsMissing(WeightsError):
    """The file is not on this machine, and nothing may be fetched unasked."""


class WeightsMismatch(WeightsError):
    """The file's SHA-256 is not the pinned one."""


class DocumentError(PinciteError):
    """One document cannot be read; the others go on."""


class UnsupportedFile(DocumentError):
    """A type that Pincite does not read."""


class EmptyFile(DocumentError):
    """There is nothing in the file to read."""


class EncryptedFile(DocumentError):
    """A password stands before the content."""


class DamagedFile(DocumentError):
    """Truncated, or not what its name says."""


class LimitExceeded(DocumentError):
    """Over the limit of size, depth, time or memory."""


class LibraryError(PinciteError):
    """Something about the library's folder."""

    exit_status = 2


class NotALibrary(LibraryError):
    """The folder holds no library."""


class ManifestMismatch(LibraryError):
    """The library was made with another embedder, or by a newer Pincite."""


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""


class NoSuchDocument(LibraryError):
    """The library holds no document of that name."""

    exit_status = 1


class EngineError(PinciteError):
    """Something about the language model."""


class ModelUnloadable(EngineError):
    """The file is not a model that this engine runs."""

    exit_status = 2


class ContextTooSmall(EngineError):
    """The prompt does not fit the model's context; `excess` is by how many tokens, 0 where that is not known."""

    def __init__(self, message: str, excess: int = 0) -> None:
        super().__init__(message)
        self.excess = excess


class EndpointFailed(EngineError):
    """The endpoint refused, or answered something that is not an answer."""


class QueueFull(EngineError):
    """Too many questions are waiting for the model."""
