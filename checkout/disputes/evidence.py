"""All that can be said against a dispute as it stands: what was written, what was handed in, what we know ourselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from checkout.disputes.dispute import read_dispute
from checkout.disputes.draft import Draft, read_draft
from checkout.disputes.fields import OF_THE_PERSON
from checkout.disputes.files import File, files_of
from checkout.disputes.pack import collect, collect_for_seller


@dataclass(frozen=True, slots=True)
class Evidence:
    """`collected` is what is submitted besides `draft` and `files`, by field; `unseen` are fields of the draft that are
    not shown to this reader."""

    draft: Draft
    files: Sequence[File]
    collected: Mapping[str, str]
    unseen: frozenset[str] = frozenset()


def read_evidence(dispute_id: UUID) -> Evidence:
    """For who sees the whole payment. Owns its statements.

    Raises:
        NotFound: there is no such dispute.
    """
    dispute = read_dispute(dispute_id)
    return Evidence(read_draft(dispute_id), files_of(dispute_id), collect(dispute.payment_id))


def read_evidence_of_seller(dispute_id: UUID) -> Evidence:
    """For the only seller in it, without what the platform alone knows of the shopper."""
    dispute = read_dispute(dispute_id)
    draft = read_draft(dispute_id)
    shown = {name: words for name, words in draft.texts.items() if name not in OF_THE_PERSON}
    return Evidence(
        replace(draft, texts=shown),
        files_of(dispute_id),
        collect_for_seller(dispute.payment_id),
        unseen=OF_THE_PERSON,
    )
