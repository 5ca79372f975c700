"""Setia under a long stream and under fire: `python3 dev.py soak`.

A real service on loopback is told things by hooks and API, some twice, some late, some taken back, while its processes
are killed and its Redis is flushed. In the end everything that was acknowledged must be on record, once, and the books
must be what the facts say. It speaks HTTP and reads the database; of the service it imports nothing.
"""
