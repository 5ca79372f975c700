"""What acknowledging a hook is measured against: a bare Flask handler that inserts one row and commits."""

from __future__ import annotations

import os
import threading

import psycopg
from flask import Flask, request

app = Flask(__name__)
_here = threading.local()


@app.post("/hook")
def hook() -> str:
    """Keep the body."""
    if not hasattr(_here, "connection"):
        _here.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    _here.connection.execute("INSERT INTO floor_hooks (raw) VALUES (%s)", [request.get_data()])
    return "{}"
