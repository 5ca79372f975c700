"""The domain of Setia: facts are recorded, folded into standings, and the difference is booked.

Domain functions take the session first and never commit; the edges (`api`, `jobs`) do.
"""
