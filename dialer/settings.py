"""`dialer.toml`: how one site runs. What is lawful does not stand here, but in policy and register.

Paths are relative to the file's own folder. Passwords and keys are named by the path of their file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from dialer.core.errors import BadInput, InputFault, Place
from dialer.documents import Document, load_toml, validated
from dialer.fields import Zone
from dialer.secrets import privacy_fault

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address such as http://127.0.0.1:8088")
    if parts.username or parts.password:
        raise ValueError("a password does not stand in an address; use user and password_file")
    return text.rstrip("/")


def _hook_address(text: str) -> str:
    parts = urlsplit(text)
    # What is told names enterprises and people: nobody on the way may read it.
    if text and not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise ValueError("not an https address, nor one of this machine such as http://127.0.0.1:8099/hook")
    if parts.username or parts.password:
        raise ValueError("a password does not stand in an address; what is sent is signed")
    return text


def _host_port(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if text and not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("not host:port, such as 127.0.0.1:8090")
    return text


def _endpoint_of(*names: str) -> AfterValidator:
    def check(text: str) -> str:
        held = sorted(found for found in re.findall(r"\{([^{}]*)\}", text))
        if held != sorted(names) or text.count("{") + text.count("}") != 2 * len(names):
            raise ValueError(f"an endpoint holds {' and '.join(f'{{{one}}}' for one in names)}, once each")
        return text

    return AfterValidator(check)


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


WebAddress = Annotated[str, AfterValidator(_web_address)]
HostPort = Annotated[str, AfterValidator(_host_port)]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
OptionalPath = Annotated[Path | None, BeforeValidator(_none_if_empty)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(_Section):
    """Whose installation this is. The record, keys, journal, socket and recordings live in `data_dir`."""

    name: Annotated[str, Field(min_length=1)]
    data_dir: Path
    zone: Zone


class Ari(_Section):
    """Where Asterisk is. `recordings_dir` absent or empty: recordings are fetched over ARI."""

    url: WebAddress
    user: Annotated[str, Field(min_length=1)]
    password_file: Path
    app: Name = "dialer"
    trunk_endpoint: Annotated[str, _endpoint_of("number", "trunk")] = "PJSIP/{number}@trunk-{trunk}"
    agent_endpoint: Annotated[str, _endpoint_of("agent")] = "PJSIP/agent-{agent}"
    sounds_dir: Path
    recordings_dir: OptionalPath = None


class Policy(_Section):
    """The signed rulebook. `trusted_keys` maps a key id to the file of a public key (PEM)."""

    folder: Path
    signature: Path
    revision: Annotated[int, Field(ge=1)]
    trusted_keys: Annotated[dict[str, Path], Field(min_length=1)]


class Timing(_Section):
    """How long things may take; seconds."""

    permit_s: Annotated[float, Field(gt=0, le=10)] = 2.0
    ring_timeout_s: Annotated[float, Field(gt=0, le=120)] = 30
    max_deaf_s: Seconds = 10
    agent_answer_s: Seconds = 15
    renew_every_s: Seconds = 3
    opt_out_key: Key = "9"
    agent_key: Key = "1"
    wrong_person_key: Key = "8"
    party_key: Key = "1"
    party_within_s: Seconds = 8
    agent_spoken_within_s: Seconds = 15
    max_call_s: Seconds = 600
    ring_grace_s: Seconds = 180


class Api(_Section):
    """HTTP beside the unix socket; `tcp` empty: only the socket. `group` may use the socket beside its owner."""

    tcp: HostPort = ""
    group: str = ""
    token_file: OptionalPath = None


class WebhookTo(_Section):
    """Where deadlines are told; `url` empty: nowhere."""

    url: Annotated[str, AfterValidator(_hook_address)] = ""
    secret_file: OptionalPath = None


class PublicPage(_Section):
    """The page for the people called; `listen` empty: none. Codes go to `code_url`, for whoever sends SMS.

    `proxied`: a proxy with TLS stands before it and names the asker in X-Forwarded-For.
    """

    listen: HostPort = ""
    proxied: bool = False
    code_url: Annotated[str, AfterValidator(_hook_address)] = ""
    code_secret_file: OptionalPath = None


class Lab(_Section):
    """A declared lab clock, in seconds from the real one; people whom one user of a lab may speak for."""

    clock_offset_s: float = 0
    people: tuple[Name, ...] = ()

    @property
    def declared(self) -> bool:
        """Whether anything is asked for that only a lab may have."""
        return bool(self.clock_offset_s or self.people)


class Deputy(_Section):
    """`name` stands in for `of`, from the first civil day of the site to the day after the last."""

    name: Name
    of: Name
    from_: Annotated[date, Field(alias="from")]
    to: date


class Approving(_Section):
    """Who may approve what another one put forward, by the names of their users; nobody named: whoever is known."""

    people: tuple[Name, ...] = ()
    deputies: tuple[Deputy, ...] = ()
    expire_days: Annotated[int, Field(ge=1, le=30)] = 14


class RegulatorAddress(_Section):
    """Where a regulator takes the number list over HTTP, and the bearer token it knows us by."""

    url: WebAddress
    token_file: OptionalPath = None


class NumberList(_Section):
    """How the 号码清单 is submitted. `regulators` are named as the register names them; others get files."""

    template: OptionalPath = None
    publish: bool = False
    regulators: dict[str, RegulatorAddress] = {}


class AgentNames(_Section):
    """Whose phones are called: each name is put in `ari.agent_endpoint`."""

    names: tuple[Name, ...] = ()


class Prompts(_Section):
    """The file of approved prompts; empty: nobody who calls back is answered, and a denial is a tone."""

    file: OptionalPath = None


class SecretFiles(_Section):
    """The folder of the key files; see `dialer.secrets`."""

    dir: Path


class Settings(_Section):
    """All of `dialer.toml`, paths made absolute."""

    site: Site
    ari: Ari
    policy: Policy
    secrets: SecretFiles
    timing: Timing = Timing()
    api: Api = Api()
    lab: Lab = Lab()
    approvers: Approving = Approving()
    agents: AgentNames = AgentNames()
    prompts: Prompts = Prompts()
    webhook: WebhookTo = WebhookTo()
    public: PublicPage = PublicPage()
    number_list: NumberList = NumberList()


def _trunk_fault(settings: Settings) -> str | None:
    """Why an agent's phone would be called over a trunk, past the gate; None where it would not.

    A technology, a slash and the name of an endpoint: no address behind it (`…@trunk`, `…/sip:…`), no dialplan
    (`Local/…`), no second endpoint, and no name that a trunk has.
    """
    trunk, agent = settings.ari.trunk_endpoint, settings.ari.agent_endpoint
    technology, _, named = agent.partition("/")
    if not re.fullmatch(r"[A-Za-z0-9_.{}-]+", named) or technology.lower() == "local":
        return "not TECHNOLOGY/endpoint"
    over = trunk.partition("/")[2]
    trunks = re.escape(over.partition("@")[2] or over).replace(re.escape("{trunk}"), ".+")
    trunks = trunks.replace(re.escape("{number}"), ".*")
    names = [named.replace("{agent}", one) for one in ("any", *settings.agents.names)]
    return "a trunk's own name" if any(re.fullmatch(trunks, one, re.I) for one in names) else None


def load_settings(path: Path) -> Settings:
    """The settings in `path`. Raises BadInput with every fault: unknown keys, wrong types, open secrets."""
    document = load_toml(path)
    settings = _absolute(validated(document, Settings), path.resolve().parent)
    faults = _contradictions(settings, document)
    if faults:
        raise BadInput(faults)
    return settings


_Model = TypeVar("_Model", bound=BaseModel)


def _absolute(section: _Model, folder: Path) -> _Model:
    def resolved(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return _absolute(value, folder)
        if isinstance(value, dict):
            return {key: resolved(one) for key, one in value.items()}
        return folder / value.expanduser() if isinstance(value, Path) else value

    changes = {name: resolved(getattr(section, name)) for name in type(section).model_fields}
    return section.model_copy(update=changes)


def _lab_far_away(settings: Settings) -> Iterator[tuple[str, str]]:
    """What is declared of a lab beside an Asterisk that is not on this machine."""
    if urlsplit(settings.ari.url).hostname not in LOOPBACK:
        lab = settings.lab
        yield from (("clock_offset_s", f"{lab.clock_offset_s:g}"),) if lab.clock_offset_s else ()
        yield from (("people", " ".join(lab.people)),) if lab.people else ()


def _page_faults(page: PublicPage) -> Iterator[tuple[str, str]]:
    """Why the page would be open to people who prove nothing, or would show what they type; and what to do."""
    if page.listen and not (page.code_url and page.code_secret_file):
        hint = "set public.code_url and public.code_secret_file: who asks must prove his number"
        yield "a page without codes", hint
    if page.listen and not page.proxied and page.listen.rpartition(":")[0].strip("[]") not in LOOPBACK:
        hint = "listen on 127.0.0.1 behind a proxy with TLS, and set public.proxied"
        yield "an open page without TLS:", hint


def _double_keys(timing: Timing) -> Iterator[tuple[str, str, str, str]]:
    """Keys that would mean two things to one side: name, reason, key, hint."""
    for name in ("agent_key", "wrong_person_key", "party_key"):
        key = getattr(timing, name)
        if key == timing.opt_out_key:
            yield name, "also the opt-out key:", key, "give the callee's opt-out and this two different keys"
        elif name != "wrong_person_key" and key == timing.wrong_person_key:
            yield name, "also the wrong person's key:", key, "give timing.wrong_person_key a key of its own"


def _contradictions(settings: Settings, document: Document) -> list[InputFault]:
    def fault(path: tuple[str, str], reason: str, value: object, hint: str) -> InputFault:
        return InputFault(
            Place(document.file, document.line_of(path), ".".join(path)), reason, str(value), hint
        )

    timing, faults = settings.timing, []
    for path, secret in (
        (("ari", "password_file"), settings.ari.password_file),
        (("api", "token_file"), settings.api.token_file),
        (("webhook", "secret_file"), settings.webhook.secret_file),
        (("public", "code_secret_file"), settings.public.code_secret_file),
    ):
        open_to_others = privacy_fault(secret) if secret else None
        if open_to_others:
            faults.append(fault(path, open_to_others.reason, open_to_others.value, open_to_others.hint))
    if settings.api.tcp and settings.api.token_file is None:
        hint = "set api.token_file, or leave api.tcp empty"
        faults.append(fault(("api", "tcp"), "an open port without a token", settings.api.tcp, hint))
    if (barred := _webhook_fault(settings)) is not None:
        faults.append(fault(("webhook", "url"), barred[0], settings.webhook.url, barred[1]))
    faults += [
        fault(("public", "listen"), why, settings.public.listen, hint)
        for why, hint in _page_faults(settings.public)
    ]
    if (why := _trunk_fault(settings)) is not None:
        hint = "agents' legs never use a trunk: name their own endpoints, such as PJSIP/agent-{agent}"
        faults.append(fault(("ari", "agent_endpoint"), f"{why}:", settings.ari.agent_endpoint, hint))
    faults += [fault(("timing", name), *told) for name, *told in _double_keys(timing)]
    if timing.renew_every_s * 2 > timing.max_deaf_s:
        hint = f"at most half of timing.max_deaf_s, which is {timing.max_deaf_s:g}"
        shown = f"{timing.renew_every_s:g}"
        faults.append(fault(("timing", "renew_every_s"), "renews too late:", shown, hint))
    hint = "a shifted clock and people of a lab are for a lab on this machine only; remove them"
    faults += [
        fault(("lab", key), "a lab at a real Asterisk:", shown, hint)
        for key, shown in _lab_far_away(settings)
    ]
    for name, one in settings.number_list.regulators.items():
        why, hint = _regulator_fault(one, lab=settings.lab.declared)
        if why:
            faults.append(fault(("number_list", "regulators"), f"{why}:", name, hint))
    faults += [
        fault(
            ("approvers", "deputies"),
            why,
            one.name,
            "a deputy is another one, of one of the people, with from before to",
        )
        for one in settings.approvers.deputies
        if (why := _deputy_fault(one, settings.approvers.people)) is not None
    ]
    return faults


def _deputy_fault(one: Deputy, people: Sequence[str]) -> str | None:
    if one.of not in people:
        return f"stands in for `{one.of}`, who may not approve:"
    if one.name == one.of:
        return "stands in for himself:"
    return "ends before it begins:" if one.to <= one.from_ else None


def _webhook_fault(settings: Settings) -> tuple[str, str] | None:
    """Why nothing may be told there, and what to do; None where it may."""
    given = settings.webhook
    if given.url and given.secret_file is None:
        return "a webhook without a secret", "set webhook.secret_file: the receiver must know who speaks"
    if given.url and settings.lab.declared and urlsplit(given.url).hostname not in LOOPBACK:
        return "a lab would tell the world:", "name an address of this machine, or remove it"
    return None


def _regulator_fault(one: RegulatorAddress, *, lab: bool) -> tuple[str, str]:
    """Why a regulator must not be spoken to so, and what to do; both empty where all is well."""
    address = urlsplit(one.url)
    away = address.hostname not in LOOPBACK
    if away and lab:
        return "a lab would submit to a real regulator", "a lab speaks to the simulated one on this machine"
    if away and address.scheme != "https":
        return "the number list would go in clear", "give an https address"
    open_to_others = privacy_fault(one.token_file) if one.token_file else None
    return (open_to_others.reason, open_to_others.hint) if open_to_others else ("", "")
