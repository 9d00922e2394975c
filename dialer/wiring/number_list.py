"""The number list's desk of a site, from its settings."""

from __future__ import annotations

from dialer.number_list.delivery import Address
from dialer.number_list.desk import NumberListDesk
from dialer.number_list.standing import Rules
from dialer.number_list.template import load_template
from dialer.ports.calls import Clock
from dialer.record.store import RecordStore
from dialer.secrets import read_secret
from dialer.settings import Settings


def number_list_desk(store: RecordStore, clock: Clock, settings: Settings) -> NumberListDesk:
    """Template, keys and tokens are read now, so that what is wrong with them is told at the start."""
    wanted = settings.number_list
    return NumberListDesk(
        store,
        clock,
        Rules(
            folder=settings.site.data_dir,
            trusted={name: path.read_bytes() for name, path in settings.policy.trusted_keys.items()},
            addresses={
                name: Address(one.url, read_secret(one.token_file) if one.token_file else "")
                for name, one in wanted.regulators.items()
            },
            template=load_template(wanted.template),
            publish=wanted.publish,
        ),
    )
