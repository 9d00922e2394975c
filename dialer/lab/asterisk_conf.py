"""The lab Asterisk's configuration as text, one function a file; writes nothing. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_FILES = Path(__file__).with_name("conf")
# Loaded by name only: without call files, Dial, Originate and the manager interface nothing but ARI can dial.
MODULES = tuple((_FILES / "modules.list").read_text().split())


@dataclass(frozen=True)
class Trunk:
    """A carrier's SIP peer at a fixed address; calls from it enter `Stasis(app,inbound,EXTEN)`."""

    name: str
    host: str
    port: int

    @property
    def endpoint(self) -> str:
        return f"trunk-{self.name}"


@dataclass(frozen=True)
class AgentPhone:
    """An agent's phone. It registers as user `agent-NAME` with this password, or, where `host` and `port`
    are given (SIPp in a bench), is called there and registers nowhere."""

    name: str
    password: str = ""
    host: str | None = None
    port: int | None = None

    @property
    def endpoint(self) -> str:
        return f"agent-{self.name}"

    @property
    def is_static(self) -> bool:
        return self.host is not None and self.port is not None


@dataclass(frozen=True)
class Ports:
    """Loopback ports of one lab Asterisk; RTP and RTCP share [rtp_first, rtp_last]."""

    http: int
    sip: int
    rtp_first: int
    rtp_last: int


@dataclass(frozen=True)
class Layout:
    """Folders of one lab Asterisk, all below its run directory, and the read-only ones it uses."""

    run_dir: Path
    modules_dir: Path

    @property
    def etc(self) -> Path:
        return self.run_dir / "etc"

    @property
    def data(self) -> Path:
        return self.run_dir / "data"

    @property
    def log(self) -> Path:
        return self.run_dir / "log"

    @property
    def spool(self) -> Path:
        return self.run_dir / "spool"


def asterisk_conf(layout: Layout, socket_dir: Path, system_name: str) -> str:
    """Folders, the control socket's own (a socket's path has room for 108 bytes only) and the system name."""
    return f"""\
[directories]
astetcdir => {layout.etc}
astmoddir => {layout.modules_dir}
astvarlibdir => {layout.data}
astdbdir => {layout.run_dir / "db"}
astkeydir => {layout.data}
astdatadir => {layout.data}
astagidir => {layout.data}
astspooldir => {layout.spool}
astrundir => {socket_dir}
astlogdir => {layout.log}
astsbindir => {layout.run_dir}

[options]
systemname = {system_name}
transmit_silence = yes
defaultlanguage = en
documentation_language = en_US
"""


def modules_conf(available: set[str]) -> str:
    """The list above, less what this version does not have."""
    loads = "\n".join(f"load = {name}.so" for name in MODULES if name in available)
    return f"[modules]\nautoload = no\n{loads}\n"


def http_conf(ports: Ports) -> str:
    return f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {ports.http}\nsessionlimit = 1000\n"


def ari_conf(users: Mapping[str, str], *, has_acl: bool) -> str:
    """ARI users. The write timeout is raised: at 100 ms a controller that pauses loses its link."""
    acl = "deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1/255.255.255.255\n" if has_acl else ""
    blocks = [
        f"[{user}]\ntype = user\nread_only = no\npassword_format = plain\npassword = {password}\n{acl}"
        for user, password in users.items()
    ]
    return "\n".join(["[general]\nenabled = yes\npretty = no\nwebsocket_write_timeout = 2000\n", *blocks])


def extensions_conf(app: str) -> str:
    """Everything that arrives is handed to the application; no context reaches the trunk."""
    return f"""\
[general]
static = yes
writeprotect = yes

[from-trunk]
exten => _[+0-9A-Za-z].,1,Stasis({app},inbound,${{EXTEN}})
exten => _[+0-9],1,Stasis({app},inbound,${{EXTEN}})

[from-agent]
exten => _[+*#0-9A-Za-z].,1,Stasis({app},agent,${{EXTEN}})
exten => _[+*#0-9],1,Stasis({app},agent,${{EXTEN}})

[nowhere]
"""


def pjsip_conf(ports: Ports, trunks: Sequence[Trunk], agents: Sequence[AgentPhone]) -> str:
    head = f"""\
[global]
type = global
endpoint_identifier_order = ip,username
user_agent = dialer-lab

[transport-udp]
type = transport
protocol = udp
bind = 127.0.0.1:{ports.sip}

{(_FILES / "pjsip_endpoint.conf").read_text()}"""
    peers = [_static_peer(t.endpoint, "from-trunk", t.host, t.port) for t in trunks]
    for agent in agents:
        if agent.host is not None and agent.port is not None:
            peers.append(_static_peer(agent.endpoint, "from-agent", agent.host, agent.port))
        else:
            peers.append(_registering_agent(agent))
    return "\n".join([head, *peers])


def _static_peer(endpoint: str, context: str, host: str, port: int) -> str:
    return f"""\
[{endpoint}](endpoint-common)
context = {context}
aors = {endpoint}

[{endpoint}]
type = aor
contact = sip:{endpoint}@{host}:{port}

[{endpoint}-identify]
type = identify
endpoint = {endpoint}
match = {host}:{port}
"""


def _registering_agent(agent: AgentPhone) -> str:
    return f"""\
[{agent.endpoint}](endpoint-common)
context = from-agent
aors = {agent.endpoint}
auth = {agent.endpoint}-auth

[{agent.endpoint}]
type = aor
max_contacts = 1
remove_existing = yes
minimum_expiration = 10

[{agent.endpoint}-auth]
type = auth
auth_type = userpass
username = {agent.endpoint}
password = {agent.password}
"""


def rtp_conf(ports: Ports) -> str:
    span = f"rtpstart = {ports.rtp_first}\nrtpend = {ports.rtp_last}"
    return f"[general]\n{span}\nicesupport = no\nstrictrtp = no\n"


# Asterisk logs an error for each of these that is absent; the defaults are meant.
_EMPTY = ("acl.conf", "ccss.conf", "features.conf", "pjproject.conf", "udptl.conf", "websocket_client.conf")
LOGGER_CONF = "[general]\nqueue_log = no\n\n[logfiles]\nmessages.log => notice,warning,error\n"
CDR_CONF = "[general]\nenable = no\n"
CEL_CONF = "[general]\nenable = no\n"
MANAGER_CONF = "[general]\nenabled = no\n"


def files(
    layout: Layout,
    socket_dir: Path,
    system_name: str,
    ports: Ports,
    users: Mapping[str, str],
    app: str,
    trunks: Sequence[Trunk],
    agents: Sequence[AgentPhone],
    *,
    has_acl: bool,
) -> dict[str, str]:
    """File name -> content of everything in Asterisk's configuration folder."""
    available = {module.stem for module in layout.modules_dir.glob("*.so")}
    return {
        "asterisk.conf": asterisk_conf(layout, socket_dir, system_name),
        "modules.conf": modules_conf(available),
        "http.conf": http_conf(ports),
        "ari.conf": ari_conf(users, has_acl=has_acl),
        "extensions.conf": extensions_conf(app),
        "pjsip.conf": pjsip_conf(ports, trunks, agents),
        "rtp.conf": rtp_conf(ports),
        "logger.conf": LOGGER_CONF,
        "cdr.conf": CDR_CONF,
        "cel.conf": CEL_CONF,
        "manager.conf": MANAGER_CONF,
        "indications.conf": (_FILES / "indications.conf").read_text(),
        **dict.fromkeys(_EMPTY, ""),
    }
