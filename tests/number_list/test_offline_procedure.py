"""The procedure of docs/number-list.md, run as it is written: openssl and coreutils alone, none of our code."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from pathlib import Path

import pytest
from number_list_kit import ENTERPRISE, OFFICER, ROOT, Site

from dialer.number_list.documents import DOCUMENT, PUBLIC_KEY, SIGNATURE
from dialer.policy_signature import key_id, make_key

PAGE = ROOT / "docs/number-list.md"


def procedure() -> str:
    """The commands below the heading of the page."""
    below = PAGE.read_text().split("### Verifying it offline")[1]
    found = re.search(r"```sh\n(.*?)```", below, re.S)
    assert found
    return found[1]


def verified(folder: Path, known_key: str) -> tuple[int, str]:
    """Exit code and output of the procedure in a folder, by somebody who knows the id of the officer's key."""
    path = os.environ["PATH"]
    done = subprocess.run(
        ["sh", "-c", procedure()],
        cwd=folder,
        env={"PATH": path, "KEY_ID": known_key},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
async def published(site: Site) -> tuple[Path, str]:
    """A folder with the three files that a reader has, and the id of the officer's key."""
    desk = site.with_rules({}, publish=True)
    content = await desk.publish(ENTERPRISE, None, OFFICER)
    assert isinstance(content, bytes)
    await desk.publish(ENTERPRISE, {**site.signature(content), "list": content.decode()}, OFFICER)
    found = await desk.published(ENTERPRISE)
    assert found is not None
    folder = site.folder / "reader"
    folder.mkdir()
    (folder / DOCUMENT).write_text(found["list"])
    (folder / SIGNATURE).write_text(f"{found['signature']}\n")
    (folder / PUBLIC_KEY).write_text(found["public_key"])
    return folder, key_id(site.public_key)


def test_the_true_files_pass(published: tuple[Path, str]) -> None:
    """Exit 0, and the SHA-256 of what was signed."""
    code, said = verified(*published)
    assert (code, "Signature Verified Successfully" in said, DOCUMENT in said) == (0, True, True), said


def test_a_tampered_list_fails(published: tuple[Path, str]) -> None:
    """One digit of one number."""
    folder, known = published
    text = (folder / DOCUMENT).read_text()
    (folder / DOCUMENT).write_text(text.replace("95000001", "95000009"))
    assert (folder / DOCUMENT).read_text() != text
    assert verified(folder, known)[0] != 0


def test_a_tampered_signature_fails(published: tuple[Path, str]) -> None:
    """One bit of it."""
    folder, known = published
    raw = bytearray(base64.b64decode((folder / SIGNATURE).read_text()))
    raw[10] ^= 1
    (folder / SIGNATURE).write_text(base64.b64encode(raw).decode() + "\n")
    assert verified(folder, known)[0] != 0


def test_another_key_fails_also_where_it_signed_the_list_itself(
    published: tuple[Path, str], site: Site
) -> None:
    """Who alters the list can sign it anew with a key of his own: the id that the reader knows tells."""
    folder, known = published
    own = folder / "own.pem"
    make_key(own, folder / PUBLIC_KEY)
    (folder / DOCUMENT).write_text((folder / DOCUMENT).read_text().replace("95000001", "95000009"))
    forged = site.signature((folder / DOCUMENT).read_bytes(), own)
    (folder / SIGNATURE).write_text(forged["signature"] + "\n")
    assert verified(folder, known)[0] != 0
    assert verified(folder, key_id((folder / PUBLIC_KEY).read_bytes()))[0] == 0


async def test_a_submissions_folder_passes_the_same_procedure(site: Site) -> None:
    """What goes by portal or mail is signed the same way."""
    ident = await site.submitted()
    assert verified(site.folder / "submissions" / ident, key_id(site.public_key))[0] == 0
