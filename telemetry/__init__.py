"""How a process tells what it does: log lines and measures, the same for the API, the workers and the clock.

It counts and writes down what others did, and decides nothing. Nothing secret passes through it: no key, token, body,
signature or query.
"""
