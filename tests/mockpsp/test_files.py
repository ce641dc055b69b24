"""Files handed to the mock: what it takes, what it says of them, and that it does not keep what is in them."""

from __future__ import annotations

import io

import pytest
import requests
import stripe

from tests.mockpsp.harness import API_KEY, pdf

LIMIT = 5 * 1024 * 1024


def named(content, name):
    file = io.BytesIO(content)
    file.name = name
    return file


def upload(client, file, key=None):
    return client.v1.files.create(
        {"purpose": "dispute_evidence", "file": file}, {"idempotency_key": key} if key else {}
    )


@pytest.mark.parametrize(
    ("content", "kind"), [(b"%PDF-1.7 x", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff\xe0", "jpg")]
)
def test_a_document_is_taken(client, content, kind):
    """Its name, size and kind are told; the kind is what its bytes say."""
    made = upload(client, named(content, "Ärger.pdf"))

    found = client.v1.files.retrieve(made.id)

    assert (found.filename, found.size, found.type, found.purpose) == (
        "Ärger.pdf",
        len(content),
        kind,
        "dispute_evidence",
    )


def test_a_file_of_5_mb_is_the_largest(client):
    """One byte more is refused, and so is nothing at all."""
    assert upload(client, pdf("large.pdf", LIMIT)).size == LIMIT
    for file in (pdf("larger.pdf", LIMIT + 1), named(b"", "empty.pdf")):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            upload(client, file)
        assert refused.value.param == "file"


def test_what_is_far_too_large_is_refused_unread(mock):
    """413, an error object, no object made."""
    answer = requests.post(
        f"{mock.base}/v1/files",
        data={"purpose": "dispute_evidence"},
        files={"file": ("a.pdf", b"%PDF-" + b"x" * (7 * 1024 * 1024))},
        headers={"Authorization": f"Bearer {API_KEY}"},
        timeout=30,
    )

    assert answer.status_code == 413
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"MZ\x90", b"<html>", b" %PDF-1.7"])
def test_another_kind_of_file_is_refused(client, content):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        upload(client, named(content, "evidence.pdf"))

    assert refused.value.param == "file"


def test_a_file_is_sent_as_a_file(post_once):
    """Text in its place, no file, another purpose, no purpose: each names what is wrong."""
    wrong = [
        {"purpose": "dispute_evidence", "file": "text"},
        {"purpose": "dispute_evidence"},
        {"purpose": "identity_document", "file": "text"},
        {"file": "text"},
    ]

    answers = [post_once("/v1/files", form).json()["error"] for form in wrong]

    assert [error["param"] for error in answers] == ["file", "file", "purpose", "purpose"]


def test_the_same_file_under_the_same_key_is_one_file(client):
    """Although the client invents another boundary each time; another file under the key is refused."""
    first = upload(client, pdf("a.pdf"), key="dis_1:file")
    again = upload(client, pdf("a.pdf"), key="dis_1:file")

    assert (again.id, len(client.v1.files.list().data)) == (first.id, 1)
    with pytest.raises(stripe.IdempotencyError):
        upload(client, pdf("a.pdf", 101), key="dis_1:file")


def test_what_is_in_a_file_is_not_kept(client, mock):
    """Evidence tells of persons."""
    upload(client, named(b"%PDF-1.7 Jo lives in Main Street 1", "a.pdf"))

    with mock.psp.store.snapshot() as connection:
        kept = "\n".join(connection.iterdump())

    assert "a.pdf" in kept
    assert "Main Street" not in kept


def test_files_are_listed_in_pages(client):
    made = [upload(client, pdf(f"{number}.pdf")).id for number in range(3)]

    listed = client.v1.files.list({"purpose": "dispute_evidence", "limit": 2}).auto_paging_iter()

    assert [file.id for file in listed] == made[::-1]
