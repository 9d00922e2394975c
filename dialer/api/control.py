"""Agents, stops, and how the controller is, over HTTP."""

from __future__ import annotations

from http import HTTPStatus

from dialer.api.models import PolicyApproval, ResumeOrder, StopOrder
from dialer.api.operations import Answer, Asked, Operation
from dialer.api.problems import Problem


async def agents(asked: Asked) -> Answer:
    """Every agent."""
    return {"agents": list(await asked.house.agents.all())}


async def sign_in(asked: Asked) -> Answer:
    """His phone is called."""
    return await asked.house.agents.sign_in(asked.names["agent"])


async def sign_out(asked: Asked) -> Answer:
    """His call is ended."""
    return await asked.house.agents.sign_out(asked.names["agent"])


async def stop(asked: Asked) -> Answer:
    """Nothing in this scope is begun, and what is live there ends."""
    order: StopOrder = asked.body
    return await asked.house.control.stop(order.scope, order.of, order.reason, asked.actor)


async def resume(asked: Asked) -> Answer:
    """The stop is lifted."""
    order: ResumeOrder = asked.body
    return await asked.house.control.resume(order.scope, order.of, asked.actor)


async def policy(asked: Asked) -> Answer:
    """Every policy set, the one in force and the waiting one among them."""
    return {"revisions": list(await asked.house.control.policy())}


async def load_policy(asked: Asked) -> Answer:
    """The signed set of the settings is read again."""
    return await asked.house.control.load_policy(asked.actor)


async def approve_policy(asked: Asked) -> Answer:
    """The waiting set is in force."""
    order: PolicyApproval = asked.body
    return await asked.house.control.approve_policy(order.revision, asked.actor)


async def status(asked: Asked) -> Answer:
    """At a glance."""
    return await asked.house.control.status()


async def alive(asked: Asked) -> Answer:
    """The process answers."""
    return "ok\n"


async def ready(asked: Asked) -> Answer:
    """Whether a call could be placed now."""
    could, why = asked.house.control.ready()
    if not could:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", why)
    return "ready\n"


async def metrics(asked: Asked) -> Answer:
    """Prometheus text."""
    return await asked.house.control.metrics()


OPERATIONS = (
    Operation("agents", "GET", "/v1/agents", "Every agent", agents),
    Operation(
        "sign_in", "POST", "/v1/agents/{agent}/sign-in", "Call an agent's phone and keep the call", sign_in
    ),
    Operation("sign_out", "POST", "/v1/agents/{agent}/sign-out", "End an agent's call", sign_out),
    Operation("stop", "POST", "/v1/stop", "Emergency stop", stop, body=StopOrder),
    Operation("resume", "POST", "/v1/resume", "Lift a stop", resume, body=ResumeOrder),
    Operation("policy", "GET", "/v1/policy", "Every policy set put forward", policy),
    Operation("load_policy", "POST", "/v1/policy", "Read the signed policy set again", load_policy),
    Operation(
        "approve_policy",
        "POST",
        "/v1/policy/approval",
        "Approve the waiting policy set",
        approve_policy,
        body=PolicyApproval,
    ),
    Operation("status", "GET", "/v1/status", "How the controller is", status),
    Operation("alive", "GET", "/healthz", "The process answers", alive, open=True),
    Operation("ready", "GET", "/readyz", "Whether a call could be placed now", ready, open=True),
    Operation("metrics", "GET", "/metrics", "Counts as Prometheus text", metrics),
)
