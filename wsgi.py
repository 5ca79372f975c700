"""The composition root: the web application with everything that belongs to it, and the commands.

The only file that knows both `api` and `jobs`: after each commit the jobs are told that there may be work.
"""

from __future__ import annotations

from flask import Flask

from api.app import create_app
from jobs import queues
from loyalty import process
from loyalty.settings import Settings

settings = Settings.from_environment()
app: Flask = create_app(
    settings,
    on_commit=lambda: queues.kick(app.extensions["setia.redis"]),
    rate_limit=settings.rate_limit,
    page_limit=settings.page_limit,
    log_level=settings.log_level,
)
process.tune()
