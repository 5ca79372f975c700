"""The demonstration: half a year of two hundred neighbours who mend things together, told to the service over HTTP.

As an app, an export and the platforms' webhooks would tell it. Nothing here is imported by the service.
"""
