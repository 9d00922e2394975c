"""Every table of the record, as SQLAlchemy Core. Ids are UUIDs as text, instants microseconds UTC.

Nothing here holds a number or name of a person in clear: subjects are keyed hashes, what must be read again
is ciphertext in `sealed`. Tri-states are 0 no, 1 yes, 2 unknown, and unknown counts as yes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

NO, YES, UNKNOWN = 0, 1, 2

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id") -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _us(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


def _small(name: str, default: int | None = None, *, null: bool = False) -> Column[int]:
    server = None if default is None else text(str(default))
    return Column(name, Integer, nullable=null, server_default=server)


def _bytes(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


def _subject(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, ForeignKey("subjects.id"), nullable=null)


meta = Table("meta", metadata, _id("name"), _text("value"))

# The run of the process that owns this record: an attempt whose owner is another run has lost its process.
lease = Table("lease", metadata, _id("name"), _text("run"), _small("pid"), _us("taken_us"))

# --- who is called ---

# `hash` is NULL once erased: then nothing leads from a customer id or number to this surrogate any more.
subjects = Table(
    "subjects",
    metadata,
    _id(),
    _text("kind"),
    _text("scope"),
    _bytes("hash", null=True),
    _small("key_version"),
    _us("enrolled_us"),
    _us("erased_us", null=True),
    CheckConstraint("kind IN ('person', 'line', 'debt')", name="kind"),
    Index("uq_subjects_hash", "hash", unique=True),
)

# Ciphertext of what must be read again by people, outside the hashed bytes of any entry.
sealed = Table(
    "sealed",
    metadata,
    Column("subject", Text, ForeignKey("subjects.id"), primary_key=True),
    Column("field", Text, primary_key=True),
    _bytes("ciphertext"),
    _bytes("salt"),
    _bytes("commitment"),
)

preferences = Table(
    "preferences",
    metadata,
    _id(),
    _subject("subject"),
    _text("kind"),
    _text("enterprise", null=True),
    _text("purpose", null=True),
    _text("product", null=True),
    _text("channel", null=True),
    _text("source"),
    _us("stated_us"),
    _us("from_us"),
    _us("until_us", null=True),
    _text("evidence"),
    _text("actor"),
    CheckConstraint("kind IN ('accept', 'opt_out')", name="kind"),
    Index("ix_preferences_subject_stated_us", "subject", "stated_us"),
)

# A person's whole week as he wants it; `windows` is JSON.
personal_hours = Table(
    "personal_hours",
    metadata,
    _id(),
    _subject("subject"),
    _text("enterprise", null=True),
    _text("purpose", null=True),
    _text("windows"),
    _text("source"),
    _us("stated_us"),
    _us("until_us", null=True),
    _text("evidence"),
    _text("actor"),
    Index("ix_personal_hours_subject_stated_us", "subject", "stated_us"),
)

# Opt-outs that outlive the erasure of their subject, by keyed hash.
suppression = Table(
    "suppression",
    metadata,
    _id(),
    _bytes("hash"),
    _small("key_version"),
    _text("enterprise", null=True),
    _text("purpose", null=True),
    _text("product", null=True),
    _text("channel", null=True),
    _text("source"),
    _us("stated_us"),
    _us("until_us", null=True),
    Index("ix_suppression_hash", "hash"),
)

# --- what counts ---

touches = Table(
    "touches",
    metadata,
    _id(),
    _text("kind"),
    _subject("person"),
    _subject("line"),
    _subject("debt", null=True),
    _text("enterprise"),
    _text("agency", null=True),
    _text("purpose"),
    _us("at_us"),
    _small("rang"),
    _small("answered"),
    _small("conversed"),
    _small("reversed", 0),
    # From which number it came; only our own attempts have one.
    _text("caller_id", null=True),
    Index("ix_touches_caller_id_at_us", "caller_id", "at_us", sqlite_where=text("reversed = 0")),
    Index("ix_touches_person_at_us", "person", "at_us", sqlite_where=text("reversed = 0")),
    Index("ix_touches_line_at_us", "line", "at_us", sqlite_where=text("reversed = 0")),
)

attempts = Table(
    "attempts",
    metadata,
    _id(),
    _text("call"),
    _text("request"),
    _subject("person"),
    _subject("line"),
    _subject("debt", null=True),
    _text("enterprise"),
    _text("agency", null=True),
    _text("platform", null=True),
    _text("purpose"),
    _text("product"),
    _text("campaign", null=True),
    _text("agent", null=True),
    _text("script"),
    _small("script_version"),
    _text("announcement"),
    _text("caller_id"),
    _text("caller_name"),
    _text("trunk"),
    _text("line_class"),
    _text("country"),
    _text("zones"),
    _text("rulebook"),
    _us("decided_us"),
    _us("dial_before_us"),
    _us("ring_until_us"),
    _us("live_until_us"),
    _text("state"),
    _small("live"),
    _text("owner"),
    _us("rang_us", null=True),
    _us("answered_us", null=True),
    _us("bridged_us", null=True),
    _us("ended_us", null=True),
    _text("outcome", null=True),
    _small("cause", null=True),
    _text("left", null=True),
    # The database's own backstop: whatever the code does, two live attempts cannot reach one person or line.
    Index("uq_attempts_live_person", "person", unique=True, sqlite_where=text("live = 1")),
    Index("uq_attempts_live_line", "line", unique=True, sqlite_where=text("live = 1")),
    Index("ix_attempts_call", "call"),
    Index(
        "ix_attempts_campaign_answered_us",
        "campaign",
        "answered_us",
        sqlite_where=text("answered_us IS NOT NULL"),
    ),
    Index(
        "ix_attempts_enterprise_answered_us",
        "enterprise",
        "answered_us",
        sqlite_where=text("answered_us IS NOT NULL"),
    ),
)

attempt_events = Table(
    "attempt_events",
    metadata,
    Column("attempt", Text, ForeignKey("attempts.id"), primary_key=True),
    Column("event", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    _us("at_us"),
    _text("entry"),
)

# `key` is the keyed hash of the idempotency key, which may hold anything the caller put there.
requests = Table(
    "requests",
    metadata,
    _id(),
    Column("key", LargeBinary, nullable=False, unique=True),
    _text("digest"),
    _us("at_us"),
    _text("effect"),
    _text("attempt", null=True),
    _text("entry"),
    _text("rulebook"),
)

# --- evidence ---

entries = Table(
    "entries",
    metadata,
    _id(),
    _text("type"),
    _us("at_us"),
    _text("about", null=True),
    _bytes("bytes"),
    _bytes("leaf"),
    Index("ix_entries_about", "about"),
)

# Where an entry stands in the log: no part of the entry's bytes. `newest_us` is the newest instant so far.
log = Table(
    "log",
    metadata,
    Column("idx", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("entry", Text, ForeignKey("entries.id"), nullable=False, unique=True),
    _bytes("leaf"),
    _bytes("chain"),
    _us("newest_us"),
)

# --- what binds ---

versions = Table(
    "versions",
    metadata,
    _id(),
    _text("kind"),
    _text("digest"),
    _bytes("document"),
    _us("at_us"),
    _text("actor"),
)
in_force = Table(
    "in_force",
    metadata,
    _id("kind"),
    Column("version", Text, ForeignKey("versions.id"), nullable=False),
    _us("since_us"),
)
# One row, whose mark is new at random after each change of what binds every call (see the triggers of revision 0008).
binding = Table("binding", metadata, _id("name"), _text("mark"))
scripts = Table(
    "scripts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    _text("enterprise"),
    _text("purposes"),
    _text("products"),
    _text("mode"),
    _text("parts"),
    _text("text"),
    _text("audio_sha256"),
    _small("duration_ms"),
    _small("closing", 0),
    Column("replacements", Text, nullable=False, server_default=text("''")),
    _us("start_us", null=True),
    _us("end_us", null=True),
    _text("status"),
    _text("submitted_by"),
    _text("approved_by", null=True),
    Index("uq_scripts_approved", "id", unique=True, sqlite_where=text("status = 'approved'")),
    Index("ix_scripts_enterprise_closing", "enterprise", "closing"),
)
stops = Table(
    "stops",
    metadata,
    _id(),
    _text("scope"),
    _text("target", null=True),
    _text("reason"),
    _us("since_us"),
    _text("by"),
    _us("lifted_us", null=True),
    _text("lifted_by", null=True),
    CheckConstraint("scope IN ('all', 'enterprise', 'agency', 'campaign')", name="scope"),
    Index("ix_stops_lifted_us", "lifted_us"),
)

# --- lists and campaigns ---

lists = Table("lists", metadata, _id(), _text("name"), _text("digest"), _us("imported_us"), _text("actor"))
# `fields` is JSON; number and name in it are ciphertext.
items = Table(
    "items",
    metadata,
    _id(),
    Column("list", Text, ForeignKey("lists.id"), nullable=False),
    _small("row"),
    _text("fields"),
    _text("state"),
    UniqueConstraint("list", "row"),
)
campaigns = Table(
    "campaigns",
    metadata,
    _id(),
    _text("name"),
    Column("list", Text, ForeignKey("lists.id"), nullable=False),
    _text("settings"),
    _text("schedule", null=True),
    _text("state"),
    _text("actor"),
)
campaign_runs = Table(
    "campaign_runs",
    metadata,
    _id(),
    Column("campaign", Text, ForeignKey("campaigns.id"), nullable=False),
    _us("scheduled_us"),
    _text("state"),
    _us("started_us", null=True),
    _us("ended_us", null=True),
    UniqueConstraint("campaign", "scheduled_us"),
)
run_items = Table(
    "run_items",
    metadata,
    Column("run", Text, ForeignKey("campaign_runs.id"), primary_key=True),
    Column("item", Text, ForeignKey("items.id"), primary_key=True),
    _small("tries", 0),
    _text("state"),
    _text("attempt", null=True),
    _us("next_us", null=True),
    _text("why", null=True),
    Index("ix_run_items_run_state", "run", "state"),
)
