"""The record's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table, each after those it points to."""
    _entries()
    _lease()
    _lists()
    _meta()
    _requests()
    _scripts()
    _stops()
    _subjects()
    _suppression()
    _versions()
    _attempts()
    _campaigns()
    _in_force()
    _items()
    _log()
    _preferences()
    _sealed()
    _touches()
    _attempt_events()
    _campaign_runs()
    _run_items()


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index("ix_entries_about", "entries", ["about"], unique=False)


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("taken_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )


def _lists() -> None:
    op.create_table(
        "lists",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("imported_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_requests_key")),
    )


def _scripts() -> None:
    op.create_table(
        "scripts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("audio_sha256", sa.Text(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("closing", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=True),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_scripts")),
    )
    op.create_index("ix_scripts_enterprise_closing", "scripts", ["enterprise", "closing"], unique=False)
    op.create_index(
        "uq_scripts_approved", "scripts", ["id"], unique=True, sqlite_where=sa.text("status = 'approved'")
    )


def _stops() -> None:
    op.create_table(
        "stops",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("lifted_us", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "scope IN ('all', 'enterprise', 'agency', 'campaign')", name=op.f("ck_stops_scope")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
    )
    op.create_index("ix_stops_lifted_us", "stops", ["lifted_us"], unique=False)


def _subjects() -> None:
    op.create_table(
        "subjects",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("enrolled_us", sa.BigInteger(), nullable=False),
        sa.Column("erased_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'line', 'debt')", name=op.f("ck_subjects_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subjects")),
    )
    op.create_index("uq_subjects_hash", "subjects", ["hash"], unique=True)


def _suppression() -> None:
    op.create_table(
        "suppression",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_hash", "suppression", ["hash"], unique=False)


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("debt", sa.Text(), nullable=True),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("script_version", sa.Integer(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("line_class", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("decided_us", sa.BigInteger(), nullable=False),
        sa.Column("dial_before_us", sa.BigInteger(), nullable=False),
        sa.Column("ring_until_us", sa.BigInteger(), nullable=False),
        sa.Column("live_until_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("rang_us", sa.BigInteger(), nullable=True),
        sa.Column("answered_us", sa.BigInteger(), nullable=True),
        sa.Column("bridged_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("left", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["debt"], ["subjects.id"], name=op.f("fk_attempts_debt")),
        sa.ForeignKeyConstraint(["line"], ["subjects.id"], name=op.f("fk_attempts_line")),
        sa.ForeignKeyConstraint(["person"], ["subjects.id"], name=op.f("fk_attempts_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_call", "attempts", ["call"], unique=False)
    op.create_index(
        "uq_attempts_live_line", "attempts", ["line"], unique=True, sqlite_where=sa.text("live = 1")
    )
    op.create_index(
        "uq_attempts_live_person", "attempts", ["person"], unique=True, sqlite_where=sa.text("live = 1")
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["list"], ["lists.id"], name=op.f("fk_campaigns_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )


def _in_force() -> None:
    op.create_table(
        "in_force",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["versions.id"], name=op.f("fk_in_force_version")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_in_force")),
    )


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["list"], ["lists.id"], name=op.f("fk_items_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("list", "row", name=op.f("uq_items_list_row")),
    )


def _log() -> None:
    op.create_table(
        "log",
        sa.Column(
            "idx", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("newest_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.id"], name=op.f("fk_log_entry")),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_log")),
        sa.UniqueConstraint("entry", name=op.f("uq_log_entry")),
    )


def _preferences() -> None:
    op.create_table(
        "preferences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_us", sa.BigInteger(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('accept', 'opt_out')", name=op.f("ck_preferences_kind")),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name=op.f("fk_preferences_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preferences")),
    )
    op.create_index("ix_preferences_subject_stated_us", "preferences", ["subject", "stated_us"], unique=False)


def _sealed() -> None:
    op.create_table(
        "sealed",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name=op.f("fk_sealed_subject")),
        sa.PrimaryKeyConstraint("subject", "field", name=op.f("pk_sealed")),
    )


def _touches() -> None:
    op.create_table(
        "touches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("debt", sa.Text(), nullable=True),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("conversed", sa.Integer(), nullable=False),
        sa.Column("reversed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["debt"], ["subjects.id"], name=op.f("fk_touches_debt")),
        sa.ForeignKeyConstraint(["line"], ["subjects.id"], name=op.f("fk_touches_line")),
        sa.ForeignKeyConstraint(["person"], ["subjects.id"], name=op.f("fk_touches_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touches")),
    )
    op.create_index(
        "ix_touches_line_at_us",
        "touches",
        ["line", "at_us"],
        unique=False,
        sqlite_where=sa.text("reversed = 0"),
    )
    op.create_index(
        "ix_touches_person_at_us",
        "touches",
        ["person", "at_us"],
        unique=False,
        sqlite_where=sa.text("reversed = 0"),
    )


def _attempt_events() -> None:
    op.create_table(
        "attempt_events",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name=op.f("fk_attempt_events_attempt")),
        sa.PrimaryKeyConstraint("attempt", "event", "digest", name=op.f("pk_attempt_events")),
    )


def _campaign_runs() -> None:
    op.create_table(
        "campaign_runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("scheduled_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.id"], name=op.f("fk_campaign_runs_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_runs")),
        sa.UniqueConstraint("campaign", "scheduled_us", name=op.f("uq_campaign_runs_campaign_scheduled_us")),
    )


def _run_items() -> None:
    op.create_table(
        "run_items",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=True),
        sa.Column("next_us", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name=op.f("fk_run_items_item")),
        sa.ForeignKeyConstraint(["run"], ["campaign_runs.id"], name=op.f("fk_run_items_run")),
        sa.PrimaryKeyConstraint("run", "item", name=op.f("pk_run_items")),
    )
    op.create_index("ix_run_items_run_state", "run_items", ["run", "state"], unique=False)
