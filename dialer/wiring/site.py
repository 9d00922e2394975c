"""What every process of a site starts with: clock, secrets, the signed rulebook, the record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dialer.clock import SystemClock
from dialer.core.admission import Actor
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import Unsound
from dialer.core.rulebook import Rulebook
from dialer.policy_files import load_rulebook
from dialer.policy_signature import Signature, read_signature, verify
from dialer.policy_stored import restored, stored
from dialer.ports.calls import Timing
from dialer.record.four_eyes import Approvers, Deputy
from dialer.record.given import Spans
from dialer.record.log import SELF
from dialer.record.policies import Proposal
from dialer.record.store import RecordStore
from dialer.secrets import Secrets
from dialer.settings import Settings

log = logging.getLogger(__name__)

VERSION = "0.1.0"
SYSTEM: Actor = SELF


def clock_of(settings: Settings) -> SystemClock:
    """The clock of the site, a declared lab offset included."""
    return SystemClock(settings.lab.clock_offset_s)


def signed_rulebook(settings: Settings, revision: int | None = None) -> tuple[Rulebook, Signature]:
    """The rulebook of the settings, or of another `revision` of their folder.

    Raises BadInput unless a trusted key has signed exactly this one.
    """
    wanted = settings.policy
    rulebook = load_rulebook(wanted.folder, revision or wanted.revision)
    signature = read_signature(wanted.signature)
    verify(rulebook, signature.model_dump(), _trusted(wanted.trusted_keys), str(wanted.signature))
    return rulebook, signature


def _trusted(keys: Mapping[str, Path]) -> dict[str, bytes]:
    faults = [
        InputFault(Place(str(path)), "no such file", name, "[policy] trusted_keys names public keys (PEM)")
        for name, path in keys.items()
        if not path.is_file()
    ]
    if faults:
        raise BadInput(faults)
    return {name: path.read_bytes() for name, path in keys.items()}


def open_record(
    settings: Settings,
    secrets: Secrets,
    clock: SystemClock,
    rulebook: Rulebook,
    soundness: Callable[[], Sequence[Unsound]] = tuple,
) -> RecordStore:
    """Own the record of the site. Raises Fault `sound.record` where another process does."""
    timing = settings.timing
    store = RecordStore.open(
        settings.site.data_dir,
        secrets=secrets,
        clock=clock,
        rulebooks={rulebook.digest: rulebook},
        spans=Spans(timing.permit_s, timing.ring_timeout_s, timing.ring_grace_s),
        soundness=soundness,
        lab=settings.lab.declared,
    )
    store.changes.approvers = _approvers(settings)
    return store


def _approvers(settings: Settings) -> Approvers:
    given = settings.approvers
    deputies = tuple(Deputy(one.name, one.of, one.from_, one.to) for one in given.deputies)
    return Approvers(given.people, deputies, settings.site.zone, given.expire_days)


async def refuse_lab(settings: Settings, store: RecordStore) -> None:
    """Raise BadInput where a lab's clock or people are declared for a record that real calls stand in."""
    if settings.lab.declared and not await store.is_lab():
        hint = "remove it, or give the lab a data_dir of its own"
        place = Place(str(settings.site.data_dir), path="lab.clock_offset_s")
        shown = f"{settings.lab.clock_offset_s:g}"
        why = "a shifted clock, or people of a lab, for a record that is not a lab's:"
        raise BadInput([InputFault(place, why, shown, hint)])


async def put_rulebook(
    store: RecordStore, rulebook: Rulebook, signature: Signature, actor: Actor = SYSTEM
) -> Proposal:
    """Put the signed rulebook in force, or keep it waiting where it may loosen the one in force, which then stays.

    Raises BadInput where a newer revision was in force before.
    """
    store.know(rulebook)
    proposal = await store.propose_policy(stored(rulebook, signature.model_dump()), actor)
    if not proposal.in_force:
        log.warning("policy revision `%d` may loosen: it waits for a second person", rulebook.revision)
        await _know_in_force(store)
    return proposal


async def _know_in_force(store: RecordStore) -> None:
    current = await store.in_force("policy")
    try:
        if current is not None:
            store.know(restored(current[1]))
    except BadInput as error:
        log.warning("no call until it is approved, since the set in force cannot be used: %s", error)


def timing_of(settings: Settings) -> Timing:
    """How long things may take in a call."""
    given = settings.timing
    return Timing(
        max_deaf_s=given.max_deaf_s,
        renew_every_s=given.renew_every_s,
        agent_spoken_within_s=given.agent_spoken_within_s,
        max_call_s=given.max_call_s,
        opt_out_key=given.opt_out_key,
        agent_key=given.agent_key,
        wrong_person_key=given.wrong_person_key,
        party_key=given.party_key,
        party_within_s=given.party_within_s,
    )
