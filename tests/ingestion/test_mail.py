import email.policy
from email.message import EmailMessage

import docx
import pytest

from core.errors import DamagedFile, EncryptedFile, LimitExceeded
from core.weights import sha256_of
from ingestion.readers import read_file
from ingestion.readers.mail import attached, safe_name


def mail(body="Hello Bob.", **more):
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"], message["From"], message["To"] = "Lieferung – März", "Ann <ann@x.org>", "bob@y.org"
    message["Date"] = "Mon, 06 May 2024 10:00:00 +0200"
    message.set_content(body, **more)
    return message


@pytest.fixture
def read(tmp_path):
    def read(data):
        path = tmp_path / "file"
        path.write_bytes(data.as_bytes() if isinstance(data, EmailMessage) else data)
        return list(read_file(path, "in/a.eml"))

    return read


def names(readings):
    return [reading.document.name for reading in readings]


HEAD = "Lieferung – März\nFrom: Ann <ann@x.org>\nTo: bob@y.org\nDate: Mon, 06 May 2024 10:00:00 +0200\n"


def test_a_plain_mail(read):
    (reading,) = read(mail("Hello Bob.\n\n> old text\n"))
    document = reading.document
    assert document.text == HEAD + "Hello Bob.\n> old text"
    assert [(level, title) for level, title, _ in document.outline] == [(1, "Lieferung – März")]
    assert document.media_type == "message/rfc822"
    assert dict(document.metadata) == {"title": "Lieferung – März", "author": "Ann <ann@x.org>", "date": "2024-05-06"}


def test_of_alternatives_the_html_is_read(read):
    message = mail("plain")
    message.add_alternative("<p>rich</p><ul><li>one</li></ul>", subtype="html")
    assert read(message)[0].document.text == HEAD + "rich\none"


def test_attachments_are_documents_of_their_own(read, tmp_path):
    message = mail()
    message.add_attachment("Zwölf", filename="notes.txt")
    word = docx.Document()
    word.add_paragraph("Clause one.")
    word.save(tmp_path / "w")
    message.add_attachment(
        (tmp_path / "w").read_bytes(), maintype="application", subtype="octet-stream", filename="c.docx"
    )
    message.add_attachment(b"a,b\n1,x\n", maintype="text", subtype="csv", filename="t.csv")
    readings = read(message)
    assert names(readings) == ["in/a.eml", "in/a.eml/notes.txt", "in/a.eml/c.docx", "in/a.eml/t.csv#2"]
    assert [reading.document.text for reading in readings[1:]] == ["Zwölf", "Clause one.", "a: 1\nb: x"]
    assert {reading.document.source_hash for reading in readings} == {sha256_of(tmp_path / "file")}
    assert not readings[0].partial


def test_an_attachment_that_cannot_be_read_is_a_note(read):
    message = mail()
    message.add_attachment(b"PK\x05\x06" + b"\0" * 18, maintype="application", subtype="zip", filename="x.zip")
    message.add_attachment("kept", filename="a.txt")
    readings = read(message)
    assert names(readings) == ["in/a.eml", "in/a.eml/a.txt"]
    assert readings[0].partial
    assert readings[0].notes[0].startswith("Attachment x.zip was left out: it is a zip archive and no office file.")


def test_a_forwarded_mail_is_a_document(read):
    outer = mail("see below")
    outer.add_attachment(mail("inner text"))
    readings = read(outer)
    assert names(readings) == ["in/a.eml", "in/a.eml/mail.eml"]
    assert readings[1].document.text.endswith("inner text")


def test_mail_in_mail_in_mail_has_an_end(read):
    message = mail("0")
    for depth in range(1, 8):
        outer = mail(str(depth))
        outer.add_attachment(message)
        message = outer
    readings = read(message)
    assert [reading.document.text[-1] for reading in readings] == ["7", "6", "5", "4", "3"]
    assert "it is a mail inside 5 others; up to 4 are opened" in readings[-1].notes[0]


def test_bottomless_parts(read):
    parts = b"".join(b'Content-Type: multipart/mixed; boundary="B%d"\r\n\r\n--B%d\r\n' % (at, at) for at in range(700))
    with pytest.raises(LimitExceeded, match=r"Reading in/a\.eml as mail: it has over 500 parts within parts"):
        read(b"From: a@b\r\nSubject: x\r\n" + parts)


def test_hostile_attachment_names(read):
    parts = b"".join(
        b'--B\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="%s"\r\n\r\nx\r\n' % name
        for name in (b"../../etc/passwd", b"same.txt", b"same.txt", b"..")
    )
    readings = read(
        b'From: a@b\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n' + parts + b"--B--"
    )
    assert names(readings)[1:] == [
        "in/a.eml/passwd",
        "in/a.eml/same.txt",
        "in/a.eml/3 same.txt",
        "in/a.eml/attachment 4",
    ]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("C:\\temp\\a.txt", "a.txt"),
        ("/abs/a\x00b\u202e.txt", "ab.txt"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("a" * 300, "a" * 120),
        (" . ", "attachment 9"),
        ("合同.docx", "合同.docx"),
    ],
)
def test_safe_name(given, wanted):
    assert safe_name(given, 9) == wanted


def test_an_encrypted_mail(read):
    parts = (
        b"--B\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        b"--B\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--B--"
    )
    with pytest.raises(EncryptedFile, match=r"Reading in/a\.eml: the mail is encrypted"):
        read(b'From: a@b\r\nContent-Type: multipart/encrypted; boundary="B"\r\n\r\n' + parts)


def test_a_signature_is_no_attachment(read):
    message = mail()
    message.add_attachment(b"\x30\x80", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    assert names(read(message)) == ["in/a.eml"]


def test_odd_charsets_and_headers(read):
    head = b"From: a@b\r\nSubject: =?gb2312?B?zcu/7g==?=\r\nDate: yesterday\r\n"
    (reading,) = read(
        head + b"Content-Type: text/plain; charset=no-such\r\n\r\n" + "退款七天内到账。".encode("gb18030")
    )
    assert reading.document.text == "退款\nFrom: a@b\nDate: yesterday\n退款七天内到账。"
    assert dict(reading.document.metadata) == {"title": "退款", "author": "a@b"}


def test_a_mail_in_utf_16(read):
    assert read(mail().as_string().encode("utf-16"))[0].document.text == HEAD + "Hello Bob."


def test_an_attachment_is_taken_out_again(tmp_path):
    path = tmp_path / "a.eml"
    message = mail()
    message.add_attachment(b"one", maintype="application", subtype="octet-stream", filename="x.bin")
    message.add_attachment(b"two", maintype="application", subtype="octet-stream", filename="x.bin")
    path.write_bytes(message.as_bytes())
    with attached(path, "a.eml", []) as file:
        assert file == path
    with attached(path, "a.eml", ["2 x.bin"]) as file:
        assert file.read_bytes() == b"two"
    assert not file.exists()
    with pytest.raises(DamagedFile, match="no attachment 'y.bin'"), attached(path, "a.eml", ["y.bin"]):
        pass
