"""A small demonstration community: thirty readers, two weeks, fed over HTTP as an app and Telegram would.

Nothing here is imported by the service.
"""
