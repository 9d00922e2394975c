"""Bodies and queries of the API as pydantic models. What is answered is described in `docs/http.md`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dialer.core.policy import Purpose
from dialer.requests import Name

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Closed(BaseModel):
    """An unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DecideQuery(Closed):
    """`at`: the instant to decide for, RFC 3339 with an offset; absent: now."""

    at: AwareDatetime | None = None


class CallQuery(Closed):
    """`wait`: answer once admitted or denied, or once the call has ended."""

    wait: Literal["admitted", "end"] = "admitted"


class PersonQuery(Closed):
    """A person, as the enterprise writes the id."""

    enterprise: Name
    person: Name


class OptOut(Closed):
    """Somebody said no. `number` opts the line out as well; no purpose, product or channel means all of them.

    A number alone may be opted out of every enterprise's calls.
    """

    enterprise: Name | None = None
    person_id: Name | None = None
    number: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, repr=False
    )
    purpose: Purpose | None = None
    product: Name | None = None
    channel: Name | None = None
    source: Name = "api"
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _somebody(self) -> OptOut:
        if self.person_id is None and self.number is None:
            raise ValueError("neither person_id nor number: nobody is named")
        if self.person_id is not None and self.enterprise is None:
            raise ValueError("a person_id means somebody only together with its enterprise")
        return self


class PreferenceRow(Closed):
    """One statement of a person's will."""

    person_id: Name
    number: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, repr=False
    )
    enterprise: Name
    kind: Literal["accept", "opt_out"]
    purpose: Purpose | None = None
    product: Name | None = None
    channel: Name | None = None
    source: Name
    stated_at: AwareDatetime
    until: AwareDatetime | None = None


class Preferences(Closed):
    """Statements of preference, checked together; a statement sent twice is one."""

    rows: list[PreferenceRow] = Field(min_length=1, max_length=100_000)


class RegisterFile(Closed):
    """The register as `register_files.load_register` reads it, and why it is brought."""

    document: dict[str, Any]
    reason: Reason = "import"


class RestrictOrder(Closed):
    """What is taken away from whom. `narrow` names purposes or products, `end` the day after the last."""

    what: Literal["suspend", "remove", "narrow", "end"]
    kind: Literal[
        "enterprise", "licence", "entrustment", "agency", "platform", "carrier", "trunk", "number", "script"
    ]
    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    reason: Reason
    purposes: list[Purpose] = []
    products: list[Name] = []
    end: date | None = None


class NumbersQuery(Closed):
    """`name`: of the file, for its faults."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "numbers"
    reason: Reason = "import"


class Lifting(Closed):
    """Why a restriction is to be lifted."""

    reason: Reason


class ProposalQuery(Closed):
    """`every`: also what was decided or has expired."""

    every: bool = False


class Decided(Closed):
    """The proposals that are approved together."""

    proposals: list[Name] = Field(min_length=1, max_length=1000)


class Rejected(Decided):
    """The proposals that are refused together, and why."""

    reason: Reason


class Scripts(Closed):
    """Scripts as `script_files.load_scripts` reads them."""

    scripts: list[dict[str, Any]] = Field(min_length=1, max_length=1000)


class Approval(Closed):
    """The version that is approved."""

    version: int = Field(ge=1)


class PolicyApproval(Closed):
    """The revision of the waiting policy set that is approved."""

    revision: int = Field(ge=1)


class StopOrder(Closed):
    """`of`: the id of the enterprise, agency or campaign; none for `all`."""

    scope: Literal["all", "enterprise", "agency", "campaign"] = "all"
    of: Name | None = None
    reason: Reason

    @model_validator(mode="after")
    def _named(self) -> StopOrder:
        _check_scope(self.scope, self.of)
        return self


class ResumeOrder(Closed):
    """Lifts the stop of this scope."""

    scope: Literal["all", "enterprise", "agency", "campaign"] = "all"
    of: Name | None = None

    @model_validator(mode="after")
    def _named(self) -> ResumeOrder:
        _check_scope(self.scope, self.of)
        return self


def _check_scope(scope: str, of: str | None) -> None:
    if (scope == "all") != (of is None):
        raise ValueError("scope `all` names nothing; every other scope names one in `of`")


class StartOrder(Closed):
    """Starting a list with rows set aside needs a person's word for it."""

    accept_rejected: bool = False
