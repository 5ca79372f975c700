"""Carrying: what was committed is carried out after the commit, and the clock ticks.

Jobs decide nothing and know no HTTP.
"""
