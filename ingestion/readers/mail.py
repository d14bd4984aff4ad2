"""Mail: an EML or MSG file is one document, and each of its attachments is a document named MAIL/ATTACHMENT."""

from __future__ import annotations

import email
import email.policy
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from core.errors import DamagedFile, DocumentError, EmptyFile, EncryptedFile, LimitExceeded
from core.types import MetadataValue
from core.weights import sha256_of
from ingestion.clean import one_line
from ingestion.readers import office, sniff
from ingestion.readers.reading import Layout, Reading, described, translated
from ingestion.readers.text import decode, encoding_of, paragraphs

# A mail in a mail in a mail is a thread that was forwarded; deeper is a trap.
DEPTH_LIMIT = 4
ATTACHMENTS_LIMIT = 200
_PARTS_LIMIT = 500
# Pictures inside the text below this size are logos and smileys, not screenshots.
_LOGO_BYTES = 30_000
_CONTENT_ID = 0x3712
_ENCRYPTED = {"application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}

ReadAttachment = Callable[[Path, str, int], Iterator[Reading]]


@dataclass(frozen=True, slots=True)
class _Attachment:
    name: str
    data: bytes
    inline_picture: bool = False
    kind: str = ""

    @property
    def is_signature(self) -> bool:
        """Whether it only vouches for the mail."""
        return self.name.lower().endswith((".p7s", ".asc")) or self.kind.endswith("-signature")

    @property
    def is_encrypted(self) -> bool:
        """Whether it is the mail itself, encrypted."""
        return self.name.lower().endswith((".p7m", ".pgp-encrypted")) or self.kind in _ENCRYPTED


@dataclass(frozen=True, slots=True)
class _Mail:
    headers: tuple[tuple[str, str], ...]
    sent: datetime | None
    html: tuple[str, ...]
    plain: tuple[str, ...]
    attachments: tuple[_Attachment, ...]

    def header(self, name: str) -> str:
        return next((value for header, value in self.headers if header == name), "")

    @property
    def is_encrypted(self) -> bool:
        """Whether all it holds is encrypted."""
        empty = not any(map(str.strip, (*self.html, *self.plain)))
        return empty and any(attachment.is_encrypted for attachment in self.attachments)


def read_mail(path: Path, name: str, media_type: str, read: ReadAttachment, depth: int = 0) -> Iterator[Reading]:
    """A mail and then its attachments, which `read(path, name, depth)` reads.

    An attachment that cannot be read is a note on the mail, whose reading is then partial. Raises EncryptedFile where
    all there is to read is encrypted, LimitExceeded at mails nested deeper than DEPTH_LIMIT.
    """
    if depth > DEPTH_LIMIT:
        raise LimitExceeded(f"Reading {name}: it is a mail inside {depth} others; up to {DEPTH_LIMIT} are opened.")
    with translated(name, "mail"):
        mail = _mail(path, media_type)
        if mail.is_encrypted:
            raise EncryptedFile(f"Reading {name}: the mail is encrypted. Save it decrypted, and add that.")
        layout = _lay(mail)
    digest = sha256_of(path)
    notes: list[str] = []
    readings = [
        replace(reading, document=replace(reading.document, source_hash=digest))
        for reading in _attachments(mail, name, read, depth, notes)
    ]
    metadata: dict[str, MetadataValue] = described(mail.header("Subject"), mail.header("From"), mail.sent)
    yield Reading(layout.document(name, media_type, digest, metadata), tuple(notes), bool(notes))
    yield from readings


def _lay(mail: _Mail) -> Layout:
    layout = Layout()
    layout.add("heading", mail.header("Subject"), 1)
    for header in ("From", "To", "Cc", "Date"):
        if value := one_line(mail.header(header)):
            layout.add("text", f"{header}: {value}")
    for text in mail.html:
        office.lay_html(layout, text)
    for text in mail.plain:
        for line in paragraphs(text):
            layout.add("text", line)
    return layout


@contextmanager
def attached(path: Path, name: str, inside: Sequence[str]) -> Iterator[Path]:
    """A file that is attached to the mail `name`, as a file for as long as the context lasts.

    `inside` is what its document is called after the mail, with the mails between before it: ("old.eml", "plan.pdf").
    Raises DamagedFile where nothing is attached under that name.
    """
    with tempfile.TemporaryDirectory() as folder:
        for number, wanted in enumerate(inside):
            with translated(name, "mail"):
                mail = _mail(path, sniff.media_type(path, name))
            data = next((attachment.data for safe, attachment in _named(mail) if safe == wanted), None)
            if data is None:
                raise DamagedFile(f"Opening {name}: it has no attachment {wanted!r}. Add the mail again.")
            path, name = Path(folder) / str(number), f"{name}/{wanted}"
            path.write_bytes(data)
        yield path


def _attachments(mail: _Mail, name: str, read: ReadAttachment, depth: int, notes: list[str]) -> Iterator[Reading]:
    if len(mail.attachments) > ATTACHMENTS_LIMIT:
        notes.append(f"It has {len(mail.attachments)} attachments; the first {ATTACHMENTS_LIMIT} were read.")
    with tempfile.TemporaryDirectory() as folder:
        for number, (safe, attachment) in enumerate(_named(mail)):
            path = Path(folder) / str(number)
            path.write_bytes(attachment.data)
            try:
                yield from read(path, f"{name}/{safe}", depth + 1)
            except EmptyFile:
                if not attachment.inline_picture:  # a picture without words is no loss
                    notes.append(f"Attachment {safe}: nothing in it to read.")
            except DocumentError as error:
                why = str(error).removeprefix(f"Reading {name}/{safe}: ")
                notes.append(f"Attachment {safe} was left out: {why}")


def _named(mail: _Mail) -> Iterator[tuple[str, _Attachment]]:
    """What is attached and may say something, under names of which no two are the same."""
    taken: set[str] = set()
    for number, attachment in enumerate(mail.attachments[:ATTACHMENTS_LIMIT], start=1):
        if attachment.is_signature or (attachment.inline_picture and len(attachment.data) < _LOGO_BYTES):
            continue
        safe = safe_name(attachment.name, number)
        if safe in taken:
            safe = f"{number} {safe}"
        taken.add(safe)
        yield safe, attachment


def safe_name(name: str, number: int) -> str:
    """A file name that is one, out of what a sender wrote: no folders, no control characters, at most 120 long."""
    name = one_line(re.split(r"[/\\]", name.replace("\0", ""))[-1]).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > 120:
        name = f"{stem[: 119 - len(ending)]}{dot}{ending}" if dot and len(ending) <= 10 else name[:120]
    return name or f"attachment {number}"


def _mail(path: Path, media_type: str) -> _Mail:
    return _outlook(path) if media_type == sniff.MSG else _internet(path)


def _internet(path: Path) -> _Mail:
    data = path.read_bytes()
    encoding = encoding_of(data[:65536]) or ""
    if encoding.startswith(("utf-16", "utf-32", "utf-8-sig")):
        data = decode(data).encode("utf-8", "replace")
    if data.count(b"boundary=") > _PARTS_LIMIT:  # the standard library would descend into them until its stack ends
        raise LimitExceeded(f"it has over {_PARTS_LIMIT} parts within parts. Save what matters of it by itself.")
    message = email.message_from_bytes(data, policy=email.policy.default)
    headers = tuple((header, _header(message, header)) for header in ("Subject", "From", "To", "Cc", "Date"))
    html: list[str] = []
    plain: list[str] = []
    attachments: list[_Attachment] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        if kind in ("text/html", "text/plain") and not _is_attached(part):
            (html if kind == "text/html" else plain).append(_text(part))
        elif not kind.startswith("multipart/"):
            attachments.append(_attachment(part))
    return _Mail(headers, _sent(message), tuple(html), tuple(plain), tuple(attachments))


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something; of alternatives the HTML one, which keeps lists and tables."""
    kind = message.get_content_type()
    if not message.is_multipart() or kind == "message/rfc822":
        yield message
        return
    parts = [part for part in message.get_payload() if isinstance(part, EmailMessage)]
    if kind == "multipart/alternative" and parts:
        rank = {"text/html": 3, "multipart/related": 2, "multipart/mixed": 2, "text/plain": 1}
        parts = [max(parts, key=lambda part: rank.get(part.get_content_type(), 0))]
    for part in parts:
        yield from _leaves(part)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except Exception:  # the standard library's parser of headers fails in many ways on hostile ones
        raw = next((str(value) for header, value in message.raw_items() if header.lower() == name.lower()), "")
        return one_line(raw)


def _sent(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(_header(message, "Date"))
    except (ValueError, TypeError, IndexError):
        return None


def _is_attached(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _payload(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        return first.as_bytes() if isinstance(first, Message) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: EmailMessage) -> str:
    data = _payload(part)
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, ValueError):  # an unknown charset, or not the one declared
        return decode(data) if data else ""


def _attachment(part: EmailMessage) -> _Attachment:
    kind = part.get_content_type()
    name = part.get_filename() or ""
    if kind == "message/rfc822" and not name.lower().endswith(".eml"):
        name = f"{name or 'mail'}.eml"
    picture = kind.startswith("image/") and (part.get_content_disposition() == "inline" or "Content-ID" in part)
    return _Attachment(name, _payload(part), picture, kind)


def _outlook(path: Path) -> _Mail:
    import oxmsg

    message = oxmsg.Message.load(str(path))
    headers = (
        ("Subject", message.subject or ""),
        ("From", message.sender or ""),
        ("To", ", ".join(f"{person.name} <{person.email_address}>" for person in message.recipients)),
        ("Date", message.sent_date.isoformat(" ", "minutes") if message.sent_date else ""),
    )
    html, plain = message.html_body or "", message.body or ""
    attachments = tuple(
        _Attachment(
            attachment.file_name or "",
            attachment.file_bytes or b"",
            bool(attachment.properties.str_prop_value(_CONTENT_ID)),
            attachment.mime_type or "",
        )
        for attachment in message.attachments
    )
    if html.strip():
        return _Mail(headers, message.sent_date, (html,), (), attachments)
    return _Mail(headers, message.sent_date, (), (plain,), attachments)
