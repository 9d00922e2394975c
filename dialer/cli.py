"""`dialer`: every command. A module of `dialer.commands` for each subject; this only puts them together."""

from __future__ import annotations

import typer

from dialer.commands import (
    bench,
    calls,
    campaigns,
    cases,
    contacts,
    control,
    demo,
    doctor,
    lab,
    merging,
    number_list,
    numbers,
    people,
    policy_tools,
    preferences,
    scripts,
    serve,
    stock,
    watch,
    ways_in,
)
from dialer.commands.options import group

app = group(
    "Outbound calls that can be proved lawful: no call reaches a trunk unless every rule in force permits it."
)

for command in (
    serve.serve,
    calls.call,
    calls.decide,
    control.status,
    control.stop,
    control.resume,
    doctor.doctor,
    watch.watch,
    demo.demo,
):
    app.command(command.__name__)(command)

# Modules that add their commands to the group `register`; imported, that is done.
ALSO_OF_REGISTER = (merging, stock)

preferences.preference.command("right-person")(ways_in.right_person)

_GROUPS: dict[str, typer.Typer] = {
    "campaign": campaigns.campaign,
    "case": cases.case,
    "contact": contacts.contact,
    "number": numbers.number,
    "person": people.person,
    "preference": preferences.preference,
    "register": number_list.register,
    "script": scripts.script,
    "policy": policy_tools.policy,
    "agents": control.agents,
    "bench": bench.bench,
    "lab": lab.lab,
}
for name, commands in _GROUPS.items():
    app.add_typer(commands, name=name)
