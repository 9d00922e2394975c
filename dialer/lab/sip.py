"""SIP messages of the lab: parse, build, answer. Loopback UDP only; headers keep their order and spelling."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

Address = tuple[str, int]

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    404: "Not Found",
    480: "Temporarily Unavailable",
    481: "Call Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    501: "Not Implemented",
    503: "Service Unavailable",
    603: "Decline",
}
_COPIED = ("via", "from", "to", "call-id", "cseq")


@dataclass(slots=True)
class Message:
    """One request or response: start line, headers as (name, value) in the order received, body."""

    start: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def status(self) -> int:
        """Status code of a response, 0 for a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Method of a request; of a response, the method it answers (from CSeq)."""
        return self.get("cseq").rpartition(" ")[2] if self.status else self.start.split(" ", 1)[0]

    @property
    def uri(self) -> str:
        return "" if self.status else self.start.split(" ", 2)[1]

    @property
    def call_id(self) -> str:
        return self.get("call-id")

    def get(self, name: str) -> str:
        """Value of the first header of that name, case-insensitive; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def encode(self) -> bytes:
        kept = [(k, v) for k, v in self.headers if k.lower() != "content-length"]
        lines = [self.start, *(f"{k}: {v}" for k, v in kept), f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode() + self.body


def parse(data: bytes) -> Message | None:
    """Read one datagram; None for keep-alives and for what is no SIP message."""
    head, _, body = data.partition(b"\r\n\r\n")
    start, *lines = head.decode("utf-8", "replace").split("\r\n")
    if "SIP/2.0" not in start or len(start.split(" ")) < 3:
        return None
    headers: list[tuple[str, str]] = []
    for name, _, value in (line.partition(":") for line in lines if ":" in line):
        values = value.split(",") if name.strip().lower() == "via" else [value]  # SIPp joins them by comma
        headers += [(name.strip(), one.strip()) for one in values]
    return Message(start, headers, body)


def reply(
    request: Message,
    status: int,
    *,
    tag: str = "",
    extra: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> Message:
    """Answer a request; `tag` is put on To where To has none yet."""
    headers = [(k, v) for k, v in request.headers if k.lower() in _COPIED]
    if tag:
        headers = [(k, f"{v};tag={tag}" if k.lower() == "to" and not tag_of(v) else v) for k, v in headers]
    return Message(f"SIP/2.0 {status} {REASONS.get(status, 'Unknown')}", [*headers, *extra], body)


def user_of(text: str) -> str:
    """User part of a URI or of a name-addr header; empty where there is none."""
    found = re.search(r"sips?:([^@;>\s]+)@", text)
    return found.group(1) if found else ""


def display_of(text: str) -> str:
    """Display name of a name-addr header, unquoted."""
    return text.partition("<")[0].strip().strip('"') if "<" in text else ""


def tag_of(text: str) -> str:
    found = re.search(r";tag=([^;>\s]+)", text)
    return found.group(1) if found else ""


def uri_of(text: str) -> str:
    """URI inside a name-addr header such as Contact."""
    found = re.search(r"<([^>]+)>", text)
    return found.group(1) if found else text.partition(";")[0].strip()


def address_of(uri: str) -> Address:
    """Host and port of a URI; 5060 where it names no port."""
    host, _, port = re.split(r"[;>?]", uri.partition(":")[2])[0].rpartition("@")[2].partition(":")
    return host, int(port or 5060)


def via_address(via: str) -> Address:
    """Where a response goes by its Via: received and rport where present, else sent-by."""
    sent_by, *params = via.split(" ", 1)[1].split(";")
    values = dict(p.strip().partition("=")[::2] for p in params)
    host, _, port = sent_by.strip().partition(":")
    return values.get("received") or host, int(values.get("rport") or port or 5060)


def via_branch(via: str) -> str:
    found = re.search(r"branch=([^;\s]+)", via)
    return found.group(1) if found else ""


def new_token() -> str:
    return secrets.token_hex(8)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """Authorization header for a WWW-Authenticate challenge (RFC 2617: MD5, qop auth or none)."""
    given = {k: quoted or bare for k, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', challenge)}
    realm, nonce = given["realm"], given["nonce"]
    ha1, ha2 = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    fields = f'username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", algorithm=MD5'
    if opaque := given.get("opaque"):
        fields += f', opaque="{opaque}"'
    if "qop" not in given:
        return f'Digest {fields}, response="{_md5(f"{ha1}:{nonce}:{ha2}")}"'
    cnonce = new_token()
    response = _md5(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}")
    return f'Digest {fields}, qop=auth, nc=00000001, cnonce="{cnonce}", response="{response}"'
