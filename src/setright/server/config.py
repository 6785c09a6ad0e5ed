"""What an operator may set, each by an environment variable `SETRIGHT_…`; everything has a default that works."""

from __future__ import annotations

import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic_settings import BaseSettings, SettingsConfigDict


class Config(BaseSettings):
    """Read once when the server starts.

    Attributes
    ----------
    home
        Folder for what the site keeps: the SQLite file, handed-in files, keys, outgoing mail.
    database_url
        `sqlite:///PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`; default is a SQLite file in `home`.
    keys
        Folder of the keys that seal files; it must not lie where database backups go. Default `home/keys`.
    email_url
        `file:` (the default) writes mail into `home/mail`; `smtp://USER:PASSWORD@HOST:PORT` sends it.
    """

    model_config = SettingsConfigDict(env_prefix="SETRIGHT_", extra="ignore")

    home: Path = Path(".setright")
    database_url: str = ""
    keys: Path | None = None
    secret_key: str = ""
    hosts: str = "localhost,127.0.0.1,[::1]"
    time_zone: str = "Asia/Shanghai"
    language: str = "zh-hans"
    email_url: str = "file:"
    email_from: str = "setright@localhost"
    https: bool = False
    debug: bool = False
    oidc_name: str = ""
    oidc_server: str = ""
    oidc_client: str = ""
    oidc_secret: str = ""

    @cached_property
    def oidc_origin(self) -> tuple[str, ...]:
        """Where the form that starts the organisation's own sign-in leads to; empty where none is set."""
        parts = urlsplit(self.oidc_server)
        return (f"{parts.scheme}://{parts.netloc}",) if parts.netloc else ()

    @cached_property
    def key_folder(self) -> Path:
        return self.keys or self.home / "keys"

    @cached_property
    def signing_key(self) -> str:
        """The secret that signs sessions and forms; made once and kept where only the owner reads it."""
        if self.secret_key:
            return self.secret_key
        path = self.home / "secret_key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            try:
                with open(path, "x", opener=_private) as file:
                    file.write(secrets.token_urlsafe(50))
            except FileExistsError:
                pass  # another process made it between the look and the write
        return path.read_text()

    @cached_property
    def database(self) -> dict[str, Any]:
        """Django's description of the database."""
        if not self.database_url or self.database_url.startswith("sqlite:"):
            return self._sqlite()
        parts = urlsplit(self.database_url)
        if parts.scheme not in ("postgres", "postgresql"):
            raise ValueError(
                f"SETRIGHT_DATABASE_URL: “{parts.scheme}:” is not known; write sqlite:///PATH or postgres://…"
            )
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }

    def _sqlite(self) -> dict[str, Any]:
        name = self.database_url.removeprefix("sqlite:///") or str(self.home / "setright.sqlite3")
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
                    "PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
                ),
            },
        }

    @cached_property
    def email(self) -> dict[str, Any]:
        """Django's mail settings."""
        parts = urlsplit(self.email_url)
        if parts.scheme == "file":
            return {
                "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
                "EMAIL_FILE_PATH": str(self.home / "mail"),
            }
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname or "localhost",
            "EMAIL_PORT": parts.port or 25,
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_TLS": parts.scheme == "smtps" or parts.port == 587,
        }


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
