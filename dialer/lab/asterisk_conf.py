"""The lab Asterisk's configuration as text: one function a file, nothing written here. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Loaded by name, nothing else: what is not here (call files, Dial, Originate, the manager interface) cannot dial.
MODULES = tuple(
    """
    res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_crypto
    res_pjproject res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_sdp_rtp res_pjsip_authenticator_digest
    res_pjsip_outbound_authenticator_digest res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
    res_pjsip_caller_id res_pjsip_header_funcs res_pjsip_registrar res_pjsip_nat res_pjsip_rfc3326
    res_pjsip_dtmf_info res_pjsip_diversion res_pjsip_logger res_pjsip_acl res_pjsip_dlg_options
    res_pjsip_maintenance res_rtp_asterisk chan_pjsip
    res_http_websocket res_websocket_client res_ari res_ari_model res_ari_applications res_ari_asterisk
    res_ari_bridges res_ari_channels res_ari_device_states res_ari_endpoints res_ari_events res_ari_playbacks
    res_ari_recordings res_ari_sounds res_stasis res_stasis_answer res_stasis_device_state res_stasis_playback
    res_stasis_recording res_stasis_snoop app_stasis
    bridge_simple bridge_softmix bridge_native_rtp bridge_holding bridge_builtin_features
    bridge_builtin_interval_features chan_bridge_media
    codec_ulaw codec_alaw codec_gsm codec_a_mu codec_resample format_gsm format_wav format_pcm format_sln
    pbx_config app_playback app_senddtmf app_verbose
    func_callerid func_channel func_logic func_strings func_timeout func_global func_uuid func_hangupcause
    func_pjsip_endpoint func_pjsip_aor func_pjsip_contact func_talkdetect func_volume func_jitterbuffer
    """.split()
)


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
    """ARI users. The write timeout is raised: at 100 ms a controller that is stopped for a moment loses its link."""
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
exten => _[+0-9A-Za-z],1,Stasis({app},inbound,${{EXTEN}})

[from-agent]
exten => _[+*#0-9A-Za-z].,1,Stasis({app},agent,${{EXTEN}})
exten => _[+*#0-9A-Za-z],1,Stasis({app},agent,${{EXTEN}})

[nowhere]
"""


# redirect_method: a 302 must not ring a number that no permit names. `uri_pjsip` would send the INVITE to the
# Contact by itself; `user` only leaves the user part on the channel, for a dialplan Dial that does not exist here
# (measured with create + dial: the call ends, the Contact hears nothing). Overlap and REFER are shut for the same end.
_ENDPOINT = """\
[endpoint-common](!)
type = endpoint
transport = transport-udp
disallow = all
allow = ulaw
direct_media = no
rtp_symmetric = yes
force_rport = yes
rewrite_contact = no
dtmf_mode = rfc4733
send_pai = yes
send_rpid = no
send_connected_line = no
trust_connected_line = no
trust_id_inbound = no
trust_id_outbound = no
allow_transfer = no
allow_subscribe = no
allow_overlap = no
redirect_method = user
refer_blind_progress = no
send_diversion = no
timers = no
language = en
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

{_ENDPOINT}"""
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
contact = sip:{host}:{port}

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
    return f"[general]\nrtpstart = {ports.rtp_first}\nrtpend = {ports.rtp_last}\nicesupport = no\nstrictrtp = no\n"


# Asterisk logs an error for each of these that is absent; the defaults are meant.
_EMPTY = ("acl.conf", "ccss.conf", "features.conf", "pjproject.conf", "udptl.conf", "websocket_client.conf")
LOGGER_CONF = "[general]\nqueue_log = no\n\n[logfiles]\nmessages.log => notice,warning,error\n"
CDR_CONF = "[general]\nenable = no\n"
CEL_CONF = "[general]\nenable = no\n"
MANAGER_CONF = "[general]\nenabled = no\n"
# Without indications.conf `tone:` plays nothing. Values: ITU-T E.180 Supplement 2, China.
INDICATIONS_CONF = """\
[general]
country = cn

[cn]
description = China
ringcadence = 1000,4000
dial = 450
busy = 450/350,0/350
ring = 450/1000,0/4000
congestion = 450/700,0/700
callwaiting = 450/400,0/4000
dialrecall = 450
record = 950/400,0/10000
info = 450/100,0/100,450/100,0/100,450/100,0/100,450/400,0/400
stutter = 450+425
"""


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
        "indications.conf": INDICATIONS_CONF,
        **dict.fromkeys(_EMPTY, ""),
    }
