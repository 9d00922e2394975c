"""`dialer policy test`, `mutate`, `prove`, `diff`: what shows that the rules say what they should."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dialer.commands.options import CONFIG, DENIED, AsJson, Config, Lang, fail, language, say, say_json, warn
from dialer.commands.policies import Folder, policy, policy_folder, rulebook_of
from dialer.commands.policy_pages import (
    difference_json,
    proof_json,
    show_differences,
    show_proofs,
    write_facts,
)
from dialer.core.errors import BadInput, DialerError, InputFault, Place

__all__ = ["policy"]

Cases = Annotated[
    Path | None,
    typer.Option("--cases", help="folder of case files and of the lawful call `facts.yaml`"),
]


@policy.command("test")
def run_cases(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]")] = None,
    folder: Folder = None,
    cases: Cases = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Run the case files of every rule, or those given; exit 1 where a case fails."""
    from dialer import policy_testing as testing
    from dialer.policy_files import load_policy

    try:
        where = policy_folder(folder, config)
        rules, kept = load_policy(where), cases_folder(cases, where)
        asked = files or testing.case_files(kept)
        suites = testing.read_suites(rules, asked, testing.base_facts(kept))
    except DialerError as error:
        fail(error)
    outcomes = list(testing.run(suites))
    failed = [one for one in outcomes if not one.passed]
    bare = [] if files else testing.without_cases(rules, suites)
    sources = sorted({one.source for one in outcomes})
    if as_json:
        told = [{name: getattr(one, name) for name in _OUTCOME} for one in failed]
        counts = {"cases": len(outcomes), "passed": len(outcomes) - len(failed), "rules": len(suites)}
        say_json({**counts, "failed": told, "without_cases": bare, "sources": sources})
    else:
        for one in failed:
            warn(
                f"failed: {one.rule}: {one.case} ({one.file})\n  expected: {one.expected}\n  said:     {one.said}"
            )
        for rule in bare:
            warn(f"no case: {rule}")
        say(
            f"{len(outcomes) - len(failed)} of {len(outcomes)} cases passed: "
            f"{len(suites)} rules, {len(sources)} sources cited"
        )
    raise SystemExit(DENIED if failed or bare or not outcomes else 0)


_OUTCOME = ("rule", "source", "case", "file", "expected", "said")


@policy.command("mutate")
def mutate(
    rule: Annotated[list[str] | None, typer.Argument(metavar="[RULE…]")] = None,
    folder: Folder = None,
    cases: Cases = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Change every parameter of every rule a little; exit 1 where no case notices."""
    from dialer import policy_testing as testing
    from dialer.policy_files import load_policy
    from dialer.policy_mutate import score

    try:
        where = policy_folder(folder, config)
        rules, kept = load_policy(where), cases_folder(cases, where)
        suites = testing.read_suites(rules, testing.case_files(kept), testing.base_facts(kept))
        bare = testing.without_cases(rules, suites)
        known(rule or (), [one.id for pack in rules.packs for one in pack.rules], "RULE")
    except DialerError as error:
        fail(error)
    found = score(suites, frozenset(rule or ()))
    percent = 100 * found.killed / found.mutants if found.mutants else 0.0
    survivors = [str(one) for one in found.survivors]
    if as_json:
        counts = {"mutants": found.mutants, "killed": found.killed, "score_percent": round(percent, 2)}
        say_json({**counts, "survivors": survivors, "without_cases": bare})
    else:
        for text in survivors:
            warn(f"survived: {text}")
        for one in bare:
            warn(f"no case: {one}")
        say(f"{found.killed} of {found.mutants} mutants killed: {percent:.1f} %")
    raise SystemExit(DENIED if survivors or bare or not found.mutants else 0)


@policy.command("prove")
def prove(
    claim: Annotated[list[str] | None, typer.Argument(metavar="[CLAIM…]")] = None,
    file: Annotated[
        Path | None, typer.Option("--claims", help="default: `claims.yaml` in the folder of the packs")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="folder for the facts of counterexamples")] = None,
    folder: Folder = None,
    cases: Cases = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Check claims about the rules at every boundary; exit 1 where one is false, with facts that show it."""
    from dialer import policy_prove as proving
    from dialer.policy_files import load_rulebook
    from dialer.policy_testing import base_facts

    try:
        where = policy_folder(folder, config)
        document, shape = proving.load_claims(file or where / proving.CLAIMS_FILE)
        known(claim or (), [one.id for one in shape.claims], "CLAIM")
        base = base_facts(cases_folder(cases, where))
        found = list(proving.prove(load_rulebook(where, 1), document, shape, base, claim or ()))
    except DialerError as error:
        fail(error)
    told = [proof_json(one) for one in found]
    if out is not None:
        write_facts(out, told)
    if as_json:
        say_json({"claims": told, "false": [one["id"] for one in told if not one["holds"]]})
    else:
        show_proofs(told, language(lang))
    raise SystemExit(DENIED if any(not one.holds for one in found) else 0)


@policy.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="A")],
    after: Annotated[str, typer.Argument(metavar="B")],
    cases: Cases = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """What changes from A to B, folders of packs or revisions in the record: rules, parameters, calls."""
    from dialer.core.facts import Facts
    from dialer.documents import validated
    from dialer.policy_diff import differences
    from dialer.policy_testing import base_facts

    try:
        sides = [rulebook_of(one, config) for one in (before, after)]
        where = next((Path(one) for one in (after, before) if Path(one).is_dir()), None)
        base = base_facts(cases_folder(cases, where or policy_folder(None, config)))
        found = differences(sides[0], sides[1], validated(base, Facts))
    except DialerError as error:
        fail(error)
    told = [difference_json(one) for one in found]
    if as_json:
        say_json({"tightens": all(one.tightens for one in found), "differences": told})
    else:
        show_differences(told, language(lang))


def cases_folder(given: Path | None, policies: Path) -> Path:
    """Where the case files are: as given, else `tests/policies` beside the folder of the packs. Raises BadInput."""
    from dialer.policy_testing import BASE_FACTS

    folder = given or policies.resolve().parent / "tests" / "policies"
    if not (folder / BASE_FACTS).is_file():
        hint = f"name the folder that holds `{BASE_FACTS}` and the case files: --cases FOLDER"
        raise BadInput([InputFault(Place(str(folder)), "holds no case files", BASE_FACTS, hint)])
    return folder


def known(asked: Sequence[str], names: Sequence[str], what: str) -> None:
    """Raise BadInput for what is asked for and not there."""
    from dialer.document_faults import nearest

    faults = [
        InputFault(Place(what), f"no such {what.lower()}", one, nearest(one, names))
        for one in asked
        if one not in names
    ]
    if faults:
        raise BadInput(faults)
