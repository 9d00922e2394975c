"""`dialer policy …`: needs no controller."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.commands.options import (
    BAD,
    CONFIG,
    AsJson,
    Config,
    Lang,
    fail,
    group,
    language,
    say,
    say_json,
    warn,
)
from dialer.core.errors import BadInput, DialerError, InputFault, Place
from dialer.core.rulebook import Rulebook

policy = group("The rules: look at them, check them, sign them.")
Folder = Annotated[Path | None, typer.Option("--folder", help="default: [policy] folder of the settings")]
# Where no site is set up, as in a clone, the packs are read from here.
PACKS = Path("policies")


@policy.command("check")
def check(folder: Folder = None, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Read every pack, rule and calendar; every fault with its line, and what is due."""
    from datetime import UTC, datetime

    from dialer import policy_listing

    try:
        report = policy_listing.check(policy_folder(folder, config), datetime.now(UTC).date())
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(
            {
                "packs": report.packs,
                "rules": report.rules,
                "problems": [str(one) for one in report.problems],
                "due": list(report.due),
                "missing_years": [f"{country} {year}" for country, year in report.missing_years],
            }
        )
    elif not report.problems:
        say(f"in order: {report.packs} packs, {report.rules} rules")
        for rule in report.due:
            warn(f"`{rule}` is past its review date")
        for country, year in report.missing_years:
            hint = "put the notice beside the packs as `calendar-<name>.yaml`"
            warn(f"no official calendar of `{country} {year}`: days are read every way\n  hint: {hint}")
    else:
        for one in report.problems:
            warn(str(one))
    raise SystemExit(BAD if report.problems else 0)


@policy.command("list")
def rules(folder: Folder = None, config: Config = CONFIG, as_json: AsJson = False, lang: Lang = "") -> None:
    """Every rule: pack, id, kind, force, mode, period."""
    from datetime import UTC, datetime

    from dialer import policy_listing
    from dialer.policy_files import load_policy

    try:
        found = policy_listing.listing(load_policy(policy_folder(folder, config)), datetime.now(UTC).date())
    except DialerError as error:
        fail(error)
    if as_json:
        say_json([_plain(asdict(one)) for one in found])
        return
    for one in found:
        title = one.title.zh if language(lang) == "zh" else one.title.en
        mark = "  review due" if one.due else ""
        say(
            f"{one.rule:<40} {one.kind:<14} {one.force:<12} {one.mode:<8} from {one.in_force_from}  {title}{mark}"
        )


@policy.command("show")
def show(
    rule: Annotated[str, typer.Argument(metavar="RULE")],
    folder: Folder = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """One rule in words: what it asks, of whom, since when, on which authority."""
    from dialer import policy_listing
    from dialer.core.entry import plain
    from dialer.policy_files import load_policy

    try:
        packs = load_policy(policy_folder(folder, config))
        found = policy_listing.find(packs, rule)
        if found is None:
            raise _bad("rule", "no such rule", rule, "dialer policy list")
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(plain(found))
    else:
        wanted: policy_listing.Language = "zh" if language(lang) == "zh" else "en"
        say(policy_listing.show(policy_listing.pack_of(packs, found), found, wanted))


@policy.command("sign")
def sign(
    key: Annotated[Path, typer.Option("--key", help="the private key (PEM, 0600)")],
    by: Annotated[str, typer.Option("--by", help="who signs; default: this user")] = "",
    revision: Annotated[
        int | None, typer.Option("--revision", help="default: that of the settings", min=1)
    ] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Sign the policy set of the settings as the rulebook of a revision."""
    from datetime import UTC, datetime

    from dialer.policy_files import load_rulebook
    from dialer.policy_signature import sign as signed
    from dialer.policy_signature import write_signature
    from dialer.settings import load_settings

    try:
        wanted = load_settings(config).policy
        rulebook = load_rulebook(wanted.folder, revision or wanted.revision)
        signature = signed(rulebook, key, by or getpass.getuser(), datetime.now(UTC))
        write_signature(signature, wanted.signature)
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(signature)
    else:
        say(f"signed: revision {rulebook.revision}, digest {rulebook.digest}, key {signature['key_id']}")


@policy.command("keygen")
def keygen(
    private: Annotated[Path, typer.Argument(metavar="PRIVATE.pem")],
    public: Annotated[Path, typer.Argument(metavar="PUBLIC.pem")],
) -> None:
    """Make a key pair for signing; the private one is never overwritten."""
    from dialer.policy_signature import make_key

    try:
        made = make_key(private, public)
    except FileExistsError:
        fail(_bad(str(private), "is there already", "", "choose another name: a key is never overwritten"))
    except OSError as error:
        fail(_bad(str(private), f"cannot be written: {error.strerror}", "", ""))
    say(f'key {made}; trust it in the settings: [policy] trusted_keys = {{ {made} = "{public}" }}')


@policy.command("load")
def load(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Have the controller read the signed set again: in force if it only tightens, else it waits for approval."""
    from dialer.commands.client import Client

    try:
        told = Client(config).post("/v1/policy", {}).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    elif told["in_force"]:
        say(f"revision {told['revision']} is in force, digest {told['digest']}")
    else:
        say(f"revision {told['revision']} waits: a second person approves it with `dialer policy approve`")
        for one in told["loosens"]:
            say(f"  may loosen: {one}")


@policy.command("approve")
def approve(
    revision: Annotated[int, typer.Argument(metavar="REVISION", min=1)],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Approve the waiting set; refused from who signed it or put it forward."""
    from dialer.commands.client import Client

    try:
        told = Client(config).post("/v1/policy/approval", {"revision": revision}).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        say(f"revision {told['revision']} is in force")


@policy.command("revisions")
def revisions(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Every policy set that the record has: in force, waiting or past."""
    from dialer.commands.client import Client

    try:
        told = Client(config).get("/v1/policy").document["revisions"]
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    for one in told:
        document = one["document"]
        signed = document.get("signature", {}).get("signed_by", "-")
        who = f"signed by {signed}, put by {one['by']}"
        say(f"{document['revision']:>6}  {one['state']:<9} {document['digest'][:16]}  {who}")


def rulebook_of(named: str, config: Path) -> Rulebook:
    """A folder of packs, or by its number a revision that the record of the site has. Raises BadInput."""
    from dialer.commands.client import Client
    from dialer.policy_files import load_rulebook
    from dialer.policy_stored import restored

    if Path(named).is_dir():
        return load_rulebook(Path(named), 1)
    if not named.isdigit():
        raise _bad("policy", "no such folder", named, "name a folder of packs, or the number of a revision")
    told = Client(config).get("/v1/policy").document["revisions"]
    found = [one["document"] for one in told if str(one["document"]["revision"]) == named]
    if not found:
        raise _bad("policy", "the record has no such revision", named, "dialer policy revisions")
    return restored(found[-1])


def policy_folder(folder: Path | None, config: Path) -> Path:
    """The folder of the packs: as given, else that of the settings, else `policies` beside us. Raises BadInput."""
    if folder is not None:
        return folder
    if config == CONFIG and not config.exists() and PACKS.is_dir():
        return PACKS
    from dialer.settings import load_settings

    return load_settings(config).policy.folder


def _bad(file: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(file), reason, value, hint)])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    from dialer.core.entry import plain

    shown: dict[str, Any] = plain(row)
    return shown
