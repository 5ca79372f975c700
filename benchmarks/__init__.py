"""How fast it is, apart from the tests: `python3 dev.py bench [NAME ...]`.

Every number is a ratio to a floor measured in the same run on the same machine, since seconds say more of the machine.
A benchmark is a module here with `main(database_url)`, which is given a fresh, empty PostgreSQL database and prints.
"""
