"""The whole service under one parent: what `python3 dev.py run` becomes.

It brings along what the environment does not name (`REDIS_URL`: an embedded Valkey; `DATABASE_URL`: SQLite in the data
folder), migrates, keeps API, worker and clock alive, and ends them in order. One supervisor a data folder; however it
ends, no process of its stays. It is for trying, for tests and for small communities; a fleet has its own init system.
It knows commands and URLs, and imports nothing of the service.
"""
