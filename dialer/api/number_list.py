"""The number list over HTTP: what differs, submissions, the change feed, the signed list for readers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from dialer.api.models import Closed, Reason
from dialer.api.operations import LARGE, Answer, Asked, Operation, Tagged
from dialer.api.problems import not_found
from dialer.requests import Name

Base64 = Annotated[str, StringConstraints(min_length=1, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
Pem = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class OfEnterprise(Closed):
    """`enterprise` absent: all of them."""

    enterprise: Name | None = None


class Wanted(Closed):
    """`again`: lines that were rejected are submitted once more though nobody changed them."""

    enterprise: Name | None = None
    again: bool = False


class OfficerSignature(Closed):
    """Ed25519 over the exact bytes of the document, base64; the key that made it, PEM."""

    signature: Base64
    public_key: Pem
    signed_by: Name


class PublishedList(OfficerSignature):
    """`list`: the text that was signed."""

    list: Annotated[str, StringConstraints(min_length=2)]


class SentBack(Closed):
    """A number that the receipt sends back. `agency` absent: whoever uses it."""

    number: Name
    agency: Name | None = None
    reason: Reason


class ReceiptFile(Closed):
    """A scanned receipt. `content`: the file's bytes, base64; numbers not named in `rejected` are acknowledged."""

    name: Name
    content: Base64
    rejected: Annotated[tuple[SentBack, ...], Field(max_length=100_000)] = ()


class SinceQuery(Closed):
    """`since`: the `cursor` of the answer before; absent: from the beginning."""

    since: Annotated[int, Field(ge=-1)] = -1


async def diff(asked: Asked) -> Answer:
    """By regulator and enterprise."""
    return await asked.house.number_lists.diff(asked.query.enterprise)


async def prepare(asked: Asked) -> Answer:
    """One for each enterprise that differs; each needs a signature."""
    order: Wanted = asked.body
    return await asked.house.number_lists.prepare(order.enterprise, order.again, asked.actor)


async def submissions(asked: Asked) -> Answer:
    """Newest first."""
    return {"submissions": list(await asked.house.number_lists.submissions(asked.query.enterprise))}


async def document(asked: Asked) -> Answer:
    """The exact bytes."""
    return await asked.house.number_lists.document(asked.names["submission"])


async def sign(asked: Asked) -> Answer:
    """A trusted officer's only."""
    signed = asked.body.model_dump()
    return await asked.house.number_lists.sign(asked.names["submission"], signed, asked.actor)


async def submit(asked: Asked) -> Answer:
    """To the regulator's address, else into a folder."""
    return await asked.house.number_lists.submit(asked.names["submission"], asked.actor)


async def receipt(asked: Asked) -> Answer:
    """Kept under its SHA-256."""
    given = asked.body.model_dump()
    return await asked.house.number_lists.receipt(asked.names["submission"], given, asked.actor)


async def reconcile(asked: Asked) -> Answer:
    """Ends when both sides are equal, or after so many rounds."""
    return await asked.house.number_lists.reconcile(asked.body.enterprise, asked.actor)


async def states(asked: Asked) -> Answer:
    """With the hours from change to report."""
    return await asked.house.number_lists.states(asked.query.enterprise)


async def changes(asked: Asked) -> Answer:
    """Whoever has this answer already is told so."""
    since: int = asked.query.since
    told = await asked.house.number_lists.changes(since)
    # What came in force is never altered, so these two name the whole answer.
    return Tagged(told, f"{since}-{told['cursor']}-{len(told['changes'])}")


async def draft(asked: Asked) -> Answer:
    """To be signed by an officer."""
    return await asked.house.number_lists.publish(asked.names["enterprise"], None, asked.actor)


async def publish(asked: Asked) -> Answer:
    """Signed by a trusted officer, and still what the register says."""
    signed = asked.body.model_dump()
    return await asked.house.number_lists.publish(asked.names["enterprise"], signed, asked.actor)


async def _published(asked: Asked) -> Mapping[str, Any]:
    enterprise = asked.names["enterprise"]
    found = await asked.house.number_lists.published(enterprise)
    if found is None:
        raise not_found("signed number list of", enterprise)
    return found


def _tagged(body: bytes | str) -> Tagged:
    content = body.encode() if isinstance(body, str) else body
    return Tagged(body, hashlib.sha256(content).hexdigest())


async def published(asked: Asked) -> Answer:
    """The exact bytes that were signed."""
    return _tagged(str((await _published(asked))["list"]).encode())


async def published_signature(asked: Asked) -> Answer:
    """Base64, one line."""
    return _tagged(f"{(await _published(asked))['signature']}\n")


async def published_key(asked: Asked) -> Answer:
    """PEM."""
    return _tagged(str((await _published(asked))["public_key"]))


_ONE = "/v1/register/submissions/{submission}"
_LIST = "/v1/register/number-list/{enterprise}"
_NONE = (HTTPStatus.NOT_FOUND,)

OPERATIONS = (
    Operation(
        "number_list_diff",
        "GET",
        "/v1/register/diff",
        "What regulators must still be told of numbers",
        diff,
        query=OfEnterprise,
    ),
    Operation(
        "prepare_submissions",
        "POST",
        "/v1/register/submissions",
        "Prepare a submission of each difference",
        prepare,
        body=Wanted,
    ),
    Operation(
        "submissions",
        "GET",
        "/v1/register/submissions",
        "Every submission of the number list",
        submissions,
        query=OfEnterprise,
    ),
    Operation(
        "submission_document",
        "GET",
        f"{_ONE}/document",
        "What an officer signs, as its exact bytes",
        document,
    ),
    Operation(
        "sign_submission", "POST", f"{_ONE}/signature", "Sign a submission", sign, body=OfficerSignature
    ),
    Operation("submit", "POST", f"{_ONE}/submit", "Hand a signed submission over", submit),
    Operation(
        "file_receipt",
        "POST",
        f"{_ONE}/receipt",
        "File a scanned receipt",
        receipt,
        body=ReceiptFile,
        body_most=LARGE,
    ),
    Operation(
        "reconcile_number_list",
        "POST",
        "/v1/register/reconcile",
        "Make the regulator's list and ours equal",
        reconcile,
        body=OfEnterprise,
    ),
    Operation(
        "number_states",
        "GET",
        "/v1/register/states",
        "How far each number of the list is",
        states,
        query=OfEnterprise,
    ),
    Operation(
        "register_changes",
        "GET",
        "/v1/register/changes",
        "Numbers and liaison officers that changed",
        changes,
        query=SinceQuery,
    ),
    Operation("number_list_draft", "GET", f"{_LIST}/draft", "The list an officer would sign", draft),
    Operation(
        "publish_number_list",
        "PUT",
        _LIST,
        "Publish a signed list for readers",
        publish,
        body=PublishedList,
        body_most=LARGE,
    ),
    Operation("number_list", "GET", _LIST, "The signed list", published, refusals=_NONE),
    Operation(
        "number_list_signature",
        "GET",
        f"{_LIST}/signature",
        "The signature under the list",
        published_signature,
        refusals=_NONE,
    ),
    Operation(
        "number_list_key", "GET", f"{_LIST}/key", "The key that signed it", published_key, refusals=_NONE
    ),
)
